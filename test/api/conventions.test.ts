/** What holds on every route alike: versions, repeated requests, cursors. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Cursors } from "../../lib/api/cursors.ts";
import type { OrgId, WorkspaceId } from "../../lib/domain/ids.ts";
import { openTestStore } from "../engine.ts";
import type { Caller, Sent, TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";

let now = Date.now();
let api: TestApi;
let ann: Caller;
let bob: Caller;
let org: OrgId;
let workspace: WorkspaceId;

beforeAll(async () => {
  const { store } = await openTestStore();
  api = openTestApi(store, () => now);
  ann = await api.person("ann@acme.example");
  bob = await api.person("bob@acme.example");
});

beforeEach(async () => {
  now = Date.now();
  org = (await api.call(ann, "POST /v1/orgs", { body: { name: "Acme" } })).body.id;
  workspace = (await api.call(ann, `POST /v1/orgs/${org}/workspaces`, { body: { name: "North" } })).body.id;
});

const at = (path: string) => `/v1/orgs/${org}/workspaces/${workspace}${path}`;
const makeRole = async (name: string) => api.call(ann, `POST ${at("/roles")}`, { body: { name, scopes: [] } });
const readPolicy = async () => {
  const { store } = api.host;
  return (await store.read({ workspace: store.workspaces.at(org, workspace) })).workspace?.policy;
};

describe("an edit of something that has versions", () => {
  it.each([
    ["without If-Match is refused", undefined, 428, "precondition.required"],
    ["of a version that has gone is refused", '"1"', 412, "precondition.failed"],
    ["of a weak version is refused", 'W/"2"', 412, "precondition.failed"],
    ["of the present one is done", '"2"', 200, undefined],
    ["of one of several is done", '"1", "2"', 200, undefined],
    ["of any is done", "*", 200, undefined],
  ])("%s", async (_how, ifMatch, status, code) => {
    const role = await makeRole("Runner");
    const edit = (name: string, headers: Sent["headers"] = {}) =>
      api.call(ann, `PATCH ${at(`/roles/${role.body.id}`)}`, { body: { name }, headers });
    const first = await edit("Second", { "if-match": role.headers.etag ?? "" });
    expect(first).toMatchObject({ status: 200, headers: { etag: '"2"' } });
    const answer = await edit("Third", ifMatch === undefined ? {} : { "if-match": ifMatch });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    const { body } = await api.call(ann, `GET ${at(`/roles/${role.body.id}`)}`);
    expect(body.name).toBe(status === 200 ? "Third" : "Second");
  });
});

describe("a POST that names an Idempotency-Key", () => {
  const headers = { "idempotency-key": "k" };
  const create = (who: Caller, name: string) => api.call(who, "POST /v1/orgs", { body: { name }, headers });

  it("is done once, and answered again as it was first, version and all", async () => {
    const carl = await api.person("carl@acme.example");
    const first = await create(carl, "Globex");
    const second = await create(carl, "Globex");
    expect([second.status, second.body, second.headers.etag]).toEqual([201, first.body, '"1"']);
    expect((await api.call(carl, "GET /v1/orgs")).body.items).toHaveLength(1);
  });

  it("is refused with another body", async () => {
    await create(bob, "Globex");
    expect(await create(bob, "Initech")).toMatchObject({ status: 422, body: { code: "request.invalid" } });
  });

  it("is another one for another caller, and for another route", async () => {
    const ours = await api.call(ann, `POST ${at("/roles")}`, { body: { name: "Runner", scopes: [] }, headers });
    const theirs = await create(await api.person("dan@acme.example"), "Runner");
    const mine = await create(await api.person("eve@acme.example"), "Runner");
    expect(new Set([ours, theirs, mine].map(({ body }) => body.id)).size).toBe(3);
  });

  it("is done anew after 24 hours, and not a second before", async () => {
    const fay = await api.person("fay@acme.example");
    const first = await create(fay, "Globex");
    now += 86_400_000 - 1_000;
    expect((await create(fay, "Globex")).body.id).toBe(first.body.id);
    now += 1_000;
    expect((await create(fay, "Globex")).body.id).not.toBe(first.body.id);
  });

  it("keeps no refusal", async () => {
    await makeRole("Taken");
    const ask = () => api.call(ann, `POST ${at("/roles")}`, { body: { name: "Taken", scopes: [] }, headers });
    expect((await ask()).body.code).toBe("name.taken");
    const { body } = await api.call(ann, `GET ${at("/roles?limit=100")}`);
    const taken = body.items.find(({ name }: { name: string }) => name === "Taken");
    expect((await api.call(ann, `DELETE ${at(`/roles/${taken.id}`)}`)).status).toBe(204);
    expect((await ask()).status).toBe(201);
  });
});

describe("a cursor", () => {
  const cursorOf = async (path: string): Promise<string> => (await api.call(ann, `GET ${path}`)).body.nextCursor;
  const log = () => at("/audit-log");
  const goOn = (path: string, cursor: string) =>
    api.call(ann, `GET ${path}${path.includes("?") ? "&" : "?"}cursor=${cursor}`);

  beforeEach(async () => {
    for (const name of ["One", "Two", "Three"]) await makeRole(name);
  });

  it("goes on where its page ended, whatever the limit", async () => {
    const cursor = await cursorOf(`${log()}?limit=1`);
    const { status, body } = await goOn(`${log()}?limit=2`, cursor);
    expect(status).toBe(200);
    expect(body.items.map(({ seq }: { seq: number }) => seq)).toEqual([3, 2]);
  });

  it("is malformed on another route, in another workspace or organization, and under other filters", async () => {
    const cursor = await cursorOf(`${log()}?limit=1`);
    const south = await api.call(ann, `POST /v1/orgs/${org}/workspaces`, { body: { name: "South" } });
    const other = await api.call(ann, "POST /v1/orgs", { body: { name: "Globex" } });
    const foreign = [
      at("/roles"),
      `/v1/orgs/${org}/workspaces/${south.body.id}/audit-log`,
      `/v1/orgs/${org}/audit-log`,
      `/v1/orgs/${other.body.id}/audit-log`,
      `${log()}?action=role.created`,
      `${log()}?order=asc`,
    ];
    for (const path of foreign) {
      expect([path, (await goOn(path, cursor)).body.code]).toEqual([path, "request.malformed"]);
    }
  });

  it("is malformed once a single character of it is another, or more or less", () => {
    const cursors = new Cursors("a secret of 32 characters or more");
    const cursor = cursors.seal({ part: 1, after: "x" }, "here");
    expect(cursors.open(cursor, "here")).toEqual({ part: 1, after: "x" });
    const altered = [...cursor].map(
      (one, index) => cursor.slice(0, index) + (one === "A" ? "B" : "A") + cursor.slice(index + 1),
    );
    for (const text of [...altered, `${cursor}=`, `${cursor}A`, cursor.slice(0, -1), "", "A"]) {
      expect(() => cursors.open(text, "here")).toThrowError(expect.objectContaining({ code: "request.malformed" }));
    }
    const other = new Cursors("another secret of 32 characters!!");
    expect(() => other.open(cursor, "here")).toThrowError(expect.objectContaining({ code: "request.malformed" }));
  });
});

describe("the policy of a place", () => {
  it("moves with each edit and each deletion of a role, so that no function uses an old one on, and with nothing else", async () => {
    expect(await readPolicy()).toBe(0);
    const { body } = await makeRole("Runner");
    await api.call(ann, `PUT ${at(`/assignments/${ann.userId}`)}`, { body: { roleIds: ["rol_owner", body.id] } });
    expect(await readPolicy()).toBe(0);
    const edit = { body: { scopes: ["workflow:run"] }, headers: { "if-match": "*" } };
    expect((await api.call(ann, `PATCH ${at(`/roles/${body.id}`)}`, edit)).status).toBe(200);
    expect(await readPolicy()).toBe(1);
    await api.call(ann, `PUT ${at(`/assignments/${ann.userId}`)}`, { body: { roleIds: ["rol_owner"] } });
    expect(await readPolicy()).toBe(1);
    expect((await api.call(ann, `DELETE ${at(`/roles/${body.id}`)}`)).status).toBe(204);
    expect(await readPolicy()).toBe(2);
  });
});
