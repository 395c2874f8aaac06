/**
 * An ECDSA signature (P-256) of a hash that somebody else made, as KMS gives it for `DIGEST`. Node signs only what it hashes itself;
 * it does have the one step that is hard, the point of a random number.
 */
import { createECDH, type KeyObject } from "node:crypto";

/** The order of P-256 (FIPS 186). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** @param digest of 32 bytes @returns DER, as RFC 3279 has it */
export function signDigest(key: KeyObject, digest: Buffer): Buffer {
  const secret = toNumber(Buffer.from(String(key.export({ format: "jwk" }).d), "base64url"));
  for (;;) {
    const once = createECDH("prime256v1");
    const point = once.generateKeys();
    const r = toNumber(point.subarray(1, 33)) % ORDER;
    const s = (invert(toNumber(once.getPrivateKey())) * (toNumber(digest) + r * secret)) % ORDER;
    if (r !== 0n && s !== 0n) return sequence([integer(r), integer(s)]);
  }
}

function toNumber(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString("hex")}`);
}

/** By Fermat's little theorem, since the order is a prime. */
function invert(number: bigint): bigint {
  let [result, base] = [1n, number % ORDER];
  for (let exponent = ORDER - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % ORDER;
    base = (base * base) % ORDER;
  }
  return result;
}

/** A first bit of 1 would make it negative. */
function integer(number: bigint): Buffer {
  const digits = number.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
  const content = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  return Buffer.concat([Buffer.of(0x02, content.length), content]);
}

function sequence(parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(0x30, content.length), content]);
}
