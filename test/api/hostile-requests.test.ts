/** What a caller can send to cost more than it should, to be told more than it should, or to break what others rely on. */
import { beforeAll, describe, expect, it } from "vitest";
import { nameSchema } from "../../lib/api/schemas.ts";
import type { OrgId } from "../../lib/domain/ids.ts";
import { openTestStore } from "../engine.ts";
import type { SentCommand } from "../store/watched.ts";
import { watch } from "../store/watched.ts";
import type { Caller, TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";
import { acceptInvitation } from "./invitations.ts";

/** What reached the engine. */
const sent: SentCommand[] = [];
let api: TestApi;
let ann: Caller;
let org: OrgId;
let workspace: string;

beforeAll(async () => {
  const { store } = await openTestStore({ wrap: (client) => watch(client, sent) });
  api = openTestApi(store);
  ann = await api.person("ann@acme.example");
  org = (await api.call(ann, "POST /v1/orgs", { body: { name: "Acme" } })).body.id;
  workspace = (await api.call(ann, `POST /v1/orgs/${org}/workspaces`, { body: { name: "North" } })).body.id;
});

const users = () => `/v1/orgs/${org}/users`;
const at = (path: string) => `/v1/orgs/${org}/workspaces/${workspace}${path}`;

async function join(name: string, ...roleIds: readonly string[]): Promise<Caller> {
  const { body } = await api.call(ann, `POST ${users()}`, { body: { email: `${name}@acme.example` } });
  await acceptInvitation(api.host.store, org, body.id);
  await api.call(ann, `PUT ${at(`/assignments/${body.id}`)}`, { body: { roleIds } });
  return { userId: body.id, email: `${name}@acme.example` };
}

describe("a body that would make a great answer of a small request", () => {
  it("is refused with 50 faults, however many it has", async () => {
    const body = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, index]));
    const answer = await api.call(ann, "POST /v1/orgs", { body });
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toHaveLength(50);
  });

  it("is refused with pointers that are cut, however long its names are", async () => {
    const halves = JSON.stringify(Array.from({ length: 1_000 }, () => "?")).replaceAll("?", "\\ud800");
    const answer = await api.call(ann, "POST /v1/orgs", { body: `{"${"n".repeat(400_000)}": ${halves}}` });
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.body).length).toBeLessThan(30_000);
  });

  it("never has a name folded whose length was not looked at: folding takes the square of it", () => {
    const folded: number[] = [];
    const normalize = String.prototype.normalize;
    String.prototype.normalize = function (form) {
      folded.push(this.length);
      return normalize.call(this, form);
    };
    try {
      expect(nameSchema.safeParse(`a${"\u0301".repeat(20_000)}`).success).toBe(false);
      expect(nameSchema.safeParse("North").success).toBe(true);
    } finally {
      String.prototype.normalize = normalize;
    }
    expect(folded.length).toBeGreaterThan(0);
    expect(Math.max(...folded)).toBeLessThan(1_000);
  });
});

describe("bad input that would reach a key", () => {
  it.each([
    ["an id of a workspace that is none", () => ({ workspaceId: "x".repeat(2_100), roleId: "rol_viewer" })],
    ["an id of a role that is none", () => ({ workspaceId: workspace, roleId: `rol_${"x".repeat(2_100)}` })],
  ])("is refused as invalid: %s", async (_what, extra) => {
    const body = { email: "bad@acme.example", ...extra() };
    expect((await api.call(ann, `POST ${users()}`, { body })).status).toBe(422);
    expect(api.faults).toEqual([]);
  });

  it.each(["字".repeat(254), `${"a".repeat(250)}@b.example`, "no address"])(
    "is malformed as a filter",
    async (email) => {
      expect((await api.call(ann, `GET ${users()}?email=${encodeURIComponent(email)}`)).status).toBe(400);
    },
  );

  it.each(["x", "", "wks_", `wks_${"0".repeat(25)}#`, "x".repeat(2_100)])(
    "is no workspace whose log could be read, and none is: %#",
    async (workspaceId) => {
      const path = `/v1/orgs/${org}/audit-log?workspaceId=${encodeURIComponent(workspaceId)}`;
      sent.length = 0;
      expect(await api.call(ann, `GET ${path}`)).toMatchObject({ status: 200, body: { items: [] } });
      expect(sent.filter(({ name }) => name === "QueryCommand")).toEqual([]);
    },
  );

  it.each(["..", "bulk", "a#b", "a/b", "no id", "字".repeat(256), "x".repeat(129)])(
    "is asked about as a resource that is nowhere, and looked for nowhere: %#",
    async (id) => {
      const ask = async (resourceId: string) => {
        sent.length = 0;
        const subject = { type: "user", id: ann.userId };
        const body = { subject, action: { name: "run" }, resource: { type: "workflow", id: resourceId } };
        const answer = await api.call(ann, `POST ${at("/access/v1/evaluation")}`, { body });
        return { answer, reads: JSON.stringify(sent.map(({ input }) => input)) };
      };
      const absent = await ask("nothing");
      const impossible = await ask(id);
      expect(impossible.answer).toMatchObject({ status: absent.answer.status, body: absent.answer.body });
      expect([absent.reads.includes("#RES#workflow"), impossible.reads.includes("#RES#workflow")]).toEqual([
        true,
        false,
      ]);
    },
  );
});

describe("a feature that is switched on", () => {
  it("is judged as giving its roles", async () => {
    const scopes = ["workspace:update", "workspace:read"];
    const { body } = await api.call(ann, `POST ${at("/roles")}`, { body: { name: "Renamer", scopes } });
    const bob = await join("bob", body.id);
    const on = { body: { features: ["case-management"] }, headers: { "if-match": "*" } };
    expect(await api.call(bob, `PATCH ${at("")}`, on)).toMatchObject({
      status: 403,
      body: { code: "grant.exceeds_own" },
    });
    expect((await api.call(ann, `PATCH ${at("")}`, on)).status).toBe(200);
    const renamed = { body: { name: "Renamed" }, headers: { "if-match": "*" } };
    expect((await api.call(bob, `PATCH ${at("")}`, renamed)).status).toBe(200);
  });
});

describe("a list whose reader changes between two pages", () => {
  it("goes on after the place where the last item stood", async () => {
    const carl = await join("carl", "rol_viewer");
    const more: string[] = [];
    for (const name of ["A", "B", "C"]) {
      const { body } = await api.call(ann, `POST /v1/orgs/${org}/workspaces`, { body: { name } });
      more.push(body.id);
      const path = `/v1/orgs/${org}/workspaces/${body.id}/assignments/${carl.userId}`;
      await api.call(ann, `PUT ${path}`, { body: { roleIds: ["rol_viewer"] } });
    }
    const list = `GET /v1/orgs/${org}/workspaces`;
    const first = await api.call(carl, `${list}?limit=2`);
    const [, last] = first.body.items;
    await api.call(ann, `DELETE /v1/orgs/${org}/workspaces/${last.id}/assignments/${carl.userId}`);
    const second = await api.call(carl, `${list}?limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body.items.map(({ id }: { id: string }) => id)).toEqual(more.slice(1));
  });

  it("refuses a cursor that was made for a reader of less", async () => {
    const dora = await join("dora", "rol_viewer");
    const { body } = await api.call(ann, `POST /v1/orgs/${org}/workspaces`, { body: { name: "D" } });
    const path = `/v1/orgs/${org}/workspaces/${body.id}/assignments/${dora.userId}`;
    await api.call(ann, `PUT ${path}`, { body: { roleIds: ["rol_viewer"] } });
    const first = await api.call(dora, `GET /v1/orgs/${org}/workspaces?limit=1`);
    await api.call(ann, `PUT /v1/orgs/${org}/assignments/${dora.userId}`, {
      body: { roleIds: ["rol_organization-viewer"] },
    });
    const second = await api.call(dora, `GET /v1/orgs/${org}/workspaces?limit=1&cursor=${first.body.nextCursor}`);
    expect(second.status).toBe(400);
  });
});

describe("invitations from strangers", () => {
  it("cost a person's own page nothing until they are accepted", async () => {
    const eve = await api.person("eve@evil.example");
    const victim = await api.person("victim@good.example");
    const evil = (await api.call(eve, "POST /v1/orgs", { body: { name: "Evil" } })).body.id;
    await api.call(eve, `POST /v1/orgs/${evil}/users`, { body: { email: victim.email } });
    const { store } = api.host;
    expect(await store.persons.listInvitations(victim.userId)).toEqual([evil]);
    expect(await store.persons.listMemberships(victim.userId)).toEqual([]);
    expect((await api.call(victim, "GET /v1/me")).body.organizations).toEqual([]);
  });
});
