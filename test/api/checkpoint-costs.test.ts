/** A long history of checkpoints, and a large one: each page of a verification reads so much and no more, and all that matters is read. */
import { BatchGetCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Archive } from "../../lib/api/checkpoints.ts";
import { makeIdMaker } from "../../lib/api/id-maker.ts";
import type { AuditEntry } from "../../lib/domain/audit.ts";
import { NO_HASH, seal } from "../../lib/domain/audit.ts";
import type { LastManifest, NotedHead } from "../../lib/domain/checkpoints.ts";
import { NO_CHECKPOINT, writeManifest } from "../../lib/domain/checkpoints.ts";
import type { OrgId } from "../../lib/domain/ids.ts";
import type { Change } from "../../lib/store/changes.ts";
import type { TestArchive } from "../archive.ts";
import { openTestArchive } from "../archive.ts";
import { openTestStore } from "../engine.ts";
import { workspaceOf } from "../store/contract.ts";
import type { Acme } from "./acme.ts";
import { makeAcme, makeRole } from "./acme.ts";
import { RoundTrips } from "./round-trips.ts";

let archive: TestArchive;
let acme: Acme;
let trips: RoundTrips;
/** Since the beginning of a page. */
let keysRead: string[];
let bytesRead: number;
let lists: number;
/** Entries of the largest read. */
let mostEntries: number;

const countEntries = ({ input }: BatchGetCommand) =>
  Object.values(input.RequestItems ?? {})
    .flatMap(({ Keys = [] }) => Keys)
    .filter(({ pk }) => String(pk).endsWith("#AUDIT")).length;

beforeEach(async () => {
  archive = await openTestArchive();
  const { bucket, signingKey } = archive;
  const counting: Archive = {
    bucket: {
      ...bucket,
      read: async (key) => {
        const text = await bucket.read(key);
        keysRead.push(key);
        bytesRead += text?.length ?? 0;
        return text;
      },
      list: (prefix, after) => {
        lists++;
        return bucket.list(prefix, after);
      },
    },
    signingKey,
  };
  trips = new RoundTrips();
  mostEntries = 0;
  const opened = await openTestStore({
    wrap: (client) => {
      const send = client.send.bind(client) as (command: unknown, ...rest: unknown[]) => Promise<unknown>;
      client.send = ((command: unknown, ...rest: unknown[]) => {
        if (command instanceof BatchGetCommand) mostEntries = Math.max(mostEntries, countEntries(command));
        return send(command, ...rest);
      }) as typeof client.send;
      return trips.wrap(client);
    },
  });
  acme = await makeAcme(opened, undefined, undefined, counting);
});

afterEach(() => archive.close());

interface PageCost {
  readonly trips: number;
  readonly lists: number;
  readonly checkpoints: number;
  readonly bytes: number;
}

/** A verification to its end. */
async function verifyAll(): Promise<{
  readonly last: Record<string, unknown>;
  readonly pages: PageCost[];
  readonly read: string[];
}> {
  const pages: PageCost[] = [];
  const read: string[] = [];
  for (let cursor: string | undefined; ; ) {
    [keysRead, bytesRead, lists] = [[], 0, 0];
    const query = cursor === undefined ? "" : `?cursor=${cursor}`;
    let last: Record<string, unknown> = {};
    const cost = await trips.count(async () => {
      last = (await acme.api.call(acme.ann, `POST ${acme.O}/audit-log/verify${query}`, { body: {} })).body;
    });
    pages.push({ trips: cost.trips, lists, checkpoints: keysRead.length, bytes: bytesRead });
    read.push(...keysRead);
    cursor = last.nextCursor as string | undefined;
    if (cursor === undefined) return { last, pages, read };
  }
}

/** Puts a checkpoint after the others, as our function would. */
async function put(org: OrgId, last: LastManifest, heads: readonly NotedHead[]): Promise<LastManifest> {
  const { text: manifest, written } = writeManifest(org, last, new Date().toISOString(), heads);
  const signature = await archive.signingKey.sign(manifest);
  const key = `checkpoints/${org}/${String(written.number).padStart(12, "0")}.json`;
  await archive.store.put(key, Buffer.from(JSON.stringify({ manifest, signature })), {
    isNew: true,
    contentType: "application/json",
  });
  return written;
}

const most = (pages: readonly PageCost[], of: keyof PageCost) => Math.max(...pages.map((page) => page[of]));

describe("thousands of checkpoints", () => {
  const COUNT = 1_250;

  it("are listed to the last, and read where it matters: the newest 200, and each hundredth before", async () => {
    const { store } = acme.api.host;
    const heads: NotedHead[] = [];
    for (const name of ["Two", "Three", "Four", "Five"]) {
      await makeRole(acme, name, []);
      const { head } = await store.read({ head: store.places.headAt(acme.place) });
      if (head !== undefined) heads.push({ chain: acme.workspace, ...head });
    }
    let last = NO_CHECKPOINT;
    for (let number = 1; number <= COUNT; number++) {
      const head = heads[Math.floor(((number - 1) * heads.length) / COUNT)];
      last = await put(acme.org, last, head === undefined ? [] : [head]);
    }
    const { last: answer, pages, read } = await verifyAll();
    const wanted = Array.from({ length: COUNT }, (_, index) => index + 1).filter(
      (number) => number > COUNT - 200 || number % 100 === 1,
    );
    expect(answer).toMatchObject({ intact: true, checkpoints: wanted.length });
    expect(read.map((key) => Number(/(\d{12})/.exec(key)?.[1])).sort((a, b) => a - b)).toEqual(wanted);
    expect(most(pages, "lists")).toBeLessThanOrEqual(3);
    expect(most(pages, "checkpoints")).toBeLessThanOrEqual(250);
    expect(most(pages, "trips")).toBeLessThanOrEqual(60);

    archive.store.list = async (prefix) => {
      const all = await Object.getPrototypeOf(archive.store).list.call(archive.store, prefix);
      return all.filter(({ key }: { readonly key: string }) => !key.endsWith("000000001034.json"));
    };
    expect((await verifyAll()).last).toMatchObject({ intact: false, brokenAt: { chain: "checkpoints", seq: 1_034 } });
  }, 60_000);
});

describe("checkpoints of an organization with a thousand workspaces", () => {
  const COUNT = 1_200;
  const CHECKPOINTS = 90;

  it("are compared in pages of a bounded size, each head once as long as it stays", async () => {
    const { store } = acme.api.host;
    const newId = makeIdMaker(Date.now());
    const heads: NotedHead[] = [];
    let changes: Change[] = [];
    const flush = async () => {
      await store.commit(changes, crypto.randomUUID(), async () => false);
      changes = [];
    };
    for (let index = 0; index < COUNT; index++) {
      const place = { orgId: acme.org, workspaceId: newId("wks") };
      const entry = seal({ seq: 0, hash: NO_HASH }, { chain: place.workspaceId } as unknown as AuditEntry);
      const [workspace] = store.workspaces.create({
        ...workspaceOf(acme.org, place.workspaceId, `W ${index}`),
        seq: 1,
        hash: entry.hash,
      });
      if (workspace !== undefined) changes.push(workspace);
      changes.push(store.places.append(place, entry));
      heads.push({ chain: place.workspaceId, seq: 1, hash: entry.hash });
      if (changes.length >= 90) await flush();
    }
    await flush();
    let last = NO_CHECKPOINT;
    for (let number = 1; number <= CHECKPOINTS; number++) last = await put(acme.org, last, heads);
    const { last: answer, pages } = await verifyAll();
    expect(answer).toMatchObject({ intact: true, checkpoints: CHECKPOINTS });
    const comparing = pages.filter(({ checkpoints }) => checkpoints > 0);
    // Some 200 KB each; a page reads some of them, and looks up none of their heads twice. The first has also walked chains.
    expect(comparing.length).toBeGreaterThan(1);
    expect(comparing.length).toBeLessThanOrEqual(3);
    expect(most(comparing, "bytes")).toBeLessThanOrEqual(16_000_000);
    expect(most(comparing.slice(1), "trips")).toBeLessThanOrEqual(60);
    // DynamoDB gives 16 MB at once, and each may be of 400 KB.
    expect(mostEntries).toBe(40);
  }, 120_000);
});
