/**
 * What an API key looks like, and what is kept of it.
 *
 * `bwk_<keyId>_<secret><checksum>`: the key's id, 30 random characters of base 62 (178 bits), and the CRC-32 of all that stands
 * before it as six characters of base 62. So a mistyped key is known without looking anything up, and programs that search texts
 * for secrets know one when they see it. Kept is the HMAC-SHA256 of the whole text under a pepper that is not in the table.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";
import type { ApiKey, KeySecret } from "../domain/api-keys.ts";
import type { KeyId } from "../domain/ids.ts";
import { KEY_FORM } from "../domain/key-form.ts";
import { refuse } from "./credential-refusal.ts";

const PREFIX = "bwk_";
const FORM = new RegExp(`^${KEY_FORM}$`);
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SECRET_LENGTH = 30;
const CHECKSUM_LENGTH = 6;
/** Bytes from here on are thrown away: with them, some digits would come up more often than others. */
const FAIR = 256 - (256 % DIGITS.length);

/** A text that has the form of an API key; whether there is such a key is another question. */
export interface KeyCredential {
  readonly keyId: KeyId;
  readonly text: string;
}

/** Whether a credential means to be an API key and not a token. */
export function isKeyCredential(credential: string): boolean {
  return credential.startsWith(PREFIX);
}

/** @throws CredentialRefusal `api_key.malformed` for what was cut, added to, mistyped or changed in case */
export function readKeyCredential(text: string): KeyCredential {
  const keyId = FORM.exec(text)?.[1] as KeyId | undefined;
  const body = text.slice(0, -CHECKSUM_LENGTH);
  if (keyId === undefined || text !== body + checksumOf(body)) refuse("api_key.malformed");
  return { keyId, text };
}

/**
 * A new credential of a key.
 * @param random gives so many random bytes
 */
export function makeKeyCredential(keyId: KeyId, random: (bytes: number) => Uint8Array): string {
  let secret = "";
  while (secret.length < SECRET_LENGTH) {
    for (const byte of random(SECRET_LENGTH)) {
      if (byte < FAIR && secret.length < SECRET_LENGTH) secret += DIGITS[byte % DIGITS.length];
    }
  }
  const body = `${PREFIX}${keyId}_${secret}`;
  return body + checksumOf(body);
}

function checksumOf(body: string): string {
  let rest = crc32(body);
  let text = "";
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    text = DIGITS[rest % DIGITS.length] + text;
    rest = Math.floor(rest / DIGITS.length);
  }
  return text;
}

/** Knows credentials again by their hashes. */
export class KeyHasher {
  readonly #pepper: string;

  constructor(pepper: string) {
    this.#pepper = pepper;
  }

  hash(text: string): string {
    return this.#digest(text).toString("base64url");
  }

  /** The secret of the key that a credential holds, over or not; takes the same time whether there is one, or even a key. */
  find(key: ApiKey | undefined, text: string): KeySecret | undefined {
    const presented = this.#digest(text);
    let found: KeySecret | undefined;
    for (const secret of key?.secrets ?? [NOBODYS]) {
      const kept = Buffer.from(secret.hash, "base64url");
      if (kept.length === presented.length && timingSafeEqual(kept, presented)) found = secret;
    }
    return found === NOBODYS ? undefined : found;
  }

  #digest(text: string): Buffer {
    return createHmac("sha256", this.#pepper).update(text, "utf8").digest();
  }
}

const NOBODYS: KeySecret = { hash: "A".repeat(43), madeAt: 0 };
