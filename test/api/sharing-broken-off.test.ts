/**
 * Each command that touches resources and shares, broken at each of its calls to the store: a process that dies, a conflict, a
 * time-out after the engine did it. Nothing is ever half done; sent again, it ends as if undisturbed, with one entry in each
 * chain that it touches.
 */
import { randomUUID } from "node:crypto";
import { TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, describe, expect, it } from "vitest";
import { done, readTable } from "./acme.ts";
import { Breakage } from "./breakable.ts";
import type { Answer, TestApi } from "./in-process.ts";
import { diesOnceCommitted, layer } from "./interleaved.ts";
import type { Copy, SharingWorld } from "./sharing-world.ts";
import {
  copyWorld,
  expectIntact,
  makeSharingWorld,
  newEntries,
  offer,
  prepareWorld,
  sweepUp,
  tellTable,
} from "./sharing-world.ts";

let base: SharingWorld;
beforeAll(async () => {
  base = await makeSharingWorld();
});

interface Prepared {
  readonly shareId: string;
  readonly etag: string;
}

interface Scenario {
  readonly name: string;
  /** The state of the share of North's workflow to South, where there is one. */
  readonly share?: "pending" | "accepted";
  readonly prepare?: (world: SharingWorld, copy: Copy) => Promise<unknown>;
  readonly work: (world: SharingWorld, prepared: Prepared) => (api: TestApi) => Promise<Answer>;
  /** What it is answered, and what it is answered once it was done although nobody heard of it. */
  readonly status: number;
  readonly repeated?: number;
  /** Whether more than one transaction belongs to it. */
  readonly isWide?: true;
  /** What the chains of North, South and the organization tell of it, in the end. */
  readonly entries: readonly [north: string[], south: string[], organization?: string[]];
}

const key = { "idempotency-key": "the-same" };
const post =
  (
    who: "ann" | "sue" | "tom",
    path: (world: SharingWorld, prepared: Prepared) => string,
    body?: (world: SharingWorld) => object,
  ) =>
  (world: SharingWorld, prepared: Prepared) =>
  (api: TestApi) =>
    api.call(world[who], `POST ${path(world, prepared)}`, { headers: key, body: body?.(world) });
const secret = (value: string) => ({ secret: true, value });
const attributes = { url: "https://x", token: secret("old"), other: secret("old") };
const workflow = (world: SharingWorld) => `${world.N}/resources/workflow/triage`;
const endShare =
  (at: "N" | "S", how: string) =>
  (world: SharingWorld, { shareId }: Prepared) =>
    `${world[at]}/shares/${shareId}/${how}`;

const scenarios: Scenario[] = [
  {
    name: "a resource is shared at once",
    work: post(
      "ann",
      ({ N }) => `${N}/shares`,
      ({ south }) => offer("triage", south),
    ),
    status: 201,
    entries: [["share.created"], ["share.created"]],
  },
  {
    name: "a resource is offered",
    work: post(
      "sue",
      ({ N }) => `${N}/shares`,
      ({ south }) => offer("triage", south),
    ),
    status: 201,
    entries: [["share.created"], ["share.created"]],
  },
  {
    name: "an offer is accepted",
    share: "pending",
    work: post("tom", endShare("S", "accept")),
    status: 200,
    entries: [["share.accepted"], ["share.accepted"]],
  },
  {
    name: "an offer is denied",
    share: "pending",
    work: post("tom", endShare("S", "deny")),
    status: 200,
    entries: [["share.denied"], ["share.denied"]],
  },
  {
    name: "a share is revoked by its source",
    share: "accepted",
    work: post("sue", endShare("N", "revoke")),
    status: 200,
    entries: [["share.revoked"], ["share.revoked"]],
  },
  {
    name: "a share is revoked by its target",
    share: "accepted",
    work: post("tom", endShare("S", "revoke")),
    status: 200,
    entries: [["share.revoked"], ["share.revoked"]],
  },
  {
    name: "a resource is shared with several, one of which refuses",
    work:
      ({ ann, N, workspace, south, west }) =>
      async (api) => {
        const { targetWorkspaceId: _, ...rest } = offer("triage", south);
        const body = { ...rest, targetWorkspaceIds: [south, workspace, west] };
        const answer = await api.call(ann, `POST ${N}/shares/bulk`, { headers: key, body });
        const rows: { status: number }[] = answer.body?.items ?? [];
        // Rows that came too late for a dead process are told so; the request is sent again.
        if (rows.some(({ status }) => status === 503)) return { ...answer, status: 503 };
        if (answer.status === 200) expect(rows.map(({ status }) => status)).toEqual([201, 422, 201]);
        return answer;
      },
    status: 200,
    isWide: true,
    entries: [["share.created", "share.created"], ["share.created"]],
  },
  {
    name: "a resource with shares is deleted with force",
    share: "accepted",
    prepare: async ({ api, ann, N, west }) => done(api.call(ann, `POST ${N}/shares`, { body: offer("triage", west) })),
    work: (world) => (api) => api.call(world.ann, `DELETE ${workflow(world)}?force=true`),
    status: 204,
    repeated: 404,
    isWide: true,
    entries: [["resource.deleted"], ["share.revoked"]],
  },
  {
    name: "a resource that only an offer names is deleted",
    share: "pending",
    work: (world) => (api) => api.call(world.ann, `DELETE ${workflow(world)}`),
    status: 204,
    repeated: 404,
    isWide: true,
    entries: [["resource.deleted"], ["share.revoked"]],
  },
  {
    name: "a resource that was made again is shared, its former shares unswept",
    share: "accepted",
    prepare: async (world, copy) => {
      const mortal = await copy.through(diesOnceCommitted());
      const deletion = await mortal.call(world.ann, `DELETE ${workflow(world)}?force=true`);
      expect(deletion.status).toBe(204);
      return done(world.api.call(world.ann, `PUT ${workflow(world)}`, { body: { name: "Made again" } }));
    },
    work: post(
      "ann",
      ({ N }) => `${N}/shares`,
      ({ south }) => offer("triage", south),
    ),
    status: 201,
    isWide: true,
    entries: [["share.created"], ["share.revoked", "share.created"]],
  },
  {
    name: "a source is suspended",
    share: "accepted",
    work: post("ann", ({ N }) => `${N}/suspend`),
    status: 200,
    entries: [["workspace.suspended"], [], ["workspace.suspended"]],
  },
  {
    name: "a suspended source is deleted",
    share: "accepted",
    prepare: ({ api, ann, N }) => done(api.call(ann, `POST ${N}/suspend`)),
    work:
      ({ ann, N }) =>
      (api) =>
        api.call(ann, `DELETE ${N}`),
    status: 204,
    repeated: 404,
    entries: [["workspace.deleted"], ["share.revoked"], ["workspace.deleted"]],
  },
  {
    name: "a suspended target is deleted",
    share: "accepted",
    prepare: ({ api, ann, S }) => done(api.call(ann, `POST ${S}/suspend`)),
    work:
      ({ ann, S }) =>
      (api) =>
        api.call(ann, `DELETE ${S}`),
    status: 204,
    repeated: 404,
    entries: [["share.revoked"], ["workspace.deleted"], ["workspace.deleted"]],
  },
  {
    name: "a resource with secrets is made under an id of the service",
    work: post(
      "ann",
      ({ N }) => `${N}/resources/workflow`,
      () => ({ name: "New", attributes }),
    ),
    status: 201,
    entries: [["resource.created"], []],
  },
  {
    name: "a resource with secrets is made under an id of the caller",
    work:
      ({ ann, N }) =>
      (api) =>
        api.call(ann, `PUT ${N}/resources/workflow/new`, { body: { name: "New", attributes } }),
    status: 201,
    repeated: 428,
    entries: [["resource.created"], []],
  },
  {
    name: "a resource with secrets is replaced",
    work:
      (world, { etag }) =>
      (api) =>
        api.call(world.ann, `PUT ${workflow(world)}`, {
          headers: { "if-match": etag },
          body: { name: "Other", attributes: { token: { secret: true }, third: secret("new") } },
        }),
    status: 200,
    repeated: 412,
    entries: [["resource.updated"], []],
  },
  {
    name: "a resource with secrets is edited",
    work:
      (world, { etag }) =>
      (api) =>
        api.call(world.ann, `PATCH ${workflow(world)}`, {
          headers: { "if-match": etag },
          body: { attributes: { token: secret("new"), other: null, url: "https://y" } },
        }),
    status: 200,
    repeated: 412,
    entries: [["resource.updated"], []],
  },
  {
    name: "a resource with secrets is deleted",
    work: (world) => (api) => api.call(world.ann, `DELETE ${workflow(world)}`),
    status: 204,
    repeated: 404,
    entries: [["resource.deleted"], []],
  },
  {
    name: "resources are made in bulk, one of which refuses",
    work:
      ({ ann, N }) =>
      async (api) => {
        const resources = [{ name: "One", attributes }, { id: "triage", name: "Taken" }, { name: "Two" }];
        const answer = await api.call(ann, `POST ${N}/resources/workflow/bulk`, { headers: key, body: { resources } });
        const rows: { status: number }[] = answer.body?.items ?? [];
        if (rows.some(({ status }) => status === 503)) return { ...answer, status: 503 };
        if (answer.status === 200) expect(rows.map(({ status }) => status)).toEqual([201, 409, 201]);
        return answer;
      },
    status: 200,
    isWide: true,
    entries: [["resource.created", "resource.created"], []],
  },
];

/** What a transaction meets at the engine, try by try, before it is let through. */
type Send = (command: TransactWriteCommand) => Promise<unknown>;
type Fault = readonly ((command: TransactWriteCommand, send: Send) => Promise<unknown>)[];

const raise = (name: string, more: object = {}) => {
  throw Object.assign(new Error(name), { name, ...more });
};
const conflict = async () =>
  raise("TransactionCanceledException", { CancellationReasons: [{ Code: "TransactionConflict" }, { Code: "None" }] });
const timeOut = async (command: TransactWriteCommand, send: Send) => {
  await send(command);
  return raise("TimeoutError");
};
const forgetful = (command: TransactWriteCommand, send: Send) =>
  send(new TransactWriteCommand({ ...command.input, ClientRequestToken: randomUUID() }));
const faults: Readonly<Record<string, Fault>> = {
  "a conflict and a throttling": [conflict, async () => raise("ThrottlingException")],
  "a time-out after the engine did it": [timeOut],
  "a time-out after the engine did it, and it does not know the token any more": [timeOut, forgetful],
};

/** Lets the nth transaction of a client meet a fault. */
function breakCommit(nth: number, fault: Fault): [wrap: ReturnType<typeof layer>, wasMet: () => boolean] {
  const left = [...fault];
  const tokens = new Set<string>();
  const wrap = layer(async (command, send) => {
    if (!(command instanceof TransactWriteCommand)) return send(command);
    tokens.add(command.input.ClientRequestToken ?? "");
    const meet = tokens.size > nth ? left.shift() : undefined;
    return meet === undefined ? send(command) : meet(command, send);
  });
  return [wrap, () => tokens.size > nth];
}

/** The world in which the scenario begins. */
async function begin({ share, prepare }: Scenario): Promise<[SharingWorld, Prepared]> {
  let prepared: Prepared = { shareId: "", etag: "" };
  const world = await prepareWorld(base, async (made, copy) => {
    const { api, ann, sue, N, south } = made;
    const put = await api.call(ann, `PUT ${N}/resources/workflow/triage`, { body: { name: "Triage", attributes } });
    const by = share === "pending" ? sue : ann;
    const shared = share && (await done(api.call(by, `POST ${N}/shares`, { body: offer("triage", south) })));
    prepared = { shareId: shared?.id ?? "", etag: put.headers.etag ?? "" };
    await prepare?.(made, copy);
  });
  return [world, prepared];
}

interface Undisturbed {
  /** As the work left it, and once nothing was left to sweep. */
  readonly atOnce: readonly string[];
  readonly swept: readonly string[];
}

type Work = (api: TestApi) => Promise<Answer>;

async function workUndisturbed(world: SharingWorld, scenario: Scenario, work: Work): Promise<Undisturbed> {
  const copy = await copyWorld(world);
  expect((await work(copy.api)).status).toBe(scenario.status);
  const atOnce = await tellTable(world, copy);
  await sweepUp(copy);
  const [north, south, organization = []] = scenario.entries;
  expect(await newEntries(world, copy, world.workspace)).toEqual(north);
  expect(await newEntries(world, copy, world.south)).toEqual(south);
  expect(await newEntries(world, copy, world.org)).toEqual(organization);
  await expectIntact(world, copy.api);
  return { atOnce, swept: await tellTable(world, copy) };
}

/** Tries the scenario's nth breakage, each in a copy of its own. @returns whether there was such a thing to break */
type Try = (nth: number) => Promise<boolean>;

/** Tries that are made at once: each waits for the engine most of its time. */
const AT_ONCE = 2;

async function tryEverywhere(one: Try): Promise<number> {
  let broken = 0;
  for (let from = 0, isMore = true; isMore; from += AT_ONCE) {
    const were = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => one(from + index)));
    broken += were.filter(Boolean).length;
    isMore = were.every(Boolean);
  }
  return broken;
}

describe.each(scenarios)("$name", (scenario) => {
  it("by a process that dies before the answer to a call, and so before the next one", async () => {
    const [world, prepared] = await begin(scenario);
    const work = scenario.work(world, prepared);
    const undisturbed = await workUndisturbed(world, scenario, work);
    const calls = await tryEverywhere(async (nth) => {
      const copy = await copyWorld(world);
      const breakage = new Breakage();
      const mortal = await copy.through((client) => breakage.wrap(client));
      breakage.arm(nth, "after");
      await work(mortal).catch(() => {});
      if (!breakage.mend()) return false;
      const left = await tellTable(world, copy);
      if (!scenario.isWide && left.length > 0) expect([nth, left]).toEqual([nth, undisturbed.atOnce]);
      if (left.length === 0) expect(await readTable(copy.test)).toEqual(world.items);
      const again = await work(mortal);
      expect([scenario.status, scenario.repeated], JSON.stringify(again.body)).toContain(again.status);
      await sweepUp(copy);
      expect([nth, await tellTable(world, copy)]).toEqual([nth, undisturbed.swept]);
      return true;
    });
    expect(calls).toBeGreaterThan(3);
  });

  it.each(Object.keys(faults))("by %s", async (fault) => {
    const [world, prepared] = await begin(scenario);
    const work = scenario.work(world, prepared);
    const undisturbed = await workUndisturbed(world, scenario, work);
    const commits = await tryEverywhere(async (nth) => {
      const copy = await copyWorld(world);
      const [broken, wasMet] = breakCommit(nth, faults[fault] ?? []);
      const api = await copy.through(broken);
      expect((await work(api)).status).toBe(scenario.status);
      if (!wasMet()) return false;
      expect(api.faults).toEqual([]);
      await sweepUp(copy);
      expect([nth, await tellTable(world, copy)]).toEqual([nth, undisturbed.swept]);
      return true;
    });
    expect(commits).toBeGreaterThan(0);
  });
});
