/**
 * A request whose signature stands in its query, so that whoever has the address may send it for some minutes. What the service signs
 * it with on one machine is no secret; the signature is computed all the same, so that a link is good for its own object and time only.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { refuseObject } from "./object-refusal.ts";

const ALGORITHM = "AWS4-HMAC-SHA256";
const UNSIGNED = "UNSIGNED-PAYLOAD";
/** The access key of every function on one machine (`function-environment.ts`), and its secret. */
const CREDENTIAL = "local";
/** Seconds: AWS's longest. */
const MOST_SECONDS = 604_800;
const MINUTE = 60_000;

const parameters = [
  "X-Amz-Algorithm",
  "X-Amz-Content-Sha256",
  "X-Amz-Credential",
  "X-Amz-Date",
  "X-Amz-Expires",
  "X-Amz-Security-Token",
  "X-Amz-Signature",
  "X-Amz-SignedHeaders",
  "x-amz-checksum-mode",
];

/** What such a query may hold beside what any request may. */
export const presignedParameters: ReadonlySet<string> = new Set(parameters);

export function isPresigned(query: URLSearchParams): boolean {
  return query.has("X-Amz-Signature");
}

/** @throws ObjectRefusal for what is not signed so, and for what is over */
export function checkPresigned({ method, url = "", headers }: IncomingMessage, query: URLSearchParams, now: number) {
  const said = (name: string) => query.get(name) ?? "";
  const [key, day, region, service, end] = said("X-Amz-Credential").split("/");
  const [, date, time] = /^(\d{8})T(\d{6})Z$/.exec(said("X-Amz-Date")) ?? [];
  const seconds = Number(said("X-Amz-Expires"));
  const isWhole = said("X-Amz-Algorithm") === ALGORITHM && service === "s3" && end === "aws4_request" && date === day;
  const isTimed = Number.isInteger(seconds) && seconds >= 1 && seconds <= MOST_SECONDS;
  // Headers that would have to be sent along are no part of the service's links.
  if (!isWhole || !isTimed || time === undefined || said("X-Amz-SignedHeaders") !== "host") {
    refuseObject("AuthorizationQueryParametersError", "Query-string authentication is not as it has to be.");
  }
  if (key !== CREDENTIAL) refuseObject("InvalidAccessKeyId", "The access key id you provided does not exist.");
  const signedAt = Date.parse(`${date} ${time}`.replace(/^(....)(..)(..) (..)(..)(..)$/, "$1-$2-$3T$4:$5:$6Z"));
  if (now < signedAt - 15 * MINUTE) refuseObject("AccessDenied", "Request is not valid yet");
  if (now > signedAt + seconds * 1_000) refuseObject("AccessDenied", "Request has expired");
  const [path = ""] = url.split("?");
  const request = [method, path, canonicalQuery(query), `host:${headers.host}\n`, "host", UNSIGNED].join("\n");
  const hash = createHash("sha256").update(request).digest("hex");
  const scope = [day, region, service, end].join("/");
  const signing = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${CREDENTIAL}`);
  const wanted = hmac(signing, [ALGORITHM, said("X-Amz-Date"), scope, hash].join("\n"));
  const given = Buffer.from(said("X-Amz-Signature"), "hex");
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    refuseObject(
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided.",
    );
  }
}

function canonicalQuery(query: URLSearchParams): string {
  const encode = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  return [...query]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort((a, b) => (a < b ? -1 : 1))
    .join("&");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
