/** One request with every fault at once; taking the faults away one by one shows the refusals in their order. */
import { beforeAll, describe, expect, inject, it } from "vitest";
import type { Acme, Person } from "./acme.ts";
import { absent, admit, makeAcme, makeRole } from "./acme.ts";
import type { Client, Sent } from "./client.ts";
import { openClient } from "./client.ts";
import { expectNothingStored } from "./nothing-stored.ts";
import { openTable } from "./table-content.ts";

const service = inject("service");
const table = openTable(service);
let client: Client;
let acme: Acme;
let viewer: Person;
/** May edit roles and give them, and holds little else. */
let limited: Person;
let runner: string;

beforeAll(async () => {
  client = await openClient(service);
  acme = await makeAcme(client);
  viewer = await admit(client, acme, "viewer", ["rol_viewer"]);
  const scopes = ["role:read", "role:write", "user-permission:read", "user-permission:write", "workflow:run"];
  limited = await admit(client, acme, "limited", [await makeRole(client, acme, "Limited", scopes)]);
  runner = await makeRole(client, acme, "Runner", ["workflow:run"]);
  await makeRole(client, acme, "Taken", []);
});

interface Step {
  readonly by?: () => Person;
  readonly what: () => string;
  readonly sent?: Sent;
  readonly answer: readonly [status: number, code: string];
}

function describeSteps(name: string, steps: readonly Step[]): void {
  describe(name, () => {
    expectNothingStored(table, () => acme);
    it.each(steps.map((step) => [...step.answer, step] as const))("%i %s", async (status, code, step) => {
      const answer = await client.call(step.by?.().token, step.what(), step.sent);
      expect([answer.status, answer.body?.code], answer.text).toEqual([status, code]);
    });
  });
}

const role = (id: () => string) => () => `PATCH ${acme.W}/roles/${id()}`;
const badRole = role(() => absent.roleId);
const goodRole = role(() => runner);
const beyond = { name: "Taken", scopes: ["workflow:write"] };
const ifMatch = (tag: string, more: Record<string, string> = {}) => ({ "If-Match": tag, ...more });

describeSteps("an edit of a role is refused in this order", [
  { what: badRole, sent: { body: "{" }, answer: [401, "unauthenticated"] },
  { by: () => viewer, what: badRole, sent: { body: "{" }, answer: [403, "access.denied"] },
  { by: () => limited, what: badRole, sent: { body: "{" }, answer: [400, "request.malformed"] },
  { by: () => limited, what: badRole, sent: { body: "x".repeat(1_048_577) }, answer: [413, "request.too_large"] },
  {
    by: () => limited,
    what: badRole,
    sent: { body: "{}", headers: { "Content-Type": "a/b" } },
    answer: [415, "request.media_type"],
  },
  { by: () => limited, what: badRole, sent: { body: { ...beyond, id: "x" } }, answer: [422, "request.invalid"] },
  { by: () => limited, what: badRole, sent: { body: beyond }, answer: [404, "not_found"] },
  { by: () => limited, what: goodRole, sent: { body: beyond }, answer: [428, "precondition.required"] },
  {
    by: () => limited,
    what: goodRole,
    sent: { body: beyond, headers: ifMatch('"9"') },
    answer: [412, "precondition.failed"],
  },
  {
    by: () => limited,
    what: goodRole,
    sent: { body: beyond, headers: ifMatch('"1"') },
    answer: [403, "grant.exceeds_own"],
  },
  {
    by: () => limited,
    what: goodRole,
    sent: { body: { name: "Taken" }, headers: ifMatch('"1"') },
    answer: [409, "name.taken"],
  },
]);

const predefined = role(() => "rol_viewer");
describeSteps("an edit of a predefined role is refused in this order", [
  { by: () => limited, what: predefined, sent: { body: { scopes: ["*"] } }, answer: [428, "precondition.required"] },
  {
    by: () => limited,
    what: predefined,
    sent: { body: { scopes: ["*"] }, headers: ifMatch('"0"') },
    answer: [412, "precondition.failed"],
  },
  {
    by: () => limited,
    what: predefined,
    sent: { body: { scopes: ["*"] }, headers: ifMatch("*") },
    answer: [403, "grant.exceeds_own"],
  },
  {
    by: () => limited,
    what: predefined,
    sent: { body: { scopes: ["workflow:run"] }, headers: ifMatch("*") },
    answer: [409, "role.predefined"],
  },
]);

const assignment = (userId: () => string) => () => `PUT ${acme.W}/assignments/${userId()}`;
describeSteps("an assignment is refused in this order", [
  { what: assignment(() => absent.userId), sent: { body: "{" }, answer: [401, "unauthenticated"] },
  { by: () => viewer, what: assignment(() => absent.userId), sent: { body: "{" }, answer: [403, "access.denied"] },
  {
    by: () => limited,
    what: assignment(() => absent.userId),
    sent: { body: { roleIds: ["rol_x"] } },
    answer: [422, "request.invalid"],
  },
  {
    by: () => limited,
    what: assignment(() => absent.userId),
    sent: { body: { roleIds: ["rol_owner"] }, headers: ifMatch('"9"') },
    answer: [404, "not_found"],
  },
  {
    by: () => limited,
    what: assignment(() => viewer.userId),
    sent: { body: { roleIds: ["rol_owner"] }, headers: ifMatch('"9999"') },
    answer: [412, "precondition.failed"],
  },
  {
    by: () => limited,
    what: assignment(() => viewer.userId),
    sent: { body: { roleIds: ["rol_owner"] } },
    answer: [403, "grant.exceeds_own"],
  },
  {
    by: () => limited,
    what: assignment(() => acme.ann.userId),
    sent: { body: { roleIds: ["rol_creator"] } },
    answer: [403, "grant.exceeds_own"],
  },
  {
    by: () => limited,
    what: assignment(() => acme.ann.userId),
    sent: { body: { roleIds: [] } },
    answer: [409, "owner.last"],
  },
]);

const user = (userId: () => string) => () => `PATCH ${acme.O}/users/${userId()}`;
describeSteps("an edit of a user is refused in this order", [
  {
    by: () => acme.ann,
    what: user(() => absent.userId),
    sent: { body: { status: "gone" } },
    answer: [422, "request.invalid"],
  },
  {
    by: () => acme.ann,
    what: user(() => absent.userId),
    sent: { body: { status: "suspended" }, headers: ifMatch('"9"') },
    answer: [404, "not_found"],
  },
  {
    by: () => acme.ann,
    what: user(() => acme.ann.userId),
    sent: { body: { status: "suspended" }, headers: ifMatch('"9"') },
    answer: [412, "precondition.failed"],
  },
  {
    by: () => acme.ann,
    what: user(() => acme.ann.userId),
    sent: { body: { status: "suspended" } },
    answer: [409, "owner.last"],
  },
]);

const workspace = (id: () => string) => () => `PATCH ${acme.O}/workspaces/${id()}`;
describeSteps("an edit of a workspace is refused in this order", [
  {
    by: () => acme.ann,
    what: workspace(() => absent.workspaceId),
    sent: { body: { name: 7 } },
    answer: [422, "request.invalid"],
  },
  {
    by: () => acme.ann,
    what: workspace(() => absent.workspaceId),
    sent: { body: { name: "New" } },
    answer: [404, "not_found"],
  },
  {
    by: () => acme.ann,
    what: workspace(() => acme.workspaceId),
    sent: { body: { name: "New" } },
    answer: [428, "precondition.required"],
  },
  {
    by: () => acme.ann,
    what: workspace(() => acme.workspaceId),
    sent: { body: { name: "New" }, headers: ifMatch('"9"') },
    answer: [412, "precondition.failed"],
  },
]);
