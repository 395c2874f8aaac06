/**
 * What the reference of S3's API says of the operations that the service calls, held against the local bucket through AWS's client: the
 * codes and statuses are those that it names. Where the local one is stricter (unknown headers, keys that are no files' names, one
 * version of each object), the sentences are its own.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterEach, describe, expect, test } from "vitest";
import { createArchive } from "../../lib/local/archive-server.ts";
import { type DataFolder, openDataFolder, openMemory } from "../../lib/local/data-folder.ts";
import { close, listen } from "../../lib/local/listening.ts";
import { type BucketDefinition, ObjectStore, readBuckets } from "../../lib/local/object-store.ts";
import { deploy, temporaryFolder } from "./test-assembly.ts";

const DAY = 86_400_000;
const Bucket = "acme-audit";
const locked: BucketDefinition = { name: Bucket, retention: { mode: "GOVERNANCE", days: 2 } };
const open: BucketDefinition = { name: Bucket };

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

interface Running {
  readonly s3: S3Client;
  readonly address: string;
  /** Lets so much time pass, for the bucket only. */
  pass(ms: number): void;
}

async function run(definition: BucketDefinition, folder: DataFolder = openMemory()): Promise<Running> {
  let passed = 0;
  const store = new ObjectStore(definition, folder, () => Date.now() + passed);
  const server = createArchive({ stores: [store], signing: undefined }, (line) => expect.unreachable(line));
  const address = `http://127.0.0.1:${await listen(server, 0, "any port")}`;
  const s3 = new S3Client({
    endpoint: address,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
  undo.push(
    () => close(server),
    () => s3.destroy(),
  );
  return {
    s3,
    address,
    pass: (ms) => {
      passed += ms;
    },
  };
}

function openFolder(): { readonly folder: DataFolder; readonly path: string } {
  const path = temporaryFolder();
  const folder = openDataFolder(path);
  undo.push(() => folder.close());
  return { folder, path };
}

const put = ({ s3 }: Running, Key: string, Body: string, more: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const read = async ({ s3 }: Running, Key: string) =>
  (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
const remove = ({ s3 }: Running, Key: string) => s3.send(new DeleteObjectCommand({ Bucket, Key }));
const isNew = { IfNoneMatch: "*" };
const refused = (name: string, status: number) => ({ name, $metadata: { httpStatusCode: status } });

/** As the SDK would never send it: the path is not touched on the way. */
async function sendRaw(
  { address }: Running,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = "",
): Promise<{ readonly status: number | undefined; readonly text: string }> {
  const usual = {
    authorization: "AWS4-HMAC-SHA256 Credential=local",
    "x-amz-content-sha256": createHash("sha256").update(body).digest("hex"),
    "content-md5": createHash("md5").update(body).digest("base64"),
  };
  return new Promise((resolve, reject) => {
    const options = { method, path, headers: { ...usual, ...headers } };
    request(address, options, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode, text }));
    })
      .on("error", reject)
      .end(body);
  });
}

const codeIn = (text: string) => /<Code>(\w+)<\/Code>/.exec(text)?.[1];

describe.each([
  ["in memory", () => openMemory()],
  ["in a folder", () => openFolder().folder],
])("an object %s", (_where, makeFolder) => {
  test("is read as it was put, with its type, when, and until when it is locked", async () => {
    const bucket = await run(locked, makeFolder());
    const made = await put(bucket, "checkpoints/a/1.json", '{"Zürich": "✓"}', {
      ContentType: "application/json",
      ...isNew,
    });
    const found = await bucket.s3.send(new GetObjectCommand({ Bucket, Key: "checkpoints/a/1.json" }));
    expect(await found.Body?.transformToString()).toBe('{"Zürich": "✓"}');
    expect(found).toMatchObject({
      ContentType: "application/json",
      ContentLength: Buffer.byteLength('{"Zürich": "✓"}'),
      ObjectLockMode: "GOVERNANCE",
      ETag: made.ETag,
    });
    expect(Math.abs(Number(found.LastModified) - Date.now())).toBeLessThan(10_000);
    expect(Math.abs(Number(found.ObjectLockRetainUntilDate) - Date.now() - 2 * DAY)).toBeLessThan(10_000);
  });

  test("that is not there is told so", async () => {
    const bucket = await run(locked, makeFolder());
    await expect(read(bucket, "none")).rejects.toMatchObject(refused("NoSuchKey", 404));
    await put(bucket, "a/b", "x");
    await expect(read(bucket, "a")).rejects.toMatchObject(refused("NoSuchKey", 404));
    await expect(read(bucket, "a/b/c")).rejects.toMatchObject(refused("NoSuchKey", 404));
  });

  test("is put once under If-None-Match, also by many at once, and stays the first one's", async () => {
    const bucket = await run(locked, makeFolder());
    const bodies = Array.from({ length: 12 }, (_, index) => `body ${index}`);
    const all = await Promise.allSettled(bodies.map((body) => put(bucket, "k", body, isNew)));
    const winner = all.findIndex(({ status }) => status === "fulfilled");
    const losers = all.filter((one): one is PromiseRejectedResult => one.status === "rejected");
    expect(losers).toHaveLength(11);
    for (const { reason } of losers) expect(reason).toMatchObject(refused("PreconditionFailed", 412));
    expect(await read(bucket, "k")).toBe(bodies[winner]);
  });

  test("is neither replaced nor deleted as long as it is locked, and then it is", async () => {
    const bucket = await run(locked, makeFolder());
    await put(bucket, "k", "first");
    bucket.pass(2 * DAY - 60_000);
    await expect(put(bucket, "k", "second")).rejects.toMatchObject(refused("AccessDenied", 403));
    await expect(remove(bucket, "k")).rejects.toMatchObject(refused("AccessDenied", 403));
    expect(await read(bucket, "k")).toBe("first");
    bucket.pass(120_000);
    await expect(put(bucket, "k", "second")).resolves.toBeDefined();
    expect(await read(bucket, "k")).toBe("second");
    bucket.pass(3 * DAY);
    await remove(bucket, "k");
    await expect(read(bucket, "k")).rejects.toMatchObject(refused("NoSuchKey", 404));
  });

  test("may be locked by itself, for longer than the bucket says", async () => {
    const bucket = await run(locked, makeFolder());
    const ObjectLockRetainUntilDate = new Date(Date.now() + 9 * DAY);
    await put(bucket, "k", "x", { ObjectLockMode: "COMPLIANCE", ObjectLockRetainUntilDate });
    bucket.pass(8 * DAY);
    await expect(remove(bucket, "k")).rejects.toMatchObject(refused("AccessDenied", 403));
    bucket.pass(2 * DAY);
    await remove(bucket, "k");
  });

  test("of a bucket without a lock is replaced and deleted, and again where there is none", async () => {
    const bucket = await run(open, makeFolder());
    await put(bucket, "k", "first");
    await put(bucket, "k", "second");
    expect(await read(bucket, "k")).toBe("second");
    for (let times = 0; times < 2; times++) await remove(bucket, "k");
    await expect(read(bucket, "k")).rejects.toMatchObject(refused("NoSuchKey", 404));
  });
});

describe.each([
  ["in memory", () => openMemory()],
  ["in a folder", () => openFolder().folder],
])("a list %s", (_where, makeFolder) => {
  test("holds what begins so, in the order of the keys, in pages", async () => {
    const bucket = await run(locked, makeFolder());
    const keys = ["a/1.json", "a/10.json", "a/2.json", "a/deep/3.json", "ab/4.json", "b/5.json"];
    for (const key of [...keys].reverse()) await put(bucket, key, key);
    const listed = async (input: object) => {
      const answer = await bucket.s3.send(new ListObjectsV2Command({ Bucket, ...input }));
      return { ...answer, keys: (answer.Contents ?? []).map(({ Key }) => Key) };
    };
    expect((await listed({})).keys).toEqual(keys);
    expect((await listed({ Prefix: "a/" })).keys).toEqual(keys.slice(0, 4));
    expect((await listed({ Prefix: "a/1" })).keys).toEqual(keys.slice(0, 2));
    expect((await listed({ Prefix: "none/" })).keys).toEqual([]);
    expect((await listed({ Prefix: "a/", StartAfter: "a/10.json" })).keys).toEqual(keys.slice(2, 4));
    const first = await listed({ MaxKeys: 4 });
    expect([first.keys, first.IsTruncated]).toEqual([keys.slice(0, 4), true]);
    const second = await listed({ MaxKeys: 4, ContinuationToken: first.NextContinuationToken });
    expect([second.keys, second.IsTruncated]).toEqual([keys.slice(4), false]);
    expect(first.Contents?.[0]).toMatchObject({ Size: 8, LastModified: expect.any(Date), ETag: expect.any(String) });
  });
});

describe("what is kept", () => {
  test("survives a restart, lock and all, each object a file under its own key", async () => {
    const path = temporaryFolder();
    const before = openDataFolder(path);
    await put(await run(locked, before), "checkpoints/a/1.json", "{}", isNew);
    before.close();
    const after = openDataFolder(path);
    undo.push(() => after.close());
    const bucket = await run(locked, after);
    expect(readFileSync(join(path, "audit/checkpoints/a/1.json"), "utf8")).toBe("{}");
    await expect(put(bucket, "checkpoints/a/1.json", "[]")).rejects.toMatchObject(refused("AccessDenied", 403));
    await expect(put(bucket, "checkpoints/a/1.json", "[]", isNew)).rejects.toMatchObject({
      name: "PreconditionFailed",
    });
  });

  test("holds nothing that was not written to its end", async () => {
    const { folder, path } = openFolder();
    await put(await run(locked, folder), "a/1.json", "{}", isNew);
    expect(readdirSync(join(path, "audit.incoming"))).toEqual([]);
    writeFileSync(join(path, "audit.incoming/left-behind"), "{");
    const bucket = await run(locked, folder);
    expect(existsSync(join(path, "audit.incoming"))).toBe(false);
    const { Contents } = await bucket.s3.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(["a/1.json"]);
  });
});

describe("a key", () => {
  test.each([
    "../table.db",
    "a/../../table.db",
    "a/../b",
    "./a",
    "a/./b",
    "a//b",
    "/a",
    "a/",
    "..",
    ".hidden",
    "a\\b",
    "a\u0000b",
    "a b",
    "ä",
    "a:b",
  ])("that would lead elsewhere, or is not a name on every machine, is refused: %j", async (key) => {
    const { folder, path } = openFolder();
    const before = readdirSync(path);
    const bucket = await run(open, folder);
    const encoded = `/${Bucket}/${encodeURIComponent(key)}`;
    for (const method of ["PUT", "GET", "DELETE"]) {
      const { status, text } = await sendRaw(bucket, method, encoded);
      expect([method, status, codeIn(text)]).toEqual([method, 501, "NotImplemented"]);
    }
    const listed = await sendRaw(bucket, "GET", `/${Bucket}?list-type=2&prefix=${encodeURIComponent(`${key}/`)}`);
    expect(listed.status).toBe(501);
    expect(readdirSync(path)).toEqual(before);
  });

  test("is taken as it was sent, also where a path of the web would be another one", async () => {
    const { folder } = openFolder();
    const bucket = await run(open, folder);
    const { status } = await sendRaw(bucket, "PUT", `/${Bucket}/a/../../audit-signing-key.pem`, {}, "x");
    expect(status).toBe(501);
    expect(folder.read("audit-signing-key.pem")).toBeUndefined();
  });

  test.each([
    ["a name", "n".repeat(201)],
    ["the whole", Array.from({ length: 11 }, () => "n".repeat(100)).join("/")],
  ])("is refused where %s is too long", async (_what, key) => {
    const { status, text } = await sendRaw(await run(open), "PUT", `/${Bucket}/${key}`);
    expect([status, codeIn(text)]).toEqual([400, "KeyTooLongError"]);
  });

  test("that begins with another one and a slash is refused, whichever comes first", async () => {
    const bucket = await run(open, openFolder().folder);
    await put(bucket, "a", "x");
    await expect(put(bucket, "a/b", "x", isNew)).rejects.toMatchObject(refused("NotImplemented", 501));
    await put(bucket, "c/d", "x");
    await expect(put(bucket, "c", "x")).rejects.toMatchObject(refused("NotImplemented", 501));
    expect(await read(bucket, "c/d")).toBe("x");
  });
});

describe("a request is refused", () => {
  const target = `/${Bucket}/k`;

  test.each<[string, string, string, Record<string, string>, number, string]>([
    ["without a signature", "PUT", target, { authorization: "Bearer x" }, 403, "AccessDenied"],
    ["for another bucket", "GET", "/other/k", {}, 404, "NoSuchBucket"],
    ["with a parameter that is not known", "GET", `${target}?versionId=1`, {}, 501, "NotImplemented"],
    ["with a header that is not known", "PUT", target, { "x-amz-acl": "public-read" }, 501, "NotImplemented"],
    ["with a legal hold", "PUT", target, { "x-amz-object-lock-legal-hold": "ON" }, 501, "NotImplemented"],
    ["to get around a lock", "DELETE", target, { "x-amz-bypass-governance-retention": "true" }, 501, "NotImplemented"],
    ["with another condition", "PUT", target, { "if-match": '"1"' }, 501, "NotImplemented"],
    ["with If-None-Match of one version", "PUT", target, { "if-none-match": '"1"' }, 501, "NotImplemented"],
    ["for a part of an object", "GET", target, { range: "bytes=0-1" }, 501, "NotImplemented"],
    ["in chunks that are signed", "PUT", target, { "content-encoding": "aws-chunked" }, 501, "NotImplemented"],
    [
      "with another body than was signed",
      "PUT",
      target,
      { "x-amz-content-sha256": "0" },
      400,
      "XAmzContentSHA256Mismatch",
    ],
    ["with a wrong MD5", "PUT", target, { "content-md5": "AAAA" }, 400, "BadDigest"],
    ["with a wrong CRC", "PUT", target, { "x-amz-checksum-crc32": "AAAAAQ==" }, 400, "BadDigest"],
    ["with half a lock", "PUT", target, { "x-amz-object-lock-mode": "GOVERNANCE" }, 400, "InvalidArgument"],
    [
      "with a lock of the past",
      "PUT",
      target,
      { "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": "2020-01-01T00:00:00Z" },
      400,
      "InvalidArgument",
    ],
    ["with a path that is none", "GET", `/${Bucket}/%E0%A4%A`, {}, 400, "InvalidURI"],
    ["for a list of the old kind", "GET", `/${Bucket}?prefix=a`, {}, 501, "NotImplemented"],
    ["for a list of no number", "GET", `/${Bucket}?list-type=2&max-keys=many`, {}, 400, "InvalidArgument"],
    ["for the bucket itself", "DELETE", `/${Bucket}`, {}, 405, "MethodNotAllowed"],
    ["by a method that is not known", "POST", target, {}, 405, "MethodNotAllowed"],
  ])("%s", async (_what, method, path, headers, status, code) => {
    const bucket = await run(open);
    const answer = await sendRaw(bucket, method, path, headers);
    expect([answer.status, codeIn(answer.text)]).toEqual([status, code]);
    const { Contents } = await bucket.s3.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents).toBeUndefined();
  });

  test("where an object is to be locked and comes without a checksum", async () => {
    const bucket = await run(locked);
    const headers = { authorization: "AWS4-HMAC-SHA256 x", "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
    const answer = await fetch(`${bucket.address}/${Bucket}/k`, { method: "PUT", headers, body: "x" });
    expect([answer.status, codeIn(await answer.text())]).toEqual([400, "InvalidRequest"]);
  });

  test("that the SDK makes and nobody answers", async () => {
    const { s3 } = await run(open);
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: "k" }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 405 },
    });
  });

  test("says why without a word that could be taken for markup", async () => {
    const { text } = await sendRaw(await run(open), "GET", `/${Bucket}/k?%3Cscript%3E`);
    expect(text).not.toContain("<script>");
  });
});

describe("an object that is kept for some days", () => {
  const lasting: BucketDefinition = { name: Bucket, days: 7 };
  const put = (s3: S3Client) => s3.send(new PutObjectCommand({ Bucket, Key: "a/k", Body: "1" }));
  const keysIn = async (s3: S3Client) =>
    (await s3.send(new ListObjectsV2Command({ Bucket }))).Contents?.map(({ Key }) => Key);

  test("is there until they are over, and then is gone", async () => {
    const { s3, pass } = await run(lasting);
    await put(s3);
    pass(7 * DAY - 60_000);
    expect(await keysIn(s3)).toEqual(["a/k"]);
    await s3.send(new GetObjectCommand({ Bucket, Key: "a/k" }));
    pass(60_000);
    expect(await keysIn(s3)).toBeUndefined();
    await expect(s3.send(new GetObjectCommand({ Bucket, Key: "a/k" }))).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  test("lies in a folder of its own, from which it is taken when the service starts again", async () => {
    const path = temporaryFolder();
    const folder = openDataFolder(path);
    undo.push(() => folder.close());
    const { s3 } = await run(lasting, folder);
    await put(s3);
    const file = join(path, "audit-exports/a/k");
    expect(readFileSync(file, "utf8")).toBe("1");
    await new ObjectStore(lasting, folder, () => Date.now() + 6 * DAY).letGo();
    expect(existsSync(file)).toBe(true);
    await new ObjectStore(lasting, folder, () => Date.now() + 8 * DAY).letGo();
    expect(existsSync(file)).toBe(false);
  });
});

describe("a link to an object", () => {
  const link = (s3: S3Client, signingDate: Date, Key = "k") =>
    getSignedUrl(s3, new GetObjectCommand({ Bucket, Key }), { expiresIn: 60, signingDate });
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000);

  test.each<[string, number, number, string]>([
    ["works", 0, 200, "1"],
    ["works until its time is over", 50, 200, "1"],
    ["is no good after it", 62, 403, "Request has expired"],
    ["is no good long before it", -3_600, 403, "Request is not valid yet"],
  ])("%s", async (_what, seconds, status, content) => {
    const { s3 } = await run(open);
    await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "1" }));
    const answer = await fetch(await link(s3, ago(seconds)));
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(content)]);
  });

  test.each<[string, (url: string) => string, number, string]>([
    ["of another object", (url) => url.replace("/k?", "/other?"), 403, "SignatureDoesNotMatch"],
    ["with a longer time", (url) => url.replace("X-Amz-Expires=60", "X-Amz-Expires=600"), 403, "SignatureDoesNotMatch"],
    ["by another key", (url) => url.replace("Credential=local", "Credential=mine"), 403, "InvalidAccessKeyId"],
    ["without a time", (url) => url.replace("X-Amz-Expires=60&", ""), 400, "AuthorizationQueryParametersError"],
    ["with more in its query", (url) => `${url}&versionId=1`, 501, "NotImplemented"],
    ["with a short signature", (url) => url.replace(/(X-Amz-Signature=..)\w+/, "$1"), 403, "SignatureDoesNotMatch"],
  ])("%s is refused", async (_what, alter, status, code) => {
    const { s3 } = await run(open);
    for (const Key of ["k", "other"]) await s3.send(new PutObjectCommand({ Bucket, Key, Body: "1" }));
    const url = await link(s3, ago(0));
    expect(alter(url)).not.toBe(url);
    const answer = await fetch(alter(url));
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(code)]);
  });

  test("leads to nothing where there is nothing", async () => {
    const { s3 } = await run(open);
    expect((await fetch(await link(s3, ago(0)))).status).toBe(404);
  });
});

describe("of the template", () => {
  const Rule = { DefaultRetention: { Mode: "COMPLIANCE", Days: 400 } };
  const readFrom = (...buckets: readonly object[]) =>
    readBuckets(
      deploy({
        functions: {},
        methods: {},
        alter: ({ data }) => {
          for (const [index, Properties] of buckets.entries()) {
            data.Resources[`Bucket${index}`] = { Type: "AWS::S3::Bucket", Properties: { ...Properties } };
          }
        },
      }),
    );

  test("the bucket is read with its lock, under a name that S3 would take", () => {
    const [bucket] = readFrom({ ObjectLockConfiguration: { ObjectLockEnabled: "Enabled", Rule } });
    expect(bucket?.retention).toEqual({ mode: "COMPLIANCE", days: 400 });
    expect(bucket?.name).toMatch(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/);
  });

  test("a bucket may be without a lock, or there may be none", () => {
    expect(readFrom({})).toEqual([{ name: expect.any(String) }]);
    expect(readFrom()).toEqual([]);
  });

  test("one without a lock may let its objects go after some days", () => {
    const Rules = [
      { Status: "Enabled", AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
      { Status: "Enabled", ExpirationInDays: 7 },
    ];
    expect(readFrom({ LifecycleConfiguration: { Rules } })).toEqual([{ name: expect.any(String), days: 7 }]);
  });

  test.each<[string, readonly object[], string]>([
    ["two buckets without a lock", [{}, {}], "One machine keeps one bucket with a lock and one without"],
    [
      "a lifecycle of some objects only",
      [{ LifecycleConfiguration: { Rules: [{ ExpirationInDays: 1, Prefix: "a/" }] } }],
      "lets some objects go and others not",
    ],
    [
      "a lock that is not known",
      [{ ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: "SOFT", Days: 1 } } } }],
      "has the mode SOFT, which this host does not know",
    ],
    [
      "a lock in years",
      [{ ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: "GOVERNANCE", Years: 1 } } } }],
      "Days is not a number",
    ],
  ])("%s is refused at the start", (_what, buckets, complaint) => {
    expect(() => readFrom(...buckets)).toThrow(complaint);
  });
});
