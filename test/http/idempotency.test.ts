import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, inject, it } from "vitest";
import type { Acme, Person } from "./acme.ts";
import { admit, assign, makeAcme, makePerson, makeRole, makeWorkspace } from "./acme.ts";
import type { Answer, Client } from "./client.ts";
import { openClient } from "./client.ts";

const service = inject("service");
let client: Client;
let acme: Acme;
let second: Person;

beforeAll(async () => {
  client = await openClient(service);
  acme = await makeAcme(client);
  second = await admit(client, acme, "second", ["rol_owner"]);
});

const post = (by: Person, path: string, body: unknown, key: string): Promise<Answer> =>
  client.call(by.token, `POST ${path}`, { body, headers: { "Idempotency-Key": key } });
const postRole = (name: string, key: string, by = acme.ann) => post(by, `${acme.W}/roles`, { name, scopes: [] }, key);

async function listEntries(action: string): Promise<{ target: { id: string } }[]> {
  const { body } = await client.call(acme.ann.token, `GET ${acme.W}/audit-log?action=${action}&limit=500`);
  return body.items;
}

describe("a POST that is sent again under its key", () => {
  it("gets the first answer, headers included, and changes nothing more", async () => {
    const first = await postRole("Once", "once");
    const again = await postRole("Once", "once");
    expect(first.status).toBe(201);
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    for (const name of ["etag", "consistency-token", "content-type"]) {
      expect(again.headers[name], name).toBe(first.headers[name]);
    }
    const entries = await listEntries("role.created");
    expect(entries.filter(({ target }) => target.id === first.body.id)).toHaveLength(1);
  });

  it("gets the first answer even when the thing has changed since", async () => {
    const first = await postRole("Passing", "passing");
    expect((await client.call(acme.ann.token, `DELETE ${acme.W}/roles/${first.body.id}`)).status).toBe(204);
    expect((await postRole("Passing", "passing")).text).toBe(first.text);
  });

  it("is refused with another body", async () => {
    await postRole("First", "reused");
    expect(await postRole("Second", "reused")).toMatchObject({ status: 422, body: { code: "request.invalid" } });
  });

  it("is another one for another caller, another path, another organization", async () => {
    const first = await postRole("Mine", "shared");
    const other = await postRole("Yours", "shared", second);
    const elsewhere = await makeWorkspace(client, acme, "Elsewhere");
    const body = { name: "Mine", scopes: [] };
    const there = await post(acme.ann, `${acme.O}/workspaces/${elsewhere}/roles`, body, "shared");
    const workspace = await post(acme.ann, `${acme.O}/workspaces`, { name: "Shared" }, "shared");
    const statuses = [first, other, there, workspace].map(({ status }) => status);
    expect(statuses).toEqual([201, 201, 201, 201]);
    expect(new Set([first, other, there, workspace].map((answer) => answer.body.id)).size).toBe(4);
  });

  it("is done once of 20 at once; the others get its answer or a conflict", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => postRole("Rush", "rush")));
    const made = answers.filter(({ status }) => status === 201);
    expect(made.length).toBeGreaterThan(0);
    expect(new Set(made.map(({ text }) => text)).size).toBe(1);
    const others = answers.filter(({ status }) => status !== 201);
    expect(others.filter(({ status, body }) => status !== 409 || body.code !== "conflict")).toEqual([]);
    const entries = await listEntries("role.created");
    expect(entries.filter(({ target }) => target.id === made[0]?.body.id)).toHaveLength(1);
  });

  it("was not kept when it was refused, and may succeed later", async () => {
    const inTheWay = await makeRole(client, acme, "Wanted", []);
    expect((await postRole("Wanted", "later")).status).toBe(409);
    expect((await postRole("Wanted", "later")).status).toBe(409);
    await client.call(acme.ann.token, `DELETE ${acme.W}/roles/${inTheWay}`);
    expect((await postRole("Wanted", "later")).status).toBe(201);
    // Nor does a refused body bind the key.
    expect((await postRole("", "bound")).status).toBe(422);
    expect((await postRole("Bound", "bound")).status).toBe(201);
  });

  it("is not answered to whoever has lost the scope meanwhile", async () => {
    const passing = await admit(client, acme, "passing", ["rol_owner"]);
    expect((await postRole("Late", "late", passing)).status).toBe(201);
    await assign(client, acme, passing, ["rol_viewer"]);
    expect((await postRole("Late", "late", passing)).status).toBe(403);
  });
});

describe("a key", () => {
  it("holds outside any organization too", async () => {
    const founder = await makePerson(client, "founder");
    const name = `Twice ${randomUUID()}`;
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(founder, "/v1/orgs", { name }, "found")));
    const made = answers.filter(({ status }) => status === 201);
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
    const { body } = await client.call(founder.token, "GET /v1/orgs");
    expect(body.items).toHaveLength(1);
  });

  it("holds for a POST that acts", async () => {
    const workspace = `${acme.O}/workspaces/${await makeWorkspace(client, acme, "Paused")}`;
    const first = await post(acme.ann, `${workspace}/suspend`, {}, "act");
    await post(acme.ann, `${workspace}/resume`, {}, "act");
    const again = await post(acme.ann, `${workspace}/suspend`, {}, "act");
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect((await client.call(acme.ann.token, `GET ${workspace}`)).body.status).toBe("active");
  });

  it("has 1 to 128 characters", async () => {
    expect((await postRole("Long", "x".repeat(128))).status).toBe(201);
    expect(await postRole("Longer", "x".repeat(129))).toMatchObject({
      status: 400,
      body: { code: "request.malformed" },
    });
    expect((await postRole("Short", "")).status).toBe(400);
  });

  it("that looks like another one's is its own", async () => {
    const keys = ["a#b", "a", "#", "a#", "A", " b", "é", "%23"];
    for (const [index, key] of keys.entries()) {
      expect((await postRole(`Like ${index}`, key)).status, key).toBe(201);
    }
  });
});
