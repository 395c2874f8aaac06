/** An own resource type goes only when nothing rests on it any more, and so does each of its actions. */
import { TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sweepAll } from "../../lib/api/sweep.ts";
import type { MadeResourceId, ShareId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { Share } from "../../lib/domain/shares.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import {
  admit,
  assign,
  done,
  edit,
  makeAcme,
  makeRole,
  makeSharedRole,
  makeWorkspace,
  readTable,
  scopesOf,
} from "./acme.ts";
import type { Caller } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";
import { layer } from "./interleaved.ts";
import { makeKey } from "./keys.ts";
import { PLAYBOOK, playbook, register, replace, without } from "./own-types.ts";
import { RoundTrips } from "./round-trips.ts";

const HOUR = 3_600_000;
const incarnation = "res_01jdexamp1e0000000000000ab" as MadeResourceId;
const createdAt = "2026-11-26T00:00:00.000Z";

let test: TestStore;
let now: number;
let acme: Acme;

beforeAll(async () => {
  test = await openTestStore();
});

beforeEach(async () => {
  now = Date.now();
  acme = await makeAcme(test, () => now);
});

const typePath = () => `${acme.O}/resource-types/${PLAYBOOK}`;
const get = (path: string, by: Caller = acme.ann) => done(acme.api.call(by, `GET ${path}`));
/** The scopes of own types that somebody has in a workspace. */
const ownScopesOf = async (who: Caller, at = acme.W) =>
  (await scopesOf(acme, who, at)).filter((one) => one.includes("."));
const remove = (headers: Record<string, string> = {}) => acme.api.call(acme.ann, `DELETE ${typePath()}`, { headers });

describe("what rests on a type", () => {
  const refused = (kind: string, ...ids: string[]) => ({
    status: 409,
    body: { code: "resource.in_use", usedBy: ids.map((id) => ({ kind, id })) },
  });

  it("are roles that name what an edit drops, of the organization and of each workspace", async () => {
    await done(register(acme));
    const ofWorkspace = await makeRole(acme, "Runner", [`${PLAYBOOK}:run`, `${PLAYBOOK}:write`]);
    const ofOrganization = await makeSharedRole(acme, "Shared runner", ["workflow:read", `${PLAYBOOK}:run`]);
    await makeRole(acme, "Reader", [`${PLAYBOOK}:read`]);
    const { status, body } = await replace(acme, without("run"));
    expect(status).toBe(409);
    expect(body.usedBy.map(({ id }: { id: string }) => id).sort()).toEqual([ofWorkspace, ofOrganization].sort());
    await done(
      acme.api.call(acme.ann, `PATCH ${acme.W}/roles/${ofWorkspace}`, edit({ scopes: [`${PLAYBOOK}:write`] })),
    );
    expect(await replace(acme, without("run"))).toMatchObject(refused("role", ofOrganization));
    expect((await acme.api.call(acme.ann, `DELETE ${acme.O}/roles/${ofOrganization}`)).status).toBe(204);
    const oz = await admit(acme, "oz", "rol_operator");
    expect(await ownScopesOf(oz)).toContain(`${PLAYBOOK}:run`);
    await done(replace(acme, without("run")));
    // Gone on the next request, from predefined roles and from patterns.
    expect(await ownScopesOf(oz)).toEqual([`${PLAYBOOK}:read`]);
    expect(await ownScopesOf(acme.ann)).toEqual([`${PLAYBOOK}:read`, `${PLAYBOOK}:write`]);
    expect(await replace(acme, without("write", "run"))).toMatchObject(refused("role", ofWorkspace));
  });

  it("are service keys that name what an edit drops, until they are revoked or over; a personal key is not", async () => {
    await done(register(acme));
    const scopes = [`${PLAYBOOK}:run`];
    const expiresAt = new Date(now + 1_000).toISOString();
    const keys = [
      await makeKey(acme, acme.ann, { kind: "service", scopes }),
      await makeKey(acme, acme.ann, { kind: "service", scopes: [`${PLAYBOOK}:*`] }),
      await makeKey(acme, acme.ann, { kind: "service", scopes, expiresAt }),
    ];
    await makeKey(acme, acme.ann, { kind: "personal", scopes });
    await makeKey(acme, acme.ann, { kind: "service", scopes: ["*"] });
    const [first, whole, short] = keys.map(({ id }) => id);
    const idsOf = ({ body }: Awaited<ReturnType<typeof remove>>) =>
      body?.usedBy?.map(({ id }: { id: string }) => id).sort();
    expect(idsOf(await replace(acme, without("run")))).toEqual([first, short].sort());
    expect(idsOf(await remove())).toEqual([first, short, whole].sort());
    now += 1_000;
    expect(await replace(acme, without("run"))).toMatchObject(refused("api-key", `${first}`));
    for (const id of [first, whole]) await done(acme.api.call(acme.ann, `DELETE ${acme.W}/api-keys/${id}`));
    expect((await remove()).status).toBe(204);
    await done(register(acme));
    expect(await ownScopesOf(keys[0] as Caller)).toEqual([]);
  });

  it("are none that go: a key and an edit never leave a key with what is gone", async () => {
    await done(register(acme));
    const body = { name: "Runs", kind: "service", scopes: [`${PLAYBOOK}:run`] };
    let other: (() => Promise<unknown>) | undefined;
    const slowly = openTestApi(
      (
        await openTestStore({
          tableName: test.tableName,
          wrap: layer(async (command, send) => {
            const due = command instanceof TransactWriteCommand ? other : undefined;
            if (due !== undefined) other = undefined;
            await due?.();
            return send(command);
          }),
        })
      ).store,
      () => now,
    );
    other = () => done(replace(acme, without("run")));
    expect((await slowly.call(acme.ann, `POST ${acme.W}/api-keys`, { body })).status).toBe(422);
    await done(replace(acme, playbook));
    other = () => done(acme.api.call(acme.ann, `POST ${acme.W}/api-keys`, { body }));
    const edited = await slowly.call(acme.ann, `PUT ${typePath()}`, {
      body: without("run"),
      headers: { "if-match": "*" },
    });
    expect(edited.body).toMatchObject({ status: 409, code: "resource.in_use", usedBy: [{ kind: "api-key" }] });
  });

  it("are roles with all of the type, when it is to be deleted, and not those with everything", async () => {
    await done(register(acme));
    const named = await makeRole(acme, "Named", [`${PLAYBOOK}:*`]);
    await makeRole(acme, "All", ["*"]);
    await done(replace(acme, without("run")));
    expect(await remove()).toMatchObject(refused("role", named));
    expect((await acme.api.call(acme.ann, `DELETE ${acme.W}/roles/${named}?reassignTo=rol_viewer`)).status).toBe(204);
    expect((await remove()).status).toBe(204);
    expect(await ownScopesOf(acme.ann)).toEqual([]);
    const { items } = await get(`${acme.O}/roles`);
    expect(JSON.stringify(items)).not.toContain(PLAYBOOK);
  });

  it("are no roles that hold another one's place, or that live in a workspace which is gone", async () => {
    await done(register(acme));
    const vic = await admit(acme, "vic");
    const [south, runner] = [await makeWorkspace(acme, "South"), await makeRole(acme, "Runner", [`${PLAYBOOK}:run`])];
    await assign(acme, vic, [runner]);
    const path = `${acme.O}/workspaces/${south}`;
    const inSouth = await makeRole(acme, "Runner", [`${PLAYBOOK}:run`], path);
    expect((await acme.api.call(acme.ann, `DELETE ${acme.W}/roles/${runner}?reassignTo=rol_viewer`)).status).toBe(204);
    expect(await replace(acme, without("run"))).toMatchObject(refused("role", inSouth));
    await done(acme.api.call(acme.ann, `POST ${path}/suspend`));
    expect(await replace(acme, without("run"))).toMatchObject(refused("role", inSouth));
    expect((await acme.api.call(acme.ann, `DELETE ${path}`)).status).toBe(204);
    await done(replace(acme, without("run")));
  });

  it("leaves no row behind once it rests on it no more", async () => {
    await done(register(acme));
    const south = await makeWorkspace(acme, "South");
    const path = `${acme.O}/workspaces/${south}`;
    await makeRole(acme, "Runner", [`${PLAYBOOK}:run`], path);
    const edited = await makeRole(acme, "Runner", [`${PLAYBOOK}:run`]);
    await done(acme.api.call(acme.ann, `PATCH ${acme.W}/roles/${edited}`, edit({ scopes: [] })));
    const rows = async () =>
      [...(await readTable(test)).keys()].filter((key) => key.startsWith(`ORG#${acme.org}#NAMING`));
    expect(await rows()).toHaveLength(1);
    await done(acme.api.call(acme.ann, `POST ${path}/suspend`));
    expect((await acme.api.call(acme.ann, `DELETE ${path}`)).status).toBe(204);
    await sweepAll(test.store, Date.now(), Date.now() + HOUR);
    expect(await rows()).toEqual([]);
  });

  it("are shares that hand on what an edit drops", async () => {
    await done(register(acme));
    const share = "shr_01jdexamp1e0000000000000ab" as ShareId;
    const { ownTypes } = test.store;
    const until = now + HOUR;
    await write(ownTypes.isShared(acme.org, shareOf(share, ["read", "run"], until)));
    await done(replace(acme, without("write")));
    expect(await replace(acme, without("write", "run"))).toMatchObject(refused("share", share));
    expect(await remove()).toMatchObject(refused("share", share));
    now = until;
    await done(replace(acme, without("write", "run")));
    await write(ownTypes.isSharedNoMore(acme.org, PLAYBOOK, share));
    expect((await remove()).status).toBe(204);
  });

  it("are workspaces with resources of it, until the last has gone or expired", async () => {
    await done(register(acme));
    const south = await makeWorkspace(acme, "South");
    const { ownTypes } = test.store;
    for (const workspaceId of [acme.workspace, south]) await write(ownTypes.isUsedIn(acme.org, PLAYBOOK, workspaceId));
    await putResource(south, "one", now);
    await putResource(south, "two", now + HOUR);
    expect(await remove()).toMatchObject(refused("workspace", south));
    const transient = { ...playbook, persistence: "transient" };
    expect(await replace(acme, transient)).toMatchObject(refused("workspace", south));
    // What is neither dropped nor of another kind from now on is left as it is.
    await done(replace(acme, without("write")));
    now += HOUR;
    await done(replace(acme, transient));
    await putResource(south, "three");
    expect(await remove()).toMatchObject(refused("workspace", south));
    const path = `${acme.O}/workspaces/${south}`;
    await done(acme.api.call(acme.ann, `POST ${path}/suspend`));
    expect((await acme.api.call(acme.ann, `DELETE ${path}`)).status).toBe(204);
    // What was in the workspace is swept first: without the type, nobody would find it any more.
    expect((await remove()).status).toBe(204);
    const left = [...(await readTable(test)).keys()].filter((key) => key.includes(`#RES#${PLAYBOOK}`));
    expect(left.filter((key) => key.includes(south))).toEqual([]);
  });

  it("are workspaces with a resource of it behind however many that have expired", async () => {
    await done(register(acme));
    await write(test.store.ownTypes.isUsedIn(acme.org, PLAYBOOK, acme.workspace));
    for (let index = 0; index < 100; index++) await putResource(acme.workspace, `a${index}`, now);
    await putResource(acme.workspace, "z");
    expect(await remove()).toMatchObject(refused("workspace", acme.workspace));
  });

  it("are looked for in many workspaces at a time", async () => {
    await done(register(acme));
    const south = await makeWorkspace(acme, "South");
    const looked = async (count: number) => {
      for (let index = 0; index < count; index++) {
        await write(test.store.ownTypes.isUsedIn(acme.org, PLAYBOOK, await makeWorkspace(acme, `${count} ${index}`)));
      }
      const counted = new RoundTrips();
      const wrap = (client: TestStore["client"]) => counted.wrap(client);
      const { store } = await openTestStore({ tableName: test.tableName, wrap });
      const { trips } = await counted.count(async () => {
        expect(await openTestApi(store, () => now).call(acme.ann, `DELETE ${typePath()}`)).toMatchObject({
          status: 409,
        });
      });
      return trips;
    };
    await write(test.store.ownTypes.isUsedIn(acme.org, PLAYBOOK, south));
    await putResource(south, "one");
    const few = await looked(1);
    expect(await looked(30)).toBeLessThanOrEqual(few + 2);
    await putResource(acme.workspace, "one");
    await write(test.store.ownTypes.isUsedIn(acme.org, PLAYBOOK, acme.workspace));
    expect(await remove()).toMatchObject(refused("workspace", ...[acme.workspace, south].sort()));
  });

  async function putResource(workspaceId: WorkspaceId, id: string, expiresAt?: number) {
    const end = expiresAt === undefined ? {} : { expiresAt };
    const resource = { type: PLAYBOOK, id, incarnation, name: id, labels: {}, createdAt, version: 1, ...end };
    await write(test.store.resources.put({ orgId: acme.org, workspaceId }, resource));
  }

  /** A share as the sharing routes would write it. */
  function shareOf(id: ShareId, actions: readonly string[], expiresAt: number): Share {
    return {
      id,
      resourceType: PLAYBOOK,
      resourceId: "one",
      incarnation,
      sourceWorkspaceId: acme.workspace,
      targetWorkspaceId: acme.workspace,
      actions,
      state: "accepted",
      createdAt,
      createdBy: acme.ann.userId,
      pendingUntil: 0,
      expiresAt,
      version: 1,
    };
  }

  async function write(change: Parameters<TestStore["store"]["commit"]>[0][number]) {
    await test.store.commit([change], crypto.randomUUID(), async () => false);
  }
});
