/** Secrets of API keys are known in any text, and can be left out of it. */
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KeyId } from "../../lib/domain/ids.ts";
import { ID_RANDOM_BYTES, makeId } from "../../lib/domain/ids.ts";
import { hideCredentials, holdsCredential } from "../../lib/domain/key-form.ts";
import { makeKeyCredential } from "../../lib/identity/key-credentials.ts";

const credentials = fc.nat().map((moment) => {
  const keyId: KeyId = makeId("key", moment, randomBytes(ID_RANDOM_BYTES));
  return { keyId, credential: makeKeyCredential(keyId, randomBytes) };
});

describe("a secret in a text", () => {
  it("is known wherever it stands, and left out as often as it stands there, with all else as it was", () => {
    const law = fc.property(credentials, fc.string(), fc.string(), ({ keyId, credential }, before, after) => {
      const text = `${before} ${credential} ${after}${credential}`;
      expect(holdsCredential(text)).toBe(true);
      expect(hideCredentials(text)).toBe(`${before} bwk_${keyId}_... ${after}bwk_${keyId}_...`);
      expect(holdsCredential(hideCredentials(text))).toBe(false);
    });
    fc.assert(law);
  });

  it("is known mistyped, since that is nearly a secret, and with more behind it", () => {
    const law = fc.property(credentials, ({ keyId, credential }) => {
      const mistyped = credential.slice(0, -1) + (credential.endsWith("0") ? "1" : "0");
      expect([mistyped, `${credential}0`].map(holdsCredential)).toEqual([true, true]);
      expect(hideCredentials(mistyped)).toBe(`bwk_${keyId}_...`);
    });
    fc.assert(law);
  });

  it("is known however much of it was cut off, as long as anything of it is left", () => {
    const law = fc.property(credentials, fc.integer({ min: 1, max: 35 }), ({ keyId, credential }, cut) => {
      const rest = credential.slice(0, -cut);
      expect([rest, holdsCredential(rest), hideCredentials(rest)]).toEqual([rest, true, `bwk_${keyId}_...`]);
    });
    fc.assert(law);
  });

  it("is not what tells no secret", () => {
    const law = fc.property(credentials, ({ keyId, credential }) => {
      for (const text of [keyId, `bwk_${keyId}`, `bwk_${keyId}_...`, credential.slice(4)]) {
        expect([text, holdsCredential(text), hideCredentials(text)]).toEqual([text, false, text]);
      }
    });
    fc.assert(law);
  });
});
