/** What an API key looks like, and how it is known again. */
import { createHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ApiKey } from "../../lib/domain/api-keys.ts";
import type { KeyId } from "../../lib/domain/ids.ts";
import { CredentialRefusal } from "../../lib/identity/credential-refusal.ts";
import {
  isKeyCredential,
  KeyHasher,
  makeKeyCredential,
  readKeyCredential,
} from "../../lib/identity/key-credentials.ts";

const keyId = "key_01k9zzzzzzzzzzzzzzzzzzzzzz" as KeyId;
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const TYPED = `${DIGITS}_-.~+/= !"#$%&'()*,:;<>?@[]^\`{|}\u00e9\u2028`;

function refusalOf(text: string): string | undefined {
  try {
    readKeyCredential(text);
    return undefined;
  } catch (error) {
    return error instanceof CredentialRefusal ? error.reason : String(error);
  }
}

describe("a credential", () => {
  it("has the form that searchers for secrets are told", () => {
    const text = makeKeyCredential(keyId, randomBytes);
    expect(text).toMatch(/^bwk_key_[0-7][0-9a-hjkmnp-tv-z]{25}_[0-9A-Za-z]{36}$/);
    expect(readKeyCredential(text)).toEqual({ keyId, text });
    expect(isKeyCredential(text)).toBe(true);
  });

  it("holds 30 digits of base 62, each as likely as any other: 178 bits", () => {
    const counts = new Map<string, number>();
    const drawn = 3_000;
    for (let count = 0; count < drawn; count++) {
      for (const digit of makeKeyCredential(keyId, randomBytes).split("_")[3]?.slice(0, 30) ?? "") {
        counts.set(digit, (counts.get(digit) ?? 0) + 1);
      }
    }
    expect(counts.size).toBe(62);
    const expected = (drawn * 30) / 62;
    const chi2 = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 61 degrees of freedom: by chance it is above this once in a million times.
    expect(chi2).toBeLessThan(125);
  });

  it("draws on when random bytes would make some digits more likely", () => {
    const draws = [255, 61].map((byte) => new Uint8Array(30).fill(byte));
    const text = makeKeyCredential(keyId, () => draws.shift() ?? new Uint8Array());
    expect(text.slice(-36, -6)).toBe("z".repeat(30));
  });

  it("is refused with any one character changed, whichever and to whatever", () => {
    const text = makeKeyCredential(keyId, randomBytes);
    let tried = 0;
    for (let at = 0; at < text.length; at++) {
      for (const other of TYPED) {
        if (other === text[at]) continue;
        tried++;
        const edited = text.slice(0, at) + other + text.slice(at + 1);
        if (isKeyCredential(edited)) expect([edited, refusalOf(edited)]).toEqual([edited, "api_key.malformed"]);
      }
    }
    expect(tried).toBeGreaterThan(6_000);
  });

  it("is refused cut short, added to, in another case, with two characters swapped", () => {
    const text = makeKeyCredential(keyId, randomBytes);
    const edits = [
      ...Array.from({ length: text.length - 4 }, (_, length) => text.slice(0, 4 + length)),
      ...[...DIGITS].map((digit) => text + digit),
      `${text}\n`,
      `${text}=`,
      text.toLowerCase(),
      text.replace(keyId, keyId.toUpperCase()),
      text.slice(0, 35) + text.slice(35).toUpperCase(),
    ];
    for (let at = 4; at + 1 < text.length; at++) {
      const swapped = `${text.slice(0, at)}${text[at + 1]}${text[at]}${text.slice(at + 2)}`;
      if (swapped !== text) edits.push(swapped);
    }
    for (const edited of edits) expect([edited, refusalOf(edited)]).toEqual([edited, "api_key.malformed"]);
  });

  it("is never anything but refused or read, whatever text is sent", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 120 }), (text) => {
        expect(refusalOf(`bwk_${text}`)).toBe("api_key.malformed");
      }),
    );
  });
});

describe("what is kept of a credential", () => {
  const pepper = "a pepper of 32 characters or more";
  const hasher = new KeyHasher(pepper);
  const keyOf = (...hashes: readonly string[]) =>
    ({ secrets: hashes.map((hash, madeAt) => ({ hash, madeAt: madeAt + 1 })) }) as unknown as ApiKey;

  it("is its HMAC-SHA256 under the pepper", () => {
    const text = makeKeyCredential(keyId, randomBytes);
    expect(hasher.hash(text)).toBe(createHmac("sha256", pepper).update(text).digest("base64url"));
  });

  it("tells each of a key's secrets, and no other text", () => {
    const [first, second, third] = [0, 1, 2].map(() => makeKeyCredential(keyId, randomBytes)) as [
      string,
      string,
      string,
    ];
    const key = keyOf(hasher.hash(first), hasher.hash(second));
    expect([first, second, third].map((text) => hasher.find(key, text)?.madeAt)).toEqual([1, 2, undefined]);
  });

  it("lets nobody in who has the table alone: neither with a hash, nor under another pepper", () => {
    const text = makeKeyCredential(keyId, randomBytes);
    const key = keyOf(hasher.hash(text));
    expect(hasher.find(key, hasher.hash(text))).toBeUndefined();
    expect(new KeyHasher(`${pepper}!`).find(key, text)).toBeUndefined();
  });

  it("is compared whole", () => {
    const text = makeKeyCredential(keyId, randomBytes);
    const hash = hasher.hash(text);
    const cut = (length: number) => hash.slice(0, length);
    for (const wrong of [cut(42), cut(1), "", `${cut(40)}AAA`, `A${hash.slice(1)}`]) {
      if (wrong !== hash) expect(hasher.find(keyOf(wrong), text)).toBeUndefined();
    }
  });

  it("is nothing where there is no key, or one without secrets", () => {
    const text = makeKeyCredential(keyId, randomBytes);
    expect([hasher.find(undefined, text), hasher.find(keyOf(), text)]).toEqual([undefined, undefined]);
  });
});
