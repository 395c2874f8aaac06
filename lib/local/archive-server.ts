/** The server that stands in for S3 and KMS: at a port of its own, which nobody but the functions has to know. */
import { createServer, type Server } from "node:http";
import { answerObjectRequest, type ObjectAnswer } from "./object-requests.ts";
import type { ObjectStore } from "./object-store.ts";
import type { SigningService } from "./signing-service.ts";

export interface ArchiveParts {
  readonly stores: readonly ObjectStore[];
  /** Undefined where the template has none. */
  readonly signing: SigningService | undefined;
}

/** @param report told what went wrong */
export function createArchive({ stores, signing }: ArchiveParts, report: (line: string) => void): Server {
  return createServer((message, response) => {
    const isForKms = message.headers["x-amz-target"] !== undefined;
    const answer = isForKms ? signing?.answer(message) : answerObjectRequest(stores, message);
    (answer ?? Promise.resolve(absent))
      .catch((error: unknown): ObjectAnswer => {
        report(`archive: ${error instanceof Error ? error.stack : String(error)}`);
        return { status: 500, headers: {}, body: "" };
      })
      .then(({ status, headers, body }) => {
        response.writeHead(status, {
          ...headers,
          ...(status === 204 ? {} : { "Content-Length": Buffer.byteLength(body) }),
        });
        response.end(body);
      })
      .catch(() => response.destroy());
  });
}

const absent: ObjectAnswer = { status: 501, headers: {}, body: "" };
