/** Making checkpoints: what each notes, when there is a new one, and what becomes of a round that dies, meets another one, or has no time. */
import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makeCheckpoints } from "../../lib/api/checkpoint-round.ts";
import type { Archive } from "../../lib/api/checkpoints.ts";
import { hashText, NO_HASH } from "../../lib/domain/audit.ts";
import type { Json } from "../../lib/domain/canonical-json.ts";
import { canonicalize } from "../../lib/domain/canonical-json.ts";
import type { OrgId } from "../../lib/domain/ids.ts";
import { keys } from "../../lib/store/keys.ts";
import type { Store } from "../../lib/store/store.ts";
import { openTestStore } from "../engine.ts";
import { done, edit, makeWorkspace, readTable } from "./acme.ts";
import type { Moment } from "./breakable.ts";
import { Breakage } from "./breakable.ts";
import type { CheckpointWorld } from "./checkpoint-world.ts";
import { addEntries, openCheckpointWorld, readNoted, setNoted, TamperedChain } from "./checkpoint-world.ts";

const HOUR = 3_600_000;

let world: CheckpointWorld;

beforeEach(async () => {
  world = await openCheckpointWorld();
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await world.close();
});

/** Lets time pass for whoever looks at the clock; timers go on as they do. */
function pass(milliseconds: number): void {
  const now = Date.now() + milliseconds;
  vi.useFakeTimers({ toFake: ["Date"], now });
}

/** An archive in which each put takes a second, or so many milliseconds. */
function slowArchive(milliseconds = 1_000): Archive {
  const { bucket, signingKey } = world.archive;
  const putNew: typeof bucket.putNew = async (...parameters) => {
    pass(milliseconds);
    return bucket.putNew(...parameters);
  };
  return { bucket: { ...bucket, putNew }, signingKey };
}

const numbers = () => world.checkpoints.numbers();
const expectWhole = async (count: number) => {
  expect(numbers()).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  expect(await world.verify()).toMatchObject({ intact: true, checkpoints: count });
};

describe("a checkpoint", () => {
  it("notes where every chain ends, in the order of their names, and follows the one before it", async () => {
    const { org, workspace } = world.acme;
    await world.round();
    await addEntries(world, "Two");
    await world.round();
    const [first, second] = [world.checkpoints.manifest(1), world.checkpoints.manifest(2)];
    expect(first).toMatchObject({ format: "bailiwick-checkpoint-1", organization: org, number: 1, previous: NO_HASH });
    expect(second).toMatchObject({ number: 2, previous: hashText(world.checkpoints.read(1).manifest) });
    const headsOf = ({ chains }: typeof first) => chains.map(({ chain, seq }) => [chain, seq]);
    expect([headsOf(first), headsOf(second)]).toEqual([
      [
        [org, 2],
        [workspace, 1],
      ],
      [
        [org, 2],
        [workspace, 2],
      ],
    ]);
  });

  it("brings the public key along, for whoever has no other way to it", async () => {
    await world.round();
    expect(world.checkpoints.read(1).publicKey).toBe(await world.archive.signingKey.publicKey());
    const { manifest, signature } = world.checkpoints.read(1);
    expect(await world.archive.signingKey.isSigned(manifest, signature)).toBe(true);
  });

  it("notes a workspace that is gone as long as there are checkpoints", async () => {
    const later = await makeWorkspace(world.acme, "South");
    const { api, ann, O } = world.acme;
    await done(api.call(ann, `POST ${O}/workspaces/${later}/suspend`, edit({})));
    await done(api.call(ann, `DELETE ${O}/workspaces/${later}`, edit({})));
    await world.round();
    await addEntries(world, "Two");
    await world.round();
    expect(world.checkpoints.manifest(2).chains).toContainEqual({
      chain: later,
      seq: 3,
      hash: expect.any(String),
      keptUntil: expect.any(Number),
    });
    expect(world.checkpoints.manifest(1).chains).toEqual(
      world.checkpoints
        .manifest(2)
        .chains.map((noted) =>
          noted.chain === world.acme.workspace ? expect.objectContaining({ keptUntil: expect.any(Number) }) : noted,
        ),
    );
  });

  it("is made for each organization that there is", async () => {
    const { api, ann } = world.acme;
    for (const name of ["One", "Two", "Three"]) await done(api.call(ann, "POST /v1/orgs", { body: { name } }));
    expect(await world.round()).toMatchObject({ made: 4, unchanged: 0, breaks: [], failed: [], isComplete: true });
  });

  it("that was noted is known by its number in the table, which proves nothing", async () => {
    await world.round();
    expect(await readNoted(world)).toBe(1);
    const rows = [...(await readTable(world.opened)).values()].filter(({ pk }) => pk === "ORGANIZATIONS");
    expect(rows).toEqual([{ pk: "ORGANIZATIONS", sk: world.acme.org, number: 1 }]);
  });
});

describe("a new checkpoint", () => {
  it("is not made where nothing changed, until a day has gone by", async () => {
    await world.round();
    pass(23 * HOUR);
    expect(await world.round()).toMatchObject({ made: 0, unchanged: 1 });
    pass(2 * HOUR);
    expect(await world.round()).toMatchObject({ made: 1, unchanged: 0 });
    await expectWhole(2);
    expect(world.checkpoints.manifest(2).chains).toEqual(world.checkpoints.manifest(1).chains);
  });

  it("is made as soon as any chain grew", async () => {
    await world.round();
    await addEntries(world, "Two");
    expect(await world.round()).toMatchObject({ made: 1, unchanged: 0 });
    await makeWorkspace(world.acme, "South");
    expect(await world.round()).toMatchObject({ made: 1, unchanged: 0 });
    await expectWhole(3);
  });

  it("reads each entry once: those that the one before noted are not followed again", async () => {
    const looked: number[] = [];
    const { store } = world.opened;
    const { listEntriesAfter } = store.places;
    const counting: Store = {
      ...store,
      places: {
        ...store.places,
        listEntriesAfter: async (...options) => {
          const page = await listEntriesAfter(...options);
          looked.push(...page.items.map(({ value }) => value.seq));
          return page;
        },
      },
    };
    const round = () => makeCheckpoints({ store: counting, archive: world.archive }, Date.now() + 60_000);
    await round();
    expect(looked.splice(0).sort()).toEqual([1, 1, 2]);
    await round();
    expect(looked).toEqual([]);
    await addEntries(world, "Two", "Three");
    await round();
    expect(looked).toEqual([2, 3]);
  });

  it("follows a chain of more entries than one read gives", async () => {
    const { store } = world.opened;
    const { listEntriesAfter } = store.places;
    const few: Store = {
      ...store,
      places: {
        ...store.places,
        listEntriesAfter: (place, seq, limit) => listEntriesAfter(place, seq, Math.min(2, limit)),
      },
    };
    await addEntries(world, "Two", "Three", "Four", "Five");
    expect(await makeCheckpoints({ store: few, archive: world.archive }, Date.now() + 60_000)).toMatchObject({
      made: 1,
    });
    await expectWhole(1);
    expect(world.checkpoints.manifest(1).chains).toContainEqual(expect.objectContaining({ seq: 5 }));
  });
});

describe("a chain that does not go on", () => {
  it("keeps its last good head, is told of in every round, and keeps no other from being noted", async () => {
    await addEntries(world, "Two", "Three");
    await world.round();
    const good = world.checkpoints.manifest(1).chains.find(({ chain }) => chain === world.acme.workspace);
    await new TamperedChain(world.opened, world.acme.place).rewriteFrom(2);
    await addEntries(world, "Four");
    await makeWorkspace(world.acme, "South");
    for (let round = 0; round < 2; round++) {
      const { breaks } = await world.round();
      expect(breaks).toEqual([{ orgId: world.acme.org, chain: world.acme.workspace, seq: 4 }]);
    }
    const { chains } = world.checkpoints.manifest(2);
    expect(chains).toContainEqual(good);
    expect(chains.find(({ chain }) => chain === world.acme.org)?.seq).toBe(3);
    expect(numbers()).toEqual([1, 2]);
  });

  it("is named where it ends, when it was cut off, and where its head is another one", async () => {
    await addEntries(world, "Two", "Three");
    await world.round();
    const chain = new TamperedChain(world.opened, world.acme.place);
    await chain.rewriteFrom(3);
    const breaksOf = async () => (await world.round()).breaks.map(({ seq }) => seq);
    expect(await breaksOf()).toEqual([3]);
    await chain.cutAfter(1);
    expect(await breaksOf()).toEqual([2]);
  });

  it("is noted as far as it was good where it was spoilt before it was ever noted", async () => {
    await addEntries(world, "Two", "Three");
    const { client, tableName } = world.opened;
    await client.send(new DeleteCommand({ TableName: tableName, Key: keys.auditEntry(world.acme.place, 2) }));
    expect((await world.round()).breaks).toEqual([{ orgId: world.acme.org, chain: world.acme.workspace, seq: 2 }]);
    const { chains } = world.checkpoints.manifest(1);
    expect(chains.find(({ chain }) => chain === world.acme.workspace)?.seq).toBe(1);
  });

  it("is not noted at all where nothing of it is good", async () => {
    await new TamperedChain(world.opened, world.acme.place).leaveOut(() => true);
    await world.round();
    expect(world.checkpoints.manifest(1).chains.map(({ chain }) => chain)).toEqual([world.acme.org]);
  });
});

describe("a round that dies", () => {
  const breakage = new Breakage();
  const MOMENTS: readonly Moment[] = ["before", "after"];

  /** Counts calls to the archive and dies at one of them. */
  function mortalArchive(
    passing: number,
    moment: Moment,
  ): { readonly archive: Archive; readonly wasBroken: () => boolean } {
    let left = passing;
    let isDead = false;
    const guard =
      <A extends unknown[], T>(call: (...parameters: A) => Promise<T>) =>
      async (...parameters: A): Promise<T> => {
        const isLast = !isDead && left-- <= 0;
        if (isLast) isDead = true;
        if (isLast && moment === "after") await call(...parameters);
        if (isDead) throw new Error("the process is dead");
        return call(...parameters);
      };
    const { bucket, signingKey } = world.archive;
    return {
      archive: {
        bucket: { putNew: guard(bucket.putNew), read: guard(bucket.read), list: guard(bucket.list) },
        signingKey: {
          sign: guard(signingKey.sign),
          isSigned: guard(signingKey.isSigned),
          publicKey: guard(signingKey.publicKey),
        },
      },
      wasBroken: () => isDead,
    };
  }

  it.each([0, 1])(
    "at any call to the archive leaves a checkpoint or none, and the next goes on: after %i of them",
    async (before) => {
      for (let round = 0; round < before; round++) await world.round();
      for (let passing = 0; ; passing++) {
        const wasBroken = await Promise.all(
          MOMENTS.map(async (moment) => {
            await addEntries(world, `${before} ${passing} ${moment}`);
            const mortal = mortalArchive(passing, moment);
            const { failed } = await makeCheckpoints(
              { store: world.opened.store, archive: mortal.archive },
              Date.now() + 60_000,
            );
            expect(failed.length > 0).toBe(mortal.wasBroken());
            return mortal.wasBroken();
          }),
        );
        expect((await world.round()).failed).toEqual([]);
        const written = numbers();
        expect(written).toEqual(written.map((_, index) => index + 1));
        for (const number of written) world.checkpoints.manifest(number);
        if (!wasBroken.includes(true)) break;
      }
      await expectWhole(numbers().length);
      const { chains } = world.checkpoints.manifest(numbers().length);
      const { head } = await world.opened.store.read({ head: world.opened.store.places.headAt(world.acme.place) });
      expect(chains).toContainEqual(
        expect.objectContaining({ chain: world.acme.workspace, seq: head?.seq, hash: head?.hash }),
      );
    },
  );

  it("at any call to the table leaves a checkpoint or none, and the next goes on", async () => {
    const mortal = await openTestStore({
      tableName: world.opened.tableName,
      wrap: (client) => breakage.wrap(client),
    });
    for (let passing = 0, isBroken = true; isBroken; passing++) {
      isBroken = false;
      for (const moment of MOMENTS) {
        await addEntries(world, `${passing} ${moment}`);
        breakage.arm(passing, moment);
        await makeCheckpoints({ store: mortal.store, archive: world.archive }, Date.now() + 60_000).catch(() => {});
        isBroken = breakage.mend() || isBroken;
        expect((await world.round()).failed).toEqual([]);
      }
    }
    await expectWhole(numbers().length);
    expect(await readNoted(world)).toBe(numbers().length);
  });

  it("after it put a checkpoint is gone on from, whatever the table knows of it", async () => {
    for (const name of ["Two", "Three", "Four"]) {
      await addEntries(world, name);
      await world.round();
    }
    await setNoted(world, 1);
    await addEntries(world, "Five");
    expect((await world.round()).failed).toEqual([]);
    expect(await readNoted(world)).toBe(4);
    await expectWhole(4);
  });

  it("is gone on from no further than there is time for, and the next round goes on", async () => {
    for (const name of ["Two", "Three", "Four"]) {
      await addEntries(world, name);
      await world.round();
    }
    await setNoted(world, 1);
    await addEntries(world, "Five");
    // A day later each of them would be due to be followed by another one, whatever changed.
    const archive = slowArchive(25 * HOUR);
    const round = await makeCheckpoints({ store: world.opened.store, archive }, Date.now() + HOUR);
    expect(round).toMatchObject({ made: 0, unchanged: 1, failed: [] });
    expect([await readNoted(world), numbers()]).toEqual([2, [1, 2, 3]]);
    expect(await world.round()).toMatchObject({ made: 1, failed: [] });
    expect(await readNoted(world)).toBe(4);
    await expectWhole(4);
  });
});

describe("a note", () => {
  it("of a round that was slow does not go back behind a later one", async () => {
    const { store } = world.opened;
    const note = (number: number, before: number | undefined) =>
      store.commit([store.checkpoints.note(world.acme.org, number, before)], crypto.randomUUID(), async () => false);
    expect([await note(1, undefined), await note(2, 1)]).toEqual(["committed", "committed"]);
    expect([await note(1, undefined), await note(2, 1)]).toEqual(["raced", "raced"]);
    expect(await readNoted(world)).toBe(2);
  });

  it("is only made of an organization that there is", async () => {
    const { store } = world.opened;
    const other = "org_01jdexamp1e0000000000000ab" as OrgId;
    const change = store.checkpoints.note(other, 1, undefined);
    expect(await store.commit([change], crypto.randomUUID(), async () => false)).toBe("raced");
  });
});

describe("rounds at once", () => {
  it("do no harm: each number is there once, and they follow each other", async () => {
    for (const name of ["Two", "Three", "Four"]) {
      await addEntries(world, name);
      const rounds = await Promise.all([world.round(), world.round(), world.round(), addEntries(world, `${name}!`)]);
      for (const round of rounds) expect(round?.failed ?? []).toEqual([]);
    }
    await expectWhole(numbers().length);
    expect(await readNoted(world)).toBe(numbers().length);
  });
});

describe("what somebody put where the next checkpoint is to be", () => {
  it.each<[string, () => string]>([
    ["is no checkpoint", () => "{}"],
    ["is one that was there before", () => JSON.stringify(world.checkpoints.read(1))],
  ])("is not gone on from where it %s; others get theirs", async (_what, make) => {
    await world.round();
    world.checkpoints.write(2, make());
    await addEntries(world, "Two");
    const { api, ann } = world.acme;
    await done(api.call(ann, "POST /v1/orgs", { body: { name: "Other" } }));
    for (let round = 0; round < 2; round++) {
      const { made, failed } = await world.round();
      expect([made, failed.map(({ orgId }) => orgId)]).toEqual([round === 0 ? 1 : 0, [world.acme.org]]);
      expect(String(failed[0]?.error)).toContain("The checkpoint 2 is forged.");
    }
    expect(await readNoted(world)).toBe(1);
  });

  it("is not gone on from where our key signed it and it follows another one", async () => {
    await world.round();
    const manifest = canonicalize({
      ...world.checkpoints.manifest(1),
      number: 2,
      previous: "f".repeat(64),
    } as unknown as Json);
    const signature = await world.archive.signingKey.sign(manifest);
    world.checkpoints.write(2, { manifest, signature, publicKey: "" });
    await addEntries(world, "Two");
    expect(String((await world.round()).failed[0]?.error)).toContain("does not follow the one before it");
  });
});

describe("the last checkpoint, when it is gone", () => {
  it("is not made once more: its organization fails until somebody looks", async () => {
    await world.round();
    world.checkpoints.remove(1);
    await addEntries(world, "Two");
    expect(String((await world.round()).failed[0]?.error)).toContain("The checkpoint 1 is absent.");
    expect(numbers()).toEqual([]);
  });
});

describe("many organizations", () => {
  const orgs: OrgId[] = [];

  beforeEach(async () => {
    const { api, ann } = world.acme;
    orgs.splice(0, orgs.length, world.acme.org);
    for (let index = 0; index < 39; index++) {
      orgs.push((await done(api.call(ann, "POST /v1/orgs", { body: { name: `Org ${index}` } }))).id);
    }
  });

  it("are all done in one round that has the time", async () => {
    expect(await world.round()).toMatchObject({ made: 40, failed: [], isComplete: true });
    expect(await world.round()).toMatchObject({ made: 0, unchanged: 40, isComplete: true });
  });

  it("are done in turn where the time is short: the next round begins with those that are left", async () => {
    const archive = slowArchive();
    let made = 0;
    for (let rounds = 0; made < 40; rounds++) {
      const round = await makeCheckpoints({ store: world.opened.store, archive }, Date.now() + 8_000);
      made += round.made;
      // Each has one before any is looked at again.
      if (made < 40) expect([round.unchanged, round.isComplete]).toEqual([0, false]);
      expect(rounds).toBeLessThan(6);
    }
    expect(made).toBe(40);
  });

  it("are none of them begun when there is no time at all", async () => {
    expect(await makeCheckpoints({ store: world.opened.store, archive: world.archive }, Date.now() - 1)).toEqual({
      made: 0,
      unchanged: 0,
      breaks: [],
      failed: [],
      isComplete: false,
    });
  });
});

describe("a chain for which there is no time", () => {
  it("is noted as far as it was followed, and goes on from there", async () => {
    await addEntries(world, "Two", "Three", "Four", "Five", "Six");
    const { store } = world.opened;
    const { listEntriesAfter } = store.places;
    const slow: Store = {
      ...store,
      places: {
        ...store.places,
        listEntriesAfter: (place, seq, limit) => {
          pass(1_000);
          return listEntriesAfter(place, seq, Math.min(2, limit));
        },
      },
    };
    const seqs: number[] = [];
    for (let round = 1; seqs.at(-1) !== 6; round++) {
      const { breaks, failed } = await makeCheckpoints({ store: slow, archive: world.archive }, Date.now() + 2_500);
      expect([breaks, failed]).toEqual([[], []]);
      const { chains } = world.checkpoints.manifest(round);
      seqs.push(chains.find(({ chain }) => chain === world.acme.workspace)?.seq ?? 0);
    }
    expect(seqs.length).toBeGreaterThan(1);
    await expectWhole(seqs.length);
  });
});
