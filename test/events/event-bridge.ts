/** An event bus under the test's control, behind the real SDK client: PutEvents as EventBridge answers it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";

export const BUS = "bailiwick-test";

export interface PutEntry {
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly Resources: readonly string[];
  /** Seconds since 1970. */
  readonly Time: number;
  readonly EventBusName: string;
}

/** What becomes of a request: an exception, no answer at all, or what each entry that the function names is refused with. */
export type Behaviour =
  | { readonly exception: string; readonly status?: number }
  | "no answer"
  | "no answer after the work"
  | ((entry: PutEntry) => string | undefined);

export class TestEventBridge {
  /** The entries of each request, in order; of one that was refused whole, too. */
  readonly requests: PutEntry[][] = [];
  /** What was taken, in order. */
  readonly taken: PutEntry[] = [];
  /** What becomes of the next requests; of those after them, the last. */
  behaviours: Behaviour[] = [];
  readonly #server = createServer((message, response) => void this.#serve(message, response));

  /** Sets the SDK's environment too, for clients that are opened while it is up. */
  async open(): Promise<Record<string, string>> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("the event bus has no port");
    return {
      AWS_ENDPOINT_URL_EVENTBRIDGE: `http://127.0.0.1:${address.port}`,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    };
  }

  reset(): void {
    this.requests.length = 0;
    this.taken.length = 0;
    this.behaviours = [];
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    if (message.headers["x-amz-target"] !== "AWSEvents.PutEvents") throw new Error("another operation");
    const { Entries } = JSON.parse(Buffer.concat(chunks).toString()) as { Entries: PutEntry[] };
    this.requests.push(Entries);
    const behaviour = this.behaviours.length > 1 ? this.behaviours.shift() : this.behaviours[0];
    if (behaviour === "no answer") return void message.socket.destroy();
    if (typeof behaviour === "object") {
      return reply(response, behaviour.status ?? 400, { __type: behaviour.exception, message: "so it is" });
    }
    const refusalOf = typeof behaviour === "function" ? behaviour : () => undefined;
    const results = Entries.map((entry) => {
      const ErrorCode = refusalOf(entry);
      if (ErrorCode !== undefined) return { ErrorCode, ErrorMessage: "so it is" };
      this.taken.push(entry);
      return { EventId: `event-${this.taken.length}` };
    });
    if (behaviour === "no answer after the work") return void message.socket.destroy();
    reply(response, 200, { FailedEntryCount: results.filter((one) => "ErrorCode" in one).length, Entries: results });
  }
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "Content-Type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
}
