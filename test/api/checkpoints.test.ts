/**
 * Verification with checkpoints: whoever can write the table and computes every hash anew is still found out, back to the last
 * checkpoint; whoever changes checkpoints is found out by their signatures, and by the ones beside them.
 */
import { generateKeyPairSync, sign } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readCheckpoint } from "../../lib/api/checkpoints.ts";
import type { Json } from "../../lib/domain/canonical-json.ts";
import { canonicalize } from "../../lib/domain/canonical-json.ts";
import type { Checkpoint } from "../../lib/domain/checkpoints.ts";
import { writeManifest } from "../../lib/domain/checkpoints.ts";
import { done, edit, makeWorkspace } from "./acme.ts";
import type { CheckpointWorld } from "./checkpoint-world.ts";
import { addEntries, openCheckpointWorld, setNoted, TamperedChain } from "./checkpoint-world.ts";

let world: CheckpointWorld;

/** The workspace's entries 1 to 4, a checkpoint, 5 and 6, a checkpoint, and 7; the organization's own 1 and 2. */
beforeEach(async () => {
  world = await openCheckpointWorld();
  await addEntries(world, "Two", "Three", "Four");
  await world.round();
  await addEntries(world, "Five", "Six");
  await world.round();
  await addEntries(world, "Seven");
});

afterEach(async () => {
  vi.restoreAllMocks();
  await world.close();
});

const workspaceChain = () => new TamperedChain(world.opened, world.acme.place);
const organizationChain = () => new TamperedChain(world.opened, { orgId: world.acme.org });
const breakOf = async () => {
  const { intact, brokenAt } = await world.verify();
  expect(intact).toBe(brokenAt === undefined);
  return brokenAt;
};
const nameOf = (chain: string) => (chain === world.acme.org ? "organization" : chain);

describe("an untouched log", () => {
  it("is whole, and compared with each checkpoint; the newest says when it was made", async () => {
    const { at } = world.checkpoints.manifest(2);
    expect(await world.verify()).toEqual({ intact: true, entries: 9, checkpoints: 2, lastCheckpointAt: at });
  });

  it("stays whole as it grows, with workspaces that come and go", async () => {
    const later = await makeWorkspace(world.acme, "South");
    const { api, ann, O } = world.acme;
    await done(api.call(ann, `POST ${O}/workspaces/${later}/suspend`, edit({})));
    await done(api.call(ann, `DELETE ${O}/workspaces/${later}`, edit({})));
    await world.round();
    expect(world.checkpoints.manifest(3).chains.map(({ chain }) => chain)).toContain(later);
    await addEntries(world, "Eight");
    expect(await world.verify()).toMatchObject({ intact: true, checkpoints: 3 });
  });

  it("of an organization without any checkpoint yet is whole, and says that there was none to compare with", async () => {
    const { api, ann } = world.acme;
    const { id } = await done(api.call(ann, "POST /v1/orgs", { body: { name: "New" } }));
    const { body } = await api.call(ann, `POST /v1/orgs/${id}/audit-log/verify`, { body: {} });
    expect(body).toEqual({ intact: true, entries: 1, checkpoints: 0 });
  });
});

describe("a chain of seven entries, of which four and six were noted", () => {
  /** Where it is broken, and where once it has grown over what was noted. */
  const cases: readonly (readonly [string, number, number, () => Promise<void>])[] = [
    ["is cut after its first entry", 2, 4, () => workspaceChain().cutAfter(1)],
    ["is cut after its third entry", 4, 4, () => workspaceChain().cutAfter(3)],
    ["is cut after its fourth entry", 5, 6, () => workspaceChain().cutAfter(4)],
    ["is cut after its fifth entry", 6, 6, () => workspaceChain().cutAfter(5)],
    ["is written anew from its first entry on", 4, 4, () => workspaceChain().rewriteFrom(1)],
    ["is written anew from its second entry on", 4, 4, () => workspaceChain().rewriteFrom(2)],
    ["is written anew from its fourth entry on", 4, 4, () => workspaceChain().rewriteFrom(4)],
    ["is written anew from its fifth entry on", 6, 6, () => workspaceChain().rewriteFrom(5)],
    ["is written anew from its sixth entry on", 6, 6, () => workspaceChain().rewriteFrom(6)],
  ];

  it.each(cases)(
    "that %s is broken at %i, the first noted entry that is another one or gone",
    async (_what, seq, _grown, tamper) => {
      await tamper();
      expect(await breakOf()).toEqual({ chain: world.acme.workspace, seq });
    },
  );

  it.each(cases)(
    "that %s, at %i, is broken at %i when it has grown and was noted again",
    async (_what, _seq, grown, tamper) => {
      await tamper();
      for (const name of ["More", "And more", "Yet more", "And still more", "Enough", "Enough now", "The last"]) {
        await addEntries(world, name);
        const { breaks, failed } = await world.round();
        expect(failed).toEqual([]);
        expect(breaks.map(({ chain }) => chain)).toEqual([world.acme.workspace]);
      }
      expect(await breakOf()).toEqual({ chain: world.acme.workspace, seq: grown });
    },
  );

  it.each<[string, () => Promise<void>]>([
    ["cut after its sixth entry", () => workspaceChain().cutAfter(6)],
    ["written anew from its seventh entry on", () => workspaceChain().rewriteFrom(7)],
  ])(
    "that is %s, which no checkpoint has seen, passes: what came after the last one is not proven",
    async (_what, tamper) => {
      await tamper();
      expect(await breakOf()).toBeUndefined();
      expect((await world.round()).breaks).toEqual([]);
    },
  );
});

describe("an organization", () => {
  it("whose own chain is written anew is broken at its noted entry", async () => {
    await organizationChain().rewriteFrom(2);
    expect(await breakOf()).toEqual({ chain: world.acme.org, seq: 2 });
    const { breaks } = await world.round();
    expect(breaks.map(({ chain, seq }) => [nameOf(chain), seq])).toEqual([["organization", 2]]);
  });

  it("that has lost a workspace, and every word of it, is broken", async () => {
    await workspaceChain().removeAll();
    await organizationChain().leaveOut(({ action }) => action === "workspace.created");
    const { breaks } = await world.round();
    const found = breaks.map(({ chain, seq }) => [nameOf(chain), seq]);
    expect(found.sort()).toEqual(
      [
        ["organization", 2],
        [world.acme.workspace, 1],
      ].sort(),
    );
    expect(await breakOf()).toEqual({ chain: world.acme.org, seq: 2 });
  });

  it("that lost only what came after its chain grew again is broken at the lost workspace", async () => {
    const later = await makeWorkspace(world.acme, "South");
    await world.round();
    await new TamperedChain(world.opened, { orgId: world.acme.org, workspaceId: later }).removeAll();
    expect(await breakOf()).toEqual({ chain: later, seq: 1 });
  });
});

describe("a checkpoint", () => {
  const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const signOwn = (manifest: string): Checkpoint => ({
    manifest,
    signature: sign("sha256", Buffer.from(manifest), own.privateKey).toString("base64"),
    publicKey: own.publicKey.export({ type: "spki", format: "pem" }).toString(),
  });
  const change = (number: number, changes: object) =>
    canonicalize({ ...world.checkpoints.manifest(number), ...changes } as unknown as Json);
  const signOurs = async (manifest: string): Promise<Checkpoint> => ({
    manifest,
    signature: await world.archive.signingKey.sign(manifest),
    publicKey: await world.archive.signingKey.publicKey(),
  });

  it.each<[string, number, () => Promise<void> | void]>([
    [
      "was altered",
      1,
      () => {
        const at = "2020-01-01T00:00:00.000Z";
        world.checkpoints.write(1, { ...world.checkpoints.read(1), manifest: change(1, { at }) });
      },
    ],
    [
      "was altered and signed by another key, which it brings along",
      1,
      () => world.checkpoints.write(1, signOwn(change(1, { chains: [] }))),
    ],
    ["is signed by another key", 2, () => world.checkpoints.write(2, signOwn(world.checkpoints.read(2).manifest))],
    ["is not signed", 2, () => world.checkpoints.write(2, { ...world.checkpoints.read(2), signature: "" })],
    [
      "has a signature in another spelling",
      2,
      () => {
        const signed = world.checkpoints.read(2);
        world.checkpoints.write(2, { ...signed, signature: ` ${signed.signature}` });
      },
    ],
    ["is empty", 2, () => world.checkpoints.write(2, "")],
    ["is no JSON", 2, () => world.checkpoints.write(2, "{")],
    ["is nothing", 1, () => world.checkpoints.write(1, "null")],
    ["holds no text", 1, () => world.checkpoints.write(1, '{"manifest": 1, "signature": 2}')],
    ["is another one of the same organization", 2, () => world.checkpoints.write(2, world.checkpoints.read(1))],
    ["is missing, and a later one is there", 1, () => world.checkpoints.remove(1)],
    ["is missing, the last one", 2, () => world.checkpoints.remove(2)],
    ["was never made, and is there", 3, () => world.checkpoints.write(3, signOwn(change(2, { number: 3 })))],
    ["leaves out a number", 3, () => world.checkpoints.write(4, world.checkpoints.read(2))],
    ["has the number 0", 1, () => world.checkpoints.write(0, world.checkpoints.read(1))],
    [
      "was signed by our key, but follows another one",
      2,
      async () => world.checkpoints.write(2, await signOurs(change(2, { previous: "f".repeat(64) }))),
    ],
    [
      "was signed by our key, the first, and follows one",
      1,
      async () => world.checkpoints.write(1, await signOurs(change(1, { previous: "f".repeat(64) }))),
    ],
    [
      "was signed by our key for another organization",
      2,
      async () => world.checkpoints.write(2, await signOurs(change(2, { organization: "org_other" }))),
    ],
    ["was signed by our key and is no manifest", 2, async () => world.checkpoints.write(2, await signOurs("{}"))],
    [
      "was signed by our key and names a chain that can be none",
      2,
      async () => {
        const chains = [{ chain: "wks_1#AUDIT", seq: 1, hash: "f".repeat(64) }];
        world.checkpoints.write(2, await signOurs(change(2, { chains })));
      },
    ],
  ])("that %s is found, by its number: %i", async (_what, seq, tamper) => {
    await tamper();
    expect(await breakOf()).toEqual({ chain: "checkpoints", seq });
  });

  it("that our key signed over a chain that was written anew is found by the one before it", async () => {
    await workspaceChain().rewriteFrom(3);
    const heads = await headsNow();
    const last = { number: 2, hash: "" };
    const { hash } = writeManifestOf(2);
    const { text } = writeManifest(world.acme.org, { ...last, hash }, new Date().toISOString(), heads);
    world.checkpoints.write(3, await signOurs(text));
    expect(await breakOf()).toEqual({ chain: world.acme.workspace, seq: 4 });
  });

  it("is that of its own number alone, wherever it is put", async () => {
    world.checkpoints.write(2, world.checkpoints.read(1));
    expect(await readCheckpoint(world.archive, world.acme.org, 2)).toBe("forged");
    expect(await readCheckpoint(world.archive, world.acme.org, 1)).toMatchObject({ manifest: { number: 1 } });
    expect(await readCheckpoint(world.archive, world.acme.org, 3)).toBe("absent");
  });

  it("that our key signed with another hash of an entry that was noted before is found at that entry", async () => {
    const { organization, at, chains } = world.checkpoints.manifest(2);
    const others = chains.map((head) =>
      head.chain === world.acme.workspace ? { ...head, hash: "f".repeat(64) } : head,
    );
    const { text } = writeManifest(organization, writeManifestOf(2), at, others);
    world.checkpoints.write(3, await signOurs(text));
    expect(await breakOf()).toEqual({ chain: world.acme.workspace, seq: 6 });
  });

  it("beside which something else lies is the one that counts", async () => {
    world.checkpoints.writeAs("notes.txt", "nothing");
    world.checkpoints.writeAs("000000000001.json.bak", "{}");
    expect(await world.verify()).toMatchObject({ intact: true, checkpoints: 2 });
  });

  it("that is gone with the note of it is not missed, but the time of the last one tells", async () => {
    world.checkpoints.remove(2);
    await setNoted(world, 1);
    const { at } = world.checkpoints.manifest(1);
    expect(await world.verify()).toEqual({ intact: true, entries: 9, checkpoints: 1, lastCheckpointAt: at });
  });

  async function headsNow() {
    const { store } = world.opened;
    const chains = [world.acme.org, world.acme.workspace];
    const places = [{ orgId: world.acme.org }, world.acme.place];
    const { heads } = await store.read({ heads: places.map((place) => store.places.headAt(place)) });
    return chains.map((chain, index) => ({ chain, seq: heads[index]?.seq ?? 0, hash: heads[index]?.hash ?? "" }));
  }

  function writeManifestOf(number: number) {
    const { organization, at, previous, chains } = world.checkpoints.manifest(number);
    return writeManifest(organization, { number: number - 1, hash: previous }, at, chains).written;
  }
});

describe("an archive that does not answer", () => {
  const expectNoAnswer = async () => {
    const { api, ann, O } = world.acme;
    const { status, body } = await api.call(ann, `POST ${O}/audit-log/verify`, { body: {} });
    expect([status, body.code]).toEqual([503, "unavailable"]);
    expect(body).not.toHaveProperty("intact");
  };

  it("is a 503 where the bucket cannot be reached, and never a log that is whole", async () => {
    await world.archive.close();
    await expectNoAnswer();
    expect(world.acme.api.faults).toMatchObject([{ code: "ECONNREFUSED" }]);
  });

  it.each<[string, "list" | "get"]>([
    ["lists nothing", "list"],
    ["gives nothing", "get"],
  ])("is a 503 where the bucket %s but a failure", async (_what, operation) => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const failing = vi.spyOn(world.archive.store, operation).mockRejectedValue(new Error("broken"));
    await expectNoAnswer();
    failing.mockRestore();
    expect(await world.verify()).toMatchObject({ intact: true });
  });
});
