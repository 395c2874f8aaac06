/** What checkpoint files say, and which of them say nothing. */
import { describe, expect, it } from "vitest";
import { hashText, NO_HASH } from "../../lib/domain/audit.ts";
import { readCheckpoints } from "../../lib/domain/checkpoint-verification.ts";
import type { LastManifest, NotedHead } from "../../lib/domain/checkpoints.ts";
import { NO_CHECKPOINT, writeManifest } from "../../lib/domain/checkpoints.ts";
import type { OrgId } from "../../lib/domain/ids.ts";
import { NORTH, SOUTH } from "./exported-log.ts";

const ACME = "org_01k8z0000000000000000000a1" as OrgId;
const OTHER = "org_01k8z0000000000000000000b2" as OrgId;
const AT = "2026-11-01T12:00:00.000Z";
const hash = (text: string) => hashText(text);
const north = (seq: number, text = `north ${seq}`): NotedHead => ({ chain: NORTH, seq, hash: hash(text) });
const south = (seq: number): NotedHead => ({ chain: SOUTH, seq, hash: hash(`south ${seq}`) });

/** Whoever can write "signed by us" is the key, here; the command's own test signs. */
const isSigned = ({ manifest, signature }: { manifest: string; signature: string }) =>
  signature === `signed by us: ${hash(manifest)}`;
const sign = (manifest: string) =>
  JSON.stringify({ manifest, signature: `signed by us: ${hash(manifest)}`, publicKey: "ours" });

function write(heads: readonly NotedHead[], last: LastManifest = NO_CHECKPOINT, organization: OrgId = ACME) {
  const { text, written } = writeManifest(organization, last, AT, heads);
  return { text, written, file: { name: `${organization} ${written.number}`, text: sign(text) } };
}

const first = write([north(3), south(1)]);
const second = write([north(7), south(1)], first.written);
const third = write([north(7), south(9)], second.written);
const read = (...files: { name: string; text: string }[]) => readCheckpoints(files, isSigned);

describe("checkpoints", () => {
  it("say which hash each chain had at their time, in whichever order they are given", () => {
    const { manifests, known, broken } = read(third.file, first.file, second.file);
    expect(broken).toEqual([]);
    expect(manifests.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(known).toEqual(
      new Map([
        [NORTH, new Map([3, 7].map((seq) => [seq, hash(`north ${seq}`)]))],
        [SOUTH, new Map([1, 9].map((seq) => [seq, hash(`south ${seq}`)]))],
      ]),
    );
  });

  it("may be of several organizations, may leave some out, and may be given twice", () => {
    const other = write([], NO_CHECKPOINT, OTHER);
    expect(read(third.file, other.file, first.file, first.file).broken).toEqual([]);
  });

  const unsigned = JSON.parse(first.file.text);
  const text = JSON.parse(first.text);
  const again = (manifest: object) => sign(JSON.stringify(manifest));
  it.each<[string, string, string]>([
    ["is no JSON", "{", "checkpoint-form"],
    ["is null", "null", "checkpoint-form"],
    ["is no object", "7", "checkpoint-form"],
    ["has no manifest", JSON.stringify({ ...unsigned, manifest: undefined }), "checkpoint-form"],
    ["has a manifest that is no text", JSON.stringify({ ...unsigned, manifest: text }), "checkpoint-form"],
    ["has no signature", JSON.stringify({ ...unsigned, signature: null }), "checkpoint-form"],
    ["has no key", JSON.stringify({ ...unsigned, publicKey: undefined }), "checkpoint-form"],
    [
      "has the signature of another",
      JSON.stringify({ ...unsigned, signature: JSON.parse(second.file.text).signature }),
      "checkpoint-signature",
    ],
    ["was altered", first.file.text.replace(NORTH, `${NORTH.slice(0, -1)}4`), "checkpoint-signature"],
    ["signs no manifest", sign("[]"), "checkpoint-form"],
    ["signs a manifest of another format", again({ ...text, format: "bailiwick-checkpoint-2" }), "checkpoint-form"],
    ["signs a head without a hash", again({ ...text, chains: [{ chain: NORTH, seq: 1 }] }), "checkpoint-form"],
    [
      "signs a head that is kept until no moment",
      again({ ...text, chains: [{ ...north(3), keptUntil: "1" }] }),
      "checkpoint-form",
    ],
    ["signs a manifest in another order", again(Object.fromEntries(Object.entries(text).reverse())), "checkpoint-form"],
    [
      "signs a manifest that says two things",
      sign(first.text.replace('"number":1', '"number":9,"number":1')),
      "checkpoint-form",
    ],
    [
      "signs a manifest nested beyond all measure",
      sign(first.text.replace('{"at"', `{"a":${"[".repeat(1e5)}${"]".repeat(1e5)},"at"`)),
      "checkpoint-form",
    ],
  ])("say nothing where one %s", (_what, wrong, reason) => {
    const { known, broken } = read({ name: "wrong", text: wrong });
    expect(broken).toEqual([{ checkpoint: "wrong", reason }]);
    expect(known.size).toBe(0);
  });

  it.each<[string, { name: string; text: string }[], string, string]>([
    [
      "does not follow the one before",
      [first.file, write([], { number: 1, hash: hash("x") }).file],
      `${ACME} 2`,
      "checkpoint-unlinked",
    ],
    [
      "is the first and follows another",
      [write([], { number: 0, hash: hash("x") }).file],
      `${ACME} 1`,
      "checkpoint-unlinked",
    ],
    [
      "is the second and follows none",
      [write([], { number: 1, hash: NO_HASH }).file],
      `${ACME} 2`,
      "checkpoint-unlinked",
    ],
    ["has the number of another", [first.file, { ...write([north(4)]).file, name: "twin" }], "twin", "checkpoint-fork"],
    [
      "knows the same entry otherwise",
      [first.file, write([north(3, "forged")], { number: 4, hash: hash("x") }).file],
      `${ACME} 5`,
      "checkpoint-fork",
    ],
  ])("are broken where one %s", (_what, files, checkpoint, reason) => {
    expect(read(...files).broken).toEqual([{ checkpoint, reason }]);
  });
});
