/** The audit chain, held against two entries whose text was written by hand and hashed by other tools. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AuditEntry, ChainHead, SealedEntry } from "../../lib/domain/audit.ts";
import { follows, hashText, NO_HASH, openEntry, seal } from "../../lib/domain/audit.ts";
import type { EntryId, WorkspaceId } from "../../lib/domain/ids.ts";

const BEGIN: ChainHead = { seq: 0, hash: NO_HASH };
type Unsealed = Parameters<typeof seal>[1];

const chain = "wks_01k8z0000000000000000000c3" as WorkspaceId;
const actor = { kind: "user", id: "usr_01k8z0000000000000000000a1" } as const;

const assigned: Unsealed = {
  id: "aud_01k8z0000000000000000000d4" as EntryId,
  chain,
  at: "2026-11-01T12:00:00.000Z",
  action: "assignment.replaced",
  actor: { ...actor, email: "ann@acme.example" },
  target: { type: "assignment", id: "usr_01k8z0000000000000000000b2" },
  after: { grants: [{ roleId: "rol_owner" }] },
  origin: { ip: "192.0.2.7", userAgent: "curl/8 é \u0007", requestId: "r-1" },
  outcome: "success",
};
const deleted: Unsealed = {
  id: "aud_01k8z0000000000000000000e5" as EntryId,
  chain,
  at: "2026-11-01T12:00:00.001Z",
  action: "role.deleted",
  actor,
  target: { type: "role", id: "rol_01k8z0000000000000000000f6" },
  before: { scopes: ["case:*"], name: "Jäger" },
  origin: { ip: "2001:db8::1", userAgent: "", requestId: "r-2" },
  outcome: "success",
};

/** `printf %s "$text" | openssl dgst -sha256` for the first, `| sha256sum` for the second, in a UTF-8 shell. */
const firstText =
  '{"action":"assignment.replaced","actor":{"email":"ann@acme.example","id":"usr_01k8z0000000000000000000a1","kind":"user"},' +
  '"after":{"grants":[{"roleId":"rol_owner"}]},"at":"2026-11-01T12:00:00.000Z","chain":"wks_01k8z0000000000000000000c3",' +
  '"id":"aud_01k8z0000000000000000000d4","origin":{"ip":"192.0.2.7","requestId":"r-1","userAgent":"curl/8 é \\u0007"},' +
  '"outcome":"success","prevHash":"0000000000000000000000000000000000000000000000000000000000000000","seq":1,' +
  '"target":{"id":"usr_01k8z0000000000000000000b2","type":"assignment"}}';
const firstHash = "cf89f28826a5e0db0cd90754143b832b263a33288b03c0237d0bf084b781b9aa";
const secondText =
  '{"action":"role.deleted","actor":{"id":"usr_01k8z0000000000000000000a1","kind":"user"},"at":"2026-11-01T12:00:00.001Z",' +
  '"before":{"name":"Jäger","scopes":["case:*"]},"chain":"wks_01k8z0000000000000000000c3",' +
  '"id":"aud_01k8z0000000000000000000e5","origin":{"ip":"2001:db8::1","requestId":"r-2","userAgent":""},' +
  '"outcome":"success","prevHash":"cf89f28826a5e0db0cd90754143b832b263a33288b03c0237d0bf084b781b9aa","seq":2,' +
  '"target":{"id":"rol_01k8z0000000000000000000f6","type":"role"}}';
const secondHash = "29d48c5eb64780ccc2a3c88a8aab3e2e11ebbf812cbcb1a463586662882c2333";

describe("the fixed vector", () => {
  it("seals the first entry to these very bytes and this hash", () => {
    expect(seal(BEGIN, assigned)).toMatchObject({ seq: 1, text: firstText, hash: firstHash });
  });

  it("seals the second one behind it", () => {
    const first = seal(BEGIN, assigned);
    expect(seal(first, deleted)).toMatchObject({ seq: 2, text: secondText, hash: secondHash });
  });

  it("hashes UTF-8, not something narrower", () => {
    // SHA-256 of the two bytes c3 a9.
    expect(hashText("é")).toBe("4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c");
  });
});

describe("an opened entry", () => {
  it("is the one that was sealed, with its number, the hash before it and its own", () => {
    const expected: AuditEntry = { ...deleted, seq: 2, prevHash: firstHash, hash: secondHash };
    expect(openEntry({ seq: 2, text: secondText, hash: secondHash })).toEqual(expected);
  });

  it("can be checked by a client: canonical JSON of all but `hash`, hashed, is `hash`", () => {
    const { hash, ...rest } = openEntry(seal(BEGIN, assigned));
    const byHand = (value: unknown): unknown => {
      if (typeof value !== "object" || value === null) return value;
      if (Array.isArray(value)) return value.map(byHand);
      const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
      return Object.fromEntries(sorted.map(([name, member]) => [name, byHand(member)]));
    };
    expect(hashText(JSON.stringify(byHand(rest)))).toBe(hash);
  });
});

describe("an entry follows a head", () => {
  const first: SealedEntry = { seq: 1, text: firstText, hash: firstHash };
  const second: SealedEntry = { seq: 2, text: secondText, hash: secondHash };
  const rehashed = (seq: number, text: string): SealedEntry => ({ seq, text, hash: hashText(text) });

  it("when its number, the hash it points back to and its own hash are right", () => {
    expect(follows(chain, BEGIN, first)).toBe(true);
    expect(follows(chain, first, second)).toBe(true);
  });

  it.each<[string, ChainHead, SealedEntry]>([
    ["it comes first and claims to be second", BEGIN, second],
    ["it is the head itself", first, first],
    ["one byte of it was changed", BEGIN, { ...first, text: firstText.replace("rol_owner", "rol_ownes") }],
    ["its hash was changed", BEGIN, { ...first, hash: secondHash }],
    ["its hash is in capitals", BEGIN, { ...first, hash: firstHash.toUpperCase() }],
    ["the entry before it was changed and hashed again", { seq: 1, hash: hashText("another") }, second],
    ["its number outside is not the one inside", BEGIN, rehashed(1, firstText.replace('"seq":1', '"seq":7'))],
    ["it was changed and hashed again, pointing nowhere", first, rehashed(2, secondText.replace(firstHash, NO_HASH))],
    ["a number is left out before it", first, rehashed(3, secondText.replace('"seq":2', '"seq":3'))],
    ["it is of another chain", BEGIN, rehashed(1, firstText.replace(chain, "wks_01k8z0000000000000000000c4"))],
    ["it is no JSON", BEGIN, rehashed(1, "{")],
    ["it is null", BEGIN, rehashed(1, "null")],
    ["it is a number", BEGIN, rehashed(1, "1")],
  ])("not when %s", (_what, head, sealed) => {
    expect(follows(chain, head, sealed)).toBe(false);
  });
});

describe("chains, of all lengths", () => {
  const draft = fc
    .record({ name: fc.string({ unit: "binary" }), size: fc.double({ noNaN: true, noDefaultInfinity: true }) })
    .map(({ name, size }): Unsealed => ({ ...assigned, after: { name, size } }));

  it("follow from the first entry to the last, and break where one byte is changed, one left out, or two swapped", () => {
    const law = fc.property(fc.array(draft, { minLength: 2, maxLength: 8 }), fc.nat(), (drafts, at) => {
      const sealed: SealedEntry[] = [];
      for (const one of drafts) sealed.push(seal(sealed.at(-1) ?? BEGIN, one));
      const isWhole = (entries: readonly SealedEntry[]) =>
        entries.every((entry, index) => follows(chain, entries[index - 1] ?? BEGIN, entry));
      expect(isWhole(sealed)).toBe(true);
      const index = at % (sealed.length - 1);
      const [one, next] = [sealed[index], sealed[index + 1]];
      if (one === undefined || next === undefined) throw new Error("a chain of two has a next one");
      expect(isWhole(sealed.toSpliced(index, 1, { ...one, text: `${one.text} ` }))).toBe(false);
      expect(isWhole(sealed.toSpliced(index, 1))).toBe(false);
      expect(isWhole(sealed.toSpliced(index, 2, next, one))).toBe(false);
    });
    fc.assert(law, { numRuns: 200 });
  });
});
