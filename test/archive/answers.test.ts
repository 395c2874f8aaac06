/** What the archive's clients make of a service that is slow, busy, or gone: an end within the time that a request may take. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Bucket } from "../../lib/archive/bucket.ts";
import { openBucket } from "../../lib/archive/bucket.ts";
import type { SigningKey } from "../../lib/archive/signing-key.ts";
import { openSigningKey } from "../../lib/archive/signing-key.ts";
import { close, listen } from "../../lib/local/listening.ts";
import { BUCKET, SIGNING_KEY, surroundingsOf } from "../archive.ts";

type Behaviour = (message: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let behaviours: Behaviour[];
let asked: string[];
let bucket: Bucket;
let signingKey: SigningKey;

beforeEach(async () => {
  [behaviours, asked] = [[], []];
  server = createServer((message, response) => {
    asked.push(`${message.method} ${message.url}`);
    message.resume();
    const behave = behaviours.length > 1 ? behaviours.shift() : behaviours[0];
    message.on("end", () => behave?.(message, response));
  });
  Object.assign(process.env, surroundingsOf(`http://127.0.0.1:${await listen(server, 0, "any port")}`));
  [bucket, signingKey] = [openBucket(BUCKET, "request"), openSigningKey(SIGNING_KEY, "request")];
});

afterEach(async () => {
  server.closeAllConnections();
  await close(server);
});

const silent: Behaviour = () => {};
const gone: Behaviour = (message) => message.socket.destroy();
const answer =
  (status: number, body = "", headers: Record<string, string> = {}): Behaviour =>
  (_message, response) => {
    response.writeHead(status, headers);
    response.end(body);
  };
const failing = (status: number, code: string) =>
  answer(status, `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
const unavailable = { name: "Refusal", code: "unavailable" };

const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
  ["a put", () => bucket.putNew("k", "x")],
  ["a read", () => bucket.read("k")],
  ["a list", () => bucket.list("", undefined)],
  ["a signature", () => signingKey.sign("x")],
  ["the public key", () => signingKey.publicKey()],
];

describe.each(calls)("%s", (_what, call) => {
  it("of which no word comes is given up within two seconds, as unavailable", async () => {
    behaviours = [silent];
    const start = Date.now();
    await expect(call()).rejects.toMatchObject(unavailable);
    expect(Date.now() - start).toBeLessThan(2_000);
    expect(asked).toHaveLength(2);
  });

  it.each<[string, Behaviour]>([
    ["is broken off", gone],
    ["fails", failing(500, "InternalError")],
    ["is refused", failing(403, "AccessDenied")],
  ])("that %s is unavailable, with its cause for the operator", async (_how, behaviour) => {
    behaviours = [behaviour];
    await expect(call()).rejects.toMatchObject({ ...unavailable, cause: expect.any(Error) });
    expect(asked.length).toBeLessThanOrEqual(2);
  });
});

describe("a call for which nobody waits", () => {
  it("is given more time than one that is waited for, and an end as well", async () => {
    behaviours = [
      (message, response) =>
        void setTimeout(() => answer(404, "<Error><Code>NoSuchKey</Code></Error>")(message, response), 1_500),
    ];
    expect(await openBucket(BUCKET, "job").read("k")).toBeUndefined();
    await expect(bucket.read("k")).rejects.toMatchObject(unavailable);
    behaviours = [gone];
    asked.length = 0;
    await expect(openSigningKey(SIGNING_KEY, "job").sign("x")).rejects.toMatchObject(unavailable);
    expect(asked).toHaveLength(3);
  });
});

describe("a put", () => {
  it("is sent again while another of the same key is under way, and says what became of that", async () => {
    behaviours = [failing(409, "ConditionalRequestConflict"), failing(409, "ConditionalRequestConflict"), answer(200)];
    expect(await bucket.putNew("k", "x")).toBe("put");
    behaviours = [failing(409, "ConditionalRequestConflict"), failing(412, "PreconditionFailed")];
    expect(await bucket.putNew("k", "x")).toBe("taken");
  });

  it("is not sent for ever", async () => {
    behaviours = [failing(409, "ConditionalRequestConflict")];
    await expect(bucket.putNew("k", "x")).rejects.toMatchObject(unavailable);
    expect(asked).toHaveLength(5);
  });

  it("whose answer was lost finds itself taken", async () => {
    behaviours = [gone, failing(412, "PreconditionFailed")];
    expect(await bucket.putNew("k", "x")).toBe("taken");
  });

  it("says that it makes one where there is none, and with what checksum", async () => {
    const sent: IncomingMessage["headers"][] = [];
    behaviours = [
      (message, response) => {
        sent.push(message.headers);
        answer(200)(message, response);
      },
    ];
    await bucket.putNew("a/b.json", "x");
    expect(asked).toEqual([`PUT /${BUCKET}/a/b.json?x-id=PutObject`]);
    expect(sent).toMatchObject([{ "if-none-match": "*", "x-amz-checksum-crc32": expect.any(String) }]);
  });
});

describe("a read", () => {
  it("of what is not there tells so", async () => {
    behaviours = [failing(404, "NoSuchKey")];
    expect(await bucket.read("k")).toBeUndefined();
  });

  it("of another bucket than there is fails: it is not as if the object was missing", async () => {
    behaviours = [failing(404, "NoSuchBucket")];
    await expect(bucket.read("k")).rejects.toMatchObject(unavailable);
  });

  it("of what is larger than anything of ours reads nothing of it", async () => {
    behaviours = [(_message, response) => response.writeHead(200, { "Content-Length": 33 * 1024 * 1024 }).write("x")];
    await expect(bucket.read("k")).resolves.toBe("");
  });

  it("that stops in the middle is unavailable", async () => {
    behaviours = [(_message, response) => response.writeHead(200, { "Content-Length": 10 }).write("x")];
    const given = bucket.read("k").catch((error: Error) => (error.cause as Error).name);
    const waited = new Promise((resolve) => setTimeout(resolve, 8_000, "nothing for eight seconds"));
    expect(await Promise.race([given, waited])).toBe("TimeoutError");
  });
});

describe("the public key", () => {
  it("that is none is unavailable, and is asked for again", async () => {
    behaviours = [answer(200, '{"PublicKey": "AAAA"}', { "Content-Type": "application/x-amz-json-1.1" })];
    await expect(signingKey.isSigned("x", "AAAA")).rejects.toMatchObject(unavailable);
    await expect(signingKey.isSigned("x", "AAAA")).rejects.toMatchObject(unavailable);
    expect(asked).toHaveLength(2);
  });

  it.each([
    ["no signature", '{"KeyId": "x"}'],
    ["nothing", "{}"],
  ])("a signature is not %s", async (_what, body) => {
    behaviours = [answer(200, body, { "Content-Type": "application/x-amz-json-1.1" })];
    await expect(signingKey.sign("x")).rejects.toMatchObject(unavailable);
  });
});
