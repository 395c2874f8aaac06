/** One request with every fault at once; taking the faults away one by one shows the refusals in their order. */
import { beforeAll, describe, expect, inject, it } from "vitest";
import { routes } from "../../lib/api/routes.ts";
import type { Acme, Person } from "./acme.ts";
import { absent, admit, done, makeAcme, makeResource, makeRole, makeWorkspace } from "./acme.ts";
import type { Client, Sent } from "./client.ts";
import { openClient } from "./client.ts";
import { bodySchemaOf } from "./documented.ts";
import { expectNothingStored } from "./nothing-stored.ts";
import { connectProvider } from "./providers.ts";
import { listMisfits } from "./refusals-of-schema.ts";
import { openTable } from "./table-content.ts";
import type { Instead, Targets } from "./targets.ts";
import { absentOf, admitHolder, callExample, fillIds, fillPath, makeClaimRule, makeTargets } from "./targets.ts";

const service = inject("service");
const table = openTable(service);
let client: Client;
let acme: Acme;
let viewer: Person;
/** May edit roles and give them, and holds little else. */
let limited: Person;
/** May do to users what an organization's user scopes let one, and nothing else. */
let clerk: Person;
let runner: string;
/** A role that somebody holds. */
let held: string;
/** A claim rule of the workspace. */
let rule: string;
/** An identity provider, at whose claims that rule looks. */
let provider: string;
/** A workflow that the second workspace uses through a share. */
let shared: string;
let share: string;
let secondWorkspace: string;
/** What the examples of all routes speak of. */
let targets: Targets;

beforeAll(async () => {
  client = await openClient(service);
  acme = await makeAcme(client);
  viewer = await admit(client, acme, "viewer", ["rol_viewer"]);
  const scopes = [
    "role:read",
    "role:write",
    "user-permission:read",
    "user-permission:write",
    "claim-mapping:write",
    "workflow:run",
    "share:create",
    "share:revoke",
  ];
  limited = await admit(client, acme, "limited", [await makeRole(client, acme, "Limited", scopes)]);
  runner = await makeRole(client, acme, "Runner", ["workflow:run"]);
  await makeRole(client, acme, "Taken", []);
  held = await makeRole(client, acme, "Held", ["workflow:run"]);
  rule = await makeClaimRule(client, acme, acme.W, runner);
  provider = await connectProvider(client, acme);
  await admit(client, acme, "holder", [held]);
  const organizationScopes = [
    "user:read",
    "user:write",
    "org-permission:read",
    "org-permission:write",
    "identity-provider:write",
  ];
  clerk = await admitHolder(client, acme, { organization: organizationScopes });
  secondWorkspace = await makeWorkspace(client, acme, "Second");
  shared = await makeResource(client, acme, "Shared");
  const offer = { resourceType: "workflow", resourceId: shared, targetWorkspaceId: secondWorkspace, actions: ["run"] };
  share = (await done(client.call(acme.ann.token, `POST ${acme.W}/shares`, { body: offer }))).id;
  targets = await makeTargets(client);
});

const guarded = routes.filter(({ access }) => access.kind !== "public");
expectNothingStored(table, () => targets.acme);

describe.each(guarded.map((route) => [`${route.method} ${route.path}`, route] as const))("%s", (_, route) => {
  const [misfit] = listMisfits(bodySchemaOf(route) ?? {}, route.example.body ?? {});
  const hasBody = bodySchemaOf(route) !== undefined;
  const lastId = [...route.path.matchAll(/\{(\w+)\}/g)].at(-1)?.[1];
  /** Where an organization is absent, so is the right to learn it. */
  const hasThing = lastId !== undefined && lastId !== "orgId";
  const isUnfit = route.invalidBody === undefined ? 422 : 400;

  it("refuses for the credential, the scope, the query, the body, and what is not there, in this order", async () => {
    const last = `{${lastId}}`;
    const absentId = absentOf(fillIds(last, targets, route.path));
    const path = fillPath(hasThing ? route.path.replace(last, absentId) : route.path, targets);
    const headers = { "If-Match": '"0"' };
    const unknown = { unknown: "1" };
    const ask = async (token: string | undefined, instead: Instead) =>
      (await callExample(client, route, targets, token, { path, headers, ...instead })).status;
    const everything = { query: unknown, ...(hasBody ? { body: "{" } : {}) };
    const { token } = targets.acme.ann;

    expect(await ask(undefined, everything)).toBe(401);
    if (route.access.kind !== "signed-in") expect(await ask(viewer.token, everything)).toBe(403);
    expect(await ask(token, everything)).toBe(400);
    expect(await ask(token, { query: unknown })).toBe(400);
    if (hasBody) {
      expect(await ask(token, { body: "{" })).toBe(400);
      expect(await ask(token, { headers: { ...headers, "Content-Type": "text/plain" }, body: "{}" })).toBe(415);
      expect(await ask(token, { body: JSON.stringify(misfit?.value) })).toBe(isUnfit);
    }
    // What a request would make is not there, and so in no version.
    if (hasThing) expect(await ask(token, {})).toBe(route.reply.makes ? 412 : 404);
  });
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

const rulePath = (id: () => string) => () => `PATCH ${acme.W}/claim-rules/${id()}`;
const anyRule = rulePath(() => absent.ruleId);
const ownRule = rulePath(() => rule);
const giving = (roleId: string) => ({ roleId });
describeSteps("an edit of a claim rule is refused in this order", [
  { what: anyRule, sent: { body: "{" }, answer: [401, "unauthenticated"] },
  { by: () => viewer, what: anyRule, sent: { body: "{" }, answer: [403, "access.denied"] },
  { by: () => limited, what: anyRule, sent: { body: "{" }, answer: [400, "request.malformed"] },
  { by: () => limited, what: anyRule, sent: { body: { rank: 0 } }, answer: [422, "request.invalid"] },
  { by: () => limited, what: anyRule, sent: { body: giving("rol_nothing") }, answer: [422, "request.invalid"] },
  { by: () => limited, what: anyRule, sent: { body: giving("rol_owner") }, answer: [404, "not_found"] },
  { by: () => limited, what: ownRule, sent: { body: giving("rol_owner") }, answer: [428, "precondition.required"] },
  {
    by: () => limited,
    what: ownRule,
    sent: { body: giving("rol_owner"), headers: ifMatch('"9"') },
    answer: [412, "precondition.failed"],
  },
  {
    by: () => limited,
    what: ownRule,
    sent: { body: giving("rol_owner"), headers: ifMatch('"1"') },
    answer: [403, "grant.exceeds_own"],
  },
]);

const providerPath = (id: () => string) => () => `PATCH ${acme.O}/identity-providers/${id()}`;
const anyProvider = providerPath(() => absent.idpId);
const ownProvider = providerPath(() => provider);
const connecting = { oidc: { issuer: "https://login.mallory.example", clientSecret: "of-mallory" } };
describeSteps("an edit of an identity provider is refused in this order", [
  { what: anyProvider, sent: { body: "{" }, answer: [401, "unauthenticated"] },
  { by: () => viewer, what: anyProvider, sent: { body: "{" }, answer: [403, "access.denied"] },
  { by: () => clerk, what: anyProvider, sent: { body: "{" }, answer: [400, "request.malformed"] },
  { by: () => clerk, what: anyProvider, sent: { body: { protocol: "saml" } }, answer: [422, "request.invalid"] },
  { by: () => clerk, what: anyProvider, sent: { body: connecting }, answer: [404, "not_found"] },
  { by: () => clerk, what: ownProvider, sent: { body: { saml: {} } }, answer: [422, "request.invalid"] },
  { by: () => clerk, what: ownProvider, sent: { body: connecting }, answer: [428, "precondition.required"] },
  {
    by: () => clerk,
    what: ownProvider,
    sent: { body: connecting, headers: ifMatch('"9"') },
    answer: [412, "precondition.failed"],
  },
  {
    by: () => clerk,
    what: ownProvider,
    sent: { body: connecting, headers: ifMatch('"1"') },
    answer: [403, "grant.exceeds_own"],
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

const asLimited = (what: () => string, sent: Sent, ...answer: Step["answer"]): Step => ({
  by: () => limited,
  what,
  sent,
  answer,
});
const deletion = (id: () => string, reassignTo?: string) => () =>
  `DELETE ${acme.W}/roles/${id()}${reassignTo === undefined ? "" : `?reassignTo=${reassignTo}`}`;
const stale = { headers: ifMatch('"9"') };

describeSteps("a deletion of a role is refused in this order", [
  asLimited(
    deletion(() => absent.roleId, "rol_nothing"),
    stale,
    404,
    "not_found",
  ),
  asLimited(
    deletion(() => held, "rol_nothing"),
    stale,
    422,
    "request.invalid",
  ),
  asLimited(
    deletion(() => held, "rol_organization-viewer"),
    stale,
    422,
    "request.invalid",
  ),
  asLimited(
    deletion(() => held, "rol_owner"),
    stale,
    412,
    "precondition.failed",
  ),
  asLimited(
    deletion(() => held, "rol_owner"),
    {},
    403,
    "grant.exceeds_own",
  ),
  asLimited(
    deletion(() => held),
    {},
    409,
    "role.in_use",
  ),
  asLimited(
    deletion(() => "rol_viewer", "rol_owner"),
    {},
    403,
    "grant.exceeds_own",
  ),
  asLimited(
    deletion(() => "rol_viewer"),
    {},
    409,
    "role.predefined",
  ),
]);

it.each(["rol_nothing", "rol_organization-viewer", "rol_owner"])(
  "a reassignment is named as what is wrong: to %s",
  async (to) => {
    const { body } = await client.call(limited.token, deletion(() => held, to)());
    expect(new Set(body.errors.map(({ pointer }: { pointer: string }) => pointer))).toEqual(new Set(["/reassignTo"]));
  },
);

const preview = (id: string) => () => `POST ${acme.W}/roles/${id}/preview`;
describeSteps("a preview is refused in this order", [
  asLimited(preview(absent.roleId), { body: { scopes: ["work*"] } }, 422, "request.invalid"),
  asLimited(preview(absent.roleId), { body: { scopes: [] } }, 404, "not_found"),
  asLimited(preview("rol_viewer"), { body: { scopes: ["*"] } }, 409, "role.predefined"),
]);

const duplicate = (id: () => string) => () => `POST ${acme.W}/roles/${id()}/duplicate`;
describeSteps("a duplicate is refused in this order", [
  asLimited(
    duplicate(() => absent.roleId),
    { body: { name: "Taken" } },
    404,
    "not_found",
  ),
  asLimited(
    duplicate(() => "rol_owner"),
    { body: { name: "Taken" } },
    403,
    "grant.exceeds_own",
  ),
  asLimited(
    duplicate(() => runner),
    { body: { name: "Taken" } },
    409,
    "name.taken",
  ),
]);

const workflow = (method: string, id: () => string, W = () => acme.W) => `${method} ${W()}/resources/workflow/${id()}`;
const asAnn = (what: () => string, sent: Sent, ...answer: Step["answer"]): Step => ({
  by: () => acme.ann,
  what,
  sent,
  answer,
});
const inSecond = () => `${acme.O}/workspaces/${secondWorkspace}`;
describeSteps("an edit of a resource is refused in this order", [
  asAnn(() => workflow("PATCH", () => absent.resourceId), { body: { name: 7 } }, 422, "request.invalid"),
  asAnn(() => workflow("PATCH", () => absent.resourceId), { body: { name: "X" } }, 404, "not_found"),
  asAnn(() => workflow("PATCH", () => shared), { body: { name: "X" } }, 428, "precondition.required"),
  asAnn(() => workflow("PATCH", () => shared), { body: { name: "X" }, ...stale }, 412, "precondition.failed"),
  asAnn(() => workflow("PATCH", () => shared, inSecond), { body: { name: "X" } }, 403, "access.denied"),
  asAnn(() => workflow("PUT", () => shared, inSecond), { body: { name: "X" }, ...stale }, 412, "precondition.failed"),
  asAnn(() => workflow("PUT", () => shared, inSecond), { body: { name: "X" } }, 409, "id.taken"),
]);
describeSteps("a deletion of a resource is refused in this order", [
  asAnn(() => workflow("DELETE", () => absent.resourceId), stale, 404, "not_found"),
  asAnn(() => workflow("DELETE", () => shared), stale, 412, "precondition.failed"),
  asAnn(() => workflow("DELETE", () => shared), {}, 409, "resource.in_use"),
]);

describe("an offer is refused in this order, by itself and as one of many", () => {
  expectNothingStored(table, () => acme);
  const of = (resourceId: () => string, action = "run") => ({ resourceId: resourceId(), actions: [action] });
  it.each<[number, string, () => object]>([
    [422, "request.invalid", () => of(() => absent.resourceId, "read")],
    [422, "request.invalid", () => ({ ...of(() => shared, "read"), targetWorkspaceId: absent.workspaceId })],
    [422, "request.invalid", () => of(() => shared, "write")],
    [403, "grant.exceeds_own", () => of(() => shared, "read")],
    [409, "id.taken", () => of(() => shared)],
  ])("%i %s", async (status, code, more) => {
    const whole = { resourceType: "workflow", targetWorkspaceId: secondWorkspace, ...more() };
    const alone = await client.call(limited.token, `POST ${acme.W}/shares`, { body: whole });
    expect([alone.status, alone.body.code], alone.text).toEqual([status, code]);
    const { targetWorkspaceId, ...rest } = whole;
    const body = { ...rest, targetWorkspaceIds: [targetWorkspaceId] };
    const many = await client.call(limited.token, `POST ${acme.W}/shares/bulk`, { body });
    expect(many.body.items, many.text).toMatchObject([{ status, problem: { code } }]);
  });
});

const act =
  (id: () => string, action: string, W = () => acme.W) =>
  () =>
    `POST ${W()}/shares/${id()}/${action}`;
describeSteps("an end of a share is refused in this order", [
  { what: act(() => absent.shareId, "revoke"), answer: [401, "unauthenticated"] },
  { by: () => viewer, what: act(() => absent.shareId, "revoke"), answer: [403, "access.denied"] },
  asLimited(
    act(() => absent.shareId, "revoke"),
    { body: { state: "revoked" } },
    422,
    "request.invalid",
  ),
  asLimited(
    act(() => absent.shareId, "revoke"),
    {},
    404,
    "not_found",
  ),
  asAnn(
    act(() => share, "accept"),
    {},
    409,
    "share.state",
  ),
  asAnn(
    act(() => share, "deny", inSecond),
    {},
    409,
    "share.state",
  ),
]);

/** What is sent depends on what was made before: asked for when the step is taken. */
const inviteInto = (roleId: () => string) => (): Sent => ({ body: { email: viewer.email, roleIds: [roleId()] } });
describe("an addition to a workspace is refused in this order", () => {
  expectNothingStored(table, () => acme);
  it.each<[number, string, () => Sent]>([
    [422, "request.invalid", inviteInto(() => "rol_nothing")],
    [403, "grant.exceeds_own", inviteInto(() => "rol_owner")],
    [409, "conflict", inviteInto(() => runner)],
  ])("%i %s", async (status, code, sent) => {
    const answer = await client.call(limited.token, `POST ${acme.W}/users`, sent());
    expect([answer.status, answer.body.code], answer.text).toEqual([status, code]);
  });
});

describe("an invitation is refused in this order, by itself and as a row of many", () => {
  expectNothingStored(table, () => acme);
  it.each<[number, string, object]>([
    [422, "request.invalid", { roleId: "rol_nothing" }],
    [422, "request.invalid", { roleId: "rol_owner", workspaceId: absent.workspaceId }],
    [403, "grant.exceeds_own", { roleId: "rol_organization-manager" }],
    [409, "conflict", {}],
  ])("%i %s: %j", async (status, code, more) => {
    const body = { email: viewer.email, ...more };
    const alone = await client.call(clerk.token, `POST ${acme.O}/users`, { body });
    expect([alone.status, alone.body.code], alone.text).toEqual([status, code]);
    const many = await client.call(clerk.token, `POST ${acme.O}/users/bulk`, { body: { users: [body] } });
    expect(many.body.items, many.text).toMatchObject([{ status, problem: { code } }]);
  });
});

const organizationAssignment = () => `PUT ${acme.O}/assignments/${acme.ann.userId}`;
const giveRole = { roleIds: ["rol_organization-viewer"] };
describeSteps("an assignment in the organization is refused in this order", [
  {
    by: () => clerk,
    what: organizationAssignment,
    sent: { body: giveRole, ...stale },
    answer: [412, "precondition.failed"],
  },
  { by: () => clerk, what: organizationAssignment, sent: { body: giveRole }, answer: [403, "grant.exceeds_own"] },
  { by: () => acme.ann, what: organizationAssignment, sent: { body: { roleIds: [] } }, answer: [409, "owner.last"] },
]);

describeSteps("a deletion of what the organization cannot do without is refused in this order", [
  { by: () => acme.ann, what: () => `DELETE ${acme.W}`, sent: stale, answer: [412, "precondition.failed"] },
  { by: () => acme.ann, what: () => `DELETE ${acme.W}`, answer: [409, "workspace.active"] },
  {
    by: () => clerk,
    what: () => `DELETE ${acme.O}/users/${acme.ann.userId}`,
    sent: stale,
    answer: [412, "precondition.failed"],
  },
  { by: () => clerk, what: () => `DELETE ${acme.O}/users/${acme.ann.userId}`, answer: [409, "owner.last"] },
]);
