/** Nobody learns whether a place is there that they have no standing in: for every route that names one. */
import { beforeAll, describe, expect, inject, it } from "vitest";
import type { Route } from "../../lib/api/route.ts";
import { routes } from "../../lib/api/routes.ts";
import type { Acme, Person } from "./acme.ts";
import { absent, admit, done, makeAcme, makePerson, makeWorkspace } from "./acme.ts";
import type { Answer, Client } from "./client.ts";
import { openClient } from "./client.ts";
import type { Targets } from "./targets.ts";
import { absentOf, callExample, fillIds, fillPath, makeTargets } from "./targets.ts";

const service = inject("service");
let client: Client;
let acme: Acme;
let other: Acme;
/** A workspace of `acme` in which none of these people has a role. */
let closedWorkspace: string;
let stranger: Person;
let idle: Person;
let owner: Person;
let lister: Person;
let targets: Targets;
/** The same things in another organization. */
let foreigners: Targets;

beforeAll(async () => {
  client = await openClient(service);
  [acme, other] = await Promise.all([makeAcme(client), makeAcme(client)]);
  [targets, foreigners] = await Promise.all([makeTargets(client), makeTargets(client)]);
  closedWorkspace = await makeWorkspace(client, acme, "Closed");
  stranger = await makePerson(client, "stranger");
  idle = await admit(client, acme, "idle");
  owner = await admit(client, acme, "owner", ["rol_owner"]);
  lister = await admit(client, acme, "lister");
  const body = { roleIds: ["rol_organization-viewer"] };
  await done(client.call(acme.ann.token, `PUT ${acme.O}/assignments/${lister.userId}`, { body }));
});

const malformed = ["nonsense", "*", "%2A", "wks_%3f", "..", "%00", "a%23b", "__proto__", "x".repeat(100)];

/** What is nearly an id: in capitals, with another prefix or none, too short, too long, with a letter that no id has. */
function misspell(id: string): string[] {
  const [prefix = "", rest = ""] = id.split("_");
  return [
    id.toUpperCase(),
    `${prefix}_${rest.toUpperCase()}`,
    `xyz_${rest}`,
    rest,
    id.slice(0, -1),
    `${id}0`,
    `${id.slice(0, -1)}u`,
    `${prefix}-${rest}`,
  ];
}

interface Names {
  readonly orgId?: string;
  readonly workspaceId?: string;
}

/** Calls a route by its example; `ids` says what stands for the places. */
function callAt(route: Route, person: Person, { orgId, workspaceId }: Names): Promise<Answer> {
  const ids = new Map<string, string>(
    Object.entries({ ...absent, orgId: orgId ?? acme.orgId, workspaceId: workspaceId ?? acme.workspaceId }),
  );
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (whole, name: string) => ids.get(name) ?? whole);
  const { body } = route.example;
  return client.call(person.token, `${route.method} ${fill(route.path)}`, {
    ...(body === undefined ? {} : { body: fill(JSON.stringify(body)) }),
    headers: route.example.headers ?? {},
  });
}

/** Everything that a caller can tell answers apart by, but what must differ. */
function seenOf({ status, text, body, headers }: Answer): string {
  const { date, "x-request-id": _id, "x-amzn-requestid": _requestId, "x-amz-apigw-id": _apiId, ...rest } = headers;
  expect(date).toBeDefined();
  return JSON.stringify([status, text.replaceAll(body.requestId, "…"), rest]);
}

async function expectSame(answers: readonly Answer[], status: number): Promise<void> {
  expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => status));
  expect(new Set(answers.map(seenOf)).size).toBe(1);
}

const named = (parameter: string) =>
  routes
    .filter(({ path }) => path.includes(`{${parameter}}`))
    .map((route) => [`${route.method} ${route.path}`, route] as const);

describe.each(named("orgId"))("%s", (_, route) => {
  it("answers a stranger the same for an organization that is there, one that is not, and what is no id", async () => {
    const places = [acme.orgId, other.orgId, absent.orgId, ...misspell(acme.orgId), ...malformed];
    await expectSame(await Promise.all(places.map((orgId) => callAt(route, stranger, { orgId }))), 403);
  });
});

describe.each(named("workspaceId"))("%s", (_, route) => {
  const absentOnes = () => [absent.workspaceId, other.workspaceId, ...misspell(acme.workspaceId), ...malformed];

  it.each([
    ["a user without any role", () => idle],
    ["an Owner of another workspace", () => owner],
  ])(
    "answers %s the same for a workspace that is there, one that is not, one of another organization, and what is no id",
    async (_who, person) => {
      const places = [closedWorkspace, ...absentOnes()];
      await expectSame(await Promise.all(places.map((workspaceId) => callAt(route, person(), { workspaceId }))), 403);
    },
  );

  it("answers whoever may list workspaces that it is not there, whyever", async () => {
    await expectSame(await Promise.all(absentOnes().map((workspaceId) => callAt(route, lister, { workspaceId }))), 404);
  });
});

const places = ["orgId", "workspaceId"];
const things = routes.flatMap((route) =>
  [...route.path.matchAll(/\{(\w+)\}/g)]
    .flatMap(([, name]) => (name === undefined || places.includes(name) ? [] : [name]))
    // What a caller may make under an id of their own is absent to nobody.
    .filter((name) => !(route.reply.makes && route.path.endsWith(`{${name}}`)))
    .map((name) => [`${route.method} ${route.path}`, name, route] as const),
);

describe.each(things)("%s, of a place that one may read", (_, name, route) => {
  it(`answers the same for a ${name} of nothing, of another organization, and what is no id`, async () => {
    const path = fillPath(route.path.replace(`{${name}}`, "{thing}"), targets);
    const idOf = (of: Targets) => fillIds(`{${name}}`, of, route.path);
    const own = idOf(targets);
    // Types may have the same names in two organizations: `test/api/resource-types.test.ts` tells whose each is.
    const others = name === "type" ? ["acme.nothing", "nothing", "role"] : [idOf(foreigners)];
    const answers = await Promise.all(
      [...others, absentOf(own), ...misspell(own).filter((id) => id !== ""), ...malformed].map((id) =>
        callExample(client, route, targets, targets.acme.ann.token, { path: path.replace("{thing}", id) }),
      ),
    );
    await expectSame(answers, 404);
  });
});

describe("somebody suspended in one organization", () => {
  it("is answered 401 there, as if the credential were dead, and goes on everywhere else", async () => {
    const body = { email: owner.email };
    const twin = await done(client.call(other.ann.token, `POST ${other.O}/users`, { body }));
    expect(twin.id).toBe(owner.userId);
    const token = await client.signIn(owner.email);
    await done(
      client.call(other.ann.token, `PUT ${other.W}/assignments/${owner.userId}`, { body: { roleIds: ["rol_viewer"] } }),
    );
    const suspend = (status: string) =>
      done(client.call(acme.ann.token, `PATCH ${acme.O}/users/${owner.userId}`, { body: { status } }));
    await suspend("suspended");
    const dead = await client.call("nonsense", `GET ${acme.W}/me`);
    for (const path of [`GET ${acme.O}`, `GET ${acme.O}/scopes`, `GET ${acme.W}/me`, `GET ${acme.W}/roles`]) {
      const answer = await client.call(token, path);
      expect(seenOf(answer)).toBe(seenOf(dead));
    }
    expect((await client.call(token, `GET ${other.W}/me`)).status).toBe(200);
    const me = await done(client.call(token, "GET /v1/me"));
    expect(me.organizations.map(({ id }: { id: string }) => id)).toEqual([other.orgId]);
    await suspend("active");
    expect((await client.call(token, `GET ${acme.W}/me`)).status).toBe(200);
  });
});
