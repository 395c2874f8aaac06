/**
 * Whatever is sent, made from the service's own document: no answer is a 5xx, none is outside its schema, every operation can be
 * brought to succeed, and nobody is shown what is another's.
 */
import { beforeAll, expect, inject, it } from "vitest";
import { admit, done, makeAcme, makePerson, makeResource, makeRole, makeWorkspace } from "./acme.ts";
import type { Answer, Client } from "./client.ts";
import { openClient } from "./client.ts";
import type { GeneratedRequest, Operation } from "./generated-requests.ts";
import { listOperations, RequestGenerator } from "./generated-requests.ts";
import { LivingThings } from "./living-things.ts";
import { connectProvider } from "./providers.ts";
import { Random, readSeed } from "./random.ts";
import { makeClaimRule, makeOrganizationRole, offerFrom } from "./targets.ts";

const REQUESTS = 20_000;
/**
 * Organizations that live at the same time, requests that each takes before a fresh one follows it, and how many of them at once.
 * What runs side by side is not the same twice: a seed gives the same choices again, among ids that the service makes anew.
 */
const LIVING = 3;
const LIFETIME = 1_250;
const IN_FLIGHT = 4;
/** Shares that wait in each of them at first, to be accepted or denied. */
const OFFERS = 3;

const service = inject("service");
const seed = readSeed();
let client: Client;
let operations: readonly Operation[];

beforeAll(async () => {
  client = await openClient(service);
  operations = listOperations((await client.call(undefined, "GET /v1/openapi.json")).body);
});

interface Caller {
  readonly name: "manager" | "owner" | "viewer" | "auditor" | "stranger" | "invalid token" | "no token";
  readonly token: string | undefined;
  readonly weight: number;
  readonly isOutside: boolean;
}

/** An organization under fuzz, with callers of every standing. */
interface World {
  readonly generator: RequestGenerator;
  readonly living: LivingThings;
  readonly callers: readonly Caller[];
  /** Stand in all that people of the organization bring in, and in nothing that others do; and the other way round. */
  readonly canary: string;
  readonly strangersCanary: string;
}

async function makeWorld(random: Random): Promise<World> {
  const canary = `inside${random.integer(0, 2 ** 32).toString(36)}`;
  const acme = await makeAcme(client);
  const living = new LivingThings();
  const ids = { orgId: acme.orgId, workspaceId: acme.workspaceId };
  const offering = await makeWorkspace(client, acme, `${canary} First`);
  for (const id of [offering, await makeWorkspace(client, acme, `${canary} Second`)])
    living.add("workspaceId", ids, id);
  const [owner, viewer, auditor, stranger] = await Promise.all([
    admit(client, acme, canary, ["rol_owner"]),
    admit(client, acme, canary, ["rol_viewer"]),
    admit(client, acme, canary),
    makePerson(client, "stranger"),
  ]);
  const body = { roleIds: ["rol_organization-viewer"] };
  await done(client.call(acme.ann.token, `PUT ${acme.O}/assignments/${auditor.userId}`, { body }));
  living.add("roleId", ids, await makeRole(client, acme, `${canary} Runner`, ["workflow:run"]));
  living.add("roleId", { orgId: acme.orgId }, await makeOrganizationRole(client, acme, `${canary} Lister`, []));
  living.add("idpId", ids, await connectProvider(client, acme));
  for (const [at, where] of [
    [acme.W, ids],
    [acme.O, { orgId: acme.orgId }],
  ] as const)
    living.add("ruleId", where, await makeClaimRule(client, acme, at, "rol_viewer"));
  for (const type of ["workflow", "workflow", "interaction"]) {
    living.add("resourceId", { ...ids, type }, await makeResource(client, acme, canary, type));
  }
  // Whoever is brought to offer something may not accept it: the manager owns both workspaces.
  for (let offer = 0; offer < OFFERS; offer++) {
    living.add("shareId", ids, await offerFrom(client, acme, offering, canary));
  }
  const callerIds = [acme.ann, owner, viewer, auditor].map(({ userId }) => userId);
  for (const userId of callerIds) living.add("userId", ids, userId);
  return {
    generator: new RequestGenerator(operations, living, acme, new Set(callerIds)),
    living,
    canary,
    strangersCanary: `outside${canary.slice("inside".length)}`,
    callers: [
      { name: "manager", token: acme.ann.token, weight: 70, isOutside: false },
      { name: "owner", token: owner.token, weight: 9, isOutside: false },
      { name: "viewer", token: viewer.token, weight: 4, isOutside: false },
      { name: "auditor", token: auditor.token, weight: 4, isOutside: false },
      { name: "stranger", token: stranger.token, weight: 8, isOutside: true },
      { name: "invalid token", token: `${acme.ann.token.slice(0, -8)}AAAAAAAA`, weight: 3, isOutside: true },
      { name: "no token", token: undefined, weight: 2, isOutside: true },
    ],
  };
}

/** Sends one generated request, and holds its answer against everything that must be so of any answer. */
async function sendOne(world: World, random: Random): Promise<{ request: GeneratedRequest; answer: Answer }> {
  const caller = random.weigh(world.callers.map((one) => [one.weight, one] as const));
  const [own, others] = caller.isOutside
    ? [world.strangersCanary, world.canary]
    : [world.canary, world.strangersCanary];
  const request = world.generator.make(random, own);
  const { operation, path, query, headers, body } = request;
  const what = `${operation.method} ${path}${query === "" ? "" : `?${query}`}`;
  try {
    const answer = await client.call(caller.token, what, { body, headers });
    expect(answer.status, answer.text).toBeLessThan(500);
    expect(`${JSON.stringify(answer.headers)} ${answer.text}`).not.toContain(others);
    if (!caller.isOutside) world.living.learn(operation.method, path, request.ids, answer);
    return { request, answer };
  } catch (error) {
    const sent = `${what} ${JSON.stringify(headers)} ${String(body).slice(0, 2_000)}`;
    if (error instanceof Error) error.message = `FUZZ_SEED=${seed}: ${caller.name} sent ${sent}\n${error.message}`;
    throw error;
  }
}

/** Whether it is plain from the answer that the operation's own code was reached; of a 404 and a 422 it is not. */
function isReached({ status, body }: Answer): boolean {
  return status < 300 || status === 409 || status === 412 || body?.code === "grant.exceeds_own";
}

it(`answers ${REQUESTS} requests made from its document as the document says`, async () => {
  const statuses = new Map(operations.map(({ operationId }) => [operationId, new Map<number, number>()]));
  let left = REQUESTS;
  let worlds = 0;
  let reached = 0;
  const liveOn = async () => {
    while (left > 0) {
      const number = worlds++;
      const world = await makeWorld(Random.split(seed, number));
      let lifetime = LIFETIME;
      const sendOn = async (lane: number) => {
        const random = Random.split(seed, number, lane);
        while (left > 0 && lifetime > 0) {
          left--;
          lifetime--;
          const { request, answer } = await sendOne(world, random);
          const counts = statuses.get(request.operation.operationId);
          counts?.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
          if (isReached(answer)) reached++;
        }
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, (_, lane) => sendOn(lane)));
    }
  };
  const started = performance.now();
  try {
    await Promise.all(Array.from({ length: LIVING }, liveOn));
  } finally {
    // After a failure nobody sends on.
    left = 0;
  }
  const seconds = (performance.now() - started) / 1_000;
  const share = reached / REQUESTS;
  const untouched = [...statuses].filter(([, counts]) => ![...counts.keys()].some((status) => status < 300));
  console.log(
    `fuzz: ${REQUESTS} requests in ${seconds.toFixed(1)} s (${Math.round(REQUESTS / seconds)}/s), ` +
      `${(100 * share).toFixed(1)} % reached a handler, ` +
      `${statuses.size - untouched.length} of ${statuses.size} operations succeeded, FUZZ_SEED=${seed}`,
  );
  expect(untouched.map(([operationId]) => operationId)).toEqual([]);
  expect(share).toBeGreaterThanOrEqual(0.3);
}, 240_000);
