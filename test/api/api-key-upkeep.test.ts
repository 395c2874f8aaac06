/** What stands in the table of API keys stays in order: versions, counts, rows, and roles that keys have. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limits } from "../../lib/domain/limits.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admit, assign, done, edit, makeAcme, makeRole, makeSharedRole, makeWorkspace, readTable } from "./acme.ts";
import type { Caller } from "./in-process.ts";
import { expectTidyKeys } from "./key-rows.ts";
import { makeKey } from "./keys.ts";
import { sweepUp } from "./sharing-world.ts";

const clock = { now: Date.now() };
let test: TestStore;
let acme: Acme;

beforeAll(async () => {
  test = await openTestStore();
  acme = await makeAcme(test, () => clock.now);
});

const service = (...scopes: readonly string[]) => ({ kind: "service", scopes });
const call = (who: Caller, what: string, body?: object) => acme.api.call(who, what, body === undefined ? {} : { body });

describe("a key", () => {
  it("is ended under the version that it has, or under none", async () => {
    const key = await makeKey(acme, acme.ann, service("workflow:read"));
    const what = `${acme.W}/api-keys/${key.id}`;
    const { etag } = (await call(acme.ann, `GET ${what}`)).headers;
    await done(call(acme.ann, `POST ${what}/rotate`, {}));
    const end = (version = "") => acme.api.call(acme.ann, `DELETE ${what}`, { headers: { "if-match": version } });
    expect((await end(etag)).status).toBe(412);
    expect((await end((await call(acme.ann, `GET ${what}`)).headers.etag)).status).toBe(204);
  });

  it("is given another secret under the version that it has, or under none: of two at once, one gets it", async () => {
    const key = await makeKey(acme, acme.ann, service("workflow:read"));
    const what = `${acme.W}/api-keys/${key.id}`;
    const { etag } = (await call(acme.ann, `GET ${what}`)).headers;
    const rotate = (version = "", more: object = {}) =>
      acme.api.call(acme.ann, `POST ${what}/rotate`, { body: {}, headers: { "if-match": version, ...more } });
    const once = { "idempotency-key": "rotate-once" };
    const [first, second] = [await rotate(etag, once), await rotate(etag)];
    expect([first.status, second.status, second.body.code]).toEqual([200, 412, "precondition.failed"]);
    expect((await acme.api.call({ ...key, secret: first.body.secret }, `GET ${acme.W}/me`)).status).toBe(200);
    expect((await rotate(etag, once)).status).toBe(200);
    expect((await rotate(first.headers.etag)).status).toBe(200);
    expect((await rotate("*")).status).toBe(200);
  });

  it("of a workspace's own cannot be had another secret of by its maker once they hold less than it", async () => {
    const mia = await admit(acme, "mia", "rol_owner");
    const key = await makeKey(acme, mia, service("role:write"));
    await assign(acme, mia, [await makeRole(acme, "Keeper", ["service-key:write"])]);
    const { body } = await call(mia, `POST ${acme.W}/api-keys/${key.id}/rotate`, {});
    expect(body).toMatchObject({ status: 403, code: "grant.exceeds_own" });
  });

  it("that is over has no use for its role, which then may go", async () => {
    const roleId = await makeRole(acme, "Short", ["workflow:read"]);
    const expiresAt = new Date(clock.now + 1_000).toISOString();
    await makeKey(acme, acme.ann, { ...service("workflow:read"), roleId, expiresAt });
    const remove = () => call(acme.ann, `DELETE ${acme.W}/roles/${roleId}`);
    clock.now += 999;
    expect((await remove()).body?.code).toBe("role.in_use");
    clock.now += 1;
    expect((await remove()).status).toBe(204);
    const { items } = await done(call(acme.ann, `GET ${acme.W}/api-keys`));
    const [over] = items.filter((key: { roleId?: string }) => key.roleId === roleId);
    await done(call(acme.ann, `DELETE ${acme.W}/api-keys/${over.id}`));
  });

  it("answers nobody whose person is gone, wherever they ask", async () => {
    const gus = await admit(acme, "gus", "rol_operator");
    const key = await makeKey(acme, gus, { kind: "personal", scopes: ["workflow:read"] });
    const { store } = acme.api.host;
    const { user } = await store.read({ user: store.users.at(acme.org, gus.userId) });
    if (user === undefined) throw new Error("gus is not there");
    // Before anything of them is swept.
    await store.commit(store.users.remove(user), randomUUID(), async () => false);
    for (const path of [`${acme.W}/me`, `${acme.W}/roles`, acme.O]) {
      expect([path, (await call(key, `GET ${path}`)).status]).toEqual([path, 401]);
    }
    await done(call(acme.ann, `DELETE ${acme.W}/api-keys/${key.id}`));
  });

  it("sends a request again under its own name: another key under the same Idempotency-Key is another", async () => {
    const keys = [await makeKey(acme, acme.ann, service("role:*")), await makeKey(acme, acme.ann, service("role:*"))];
    const made = await Promise.all(
      keys.map((key, index) =>
        acme.api.call(key, `POST ${acme.W}/roles`, {
          body: { name: `By ${index}`, scopes: [] },
          headers: { "idempotency-key": "the-same" },
        }),
      ),
    );
    expect(made.map(({ status }) => status)).toEqual([201, 201]);
  });
});

describe("the keys of a workspace", () => {
  it(`are ${limits.apiKeysPerWorkspace} at most that are not revoked`, async () => {
    const { store } = acme.api.host;
    const workspaceId = await makeWorkspace(acme, "Crowded");
    const C = `${acme.O}/workspaces/${workspaceId}`;
    const place = { orgId: acme.org, workspaceId };
    const count = async (keyCount: number) =>
      store.commit([store.places.setCounts(place, { keyCount })], randomUUID(), async () => false);
    await count(limits.apiKeysPerWorkspace - 1);
    const make = () => call(acme.ann, `POST ${C}/api-keys`, { name: "One more", ...service("workflow:read") });
    const { body } = await make();
    expect((await make()).status).toBe(422);
    await done(call(acme.ann, `DELETE ${C}/api-keys/${body.id}`));
    const again = await make();
    expect(again.status).toBe(201);
    await count(1);
  });

  it("go with it, and those of somebody with them, and nothing of either is left", async () => {
    const workspaceId = await makeWorkspace(acme, "Gone");
    const G = `${acme.O}/workspaces/${workspaceId}`;
    const roleId = await makeRole(acme, "Shortly", ["workflow:read"]);
    const eve = await admit(acme, "eve", "rol_operator");
    await assign(acme, eve, ["rol_operator"], G);
    const personal = { kind: "personal", scopes: ["workflow:read"] };
    await makeKey(acme, eve, personal, G);
    await makeKey(acme, eve, personal);
    await makeKey(acme, acme.ann, personal, G);
    const shared = await makeSharedRole(acme, "Shared", ["workflow:read"]);
    await makeKey(acme, acme.ann, { ...service("workflow:read"), roleId: shared }, G);
    await makeKey(acme, acme.ann, { ...service("workflow:read"), roleId });
    await done(call(acme.ann, `POST ${G}/suspend`));
    await done(call(acme.ann, `DELETE ${G}`));
    await done(call(acme.ann, `DELETE ${acme.O}/users/${eve.userId}`));
    await done(call(acme.ann, `DELETE ${acme.W}/roles/${roleId}?reassignTo=rol_viewer`));
    await sweepUp({ test });
    const items = await readTable(test);
    expectTidyKeys(items);
    const ofGone = [...items.values()].filter((item) => item.sk === "KEY" && item.workspaceId === workspaceId);
    expect(ofGone).toEqual([]);
  });
});

describe("the longest life of keys", () => {
  const settle = (keys: object | null) =>
    done(acme.api.call(acme.ann, `PATCH ${acme.O}`, edit({ settings: { keys } })));

  it("is settled, shown, kept when something else is edited, and taken back", async () => {
    const shown = async () => (await done(call(acme.ann, `GET ${acme.O}`))).settings;
    await settle({ maxLifetimeDays: 7 });
    await done(acme.api.call(acme.ann, `PATCH ${acme.O}`, edit({ name: "Acme & Sons" })));
    await done(acme.api.call(acme.ann, `PATCH ${acme.O}`, edit({ settings: { sharing: { types: [] } } })));
    expect(await shown()).toEqual({ keys: { maxLifetimeDays: 7 }, sharing: { types: [] } });
    const long = { name: "Long", ...service("workflow:read"), expiresAt: new Date(clock.now + 8 * 86_400_000) };
    expect((await call(acme.ann, `POST ${acme.W}/api-keys`, long)).status).toBe(422);
    await settle({ maxLifetimeDays: null });
    expect((await call(acme.ann, `POST ${acme.W}/api-keys`, long)).status).toBe(201);
    await settle({ maxLifetimeDays: 7 });
    await settle(null);
    expect((await shown()).keys).toBeUndefined();
  });
});

afterAll(async () => {
  expectTidyKeys(await readTable(test));
});
