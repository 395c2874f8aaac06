/**
 * One change between another's look and its deed, each time at the very worst moment: what was decided on a world that has gone
 * is never done.
 */
import { randomUUID } from "node:crypto";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { BatchGetCommand, QueryCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { beforeEach, describe, expect, it } from "vitest";
import { readAnchors } from "../../lib/api/anchored-places.ts";
import { readFacts } from "../../lib/api/facts.ts";
import { RoleCache } from "../../lib/api/role-cache.ts";
import { sweep, sweepAll } from "../../lib/api/sweep.ts";
import { decide } from "../../lib/domain/decide.ts";
import type { OrgId, RoleId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { Store } from "../../lib/store/store.ts";
import type { Sweep } from "../../lib/store/sweeps.ts";
import { openTestStore } from "../engine.ts";
import type { Answer, Caller, Sent, TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";
import { acceptInvitation } from "./invitations.ts";

/** What happens before the store's next command of a kind, once a number of them have gone by. */
interface Interruption {
  readonly before: typeof BatchGetCommand | typeof QueryCommand | typeof TransactWriteCommand;
  passing: number;
  readonly happens: () => Promise<unknown>;
}

let interruption: Interruption | undefined;
/** The store whose commands are interrupted, its API, and one beside it that is not. */
let slow: Store;
let slowly: TestApi;
let api: TestApi;
let ann: Caller;
let org: OrgId;
let workspace: WorkspaceId;

function interrupt(client: DynamoDBDocumentClient): DynamoDBDocumentClient {
  const send = client.send.bind(client) as (...args: unknown[]) => Promise<unknown>;
  const interrupted = async (command: unknown, ...rest: unknown[]) => {
    const due = interruption;
    if (due !== undefined && command instanceof due.before && due.passing-- === 0) {
      interruption = undefined;
      await due.happens();
    }
    return send(command, ...rest);
  };
  return new Proxy(client, { get: (target, name) => (name === "send" ? interrupted : Reflect.get(target, name)) });
}

beforeEach(async () => {
  const { store, tableName } = await openTestStore({ wrap: interrupt });
  slow = store;
  slowly = openTestApi(store);
  api = openTestApi((await openTestStore({ tableName })).store);
  ann = await api.person("ann@acme.example");
  org = (await api.call(ann, "POST /v1/orgs", { body: { name: "Acme" } })).body.id;
  workspace = (await api.call(ann, `POST /v1/orgs/${org}/workspaces`, { body: { name: "North" } })).body.id;
});

const at = (path: string) => `/v1/orgs/${org}/workspaces/${workspace}${path}`;
const place = () => ({ orgId: org, workspaceId: workspace });

async function join(name: string, ...roleIds: readonly string[]): Promise<Caller> {
  const { body } = await api.call(ann, `POST /v1/orgs/${org}/users`, { body: { email: `${name}@acme.example` } });
  await acceptInvitation(api.host.store, org, body.id);
  const user = { userId: body.id, email: `${name}@acme.example` };
  await assign(ann, user, roleIds);
  return user;
}

async function assign(by: Caller, user: Caller, roleIds: readonly string[]): Promise<Answer> {
  return api.call(by, `PUT ${at(`/assignments/${user.userId}`)}`, { body: { roleIds } });
}

async function makeRole(scopes: readonly string[]): Promise<string> {
  return (await api.call(ann, `POST ${at("/roles")}`, { body: { name: "Runner", scopes } })).body.id;
}

/** The call, decided; then the other one, from its beginning to its end; then the call goes on. */
async function commitAfter(
  by: Caller,
  what: string,
  sent: Sent,
  other: () => Promise<Answer>,
): Promise<[Answer, Answer]> {
  let first: Answer | undefined;
  const happens = async () => {
    first = await other();
  };
  interruption = { before: TransactWriteCommand, passing: 0, happens };
  const second = await slowly.call(by, what, sent);
  if (first === undefined) throw new Error("nothing was committed");
  return [first, second];
}

describe("the last anchor stays", () => {
  it.each([
    ["suspended", "PATCH", { body: { status: "suspended" } }],
    ["deleted", "DELETE", {}],
  ])(
    "when one owner is %s in the organization while the other is demoted in the workspace",
    async (_how, what, sent) => {
      const bob = await join("bob", "rol_owner");
      const answers = await commitAfter(ann, `${what} /v1/orgs/${org}/users/${bob.userId}`, sent, () =>
        assign(bob, ann, ["rol_viewer"]),
      );
      expect(answers).toMatchObject([{ status: 200 }, { status: 409, body: { code: "owner.last" } }]);
      expect(await readAnchors(api.host.store, undefined, place(), bob.userId)).toEqual(new Set([bob.userId]));
    },
  );

  it("when both owners of a workspace demote each other", async () => {
    const bob = await join("bob", "rol_owner");
    const answers = await commitAfter(ann, `DELETE ${at(`/assignments/${bob.userId}`)}`, {}, () =>
      assign(bob, ann, ["rol_viewer"]),
    );
    expect(answers).toMatchObject([{ status: 200 }, { status: 409, body: { code: "owner.last" } }]);
    expect(await readAnchors(api.host.store, undefined, place(), bob.userId)).toEqual(new Set([bob.userId]));
  });
});

describe("a caller who lost their right meanwhile", () => {
  it("is denied, although nothing is given and the authorizer had let them through", async () => {
    const vic = await join("vic", "rol_viewer");
    const cara = await join("cara", await makeRole(["user-permission:write"]));
    const answers = await commitAfter(cara, `DELETE ${at(`/assignments/${vic.userId}`)}`, {}, () =>
      assign(ann, cara, ["rol_viewer"]),
    );
    expect(answers).toMatchObject([{ status: 200 }, { status: 403, body: { code: "access.denied" } }]);
    expect((await api.call(ann, `GET ${at(`/assignments/${vic.userId}`)}`)).status).toBe(200);
  });

  it("is not denied for a change of somebody else's", async () => {
    const vic = await join("vic", "rol_viewer");
    const answers = await commitAfter(ann, `DELETE ${at(`/assignments/${vic.userId}`)}`, {}, () =>
      api.call(ann, `POST ${at("/roles")}`, { body: { name: "Other", scopes: [] } }),
    );
    expect(answers.map(({ status }) => status)).toEqual([201, 204]);
  });
});

describe("a role that goes while it is given", () => {
  it.each<[string, (roleId: string) => [string, unknown]]>([
    [
      "by an invitation",
      (roleId) => [`POST /v1/orgs/${org}/users`, { email: "eve@acme.example", roleId, workspaceId: workspace }],
    ],
    ["by an assignment", (roleId) => [`PUT ${at(`/assignments/${ann.userId}`)}`, { roleIds: ["rol_owner", roleId] }]],
    [
      "by an Owner's invitation",
      (roleId) => [`POST ${at("/users")}`, { email: "eve@acme.example", roleIds: [roleId] }],
    ],
  ])("is not given: %s", async (_how, make) => {
    const roleId = await makeRole(["workflow:run"]);
    const [call, body] = make(roleId);
    const answers = await commitAfter(ann, call, { body }, () => api.call(ann, `DELETE ${at(`/roles/${roleId}`)}`));
    expect(answers).toMatchObject([{ status: 204 }, { status: 422, body: { code: "request.invalid" } }]);
    expect(await api.host.store.assignments.listHolders(org, roleId as never)).toEqual([]);
  });
});

describe("an org-managed role that goes while it is given in a workspace", () => {
  it.each<[string, (roleId: string) => [string, unknown]]>([
    [
      "by an invitation",
      (roleId) => [`POST /v1/orgs/${org}/users`, { email: "eve@acme.example", roleId, workspaceId: workspace }],
    ],
    ["by an assignment", (roleId) => [`PUT ${at(`/assignments/${ann.userId}`)}`, { roleIds: ["rol_owner", roleId] }]],
    [
      "by an Owner's invitation",
      (roleId) => [`POST ${at("/users")}`, { email: "eve@acme.example", roleIds: [roleId] }],
    ],
  ])("is not given: %s", async (_how, make) => {
    const shared = { name: "Shared", scopes: ["workflow:run"], level: "workspace" };
    const role = (await api.call(ann, `POST /v1/orgs/${org}/roles`, { body: shared })).body;
    const [call, body] = make(role.id);
    const remove = () => api.call(ann, `DELETE /v1/orgs/${org}/roles/${role.id}`);
    const answers = await commitAfter(ann, call, { body }, remove);
    expect(answers).toMatchObject([{ status: 204 }, { status: 422, body: { code: "request.invalid" } }]);
    expect(await api.host.store.assignments.listHolders(org, role.id)).toEqual([]);
  });
});

describe("an org-managed role that is replaced by another", () => {
  const makeShared = async (name: string) =>
    (await api.call(ann, `POST /v1/orgs/${org}/roles`, { body: { name, scopes: [], level: "workspace" } })).body.id;

  it("is not given in a workspace meanwhile", async () => {
    const shared = await makeShared("Shared");
    await join("bob", shared);
    const body = { roleIds: ["rol_owner", shared] };
    const answers = await commitAfter(ann, `PUT ${at(`/assignments/${ann.userId}`)}`, { body }, () =>
      api.call(ann, `DELETE /v1/orgs/${org}/roles/${shared}?reassignTo=rol_viewer`),
    );
    expect(answers).toMatchObject([{ status: 204 }, { status: 422, body: { code: "request.invalid" } }]);
  });

  it("is not itself what a workspace's role is replaced by: neither when it went first, nor when it goes at once", async () => {
    const own = await makeRole([]);
    await join("bob", own);
    const first = await makeShared("First");
    const answers = await commitAfter(ann, `DELETE ${at(`/roles/${own}`)}?reassignTo=${first}`, {}, () =>
      api.call(ann, `DELETE /v1/orgs/${org}/roles/${first}`),
    );
    expect(answers).toMatchObject([{ status: 204 }, { status: 422, body: { code: "request.invalid" } }]);
    const second = await makeShared("Second");
    const others = await commitAfter(ann, `DELETE /v1/orgs/${org}/roles/${second}`, {}, () =>
      api.call(ann, `DELETE ${at(`/roles/${own}`)}?reassignTo=${second}`),
    );
    expect(others).toMatchObject([{ status: 204 }, { status: 409, body: { code: "role.in_use" } }]);
  });
});

describe("a role that is given while it goes", () => {
  it("is not deleted: the invitation was first", async () => {
    const roleId = await makeRole(["workflow:run"]);
    const body = { email: "eve@acme.example", roleId, workspaceId: workspace };
    const answers = await commitAfter(ann, `DELETE ${at(`/roles/${roleId}`)}`, {}, () =>
      api.call(ann, `POST /v1/orgs/${org}/users`, { body }),
    );
    expect(answers).toMatchObject([{ status: 201 }, { status: 409, body: { code: "role.in_use" } }]);
  });
});

describe("an org-managed role that is given in a workspace while it is deleted", () => {
  it.each<[string, (roleId: string) => [string, unknown]]>([
    [
      "by an invitation",
      (roleId) => [`POST /v1/orgs/${org}/users`, { email: "eve@acme.example", roleId, workspaceId: workspace }],
    ],
    ["by an assignment", (roleId) => [`PUT ${at(`/assignments/${ann.userId}`)}`, { roleIds: ["rol_owner", roleId] }]],
    [
      "by an Owner's invitation",
      (roleId) => [`POST ${at("/users")}`, { email: "eve@acme.example", roleIds: [roleId] }],
    ],
  ])("is in use: %s", async (_how, make) => {
    const shared = { name: "Shared", scopes: ["workflow:run"], level: "workspace" };
    const role = (await api.call(ann, `POST /v1/orgs/${org}/roles`, { body: shared })).body;
    const [call, body] = make(role.id);
    const answers = await commitAfter(ann, `DELETE /v1/orgs/${org}/roles/${role.id}`, {}, () =>
      api.call(ann, call, { body }),
    );
    expect(answers[0].status).toBeLessThan(300);
    expect(answers[1]).toMatchObject({ status: 409, body: { code: "role.in_use" } });
  });
});

describe("a user who becomes a workspace's keeper while they are shut out", () => {
  it.each([
    ["suspended", () => ({ what: "PATCH", body: { status: "suspended" } })],
    ["deleted", () => ({ what: "DELETE" })],
  ])("is not %s: the place would be left without one", async (_how, make) => {
    const bob = await join("bob");
    // The workspace has no keeper at all for a moment: its only one was never an active user.
    const { store } = api.host;
    const { atWorkspace } = await store.read({ atWorkspace: store.assignments.at(place(), ann.userId) });
    const none = { place: place(), userId: ann.userId, grants: [], version: 1 };
    await store.commit(store.assignments.replace(atWorkspace, none), randomUUID(), async () => false);
    const { what, ...sent } = make();
    const answers = await commitAfter(ann, `${what} /v1/orgs/${org}/users/${bob.userId}`, sent, () =>
      assign(ann, bob, ["rol_owner"]),
    );
    expect(answers).toMatchObject([{ status: 200 }, { status: 409, body: { code: "owner.last" } }]);
  });
});

describe("a user who is deleted while they are given a role in a workspace", () => {
  it.each([["rol_viewer"], ["rol_owner"]])("is not given it: %s", async (roleId) => {
    const bob = await join("bob");
    const body = { roleIds: [roleId] };
    const answers = await commitAfter(ann, `PUT ${at(`/assignments/${bob.userId}`)}`, { body }, () =>
      api.call(ann, `DELETE /v1/orgs/${org}/users/${bob.userId}`),
    );
    expect(answers).toMatchObject([{ status: 204 }, { status: 404 }]);
    expect(await api.host.store.assignments.listOfUser(org, bob.userId)).toEqual([]);
  });
});

describe("what a sweep is about to write", () => {
  const tasks = () => api.host.store.sweeps.list(org);
  const sweepAllNow = (store: Store) => sweepAll(store, Date.now(), Date.now() + 30_000);
  const remove = async (path: string) => expect((await api.call(ann, `DELETE ${path}`)).status).toBe(204);
  const heldBy = async ({ userId }: Caller) => {
    const { held } = await api.host.store.read({ held: api.host.store.assignments.at(place(), userId) });
    return (held?.grants ?? []).map(({ roleId }) => roleId);
  };

  /** Sweeps one task; the other thing happens before its commit that comes after so many. */
  async function sweepBeside(kind: Sweep["kind"], passing: number, happens: () => Promise<unknown>): Promise<void> {
    const task = (await tasks()).find((one) => one.kind === kind);
    if (task === undefined) throw new Error("nothing is left to sweep");
    interruption = { before: TransactWriteCommand, passing, happens };
    await sweep(slow, task, Date.now(), Date.now() + 30_000);
    expect(interruption).toBeUndefined();
  }

  it.each([[["rol_viewer"]], [[]]])("does not undo what its user was given meanwhile: %j", async (roleIds) => {
    const own = await makeRole([]);
    const bob = await join("bob", own);
    await remove(`${at(`/roles/${own}`)}?reassignTo=rol_operator`);
    await sweepBeside("role", 0, () => assign(ann, bob, roleIds));
    expect(await heldBy(bob)).toEqual(roleIds);
    expect(await tasks()).toEqual([]);
  });

  it("gives nothing back to a user whom another sweep has been through", async () => {
    const own = await makeRole([]);
    const bob = await join("bob", own);
    await remove(`${at(`/roles/${own}`)}?reassignTo=rol_operator`);
    await remove(`/v1/orgs/${org}/users/${bob.userId}`);
    const ofUser = (await tasks()).find(({ kind }) => kind === "user");
    if (ofUser === undefined) throw new Error("nothing is left of the user");
    await sweepBeside("role", 0, () => sweep(api.host.store, ofUser, Date.now(), Date.now() + 30_000));
    expect(await heldBy(bob)).toEqual([]);
    expect(await api.host.store.assignments.listHolders(org, "rol_operator" as RoleId)).toEqual([]);
  });

  const holdersOf = (roleId: string) => api.host.store.assignments.listHolders(org, roleId as RoleId);

  it("is seen by a change under way, which else would leave the rows of what it had not read", async () => {
    const own = await makeRole([]);
    const bob = await join("bob", own);
    await remove(`${at(`/roles/${own}`)}?reassignTo=rol_operator`);
    interruption = { before: TransactWriteCommand, passing: 0, happens: () => sweepAllNow(api.host.store) };
    const body = { roleIds: ["rol_viewer"] };
    expect((await slowly.call(ann, `PUT ${at(`/assignments/${bob.userId}`)}`, { body })).status).toBe(200);
    expect(interruption).toBeUndefined();
    expect([await heldBy(bob), await holdersOf("rol_operator")]).toEqual([["rol_viewer"], []]);
  });

  it("of a deleted user leaves no row that another sweep wrote meanwhile", async () => {
    const own = await makeRole([]);
    const bob = await join("bob", own);
    await remove(`${at(`/roles/${own}`)}?reassignTo=rol_operator`);
    await remove(`/v1/orgs/${org}/users/${bob.userId}`);
    const ofRole = (await tasks()).find(({ kind }) => kind === "role");
    if (ofRole === undefined) throw new Error("nothing is left of the role");
    await sweepBeside("user", 0, () => sweep(api.host.store, ofRole, Date.now(), Date.now() + 30_000));
    expect([await heldBy(bob), await holdersOf("rol_operator")]).toEqual([[], []]);
  });

  it("is nothing in a workspace that is gone, whoever comes there first", async () => {
    const { id } = (
      await api.call(ann, `POST /v1/orgs/${org}/roles`, { body: { name: "Shared", scopes: [], level: "workspace" } })
    ).body;
    await join("bob", id);
    expect((await api.call(ann, `POST ${at("/suspend")}`)).status).toBe(200);
    await remove(`/v1/orgs/${org}/roles/${id}?reassignTo=rol_operator`);
    await remove(at(""));
    const ofRole = (await tasks()).find(({ kind }) => kind === "role");
    if (ofRole === undefined) throw new Error("nothing is left of the role");
    await sweep(api.host.store, ofRole, Date.now(), Date.now() + 30_000);
    expect(await holdersOf("rol_operator")).toEqual([]);
  });

  it("puts nothing into a workspace that another sweep has been through", async () => {
    const { id } = (
      await api.call(ann, `POST /v1/orgs/${org}/roles`, { body: { name: "Shared", scopes: [], level: "workspace" } })
    ).body;
    const bob = await join("bob", id);
    expect((await api.call(ann, `POST ${at("/suspend")}`)).status).toBe(200);
    await remove(`/v1/orgs/${org}/roles/${id}?reassignTo=rol_operator`);
    await remove(at(""));
    const ofWorkspace = (await tasks()).find(({ kind }) => kind === "workspace");
    if (ofWorkspace === undefined) throw new Error("nothing is left of the workspace");
    await sweepBeside("role", 0, () => sweep(api.host.store, ofWorkspace, Date.now(), Date.now() + 30_000));
    expect(await heldBy(bob)).toEqual([]);
    expect(await api.host.store.assignments.listHolders(org, "rol_operator" as RoleId)).toEqual([]);
  });

  it("takes nothing of a user who has come back", async () => {
    const bob = await join("bob", "rol_viewer");
    await remove(`/v1/orgs/${org}/users/${bob.userId}`);
    const comeBack = async () => {
      await sweepAllNow(api.host.store);
      const body = { email: bob.email, roleId: "rol_viewer", workspaceId: workspace };
      expect((await api.call(ann, `POST /v1/orgs/${org}/users`, { body })).status).toBe(201);
    };
    await sweepBeside("user", 1, comeBack);
    expect((await api.call(ann, `GET /v1/orgs/${org}/users/${bob.userId}`)).status).toBe(200);
    expect(await heldBy(bob)).toEqual(["rol_viewer"]);
  });
});

describe("a request with an Idempotency-Key that is sent twice at once", () => {
  it("is done once and answered alike, wherever the second one comes upon the first's work", async () => {
    for (let passing = 0, wasMet = true; wasMet; passing++) {
      const call = `POST ${at("/roles")}`;
      const sent = { body: { name: `Runner ${passing}`, scopes: [] }, headers: { "idempotency-key": `k${passing}` } };
      let first: Answer | undefined;
      const happens = async () => {
        first = await api.call(ann, call, sent);
      };
      interruption = { before: BatchGetCommand, passing, happens };
      const second = await slowly.call(ann, call, sent);
      wasMet = first !== undefined;
      interruption = undefined;
      const { status, body } = first ?? second;
      expect([passing, second.status, second.body]).toEqual([passing, status, body]);
      expect(status).toBe(201);
    }
  });
});

describe("a list that is read while a role is edited", () => {
  it("is read again, and holds everybody who was there", async () => {
    const roleId = await makeRole(["workflow:read"]);
    const vic = await join("vic", roleId);
    for (let passing = 0, wasMet = true; wasMet; passing++) {
      const edit = { body: { description: `${passing}` }, headers: { "if-match": "*" } };
      let first: Answer | undefined;
      const happens = async () => {
        first = await api.call(ann, `PATCH ${at(`/roles/${roleId}`)}`, edit);
      };
      interruption = { before: BatchGetCommand, passing, happens };
      // A function that has just started: it has no role at hand.
      const { status, body } = await openTestApi(slow).call(ann, `GET ${at("/users")}`);
      wasMet = first !== undefined;
      interruption = undefined;
      expect([passing, status]).toEqual([passing, 200]);
      const shown = body.items.find(({ id }: { id: string }) => id === vic.userId);
      expect(shown).toMatchObject({ grants: [{ roleId }] });
    }
  });
});

describe("a giver who lost their right in another place", () => {
  const suspend = (user: Caller) =>
    api.call(ann, `PATCH /v1/orgs/${org}/users/${user.userId}`, { body: { status: "suspended" } });
  const manager = (user: Caller, roleIds: readonly string[]) =>
    api.call(ann, `PUT /v1/orgs/${org}/assignments/${user.userId}`, { body: { roleIds } });

  it("gives nothing more: suspended in the organization, giving in the workspace", async () => {
    const bob = await join("bob", "rol_owner");
    const vic = await join("vic", "rol_viewer");
    const body = { roleIds: ["rol_owner"] };
    const answers = await commitAfter(bob, `PUT ${at(`/assignments/${vic.userId}`)}`, { body }, () => suspend(bob));
    expect(answers).toMatchObject([{ status: 200 }, { status: 401 }]);
  });

  it("gives nothing more: no longer a manager, giving themselves a role in the workspace", async () => {
    const bob = await join("bob");
    await manager(bob, ["rol_organization-manager"]);
    const body = { roleIds: ["rol_owner"] };
    const answers = await commitAfter(bob, `PUT ${at(`/assignments/${bob.userId}`)}`, { body }, () => manager(bob, []));
    expect(answers).toMatchObject([{ status: 200 }, { status: 403, body: { code: "access.denied" } }]);
  });

  it("gives nothing more: removed from the workspace, inviting into it from the organization", async () => {
    const bob = await join("bob", "rol_owner");
    const role = { name: "Inviter", level: "organization", scopes: ["user:write"] };
    const inviter = (await api.call(ann, `POST /v1/orgs/${org}/roles`, { body: role })).body;
    expect((await manager(bob, [inviter.id])).status).toBe(200);
    const body = { email: "eve@acme.example", roleId: "rol_owner", workspaceId: workspace };
    const answers = await commitAfter(bob, `POST /v1/orgs/${org}/users`, { body }, () => assign(ann, bob, []));
    expect(answers).toMatchObject([{ status: 200 }, { status: 403, body: { code: "grant.exceeds_own" } }]);
  });
});

/** Another transaction that is still being written out: one of its items shows the world before, the others the world after. */
describe("half a transaction that shows", () => {
  it("does not take the last anchor: the gate is read as after a demotion, the holder's row as before it", async () => {
    const bob = await join("bob", "rol_owner");
    const row = { orgId: org, workspaceId: workspace };
    const { store } = api.host;
    expect((await assign(bob, ann, ["rol_viewer"])).status).toBe(200);
    const annsRow = store.assignments.replace(undefined, {
      place: row,
      userId: ann.userId,
      grants: [{ roleId: "rol_owner" as never, managedBy: "system", source: "direct" }],
      version: 1,
    });
    // Only the row by which holders are found is put back; the assignment itself stays as it is.
    const holderRow = annsRow.filter(({ key }) => key.pk.includes("HOLDERS"));
    await store.commit(holderRow, "a-row-of-before", async () => false);
    const answer = await api.call(bob, `PUT ${at(`/assignments/${bob.userId}`)}`, {
      body: { roleIds: ["rol_viewer"] },
    });
    expect(answer).toMatchObject({ status: 409, body: { code: "owner.last" } });
  });

  it("is not kept in the cache of roles: the policy is read as after an edit, the role as before it", async () => {
    const roleId = await makeRole(["workflow:run"]);
    const vic = await join("vic", roleId);
    const { store } = api.host;
    const { before } = await store.read({ before: store.roles.at(place(), roleId as never) });
    const edit = { body: { scopes: [] }, headers: { "if-match": "*" } };
    expect((await api.call(ann, `PATCH ${at(`/roles/${roleId}`)}`, edit)).status).toBe(200);
    const { after } = await store.read({ after: store.roles.at(place(), roleId as never) });
    if (before === undefined || after === undefined) throw new Error("the role is gone");
    const cache = new RoleCache();
    const read = () => readFacts(store, cache, { ...place(), userId: vic.userId, now: Date.now() });
    await store.commit(store.roles.replace(place(), after, before), "a-role-of-before", async () => false);
    await expect(read()).rejects.toMatchObject({ code: "unavailable" });
    await store.commit(store.roles.replace(place(), before, after), "a-role-of-after", async () => false);
    expect(decide({ level: "workspace", scope: "workflow:run" }, await read()).allow).toBe(false);
  });
});

describe("a decision", () => {
  it("is not made from a grant of before and a role of after: a role widened once it was taken away gives nothing", async () => {
    const roleId = await makeRole(["workflow:read"]);
    const vic = await join("vic", roleId);
    const happens = async () => {
      expect((await assign(ann, vic, [])).status).toBe(200);
      const edit = { body: { scopes: ["workflow:run"] }, headers: { "if-match": "*" } };
      expect((await api.call(ann, `PATCH ${at(`/roles/${roleId}`)}`, edit)).status).toBe(200);
    };
    // The first batch holds the grant, the second the role.
    interruption = { before: BatchGetCommand, passing: 1, happens };
    const facts = await readFacts(slow, new RoleCache(), { ...place(), userId: vic.userId, now: Date.now() });
    expect(interruption).toBeUndefined();
    expect(decide({ level: "workspace", scope: "workflow:run" }, facts).allow).toBe(false);
    expect(facts.workspaceGrants).toEqual([]);
  });
});

const sweepBy = (store: Store) => sweepAll(store, Date.now(), Date.now() + 30_000);

describe("somebody who is asked back in while a sweep is still about what they held", () => {
  it.each([
    ["before it looks at the place", 0],
    ["before it looks at what they hold there", 1],
  ])("keeps what they are given then: %s", async (_when, passing) => {
    const vic = await join("vic", "rol_owner");
    expect((await api.call(ann, `DELETE /v1/orgs/${org}/users/${vic.userId}`)).status).toBe(204);
    const body = { email: vic.email, roleId: "rol_viewer", workspaceId: workspace };
    const happens = async () => {
      expect((await api.call(ann, `POST /v1/orgs/${org}/users`, { body })).status).toBe(201);
    };
    interruption = { before: BatchGetCommand, passing, happens };
    await sweepBy(slow);
    expect(interruption).toBeUndefined();
    const { body: held } = await api.call(ann, `GET ${at(`/assignments/${vic.userId}`)}`);
    expect(held).toMatchObject({ grants: [{ roleId: "rol_viewer" }] });
    expect(await slow.sweeps.list(org)).toEqual([]);
  });
});

describe("a role whose holders are just being swept out of the one that it replaced", () => {
  it.each([0, 1, 2])("is in use, and keeps its holders: before query %i", async (passing) => {
    const makeShared = async (name: string, scopes: readonly string[]): Promise<string> =>
      (await api.call(ann, `POST /v1/orgs/${org}/roles`, { body: { name, scopes, level: "workspace" } })).body.id;
    const [from, to] = [await makeShared("From", ["workflow:run"]), await makeShared("To", ["workflow:read"])];
    const vic = await join("vic", from);
    const replaced = await api.call(ann, `DELETE /v1/orgs/${org}/roles/${from}?reassignTo=${to}`);
    expect(replaced.status).toBe(204);
    interruption = { before: QueryCommand, passing, happens: () => sweepBy(api.host.store) };
    const answer = await slowly.call(ann, `DELETE /v1/orgs/${org}/roles/${to}`);
    expect(interruption).toBeUndefined();
    expect(answer).toMatchObject({ status: 409, body: { usedBy: [{ kind: "user", id: vic.userId }] } });
    expect((await api.call(vic, `GET ${at("/me")}`)).body.scopes).toEqual(["workflow:read"]);
  });
});
