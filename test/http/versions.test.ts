import { beforeAll, describe, expect, inject, it } from "vitest";
import type { Route } from "../../lib/api/route.ts";
import { routes } from "../../lib/api/routes.ts";
import type { Acme, Person } from "./acme.ts";
import { absent, admit, done, makeAcme, makeResource, makeRole } from "./acme.ts";
import type { Answer, Client } from "./client.ts";
import { openClient } from "./client.ts";
import { takesIfMatch } from "./documented.ts";
import { expectNothingStored } from "./nothing-stored.ts";
import { connectProvider } from "./providers.ts";
import { openTable } from "./table-content.ts";
import type { Targets } from "./targets.ts";
import { callExample, makeClaimRule, makeTargets, prepareExample } from "./targets.ts";

const service = inject("service");
const table = openTable(service);
let client: Client;
let acme: Acme;
let vic: Person;

beforeAll(async () => {
  client = await openClient(service);
  acme = await makeAcme(client);
  vic = await admit(client, acme, "vic", ["rol_viewer"]);
});

const call = (what: string, body?: unknown, ifMatch?: string | string[]): Promise<Answer> =>
  client.call(acme.ann.token, what, { body, ...(ifMatch === undefined ? {} : { headers: { "If-Match": ifMatch } }) });

/** Each kind of versioned thing: how to read it, and an edit of it that can be told from others. */
const things: [string, () => Promise<string>, (text: string) => object][] = [
  ["the organization", async () => acme.O, (name) => ({ name })],
  ["a workspace", async () => acme.W, (region) => ({ labels: { region } })],
  [
    "a role",
    async () => `${acme.W}/roles/${await makeRole(client, acme, "Runner", [])}`,
    (description) => ({ description }),
  ],
  [
    "a claim rule of a workspace",
    async () => `${acme.W}/claim-rules/${await makeClaimRule(client, acme, acme.W, "rol_viewer")}`,
    (name) => ({ name }),
  ],
  [
    "a claim rule of the organization",
    async () => `${acme.O}/claim-rules/${await makeClaimRule(client, acme, acme.O, "rol_viewer")}`,
    (name) => ({ name }),
  ],
  [
    "an identity provider",
    async () => `${acme.O}/identity-providers/${await connectProvider(client, acme)}`,
    (name) => ({ name }),
  ],
  [
    "a resource",
    async () => `${acme.W}/resources/workflow/${await makeResource(client, acme, "Triage")}`,
    (name) => ({ name }),
  ],
];

describe.each(things)("%s", (_, pathOf, edit) => {
  let path: string;
  let first: string;

  beforeAll(async () => {
    path = await pathOf();
    first = (await call(`GET ${path}`)).headers.etag ?? "";
  });

  it("is edited by whoever names the version they read, and gets a new one", async () => {
    const edited = await call(`PATCH ${path}`, edit("one"), first);
    expect(edited.status).toBe(200);
    expect(edited.headers.etag).not.toBe(first);
    const read = await call(`GET ${path}`);
    expect(read.headers.etag).toBe(edited.headers.etag);
    expect(read.body).toEqual(edited.body);
  });

  it("is edited by whoever names any version, a list with the right one, or two headers with it", async () => {
    const now = async () => (await call(`GET ${path}`)).headers.etag ?? "";
    expect((await call(`PATCH ${path}`, edit("four"), "*")).status).toBe(200);
    expect((await call(`PATCH ${path}`, edit("five"), `"0",${await now()} , W/"1"`)).status).toBe(200);
    expect((await call(`PATCH ${path}`, edit("six"), ['"0"', await now()])).status).toBe(200);
  });

  it("is edited by one of 20 who name the same version", async () => {
    const version = (await call(`GET ${path}`)).headers.etag;
    const edits = Array.from({ length: 20 }, (_, index) => call(`PATCH ${path}`, edit(`edit ${index}`), version));
    const statuses = (await Promise.all(edits)).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 412)]);
  });
});

const writes = routes.filter(takesIfMatch).map((route) => [`${route.method} ${route.path}`, route] as const);
const send = (route: Route, targets: Targets, ifMatch?: string) =>
  callExample(client, route, targets, targets.acme.ann.token, {
    headers: ifMatch === undefined ? {} : { "If-Match": ifMatch },
  });

describe("every write that takes If-Match", () => {
  let quiet: Targets;
  const present = new Map<Route, string>();
  beforeAll(async () => {
    quiet = await makeTargets(client);
    for (const [, route] of writes) present.set(route, await readVersion(route, quiet));
  });
  expectNothingStored(table, () => quiet.acme);

  // What its example sends is what the route asks for: without it the example would not be done.
  const strict = writes.filter(([, { example }]) => example.headers?.["if-match"] !== undefined);
  it.each(strict)("needs it, where its example has it: %s", async (_, route) => {
    expect(await send(route, quiet)).toMatchObject({ status: 428, body: { code: "precondition.required" } });
  });

  it.each(writes)("does nothing under another version, or what is none: %s", async (_, route) => {
    const fresh = present.get(route) ?? "";
    const others = ['"0"', `W/${fresh}`, fresh.replaceAll('"', ""), `${fresh}x`, "", '"0", "70"', "**"];
    for (const other of others) {
      const answer = await send(route, quiet, other);
      expect(answer, other).toMatchObject({ status: 412, body: { code: "precondition.failed" } });
    }
  });
});

it.each(writes)("%s is done under the present version, and not again", async (_, route) => {
  const targets = await makeTargets(client);
  await prepareExample(client, route, targets);
  const fresh = await readVersion(route, targets);
  const answer = await send(route, targets, fresh);
  expect(answer.status, answer.text).toBe(route.reply.status);
  // What was deleted is not there; what was edited has another version now, and so has a key that is seen to be revoked.
  const isGone = route.method === "DELETE" && route.operationId !== "revokeApiKey";
  expect((await send(route, targets, fresh)).status).toBe(isGone ? 404 : 412);
});

/** The version of what a write edits: as it is read, or, where nothing reads it by itself, as it was just put there. */
async function readVersion({ path }: Route, targets: Targets): Promise<string> {
  const source = ["GET", "PUT"].map((method) => routes.find((one) => one.method === method && one.path === path));
  const route = source.find((one) => one !== undefined);
  if (route === undefined) throw new Error(`nothing says which version is at ${path}`);
  const { status, text, headers } = await callExample(client, route, targets, targets.acme.ann.token);
  expect(status, text).toBe(200);
  return headers.etag ?? "";
}

describe("users and assignments", () => {
  it("are edited without If-Match, which is honoured when it is sent", async () => {
    for (const [path, method, body] of [
      [`${acme.O}/users/${vic.userId}`, "PATCH", { displayName: "Vic" }],
      [`${acme.W}/assignments/${vic.userId}`, "PUT", { roleIds: ["rol_operator"] }],
    ] as const) {
      const { etag } = (await call(`GET ${path}`)).headers;
      expect((await call(`${method} ${path}`, body, '"0"')).status).toBe(412);
      expect((await call(`${method} ${path}`, body, etag)).status).toBe(200);
      expect((await call(`${method} ${path}`, body, etag)).status).toBe(412);
      expect((await call(`${method} ${path}`, body)).status).toBe(200);
      expect((await call(`${method} ${path}`, body, "*")).status).toBe(200);
    }
  });

  it("that are not there yet match no version, not even any", async () => {
    const newcomer = await admit(client, acme, "newcomer");
    const path = `${acme.W}/assignments/${newcomer.userId}`;
    const body = { roleIds: ["rol_viewer"] };
    expect((await call(`PUT ${path}`, body, "*")).status).toBe(412);
    expect((await call(`PUT ${path}`, body)).status).toBe(200);
  });

  it("answer an edit with the version that reading gives", async () => {
    const path = `${acme.W}/assignments/${vic.userId}`;
    const put = await call(`PUT ${path}`, { roleIds: ["rol_viewer", "rol_creator"] });
    const read = await call(`GET ${path}`);
    expect([read.headers.etag, read.body]).toEqual([put.headers.etag, put.body]);
  });
});

describe("a deletion", () => {
  it("honours If-Match, and needs none", async () => {
    const path = `${acme.W}/roles/${await makeRole(client, acme, "Doomed", [])}`;
    expect((await call(`DELETE ${path}`, undefined, '"7"')).status).toBe(412);
    expect((await call(`DELETE ${path}`, undefined, '"1"')).status).toBe(204);
    expect((await call(`DELETE ${path}`, undefined, "*")).status).toBe(404);
    const held = `${acme.W}/assignments/${(await admit(client, acme, "leaver", ["rol_viewer"])).userId}`;
    expect((await call(`DELETE ${held}`, undefined, '"1"')).status).toBe(412);
    expect((await call(`DELETE ${held}`)).status).toBe(204);
    expect((await call(`GET ${held}`)).status).toBe(404);
  });
});

describe("what may be put where nothing is", () => {
  it("is made without a version, matches none, and after that is replaced under its version only", async () => {
    const path = `${acme.W}/resources/workflow/chosen`;
    expect((await call(`PUT ${path}`, { name: "One" }, "*")).status).toBe(412);
    const made = await call(`PUT ${path}`, { name: "One" });
    expect(made.status).toBe(201);
    expect((await call(`PUT ${path}`, { name: "Two" })).status).toBe(428);
    expect((await call(`PUT ${path}`, { name: "Two" }, made.headers.etag)).status).toBe(200);
    expect((await call(`PUT ${path}`, { name: "Three" }, made.headers.etag)).status).toBe(412);
  });

  it("has another version when it is made again under its id", async () => {
    const path = `${acme.W}/resources/workflow/again`;
    const first = await call(`PUT ${path}`, { name: "One" });
    expect((await call(`DELETE ${path}`)).status).toBe(204);
    expect((await call(`PUT ${path}`, { name: "One" })).status).toBe(201);
    expect((await call(`PATCH ${path}`, { name: "Two" }, first.headers.etag)).status).toBe(412);
  });
});

it("a merge patch leaves what it does not name and takes away what it names null", async () => {
  const own = await makeAcme(client);
  const patch = (body: object) =>
    done(client.call(own.ann.token, `PATCH ${own.W}`, { body, headers: { "If-Match": "*" } }));
  await patch({ labels: { region: "eu", stage: "dev" } });
  expect((await patch({ labels: { region: null, team: "x" } })).labels).toEqual({ stage: "dev", team: "x" });
  const { name, features, labels } = await patch({ name: "Renamed" });
  expect([name, features, labels]).toEqual(["Renamed", ["case-management"], { stage: "dev", team: "x" }]);
});

it("a version says nothing to whoever may not read the thing", async () => {
  const answer = await client.call(vic.token, `PATCH ${acme.O}/workspaces/${absent.workspaceId}`, {
    body: {},
    headers: { "If-Match": '"1"' },
  });
  expect(answer.status).toBe(403);
});
