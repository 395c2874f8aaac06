/** An own type edited between another change's look and its deed, and the other way round: what rested on it is never lost from sight. */
import { randomUUID } from "node:crypto";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { beforeEach, describe, expect, it } from "vitest";
import { judgeRequest } from "../../functions/wiring/judge-request.ts";
import type { RouteAccess } from "../../lib/api/access.ts";
import { guardCaller } from "../../lib/api/caller-guards.ts";
import { readFacts, tryReadFacts } from "../../lib/api/facts.ts";
import { RoleCache } from "../../lib/api/role-cache.ts";
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import { decide } from "../../lib/domain/decide.ts";
import type { Store } from "../../lib/store/store.ts";
import { openTestStore } from "../engine.ts";
import { openKnownKeys } from "../identity/test-keys.ts";
import type { Acme } from "./acme.ts";
import { admit, admitManager, assign, done, edit, makeAcme, makeRole, makeSharedRole, scopesOf } from "./acme.ts";
import type { Answer, Caller, Sent, TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";
import { keysOf, layer, readInTwo } from "./interleaved.ts";
import { PLAYBOOK, playbook, register, replace, without } from "./own-types.ts";

const RUN = `${PLAYBOOK}:run`;

let happens: (() => Promise<unknown>) | undefined;
/** The API whose next commit something else comes before; `acme` has another one beside it, at the same table. */
let slowly: TestApi;
let store: Store;
let acme: Acme;
let tableName: string;

function interrupt(client: DynamoDBDocumentClient): DynamoDBDocumentClient {
  const send = client.send.bind(client) as (...args: unknown[]) => Promise<unknown>;
  const interrupted = async (command: unknown, ...rest: unknown[]) => {
    const due = happens;
    if (due !== undefined && command instanceof TransactWriteCommand) {
      happens = undefined;
      await due();
    }
    return send(command, ...rest);
  };
  return new Proxy(client, { get: (target, name) => (name === "send" ? interrupted : Reflect.get(target, name)) });
}

beforeEach(async () => {
  const slow = await openTestStore({ wrap: interrupt });
  slowly = openTestApi(slow.store);
  ({ tableName } = slow);
  const beside = await openTestStore({ tableName });
  store = beside.store;
  acme = await makeAcme(beside);
  await done(register(acme));
});

/** The call, decided; then the other one, from its beginning to its end; then the call goes on. */
async function commitAfter(
  by: Caller,
  what: string,
  sent: Sent,
  other: () => Promise<Answer>,
): Promise<[Answer, Answer]> {
  let first: Answer | undefined;
  happens = async () => {
    first = await other();
  };
  const second = await slowly.call(by, what, sent);
  if (first === undefined) throw new Error("nothing was committed");
  return [first, second];
}

const typePath = () => `${acme.O}/resource-types/${PLAYBOOK}`;
const dropRun = () => replace(acme, without("run"));
const used = (id: unknown) => ({ status: 409, body: { code: "resource.in_use", usedBy: [{ kind: "role", id }] } });

const unknown = { status: 422, body: { errors: [{ pointer: "/scopes/0" }] } };

/** Ways in which a role comes to name an action, each with the call. */
const ways: [string, () => Promise<[string, object]>][] = [
  ["made in a workspace", async () => [`POST ${acme.W}/roles`, { name: "Runner", scopes: [RUN] }]],
  [
    "edited in a workspace, where it spoke of the type before",
    async () => [`PATCH ${acme.W}/roles/${await makeRole(acme, "Reader", [`${PLAYBOOK}:read`])}`, { scopes: [RUN] }],
  ],
  [
    "made in the organization",
    async () => [`POST ${acme.O}/roles`, { name: "Runner", scopes: [RUN], level: "workspace" }],
  ],
];

describe.each(ways)("a role that names an action, %s", (_, make) => {
  it("while an edit drops the action stands in its way", async () => {
    const [what, body] = await make();
    const sent = { body: without("run"), headers: { "if-match": "*" } };
    const [role, type] = await commitAfter(acme.ann, `PUT ${typePath()}`, sent, () =>
      acme.api.call(acme.ann, what, edit(body)),
    );
    expect([role.status, type]).toMatchObject([role.status === 201 ? 201 : 200, used(role.body.id)]);
    expect(role.body.scopes).toEqual([RUN]);
  });

  it("when the action was dropped meanwhile is refused", async () => {
    const [what, body] = await make();
    const answers = await commitAfter(acme.ann, what, edit(body), dropRun);
    expect(answers).toMatchObject([{ status: 200 }, unknown]);
  });

  it("when the type was deleted meanwhile, and registered again without it, is refused", async () => {
    const [what, body] = await make();
    // Nothing may rest on the type for it to be deleted.
    if (what.startsWith("PATCH")) await done(acme.api.call(acme.ann, what, edit({ scopes: [] })));
    const answers = await commitAfter(acme.ann, what, edit(body), async () => {
      await acme.api.call(acme.ann, `DELETE ${typePath()}`);
      return register(acme, without("run"));
    });
    expect(answers).toMatchObject([{ status: 201 }, unknown]);
  });
});

it("a copy of a predefined role holds what own types put into it when it is made", async () => {
  const [, copy] = await commitAfter(
    acme.ann,
    `POST ${acme.W}/roles/rol_operator/duplicate`,
    { body: { name: "Copy" } },
    dropRun,
  );
  expect(copy.status).toBe(201);
  expect(copy.body.scopes.filter((scope: string) => scope.includes("."))).toEqual([`${PLAYBOOK}:read`]);
});

it("a resource that is made while its type is deleted stands in the way", async () => {
  const path = `PUT ${acme.W}/resources/${PLAYBOOK}/one`;
  const make = () => acme.api.call(acme.ann, path, { body: { name: "One" } });
  const answers = await commitAfter(acme.ann, `DELETE ${typePath()}`, {}, make);
  const usedBy = [{ kind: "workspace", id: acme.workspace }];
  expect(answers).toMatchObject([{ status: 201 }, { status: 409, body: { usedBy } }]);
});

it("a resource is not made of a type that is deleted meanwhile", async () => {
  const path = `PUT ${acme.W}/resources/${PLAYBOOK}/one`;
  const remove = () => acme.api.call(acme.ann, `DELETE ${typePath()}`);
  const answers = await commitAfter(acme.ann, path, { body: { name: "One" } }, remove);
  expect(answers).toMatchObject([{ status: 204 }, { status: 404 }]);
});

describe("who gives what they hold only by an own type, and loses it meanwhile, gives nothing", () => {
  let pat: Caller;
  let vic: Caller;
  let runner: string;
  const takeAway = () => replace(acme, { ...playbook, predefinedRoles: {} });
  const beyond = [{ status: 200 }, { status: 403, body: { code: "grant.exceeds_own", errors: [{ detail: RUN }] } }];

  beforeEach(async () => {
    runner = await makeRole(acme, "Runner", [RUN]);
    vic = await admit(acme, "vic");
    const admin = ["user-permission:write", "role:write", "claim-mapping:write"];
    pat = await admit(acme, "pat", "rol_operator", await makeRole(acme, "Admin", admin));
  });

  it("by an assignment", async () => {
    const sent = { body: { roleIds: [runner] } };
    expect(await commitAfter(pat, `PUT ${acme.W}/assignments/${vic.userId}`, sent, takeAway)).toMatchObject(beyond);
    expect(await scopesOf(acme, vic)).toEqual([]);
  });

  it("by a role of their own", async () => {
    const sent = { body: { name: "Mine", scopes: [RUN] } };
    expect(await commitAfter(pat, `POST ${acme.W}/roles`, sent, takeAway)).toMatchObject(beyond);
  });

  it("by an edit that leaves a role with it", async () => {
    const sent = edit({ scopes: [RUN, "workflow:read"] });
    expect(await commitAfter(pat, `PATCH ${acme.W}/roles/${runner}`, sent, takeAway)).toMatchObject(beyond);
  });

  it("by a role that takes another one's place", async () => {
    const doomed = await makeRole(acme, "Doomed", []);
    await assign(acme, vic, [doomed]);
    const what = `DELETE ${acme.W}/roles/${doomed}?reassignTo=${runner}`;
    expect(await commitAfter(pat, what, {}, takeAway)).toMatchObject(beyond);
  });

  it("by a claim rule", async () => {
    const when = { any: [{ attribute: "groups", operator: "equals", values: ["SOC"] }] };
    const sent = { body: { name: "Rule", when, roleId: runner } };
    expect(await commitAfter(pat, `POST ${acme.W}/claim-rules`, sent, takeAway)).toMatchObject(beyond);
  });

  it("by a feature that switches a role on", async () => {
    await done(acme.api.call(acme.ann, `PATCH ${acme.W}`, edit({ features: [] })));
    const cases = builtInCatalogue.predefinedRoles.filter(({ needs }) => needs !== undefined);
    const scopes = [...new Set(cases.flatMap((role) => role.scopes))];
    await assign(acme, pat, ["rol_operator", await makeRole(acme, "All", [...scopes, "workspace:update"])]);
    await done(replace(acme, { ...playbook, predefinedRoles: { Operator: ["run"], "Cases Viewer": ["run"] } }));
    const other = () => replace(acme, { ...playbook, predefinedRoles: { "Cases Viewer": ["run"] } });
    const sent = edit({ features: ["case-management"] });
    expect(await commitAfter(pat, `PATCH ${acme.W}`, sent, other)).toMatchObject(beyond);
  });

  it("and whoever holds it otherwise is not disturbed", async () => {
    const sent = { body: { roleIds: ["rol_operator"] } };
    const answers = await commitAfter(acme.ann, `PUT ${acme.W}/assignments/${vic.userId}`, sent, takeAway);
    expect(answers).toMatchObject([{ status: 200 }, { status: 200 }]);
  });
});

it("a change by a scope of an own type is done only while own types are as they were read", async () => {
  const oz = await admit(acme, "oz", "rol_operator");
  const { organization, workspace } = await store.read({
    organization: store.organizations.at(acme.org),
    workspace: store.workspaces.at(acme.org, acme.workspace),
  });
  const subject = { orgId: acme.org, workspaceId: acme.workspace, userId: oz.userId, now: Date.now() };
  const facts = await tryReadFacts(store, new RoleCache(), subject, { organization, workspace });
  if (facts === "moved") throw new Error("nothing moves here");
  const commit = (scope: string) => {
    const guards = guardCaller(store, facts, new Set([acme.workspace]), scope);
    return store.commit(guards, randomUUID(), async () => false);
  };
  expect(await commit(RUN)).toBe("committed");
  await done(replace(acme, { ...playbook, predefinedRoles: {} }));
  expect(await commit(RUN)).toBe("raced");
  expect(await commit("workflow:run")).toBe("committed");
});

it("an authorizer with everything at hand sees an edit on the next request", async () => {
  const oz = await admit(acme, "oz", "rol_operator");
  const path = "/v1/orgs/{orgId}/workspaces/{workspaceId}/resources/{type}";
  const routes: RouteAccess[] = [
    { method: "POST", path, access: { kind: "scope", level: "workspace", scope: "{type}:run" } },
  ];
  const roles = new RoleCache();
  const ask = async () => {
    const event = {
      httpMethod: "POST",
      resource: path,
      methodArn: "arn:aws:execute-api:eu-west-1:000000000000:api/live/POST/v1",
      pathParameters: { orgId: acme.org, workspaceId: acme.workspace, type: PLAYBOOK },
      multiValueHeaders: { authorization: ["Bearer x"] },
    };
    const verify = async () => ({ kind: "user", userId: oz.userId }) as const;
    return (await judgeRequest(event, { routes, verify, store, roles, keys: openKnownKeys() }, Date.now())).kind;
  };
  expect([await ask(), await ask()]).toEqual(["allowed", "allowed"]);
  await done(replace(acme, { ...playbook, predefinedRoles: { Operator: ["read"] } }));
  expect(await ask()).toBe("denied");
  await done(replace(acme, playbook));
  expect(await ask()).toBe("allowed");
  await done(dropRun());
  await assign(acme, oz, ["rol_viewer"]);
  expect(await ask()).toBe("denied");
});

/**
 * A store at the same table that is slow once: before it reads a batch with such a key, or between an early key of that batch and the
 * rest of it, something happens. Whatever was asked for before is answered by then.
 */
async function openSlowly(
  sk: string,
  happens: () => Promise<unknown>,
  early?: string,
): Promise<{ store: Store; wasMet: () => boolean }> {
  let isMet = false;
  const earlier: Promise<unknown>[] = [];
  const wrap = layer(async (command, send) => {
    if (isMet || !keysOf(command)[1].some((key) => key.sk === sk)) {
      const answer = send(command);
      earlier.push(answer.catch(() => undefined));
      return answer;
    }
    isMet = true;
    await Promise.all(earlier);
    return readInTwo(command, send, (key) => key.sk === early, happens);
  });
  const { store: slow } = await openTestStore({ tableName, wrap });
  return { store: slow, wasMet: () => isMet };
}

it("a decision is not made from a grant of before and a type of after: a role that gets an action once it was taken away gives nothing", async () => {
  await done(dropRun());
  const oz = await admit(acme, "oz", "rol_operator");
  const { store: slow, wasMet } = await openSlowly("TYPES", async () => {
    await assign(acme, oz, []);
    await done(replace(acme, playbook));
  });
  const subject = { orgId: acme.org, workspaceId: acme.workspace, userId: oz.userId, now: Date.now() };
  const facts = await readFacts(slow, new RoleCache(), subject);
  expect(wasMet()).toBe(true);
  expect(decide({ level: "workspace", scope: RUN }, facts).allow).toBe(false);
});

describe("an edit of a type that was edited since its organization was read", () => {
  it("is judged by what its caller may give by then", async () => {
    const tess = await admitManager(acme, "tess", ["resource-type:write", "resource-type:read"]);
    const grantor = await makeSharedRole(
      acme,
      "Grantor",
      ["workspace-role:grant", "resource-type:write"],
      "organization",
    );
    const { store: slow, wasMet } = await openSlowly(`TYPETURN#${PLAYBOOK}`, async () => {
      const body = { roleIds: [grantor] };
      await done(acme.api.call(acme.ann, `PUT ${acme.O}/assignments/${tess.userId}`, { body }));
      await done(replace(acme, { ...playbook, predefinedRoles: {} }));
    });
    const api = openTestApi(slow);
    // A function that has the types at hand does not look at them again.
    await done(api.call(tess, `GET ${acme.O}/scopes`));
    const answer = await replace({ ...acme, api }, playbook, tess);
    expect([wasMet(), answer.status, answer.body]).toMatchObject([
      true,
      200,
      { predefinedRoles: playbook.predefinedRoles },
    ]);
  });

  it.each(["PUT", "DELETE"])("and of which only the half was seen is decided anew: %s", async (method) => {
    const { store: slow, wasMet } = await openSlowly(
      `TYPETURN#${PLAYBOOK}`,
      () => done(acme.api.call(acme.ann, `DELETE ${typePath()}`)),
      "TYPES",
    );
    const api = openTestApi(slow);
    const sent = method === "PUT" ? { body: playbook } : {};
    const answer = await api.call(acme.ann, `${method} ${typePath()}`, sent);
    expect([wasMet(), answer.status, api.faults]).toEqual([true, method === "PUT" ? 201 : 404, []]);
  });
});
