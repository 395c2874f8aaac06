/**
 * Two organizations that are each other's mirror image, and people of either who use the other's ids, cursors, ETags, keys and
 * tokens wherever something is asked for: nothing of the other is ever changed, and nothing of it is ever shown.
 */
import { beforeAll, expect, inject, it } from "vitest";
import { sweepAll } from "../../lib/api/sweep.ts";
import type { Acme, Person } from "./acme.ts";
import { admit, assign, done, makeAcme, makePerson, makeResource, makeRole, makeWorkspace } from "./acme.ts";
import type { Client } from "./client.ts";
import { openClient } from "./client.ts";
import type { GeneratedRequest, Operation } from "./generated-requests.ts";
import { listOperations, RequestGenerator } from "./generated-requests.ts";
import { LivingThings } from "./living-things.ts";
import { Random, readSeed } from "./random.ts";
import type { Item } from "./table-content.ts";
import { isOfSecurityRecord, openTable } from "./table-content.ts";
import { makeOrganizationRole, offerFrom, TYPE } from "./targets.ts";

const STEPS = 2_000;
/** Steps of one organization's people, after which the other is looked at. */
const BATCH = 50;
const IN_FLIGHT = 8;

const service = inject("service");
const table = openTable(service);
const seed = readSeed();
let client: Client;
let operations: readonly Operation[];

beforeAll(async () => {
  client = await openClient(service);
  operations = listOperations((await client.call(undefined, "GET /v1/openapi.json")).body);
});

interface Side {
  readonly acme: Acme;
  /** Stands in what its people bring in, and nowhere else. */
  readonly canary: string;
  readonly living: LivingThings;
  readonly generator: RequestGenerator;
  /** Who sends requests, as often as they stand here. */
  readonly people: readonly Person[];
  readonly shared: readonly Person[];
}

/** @param shared people of both organizations */
async function makeSide(canary: string, shared: readonly Person[]): Promise<Side> {
  const acme = await makeAcme(client);
  const { O, W, ann, orgId, workspaceId } = acme;
  const labels = { canary };
  await done(client.call(ann.token, `PATCH ${O}`, { body: { labels }, headers: { "If-Match": "*" } }));
  await done(client.call(ann.token, `PATCH ${W}`, { body: { labels }, headers: { "If-Match": "*" } }));
  const living = new LivingThings();
  living.add("orgId", {}, orgId);
  const others = [await makeWorkspace(client, acme, "North"), await makeWorkspace(client, acme, "South")];
  for (const id of others) living.add("workspaceId", { orgId }, id);
  living.add("workspaceId", { orgId }, workspaceId);
  const runner = await makeRole(client, acme, "Runner", ["workflow:run"]);
  const lister = await makeOrganizationRole(client, acme, "Lister", ["workspace:list"]);
  living.add("roleId", { orgId, workspaceId }, runner);
  living.add("roleId", { orgId }, lister);
  const body = { description: canary };
  await done(client.call(ann.token, `PATCH ${W}/roles/${runner}`, { body, headers: { "If-Match": "*" } }));
  const owner = await admit(client, acme, canary, ["rol_owner"]);
  const viewer = await admit(client, acme, canary, [runner, "rol_viewer"]);
  for (const person of shared) await join(acme, person, `Both ${canary}`, runner);
  for (const { userId } of [ann, owner, viewer]) living.add("userId", { orgId }, userId);
  // Of each thing two, so that its list has a cursor.
  for (const other of others) {
    living.add("shareId", { orgId, workspaceId }, await offerFrom(client, acme, other, canary));
    living.add("resourceId", { orgId, workspaceId, type: TYPE }, await makeResource(client, acme, canary));
  }
  await collectCursors(acme, living);
  const callers = new Set([ann, owner, viewer].map(({ userId }) => userId));
  const generator = new RequestGenerator(operations, living, acme, callers);
  return { acme, canary, living, generator, people: [ann, ann, ann, ann, ann, owner, viewer], shared };
}

/** A cursor of every list of the organization and of its workspace, to be misused. */
async function collectCursors({ orgId, workspaceId, ann }: Acme, living: LivingThings): Promise<void> {
  const isList = ({ method, path, parameters = [] }: Operation) =>
    method === "GET" && path.includes("{orgId}") && !path.includes("{userId}") && parameters.some(isLimit);
  const isLimit = ({ name }: { readonly name: string }) => name === "limit";
  for (const { method, path: template } of operations.filter(isList)) {
    const path = template.replace("{orgId}", orgId).replace("{workspaceId}", workspaceId).replace("{type}", TYPE);
    living.learn(method, path, { orgId, workspaceId, type: TYPE }, await client.call(ann.token, `GET ${path}?limit=1`));
  }
}

/** Asks somebody in who is a person already, and who comes. */
async function join(acme: Acme, person: Person, displayName: string, roleId: string): Promise<void> {
  const body = { email: person.email, displayName };
  const user = await done(client.call(acme.ann.token, `POST ${acme.O}/users`, { body }));
  expect(user.id).toBe(person.userId);
  await client.signIn(person.email);
  await assign(client, acme, person, [roleId]);
}

const ID = /\b(?:org|wks|rol|usr|aud|res|shr)_[0-9a-hjkmnp-tv-z]{26}\b/g;

/** All that is stored of an organization, and of who its people are. */
function contentOf({ acme: { orgId }, people, shared }: Side, items: readonly Item[]): Item[] {
  const persons = new Set([...people, ...shared].map(({ userId }) => `PERSON#${userId}`));
  return items.filter(
    ({ pk, sk, orgId: of }) =>
      of === orgId ||
      [pk, sk].some((key) => String(key).startsWith(`ORG#${orgId}`)) ||
      (sk === "PERSON" && persons.has(pk)),
  );
}

interface Contents {
  readonly own: Item[];
  readonly others: Item[];
}

/** Whatever is left to be swept is swept now, for the clock's sweeper to change nothing in between. */
async function readContents(side: Side, other: Side): Promise<Contents> {
  await sweepAll(table.store, Date.now(), Date.now() + 10_000);
  const all = await table.listItemsOfBoth(side.acme.orgId, other.acme.orgId);
  // Somebody of both may be denied in either, which is told there, and later.
  const items = all.filter((item) => !isOfSecurityRecord(item));
  return { own: contentOf(side, items), others: contentOf(other, items) };
}

it(`keeps two organizations apart through ${STEPS} requests with each other's ids`, async () => {
  const random = new Random(seed);
  const [both, visitor, guest] = await Promise.all(
    ["both", "visitor", "guest"].map((name) => makePerson(client, name)),
  );
  if (both === undefined || visitor === undefined || guest === undefined) throw new Error("there are three of them");
  const name = () => `canary${random.integer(0, 2 ** 32).toString(36)}`;
  const [one, two] = [await makeSide(name(), [both, visitor]), await makeSide(name(), [both, guest])];
  one.living.mixIn(two.living);
  two.living.mixIn(one.living);
  const known = [both, visitor, guest];
  const counts: Counts = { succeeded: 0, foreignIds: 0, foreignCursors: 0 };
  const started = performance.now();

  let { own, others } = await readContents(one, two);
  for (let step = 0; step < STEPS; step += BATCH) {
    const [side, other] = (step / BATCH) % 2 === 0 ? [one, two] : [two, one];
    if (step > 0) [own, others] = [others, own];
    // People have one id in all organizations: whoever is asked in by an address is no secret.
    const secrets = new Set(JSON.stringify(others).match(ID));
    for (const id of JSON.stringify(own).match(ID) ?? []) secrets.delete(id);
    for (const { userId } of known) secrets.delete(userId);
    side.living.emails.push(...known.map(({ email }) => email));
    let left = BATCH;
    const sendOn = async (lane: number) => {
      const laneRandom = Random.split(seed, step, lane);
      while (left-- > 0) await sendOne({ side, other, known, secrets }, laneRandom, counts);
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, (_, lane) => sendOn(lane)));
    const now = await readContents(side, other);
    if (JSON.stringify(now.others) !== JSON.stringify(others)) {
      expect(now.others, `FUZZ_SEED=${seed}, in the ${BATCH} steps after ${step}`).toEqual(others);
    }
    own = now.own;
  }
  const seconds = (performance.now() - started) / 1_000;
  console.log(
    `two organizations: ${STEPS} steps in ${seconds.toFixed(1)} s, ${counts.foreignIds} with the other's ids in the path, ` +
      `${counts.foreignCursors} with its cursors, ${counts.succeeded} succeeded, FUZZ_SEED=${seed}`,
  );
  expect(counts.foreignIds).toBeGreaterThan(STEPS / 8);
  expect(counts.foreignCursors).toBeGreaterThan(0);
  expect(counts.succeeded).toBeGreaterThan(STEPS / 10);
}, 120_000);

interface Counts {
  succeeded: number;
  foreignIds: number;
  foreignCursors: number;
}

interface Step {
  readonly side: Side;
  readonly other: Side;
  /** People of both, of one of them, or soon of both. */
  readonly known: readonly Person[];
  /** Ids of the other organization that nobody here can know. */
  readonly secrets: ReadonlySet<string>;
}

async function sendOne({ side, other, known, secrets }: Step, random: Random, counts: Counts): Promise<void> {
  const isAboutKnown = random.chance(0.15);
  const request = isAboutKnown
    ? makeRequestAbout(random.pick(known), side, random)
    : side.generator.make(random, side.canary);
  const { operation, path, query, headers, body, ids } = request;
  // Whoever is in both has to do with the one here, as long as that is the one that the path names.
  const callers = ids.orgId === side.acme.orgId && !isAboutKnown ? [...side.people, ...side.shared] : side.people;
  const caller = random.pick(callers);
  const what = `${operation.method} ${path}${query === "" ? "" : `?${query}`}`;
  const sent = `${what} ${JSON.stringify(headers)} ${String(body)}`;
  try {
    const answer = await client.call(caller.token, what, { body, headers });
    const sealed = [answer.headers["consistency-token"], answer.body?.nextCursor].map((text) => decode(text ?? ""));
    const shown = `${JSON.stringify(answer.headers)} ${answer.text} ${sealed.join(" ")}`;
    expect(answer.status, answer.text).toBeLessThan(500);
    expect(shown).not.toContain(other.canary);
    const leaked = (shown.match(ID) ?? []).filter((id) => secrets.has(id) && !sent.includes(id));
    expect(leaked, answer.text).toEqual([]);
    // Whoever makes something under an id of their own choosing learns nothing of what has that id elsewhere.
    const isChosen = (name: string) => operation.operationId === "putResource" && name === "resourceId";
    const isIdForeign = Object.entries(ids).some(([name, id]) => !isChosen(name) && secrets.has(id));
    // A list of one's own organizations goes on after any of them.
    const isCursorForeign = "orgId" in ids && other.living.hasCursor(new URLSearchParams(query).get("cursor") ?? "");
    if (isIdForeign || isCursorForeign) expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
    if (isIdForeign) counts.foreignIds++;
    if (isCursorForeign) counts.foreignCursors++;
    if (answer.status < 300) counts.succeeded++;
    side.living.learn(operation.method, path, ids, answer);
  } catch (error) {
    const told = `${caller.email} of ${side.acme.orgId} sent ${sent.slice(0, 2_000)}`;
    if (error instanceof Error) error.message = `FUZZ_SEED=${seed}: ${told}\n${error.message}`;
    throw error;
  }
}

/** What concerns somebody in the one organization must not be felt in the other. */
function makeRequestAbout(person: Person, { acme, canary }: Side, random: Random): GeneratedRequest {
  const { orgId, workspaceId } = acme;
  const { email, userId } = person;
  const displayName = `Again ${canary}`;
  const roleIds = [random.pick(["rol_viewer", "rol_operator", "rol_owner"])];
  const bodies = {
    inviteUser: { email, displayName },
    updateUser: { status: random.pick(["active", "suspended"]), displayName },
    deleteUser: undefined,
    addWorkspaceUser: { email, displayName, roleIds },
    replaceAssignment: { roleIds },
    deleteAssignment: undefined,
    replaceOrganizationAssignment: { roleIds: ["rol_organization-viewer"] },
  };
  const [operationId, body] = random.pick(Object.entries(bodies));
  const operation = operations.find((one) => one.operationId === operationId);
  if (operation === undefined) throw new Error(`there is no ${operationId}`);
  const all: Readonly<Record<string, string>> = { orgId, workspaceId, userId };
  const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  return {
    operation,
    ids: Object.fromEntries(names.map((name) => [name, all[name] ?? ""])),
    path: operation.path.replace(/\{(\w+)\}/g, (_, name: string) => all[name] ?? ""),
    query: "",
    headers: {},
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}

/** What stands in a token or a cursor, for whoever takes it apart. */
function decode(text: string): string {
  return Buffer.from(text, "base64url").toString("latin1");
}
