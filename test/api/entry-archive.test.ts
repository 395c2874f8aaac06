/** Copies of entries in the archive: what the table may let go for its age is there, each in its chain's own objects. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openEntryArchive } from "../../lib/archive/entry-archive.ts";
import type { WrittenEntry } from "../../lib/domain/audit.ts";
import { readMarked } from "../docs/page.ts";
import { chainOf, inWorkspace, org, workspace } from "../events/written-entries.ts";

const LATER = Number.POSITIVE_INFINITY;

/** A bucket that refuses whatever begins with one of these. */
function openBucket(...refused: readonly string[]) {
  const objects = new Map<string, string>();
  const putNew = async (key: string, body: string) => {
    if (refused.some((beginning) => key.startsWith(beginning))) throw new Error("Access Denied");
    if (objects.has(key)) return "taken" as const;
    objects.set(key, body);
    return "put" as const;
  };
  const read = async (key: string) => objects.get(key);
  return { objects, archive: openEntryArchive({ putNew, read }) };
}

type Changes = Parameters<typeof chainOf>[1];

const writtenIn = (place: { readonly orgId: typeof org; readonly workspaceId?: typeof workspace }, changes: Changes) =>
  chainOf(place, changes).map((entry): WrittenEntry => ({ ...place, ...entry }));
const ofWorkspace = writtenIn(inWorkspace, [{}, {}, {}]);
const ofOrganization = writtenIn({ orgId: org }, [{}, {}]);
const mixed = [ofWorkspace[0], ofOrganization[0], ofWorkspace[1], ofOrganization[1], ofWorkspace[2]] as WrittenEntry[];

describe("entries that come together", () => {
  it("stand in objects of their chains, in their order, whatever comes between them", async () => {
    const { objects, archive } = openBucket();
    expect(await archive.consume(mixed, LATER)).toEqual([]);
    expect([...objects.keys()].sort()).toEqual([
      `entries/${org}/${org}/000000000001-000000000002.jsonl`,
      `entries/${org}/${workspace}/000000000001-000000000003.jsonl`,
    ]);
    const lines = objects.get(`entries/${org}/${workspace}/000000000001-000000000003.jsonl`)?.trimEnd().split("\n");
    expect(lines?.map((line) => JSON.parse(line))).toEqual(
      ofWorkspace.map(({ text, hash }) => ({ ...JSON.parse(text), hash })),
    );
  });

  it("that leave one out begin another object", async () => {
    const { objects, archive } = openBucket();
    await archive.consume([ofWorkspace[0], ofWorkspace[2]] as WrittenEntry[], LATER);
    expect([...objects.keys()].map((key) => key.split("/").at(-1))).toEqual([
      "000000000001-000000000001.jsonl",
      "000000000003-000000000003.jsonl",
    ]);
  });

  it("of any size stand in objects that can be read again", async () => {
    const { objects, archive } = openBucket();
    const large = writtenIn(
      inWorkspace,
      Array.from({ length: 30 }, () => ({ after: { text: "x".repeat(300_000) } })),
    );
    await archive.consume(large, LATER);
    expect(objects.size).toBe(3);
    for (const body of objects.values()) expect(body.length).toBeLessThanOrEqual(4_000_000);
  });

  it("stay lines of their own, whatever they say", async () => {
    const { objects, archive } = openBucket();
    const [entry] = writtenIn(inWorkspace, [{ after: { name: "a\u2028b\u0085c\nd" } }]);
    await archive.consume([entry as WrittenEntry], LATER);
    const [body = ""] = objects.values();
    expect(body.split(/[\n\u0085\u2028\u2029]/)).toHaveLength(2);
    expect(JSON.parse(body).after).toEqual({ name: "a\u2028b\u0085c\nd" });
  });
});

describe("what the page of checkpoints says to do with the copies", () => {
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-copies-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const many = writtenIn(
    inWorkspace,
    Array.from({ length: 9 }, () => ({})),
  );

  it.skipIf(["awk"].some((tool) => spawnSync(tool, ["1", "/dev/null"]).status !== 0))(
    "verifies them, delivered again or not",
    async () => {
      const { objects, archive } = openBucket();
      // As when a batch fails at its sixth, is halved, and some of it comes twice.
      for (const [from, to] of [
        [0, 5],
        [0, 3],
        [2, 8],
        [5, 9],
      ]) {
        expect(await archive.consume(many.slice(from, to), LATER)).toEqual([]);
      }
      expect(objects.size).toBe(4);
      for (const [key, body] of objects) {
        const file = join(folder, ".local/audit", key);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, body);
      }
      const [, command = ""] = /^\$ (.*)$/m.exec(readMarked("docs/checkpoints.md", "archived")) ?? [];
      const script = join(import.meta.dirname, "../../lib/local/audit-verify.ts");
      const runnable = command.replace("npm run -s audit:verify --", `"${process.execPath}" "${script}"`);
      expect(runnable).not.toBe(command);
      const env = { ...process.env, ORG: org, NORTH: workspace };
      const ended = spawnSync("sh", ["-c", runnable], { cwd: folder, env, encoding: "utf8" });
      expect(ended).toMatchObject({ status: 0, stdout: expect.stringContaining(`${workspace}: entries 1 to 9\n`) });
    },
  );
});

describe("what cannot be archived", () => {
  it("is told, and keeps nothing else from being archived", async () => {
    const { objects, archive } = openBucket(`entries/${org}/${workspace}/`);
    const left = await archive.consume(mixed, LATER);
    expect(left.map(({ entry, reason }) => [entry.seq, reason])).toEqual(
      [1, 2, 3].map((seq) => [seq, "Error: Access Denied"]),
    );
    expect(objects.size).toBe(1);
  });

  it("since something else lies under its name is told", async () => {
    const { objects, archive } = openBucket();
    const key = `entries/${org}/${workspace}/000000000001-000000000003.jsonl`;
    objects.set(key, "mine\n");
    const left = await archive.consume(mixed, LATER);
    expect(left.map(({ entry, reason }) => [entry.seq, reason])).toEqual(
      [1, 2, 3].map((seq) => [seq, "Something else lies under its name."]),
    );
    expect(await archive.consume(ofOrganization, LATER)).toEqual([]);
  });

  it("for want of time is told, too", async () => {
    const { objects, archive } = openBucket();
    expect(await archive.consume(mixed, Date.now() - 1)).toHaveLength(5);
    expect(objects.size).toBe(0);
  });
});
