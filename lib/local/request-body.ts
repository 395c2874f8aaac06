/** Collects a request's body up to a limit; what comes beyond it is read and thrown away, so that the client hears the answer. */
import type { IncomingMessage } from "node:http";

/** Resolves with the body, or `"too-large"` as soon as that is known, or `"aborted"` when the client went away. */
export function readBody(message: IncomingMessage, limit: number): Promise<Buffer | "too-large" | "aborted"> {
  return new Promise((resolve) => {
    if (Number(message.headers["content-length"] ?? 0) > limit) {
      message.resume();
      return resolve("too-large");
    }
    const chunks: Buffer[] = [];
    let size = 0;
    message.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else resolve("too-large");
    });
    message.on("end", () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    );
    message.on("close", () => resolve("aborted"));
    message.on("error", () => resolve("aborted"));
  });
}
