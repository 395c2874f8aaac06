/**
 * The few operations of S3's API that the service calls, in path style. A request has to be signed, since the service's
 * is; by whom is not looked at, and neither is the bucket's policy.
 */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { crc32 } from "node:zlib";
import { isSigned } from "./aws-json.ts";
import type { ObjectSummary } from "./object-files.ts";
import { ObjectRefusal, refuseObject } from "./object-refusal.ts";
import type { Lock, ObjectStore } from "./object-store.ts";
import { checkPresigned, isPresigned, presignedParameters } from "./presigned-request.ts";
import { readBody } from "./request-body.ts";

const BODY_LIMIT = 64 * 1024 * 1024;
const PAGE = 1_000;

/** Anything else that a request says is refused: it might be what matters. */
const parameters = {
  object: new Set(["x-id"]),
  presigned: new Set(["x-id", ...presignedParameters]),
  bucket: new Set(["list-type", "prefix", "start-after", "continuation-token", "max-keys"]),
};
const amzHeaders = new Set([
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-security-token",
  "x-amz-user-agent",
  "x-amz-sdk-checksum-algorithm",
  "x-amz-checksum-crc32",
  "x-amz-checksum-mode",
  "x-amz-object-lock-mode",
  "x-amz-object-lock-retain-until-date",
]);
const conditions = ["if-match", "if-modified-since", "if-unmodified-since", "range"];

export interface ObjectAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Rejects for a fault only. */
export async function answerObjectRequest(
  stores: readonly ObjectStore[],
  message: IncomingMessage,
): Promise<ObjectAnswer> {
  const body = await readBody(message, BODY_LIMIT);
  try {
    if (body === "too-large") refuseObject("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size.");
    if (body === "aborted") refuseObject("IncompleteBody", "You did not provide the number of bytes specified.");
    return await answer(stores, message, body);
  } catch (error) {
    if (!(error instanceof ObjectRefusal)) throw error;
    const text = `<Error><Code>${error.code}</Code><Message>${escapeXml(error.message)}</Message></Error>`;
    return xml(error.status, text);
  }
}

function answer(stores: readonly ObjectStore[], message: IncomingMessage, body: Buffer): Promise<ObjectAnswer> {
  const { bucket, key, query } = readTarget(message.url ?? "");
  if (isPresigned(query)) {
    if (message.method !== "GET" || key === "") refuseObject("AccessDenied", "Access Denied");
    checkKnown(message, query, parameters.presigned);
    checkPresigned(message, query, Date.now());
  } else {
    if (!isSigned(message)) refuseObject("AccessDenied", "Access Denied");
    checkKnown(message, query, key === "" ? parameters.bucket : parameters.object);
    checkBody(message, body);
  }
  const store = stores.find(({ name }) => name === bucket);
  if (store === undefined) refuseObject("NoSuchBucket", "The specified bucket does not exist");
  switch (`${message.method} ${key === "" ? "bucket" : "object"}`) {
    case "PUT object":
      return put(store, key, message, body);
    case "GET object":
      return get(store, key, message);
    case "DELETE object":
      return remove(store, key);
    case "GET bucket":
      return list(store, query);
    default:
      return refuseObject("MethodNotAllowed", "The specified method is not allowed against this resource.");
  }
}

async function put(store: ObjectStore, key: string, message: IncomingMessage, body: Buffer): Promise<ObjectAnswer> {
  const { "if-none-match": ifNoneMatch, "content-type": contentType = "binary/octet-stream" } = message.headers;
  if (ifNoneMatch !== undefined && ifNoneMatch !== "*") {
    refuseObject("NotImplemented", "A header you provided implies functionality that is not implemented");
  }
  const lock = readLock(message);
  const isChecked = ["content-md5", "x-amz-checksum-crc32"].some((name) => message.headers[name] !== undefined);
  if ((store.locks || lock !== undefined) && !isChecked) {
    refuseObject(
      "InvalidRequest",
      "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters",
    );
  }
  const made = await store.put(key, body, { isNew: ifNoneMatch === "*", contentType, lock });
  return { status: 200, headers: { ETag: etagOf(made) }, body: "" };
}

async function get(store: ObjectStore, key: string, message: IncomingMessage): Promise<ObjectAnswer> {
  const found = await store.get(key);
  const asked = message.headers["x-amz-checksum-mode"] === "ENABLED";
  return {
    status: 200,
    headers: {
      "Content-Type": found.contentType,
      ETag: etagOf(found),
      "Last-Modified": new Date(found.modified).toUTCString(),
      ...(asked ? { "x-amz-checksum-crc32": checksumOf(found.body), "x-amz-checksum-type": "FULL_OBJECT" } : {}),
      ...(found.lock === undefined
        ? {}
        : {
            "x-amz-object-lock-mode": found.lock.mode,
            "x-amz-object-lock-retain-until-date": new Date(found.lock.until).toISOString(),
          }),
    },
    body: found.body,
  };
}

async function remove(store: ObjectStore, key: string): Promise<ObjectAnswer> {
  await store.remove(key);
  return { status: 204, headers: {}, body: "" };
}

async function list(store: ObjectStore, query: URLSearchParams): Promise<ObjectAnswer> {
  if (query.get("list-type") !== "2") refuseObject("NotImplemented", "On one machine lists are of version 2 only.");
  const prefix = query.get("prefix") ?? "";
  const token = query.get("continuation-token");
  const after = token === null ? (query.get("start-after") ?? "") : Buffer.from(token, "base64url").toString();
  const most = Number(query.get("max-keys") ?? PAGE);
  if (!Number.isSafeInteger(most) || most < 0) refuseObject("InvalidArgument", "Argument max-keys must be an integer");
  const all = (await store.list(prefix)).filter(({ key }) => key > after);
  const page = all.slice(0, Math.min(most, PAGE));
  const last = page.at(-1)?.key;
  const isTruncated = page.length < all.length && last !== undefined;
  const contents = page.map(
    (one) =>
      `<Contents><Key>${escapeXml(one.key)}</Key><LastModified>${new Date(one.modified).toISOString()}</LastModified>` +
      `<ETag>${escapeXml(etagOf(one))}</ETag><Size>${one.size}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  );
  const next = isTruncated
    ? `<NextContinuationToken>${Buffer.from(last).toString("base64url")}</NextContinuationToken>`
    : "";
  return xml(
    200,
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${store.name}</Name>` +
      `<Prefix>${escapeXml(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>${most}</MaxKeys>` +
      `<IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join("")}</ListBucketResult>`,
  );
}

/** The path is taken as it was sent: whoever puts `..` into it asks for that key and for no other place. */
function readTarget(url: string): { readonly bucket: string; readonly key: string; readonly query: URLSearchParams } {
  const [path = "", ...rest] = url.split("?");
  const [, bucket = "", key = ""] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  try {
    return { bucket, key: decodeURIComponent(key), query: new URLSearchParams(rest.join("?")) };
  } catch {
    return refuseObject("InvalidURI", "Couldn't parse the specified URI.");
  }
}

function checkKnown({ headers }: IncomingMessage, query: URLSearchParams, known: ReadonlySet<string>): void {
  const unknown =
    [...query.keys()].find((name) => !known.has(name)) ??
    Object.keys(headers).find((name) => name.startsWith("x-amz-") && !amzHeaders.has(name)) ??
    conditions.find((name) => headers[name] !== undefined) ??
    (headers["content-encoding"]?.includes("aws-chunked") ? "aws-chunked" : undefined);
  if (unknown !== undefined) refuseObject("NotImplemented", `On one machine ${unknown} is not known.`);
}

/** What was to be sent is what came. */
function checkBody({ headers }: IncomingMessage, body: Buffer): void {
  const sha256 = headers["x-amz-content-sha256"];
  if (sha256 !== "UNSIGNED-PAYLOAD" && sha256 !== createHash("sha256").update(body).digest("hex")) {
    refuseObject(
      "XAmzContentSHA256Mismatch",
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  const sums = [
    [headers["x-amz-checksum-crc32"], checksumOf(body)],
    [headers["content-md5"], createHash("md5").update(body).digest("base64")],
  ] as const;
  if (sums.some(([said, found]) => said !== undefined && said !== found)) {
    refuseObject("BadDigest", "The checksum you specified did not match what we received.");
  }
}

function readLock({ headers }: IncomingMessage): Lock | undefined {
  const { "x-amz-object-lock-mode": mode, "x-amz-object-lock-retain-until-date": date } = headers;
  if (mode === undefined && date === undefined) return undefined;
  const until = Date.parse(String(date));
  if ((mode !== "COMPLIANCE" && mode !== "GOVERNANCE") || !(until > Date.now())) {
    refuseObject("InvalidArgument", "The retain until date must be in the future, and the mode one of two.");
  }
  return { mode, until };
}

function checksumOf(body: Buffer): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString("base64");
}

/** As of objects under a key of KMS, it is no hash of their bytes. */
function etagOf({ size, modified }: ObjectSummary): string {
  return `"${size.toString(16)}-${modified.toString(16)}"`;
}

function xml(status: number, text: string): ObjectAnswer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n${text}`;
  return { status, headers: { "Content-Type": "application/xml" }, body };
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
