/** API keys: who makes which, what they can do, and when they can do no more. */
import { beforeAll, describe, expect, it } from "vitest";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admit, assign, done, edit, makeAcme, makeRole, makeSharedRole, makeWorkspace, scopesOf } from "./acme.ts";
import type { Caller } from "./in-process.ts";
import { makeKey } from "./keys.ts";

const DAY = 86_400_000;
const clock = { now: Date.now() };
let opened: TestStore;
let acme: Acme;
let oz: Caller;

beforeAll(async () => {
  opened = await openTestStore();
  acme = await makeAcme(opened, () => clock.now);
  oz = await admit(acme, "oz", "rol_operator");
});

const personal = (...scopes: readonly string[]) => ({ kind: "personal", scopes });
const service = (...scopes: readonly string[]) => ({ kind: "service", scopes });
const call = (who: Caller, what: string, body?: object) => acme.api.call(who, what, body === undefined ? {} : { body });
const statusOf = async (who: Caller, what: string, body?: object) => (await call(who, what, body)).status;
const soon = (ms: number) => new Date(clock.now + ms).toISOString();

describe("a service key", () => {
  it("does what its scopes say in its workspace, and nothing else anywhere", async () => {
    const key = await makeKey(acme, acme.ann, service("workflow:read", "workflow:write"));
    expect(await scopesOf(acme, key)).toEqual(["workflow:read", "workflow:write"]);
    expect(await statusOf(key, `POST ${acme.W}/resources/workflow`, { id: "deploy", name: "Deploy" })).toBe(201);
    expect(await statusOf(key, `GET ${acme.W}/roles`)).toBe(403);
    expect(await statusOf(key, "POST /v1/orgs", { name: "Mine" })).toBe(403);
    const south = await makeWorkspace(acme, "Elsewhere");
    for (const path of ["", "/workspaces", "/scopes", "/users", "/api-keys", `/workspaces/${south}`]) {
      const { status, body } = await call(key, `GET ${acme.O}${path}`);
      expect([path, status, body.code]).toEqual([path, 403, "access.denied"]);
    }
  });

  it("stands whatever becomes of whoever made it", async () => {
    const maker = await admit(acme, "maker", "rol_owner");
    const key = await makeKey(acme, maker, service("workflow:read"));
    await assign(acme, maker, ["rol_viewer"]);
    expect(await scopesOf(acme, key)).toEqual(["workflow:read"]);
    await done(acme.api.call(acme.ann, `DELETE ${acme.O}/users/${maker.userId}`));
    expect(await scopesOf(acme, key)).toEqual(["workflow:read"]);
  });

  it("can do no more than its role, and grows and shrinks with it within its own scopes", async () => {
    const roleId = await makeRole(acme, "Pipelines", ["workflow:read"]);
    const key = await makeKey(acme, acme.ann, { ...service("workflow:read", "workflow:run"), roleId });
    expect(await scopesOf(acme, key)).toEqual(["workflow:read"]);
    await done(acme.api.call(acme.ann, `PATCH ${acme.W}/roles/${roleId}`, edit({ scopes: ["*"] })));
    expect(await scopesOf(acme, key)).toEqual(["workflow:read", "workflow:run"]);
    await done(acme.api.call(acme.ann, `PATCH ${acme.W}/roles/${roleId}`, edit({ scopes: ["case:read"] })));
    expect(await scopesOf(acme, key)).toEqual([]);
  });

  it("keeps its role from being deleted, and follows it to the one in its place", async () => {
    const [first, second] = await Promise.all(
      ["First", "Second"].map((name) => makeSharedRole(acme, name, ["workflow:read", "case:read"])),
    );
    const key = await makeKey(acme, acme.ann, { ...service("workflow:read"), roleId: first });
    const refused = await call(acme.ann, `DELETE ${acme.O}/roles/${first}`);
    expect(refused.body).toMatchObject({ status: 409, code: "role.in_use", usedBy: [{ kind: "api-key", id: key.id }] });
    await done(call(acme.ann, `DELETE ${acme.O}/roles/${first}?reassignTo=${second}`));
    expect(await scopesOf(acme, key)).toEqual(["workflow:read"]);
    const inherited = await call(acme.ann, `DELETE ${acme.O}/roles/${second}`);
    expect(inherited.body).toMatchObject({ code: "role.in_use", usedBy: [{ kind: "api-key", id: key.id }] });
    await done(call(acme.ann, `DELETE ${acme.W}/api-keys/${key.id}`));
    expect(await statusOf(acme.ann, `DELETE ${acme.O}/roles/${second}`)).toBe(204);
  });
});

describe("a personal key", () => {
  it("acts as its person, with no more than they hold and no more than it was given", async () => {
    const key = await makeKey(acme, oz, personal("workflow:run", "workflow:read"));
    expect(await scopesOf(acme, key)).toEqual(["workflow:read", "workflow:run"]);
    const { body } = await call(key, `GET ${acme.W}/me`);
    expect(body).toMatchObject({ userId: oz.userId, apiKeyId: key.id, roles: [{ id: "rol_operator" }] });
  });

  it("shrinks with them on the next request, and grows with them up to its own scopes", async () => {
    const pat = await admit(acme, "pat", "rol_operator");
    const key = await makeKey(acme, pat, personal("workflow:read", "workflow:run"));
    await assign(acme, pat, ["rol_viewer"]);
    expect(await scopesOf(acme, key)).toEqual(["workflow:read"]);
    await assign(acme, pat, ["rol_owner"]);
    expect(await scopesOf(acme, key)).toEqual(["workflow:read", "workflow:run"]);
    await done(call(acme.ann, `DELETE ${acme.W}/assignments/${pat.userId}`));
    expect(await statusOf(key, `GET ${acme.W}/me`)).toBe(403);
    expect(await statusOf(key, "GET /v1/me")).toBe(200);
  });

  it("is dead while its person is suspended, and for good when they are gone, also should they come back", async () => {
    const pia = await admit(acme, "pia", "rol_operator");
    const key = await makeKey(acme, pia, personal("workflow:read"));
    await done(acme.api.call(acme.ann, `PATCH ${acme.O}/users/${pia.userId}`, { body: { status: "suspended" } }));
    for (const path of ["/v1/me", `${acme.W}/me`]) expect(await statusOf(key, `GET ${path}`)).toBe(401);
    await done(acme.api.call(acme.ann, `PATCH ${acme.O}/users/${pia.userId}`, { body: { status: "active" } }));
    expect(await scopesOf(acme, key)).toEqual(["workflow:read"]);
    await done(acme.api.call(acme.ann, `DELETE ${acme.O}/users/${pia.userId}`));
    expect(await statusOf(key, "GET /v1/me")).toBe(401);
    const again = await admit(acme, "pia", "rol_owner");
    expect(again.userId).toBe(pia.userId);
    expect(await statusOf(key, "GET /v1/me")).toBe(401);
    const shown = await done(call(acme.ann, `GET ${acme.W}/api-keys/${key.id}`));
    expect(shown.state).toBe("revoked");
  });
});

describe("what a key is made of", () => {
  it("is no more than its maker holds, named scope by scope", async () => {
    const { status, body } = await call(oz, `POST ${acme.W}/api-keys`, {
      name: "Too much",
      ...personal("workflow:read", "role:write", "workflow:*"),
    });
    expect([status, body.code, body.errors?.map((one: { detail: string }) => one.detail)]).toEqual([
      403,
      "grant.exceeds_own",
      ["role:write", "workflow:*"],
    ]);
  });

  it("is nothing that its maker may only give to others", async () => {
    const meg = await admit(acme, "meg");
    const granting = await makeSharedRole(acme, "Granting", ["workspace-role:grant"], "organization");
    await done(acme.api.call(acme.ann, `PUT ${acme.O}/assignments/${meg.userId}`, { body: { roleIds: [granting] } }));
    await assign(acme, meg, [await makeRole(acme, "Keys", ["service-key:write"])]);
    const body = { name: "Mine", ...service("workflow:read") };
    expect((await call(meg, `POST ${acme.W}/api-keys`, body)).body.code).toBe("grant.exceeds_own");
  });

  it("says by its kind which scope it takes to make it", async () => {
    const { body } = await call(oz, `POST ${acme.W}/api-keys`, { name: "Theirs", ...service("workflow:read") });
    expect(body).toMatchObject({ status: 403, code: "access.denied", requiredScope: "service-key:write" });
    const sam = await admit(acme, "sam", await makeRole(acme, "Service keys", ["service-key:write", "workflow:read"]));
    expect((await makeKey(acme, sam, service("workflow:read"))).id).toMatch(/^key_/);
    const own = await call(sam, `POST ${acme.W}/api-keys`, { name: "Mine", ...personal("workflow:read") });
    expect(own.body).toMatchObject({ code: "access.denied", requiredScope: "api-key:write" });
  });

  it("is not made by a key, not even one that may do everything", async () => {
    const key = await makeKey(acme, acme.ann, service("*"));
    for (const kind of ["personal", "service"]) {
      const { body } = await call(key, `POST ${acme.W}/api-keys`, { name: "Child", kind, scopes: ["workflow:read"] });
      expect(body).toMatchObject({ status: 403, code: "access.denied" });
    }
  });

  it.each([
    ["/name", { name: "" }],
    ["/kind", { kind: "other" }],
    ["/scopes", { scopes: [] }],
    ["/scopes/0", { scopes: ["organization:read"] }],
    ["/scopes/1", { scopes: ["workflow:read", "workflow:fly"] }],
    ["/scopes/0", { scopes: ["acme.nothing:read"] }],
    ["/roleId", { roleId: "rol_viewer" }],
    ["/roleId", { kind: "service", roleId: "rol_organization-manager" }],
    ["/roleId", { kind: "service", roleId: "rol_01k9zzzzzzzzzzzzzzzzzzzzzz" }],
    ["/expiresAt", { expiresAt: "2020-01-01T00:00:00Z" }],
    ["/expiresAt", { expiresAt: "tomorrow" }],
    ["/ownerId", { ownerId: "usr_01k9zzzzzzzzzzzzzzzzzzzzzz" }],
    ["/secret", { secret: "bwk_mine" }],
  ])("is refused with a pointer to %s: %o", async (pointer, fault) => {
    const body = { name: "Bad", ...personal("workflow:read"), ...fault };
    const answer = await call(acme.ann, `POST ${acme.W}/api-keys`, body);
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([422, pointer]);
  });
});

describe("the life of a key", () => {
  it("ends at its very millisecond", async () => {
    const key = await makeKey(acme, acme.ann, { ...service("workflow:read"), expiresAt: soon(1_000) });
    clock.now += 999;
    expect(await statusOf(key, "GET /v1/me")).toBe(200);
    clock.now += 1;
    expect(await statusOf(key, "GET /v1/me")).toBe(401);
    expect((await done(call(acme.ann, `GET ${acme.W}/api-keys/${key.id}`))).state).toBe("expired");
    const again = await call(acme.ann, `POST ${acme.W}/api-keys/${key.id}/rotate`);
    expect(again.body).toMatchObject({ status: 409, code: "conflict" });
  });

  it("is no longer than the organization settles, for keys that were there before as well; another secret begins anew", async () => {
    const key = await makeKey(acme, acme.ann, service("workflow:read"));
    const settle = (maxLifetimeDays: number | null) =>
      done(acme.api.call(acme.ann, `PATCH ${acme.O}`, edit({ settings: { keys: { maxLifetimeDays } } })));
    await settle(30);
    const shown = await done(call(acme.ann, `GET ${acme.W}/api-keys/${key.id}`));
    expect(Date.parse(shown.expiresAt)).toBe(clock.now + 30 * DAY);
    const longer = { name: "Long", ...service("workflow:read"), expiresAt: soon(31 * DAY) };
    expect((await call(acme.ann, `POST ${acme.W}/api-keys`, longer)).body.errors?.[0]?.pointer).toBe("/expiresAt");
    const start = clock.now;
    clock.now += 30 * DAY;
    expect(await statusOf(key, `GET ${acme.W}/me`)).toBe(401);
    const { secret } = await done(call(acme.ann, `POST ${acme.W}/api-keys/${key.id}/rotate`));
    expect(await scopesOf(acme, { ...key, secret })).toEqual(["workflow:read"]);
    clock.now = start;
    await settle(null);
  });

  it("ends with its revocation, on the next request, and the key is seen for a while", async () => {
    const key = await makeKey(acme, oz, personal("workflow:read"));
    expect(await statusOf(oz, `DELETE ${acme.W}/api-keys/${key.id}`)).toBe(204);
    expect(await statusOf(key, "GET /v1/me")).toBe(401);
    expect((await done(call(oz, `GET ${acme.W}/api-keys/${key.id}`))).state).toBe("revoked");
    expect(await statusOf(oz, `DELETE ${acme.W}/api-keys/${key.id}`)).toBe(204);
    expect((await call(oz, `POST ${acme.W}/api-keys/${key.id}/rotate`)).body.code).toBe("conflict");
    clock.now += 90 * DAY;
    expect(await statusOf(oz, `GET ${acme.W}/api-keys/${key.id}`)).toBe(404);
    clock.now -= 90 * DAY;
  });

  it("rests with its workspace, and ends with it", async () => {
    const south = await makeWorkspace(acme, "South");
    const S = `${acme.O}/workspaces/${south}`;
    const key = await makeKey(acme, acme.ann, service("workflow:read"), S);
    await done(call(acme.ann, `POST ${S}/suspend`));
    expect(await statusOf(key, `GET ${S}/me`)).toBe(403);
    await done(call(acme.ann, `POST ${S}/resume`));
    expect(await statusOf(key, `GET ${S}/me`)).toBe(200);
    await done(call(acme.ann, `POST ${S}/suspend`));
    await done(call(acme.ann, `DELETE ${S}`));
    expect(await statusOf(key, `GET ${S}/me`)).toBe(403);
    const { items } = await done(call(acme.ann, `GET ${acme.O}/api-keys?limit=100`));
    expect(items.map(({ id }: { id: string }) => id)).not.toContain(key.id);
  });
});

describe("another secret", () => {
  const hour = 3_600_000;

  it("takes the place of the one before at once, or when the overlap is over", async () => {
    const key = await makeKey(acme, acme.ann, service("workflow:read"));
    const rotate = (overlapSeconds?: number) =>
      done(call(acme.ann, `POST ${acme.W}/api-keys/${key.id}/rotate`, { ...(overlapSeconds && { overlapSeconds }) }));
    const second = { ...key, secret: (await rotate(3_600)).secret };
    const good = async (...keys: readonly Caller[]) => {
      const answers = await Promise.all(keys.map((one) => statusOf(one, "GET /v1/me")));
      return answers.map((status) => status === 200);
    };
    clock.now += hour - 1;
    expect(await good(key, second)).toEqual([true, true]);
    clock.now += 1;
    expect(await good(key, second)).toEqual([false, true]);
    const third = { ...key, secret: (await rotate(3_600)).secret };
    const fourth = { ...key, secret: (await rotate(3_600)).secret };
    expect(await good(key, second, third, fourth)).toEqual([false, false, true, true]);
    const fifth = { ...key, secret: (await rotate()).secret };
    expect(await good(third, fourth, fifth)).toEqual([false, false, true]);
  });

  it("overlaps for seven days at most", async () => {
    const key = await makeKey(acme, acme.ann, service("workflow:read"));
    const rotate = (overlapSeconds: unknown) =>
      statusOf(acme.ann, `POST ${acme.W}/api-keys/${key.id}/rotate`, { overlapSeconds });
    expect(await Promise.all([604_801, -1, 0.5, "1"].map(rotate))).toEqual([422, 422, 422, 422]);
    expect(await rotate(604_800)).toBe(200);
  });

  it("of a personal key is for its person alone, whatever others hold", async () => {
    const key = await makeKey(acme, oz, personal("workflow:read"));
    const { body } = await call(acme.ann, `POST ${acme.W}/api-keys/${key.id}/rotate`);
    expect(body).toMatchObject({ status: 403, code: "grant.exceeds_own" });
    expect(await statusOf(oz, `POST ${acme.W}/api-keys/${key.id}/rotate`)).toBe(200);
  });

  it("of a service key is for whoever holds all that it can do", async () => {
    const key = await makeKey(acme, acme.ann, service("workflow:read", "role:write"));
    const sal = await admit(acme, "sal", await makeRole(acme, "Rotating", ["service-key:*", "workflow:read"]));
    const { body } = await call(sal, `POST ${acme.W}/api-keys/${key.id}/rotate`);
    expect([body.code, body.errors?.[0]?.detail]).toEqual(["grant.exceeds_own", "role:write"]);
  });

  it("can be had by a key for itself, and for no other, whatever it may do", async () => {
    const key = await makeKey(acme, acme.ann, service("*"));
    const other = await makeKey(acme, acme.ann, service("workflow:read"));
    expect((await call(key, `POST ${acme.W}/api-keys/${other.id}/rotate`)).body.code).toBe("grant.exceeds_own");
    const [own, same] = await Promise.all([0, 1].map(() => makeKey(acme, oz, personal("api-key:write"))));
    for (const by of [key, own as Caller]) {
      expect((await call(by, `POST ${acme.W}/api-keys/${same?.id}/rotate`)).body.code).toBe("grant.exceeds_own");
    }
    const { secret } = await done(call(key, `POST ${acme.W}/api-keys/${key.id}/rotate`));
    expect(await statusOf({ ...key, secret }, "GET /v1/me")).toBe(200);
    expect(await statusOf(key, "GET /v1/me")).toBe(401);
  });

  it("does not follow on one whose place is taken: the end of an overlap is an end", async () => {
    const key = await makeKey(acme, acme.ann, service("service-key:write"));
    const rotate = (by: Caller) => call(by, `POST ${acme.W}/api-keys/${key.id}/rotate`, { overlapSeconds: 60 });
    const next = { ...key, secret: (await done(rotate(key))).secret };
    expect((await rotate(key)).body).toMatchObject({ status: 409, code: "conflict" });
    expect(await Promise.all([key, next].map((one) => statusOf(one, "GET /v1/me")))).toEqual([200, 200]);
    expect((await rotate(next)).status).toBe(200);
  });

  it("is answered once: the request sent again under its Idempotency-Key tells no secret", async () => {
    const send = (what: string, body: object) =>
      acme.api.call(acme.ann, what, { body, headers: { "idempotency-key": `once ${what.length}` } });
    const create = () => send(`POST ${acme.W}/api-keys`, { name: "Once", ...service("workflow:read") });
    const [first, again] = [await create(), await create()];
    expect([first.status, again.status, again.body.id]).toEqual([201, 201, first.body.id]);
    expect(first.body.secret).toMatch(/^bwk_key_[0-9a-z]{26}_[0-9A-Za-z]{36}$/);
    expect(again.body).not.toHaveProperty("secret");
    const rotate = () => send(`POST ${acme.W}/api-keys/${first.body.id}/rotate`, {});
    const [rotated, replayed] = [await rotate(), await rotate()];
    expect(replayed.body).not.toHaveProperty("secret");
    expect(await statusOf({ ...acme.ann, secret: rotated.body.secret }, "GET /v1/me")).toBe(200);
  });
});

describe("who sees which key", () => {
  let own: string;
  let others: string;
  let ofWorkspace: string;

  beforeAll(async () => {
    own = (await makeKey(acme, oz, personal("workflow:read"))).id;
    const ola = await admit(acme, "ola", "rol_operator");
    others = (await makeKey(acme, ola, personal("workflow:read"))).id;
    ofWorkspace = (await makeKey(acme, acme.ann, service("workflow:read"))).id;
  });

  async function seenBy(who: Caller): Promise<string[]> {
    const { items, nextCursor } = await done(call(who, `GET ${acme.W}/api-keys?limit=100`));
    expect(nextCursor).toBeUndefined();
    const seen = items.map(({ id }: { id: string }) => id);
    return [own, others, ofWorkspace].filter((id) => seen.includes(id));
  }

  it("is every key of the workspace, or only what is the workspace's own; none is seen from elsewhere", async () => {
    const kim = await admit(acme, "kim", await makeRole(acme, "Key reader", ["service-key:read"]));
    expect(await Promise.all([oz, acme.ann, kim].map(seenBy))).toEqual([
      [own, others, ofWorkspace],
      [own, others, ofWorkspace],
      [ofWorkspace],
    ]);
    expect(await statusOf(kim, `GET ${acme.W}/api-keys/${others}`)).toBe(404);
    expect(await statusOf(kim, `GET ${acme.W}/api-keys/${ofWorkspace}`)).toBe(200);
    const west = `${acme.O}/workspaces/${await makeWorkspace(acme, "West")}`;
    expect(await statusOf(acme.ann, `GET ${west}/api-keys/${own}`)).toBe(404);
    expect(await statusOf(acme.ann, `DELETE ${west}/api-keys/${own}`)).toBe(404);
  });

  it("is ended by whose it is, by who takes away what people hold, or by who has the workspace's in hand", async () => {
    expect((await call(oz, `DELETE ${acme.W}/api-keys/${others}`)).body?.requiredScope).toBe("user-permission:write");
    expect((await call(oz, `DELETE ${acme.W}/api-keys/${ofWorkspace}`)).body?.requiredScope).toBe("service-key:write");
    expect(await statusOf(acme.ann, `DELETE ${acme.W}/api-keys/${others}`)).toBe(204);
  });

  it("is every key of the organization for its administrators, in pages", async () => {
    const seen: string[] = [];
    let cursor = "";
    do {
      const page = await done(call(acme.ann, `GET ${acme.O}/api-keys?limit=3${cursor}`));
      seen.push(...page.items.map(({ id }: { id: string }) => id));
      cursor = page.nextCursor === undefined ? "" : `&cursor=${page.nextCursor}`;
    } while (cursor !== "");
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining([own, others, ofWorkspace]));
    expect(await statusOf(oz, `GET ${acme.O}/api-keys`)).toBe(403);
  });
});

describe("what a key did", () => {
  it("stands in the log under the key, its owner, and the person whom it acts as", async () => {
    const key = await makeKey(acme, acme.ann, personal("workflow:*"));
    const machine = await makeKey(acme, acme.ann, service("workflow:*"));
    for (const [index, by] of [key, machine].entries()) {
      await done(call(by, `POST ${acme.W}/resources/workflow`, { id: `by-key-${index}`, name: "By a key" }));
    }
    const entryOf = async (id: string) => (await done(call(acme.ann, `GET ${acme.W}/audit-log?target=${id}`))).items[0];
    const { userId, email } = acme.ann;
    expect(await entryOf("by-key-0")).toMatchObject({
      actor: { kind: "api-key", id: key.id, ownerId: userId },
      onBehalfOf: { kind: "user", id: userId, email },
    });
    const byMachine = await entryOf("by-key-1");
    expect(byMachine.actor).toEqual({ kind: "api-key", id: machine.id, ownerId: userId });
    expect(byMachine).not.toHaveProperty("onBehalfOf");
  });

  it("is found with what its person did, where it acts as them", async () => {
    const key = await makeKey(acme, oz, personal("interaction:write"));
    await done(call(key, `POST ${acme.W}/resources/interaction`, { id: "by-oz", name: "By Oz's key" }));
    const { items } = await done(call(acme.ann, `GET ${acme.W}/audit-log?actor=${oz.userId}&target=by-oz`));
    expect(items).toHaveLength(1);
  });

  it("stands in the activity log as well, for what comes and goes by itself", async () => {
    const key = await makeKey(acme, oz, personal("interaction:write"));
    const machine = await makeKey(acme, acme.ann, service("interaction:write"));
    await done(call(key, `POST ${acme.W}/resources/interaction`, { id: "noted-of-oz", name: "By Oz's key" }));
    await done(call(machine, `POST ${acme.W}/resources/interaction`, { id: "noted-of-machine", name: "By a key" }));
    const rowsOf = async (query: string) => (await done(call(acme.ann, `GET ${acme.W}/activity-log?${query}`))).items;
    const person = { kind: "user", id: oz.userId, email: oz.email };
    expect(await rowsOf(`actor=${oz.userId}&resourceId=noted-of-oz`)).toMatchObject([
      { actor: { kind: "api-key", id: key.id, ownerId: oz.userId }, onBehalfOf: person },
    ]);
    const byMachine = await rowsOf(`actor=${machine.id}`);
    expect(byMachine).toMatchObject([{ actor: { kind: "api-key", id: machine.id, ownerId: acme.ann.userId } }]);
    expect(byMachine[0]).not.toHaveProperty("onBehalfOf");
  });

  it("is a share as well: in its person's name, or in its own", async () => {
    const keys = [await makeKey(acme, acme.ann, personal("*")), await makeKey(acme, acme.ann, service("*"))];
    const targetWorkspaceId = await makeWorkspace(acme, "Receiving");
    for (const [index, key] of keys.entries()) {
      const resourceId = `offered-by-key-${index}`;
      await done(call(acme.ann, `POST ${acme.W}/resources/workflow`, { id: resourceId, name: "Offered" }));
      const offer = { resourceType: "workflow", resourceId, targetWorkspaceId, actions: ["read"] };
      const share = await done(call(key, `POST ${acme.W}/shares`, offer));
      // What its person might do in the other workspace, the key may not.
      expect(share).toMatchObject({ state: "pending", createdBy: index === 0 ? acme.ann.userId : key.id });
    }
  });

  it("is told of its making, its rotation and its end, without a secret", async () => {
    const key = await makeKey(acme, acme.ann, service("workflow:read"));
    await done(call(acme.ann, `POST ${acme.W}/api-keys/${key.id}/rotate`, { overlapSeconds: 60 }));
    await done(call(acme.ann, `DELETE ${acme.W}/api-keys/${key.id}`));
    const { items } = await done(call(acme.ann, `GET ${acme.W}/audit-log?target=${key.id}&order=asc`));
    expect(items.map(({ action }: { action: string }) => action)).toEqual([
      "api-key.created",
      "api-key.rotated",
      "api-key.revoked",
    ]);
    expect(JSON.stringify(items)).not.toContain("bwk_");
  });
});

describe("a key that asks about itself", () => {
  it("is answered; about others it is not", async () => {
    const key = await makeKey(acme, acme.ann, service("workflow:run"));
    const ask = async (subject: object, name = "run") => {
      const resource = { type: "workflow", id: "any" };
      const what = `POST ${acme.W}/access/v1/evaluation`;
      const { status, body } = await call(key, what, { subject, action: { name }, resource });
      return status === 200 ? body.decision : status;
    };
    const self = { type: "api-key", id: key.id };
    expect([await ask(self), await ask(self, "publish"), await ask({ type: "user", id: oz.userId })]).toEqual([
      true,
      false,
      403,
    ]);
  });

  it("and of which an owner asks, are told the same", async () => {
    const key = await makeKey(acme, oz, personal("workflow:read"));
    const ask = async (subject: object) => {
      const body = { subject, action: { name: "read" }, resource: { type: "workflow", id: "any" } };
      return (await done(call(acme.ann, `POST ${acme.W}/access/v1/evaluation`, body))).decision;
    };
    const subject = { type: "api-key", id: key.id };
    expect(await ask(subject)).toBe(true);
    await done(call(oz, `DELETE ${acme.W}/api-keys/${key.id}`));
    expect([await ask(subject), await ask({ type: "api-key", id: "key_1" })]).toEqual([false, false]);
  });

  it("is told nothing of another organization's: neither that there is one nor what became of it", async () => {
    const other = await makeAcme(opened, () => clock.now);
    const key = await makeKey(other, other.ann, service("workflow:run"));
    const ask = async (id: string) => {
      const question = {
        subject: { type: "api-key", id },
        action: { name: "run" },
        resource: { type: "workflow", id: "x" },
      };
      return (await call(acme.ann, `POST ${acme.W}/access/v1/evaluation`, question)).body;
    };
    const absent = await ask(`key_${"0".repeat(26)}`);
    expect(await ask(key.id)).toEqual(absent);
    await done(other.api.call(other.ann, `DELETE ${other.W}/api-keys/${key.id}`));
    expect(await ask(key.id)).toEqual(absent);
  });

  it("is told where it is from", async () => {
    const key = await makeKey(acme, oz, personal("workflow:read"));
    const { principal, organizations } = await done(call(key, "GET /v1/me"));
    expect(principal).toEqual({ kind: "api-key", id: key.id, email: oz.email });
    expect(organizations).toEqual([
      {
        id: acme.org,
        name: "Acme",
        roleIds: [],
        workspaces: [{ id: acme.workspace, name: "North", roleIds: ["rol_operator"] }],
      },
    ]);
    const { items } = await done(call(key, "GET /v1/orgs"));
    expect(items.map(({ id }: { id: string }) => id)).toEqual([acme.org]);
  });
});

describe("a secret that is sent where none belongs", () => {
  let secret: string;
  beforeAll(async () => {
    secret = (await makeKey(acme, acme.ann, service("workflow:read"))).secret;
  });

  it.each<[string, (secret: string) => [string, object], string]>([
    ["a name", (text) => [`POST ${acme.W}/roles`, { name: `Of ${text}`, scopes: [] }], "/name"],
    [
      "the name of an attribute",
      (text) => [`PUT ${acme.W}/resources/workflow/x`, { name: "X", attributes: { [text]: 1 } }],
      "/attributes/bwk_key",
    ],
    [
      "an attribute, however deep",
      (text) => [`PUT ${acme.W}/resources/workflow/x`, { name: "X", attributes: { a: [{ value: text }] } }],
      "/attributes/a/0/value",
    ],
  ])("is refused as %s, and not repeated", async (_as, send, pointer) => {
    const { status, body } = await call(acme.ann, ...send(secret));
    expect([status, body.errors?.[0]?.pointer]).toEqual([422, expect.stringMatching(new RegExp(`^${pointer}`))]);
    expect(JSON.stringify(body)).not.toContain(secret);
  });

  it("names no resource, and no request that is to be done once", async () => {
    expect(await statusOf(acme.ann, `PUT ${acme.W}/resources/workflow/${secret}`, { name: "X" })).toBe(404);
    const sent = { body: { name: "Once", scopes: [] }, headers: { "idempotency-key": secret } };
    expect((await acme.api.call(acme.ann, `POST ${acme.W}/roles`, sent)).body.code).toBe("request.malformed");
  });

  it("is taken as a secret of a resource: that is where it belongs", async () => {
    const body = { name: "Calls us", attributes: { token: { secret: true, value: secret } } };
    expect(await statusOf(acme.ann, `PUT ${acme.W}/resources/step-integration/own`, body)).toBe(201);
  });
});
