/**
 * A self-signed X.509 certificate, which SAML metadata wants around a public key. Node reads certificates and makes none: this writes
 * the few structures of DER that one needs (RFC 5280, 4.1).
 */
import { type KeyObject, randomBytes, sign } from "node:crypto";

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

/** sha256WithRSAEncryption, with the NULL that belongs to it. */
const ALGORITHM = der(SEQUENCE, Buffer.from("06092a864886f70d01010b0500", "hex"));
const COMMON_NAME = Buffer.from("0603550403", "hex");
/** RFC 5280 4.1.2.5: the end of what never ends. */
const NO_END = "99991231235959Z";

/** In base64, as metadata holds it. */
export function makeCertificate(name: string, privateKey: KeyObject, publicKey: KeyObject): string {
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(15)]);
  const subject = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(name)))));
  const start = der(UTC_TIME, Buffer.from("200101000000Z"));
  const validity = der(SEQUENCE, start, der(GENERALIZED_TIME, Buffer.from(NO_END)));
  const content = der(
    SEQUENCE,
    der(INTEGER, serial),
    ALGORITHM,
    subject,
    validity,
    subject,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign("sha256", content, privateKey)]);
  return der(SEQUENCE, content, ALGORITHM, der(BIT_STRING, signature)).toString("base64");
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content]);
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}
