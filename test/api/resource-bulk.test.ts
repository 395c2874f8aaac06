/** Many resources at once: each row a change of its own, with an answer and an entry of its own. */
import { beforeEach, describe, expect, it } from "vitest";
import { limits } from "../../lib/domain/limits.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admit, done, makeAcme, makeRole } from "./acme.ts";
import type { Answer } from "./in-process.ts";

let acme: Acme;
let R: string;

beforeEach(async () => {
  acme = await makeAcme(await openTestStore());
  R = `${acme.W}/resources/workflow`;
});

const send = (resources: readonly unknown[], key?: string): Promise<Answer> =>
  acme.api.call(acme.ann, `POST ${R}/bulk`, {
    body: { resources },
    headers: key === undefined ? {} : { "idempotency-key": key },
  });
const statuses = ({ body }: Answer) => body.items.map(({ status }: { status: number }) => status);
const listIds = async () =>
  (await done(acme.api.call(acme.ann, `GET ${R}?limit=100`))).items.map(({ id }: { id: string }) => id);
const listEntries = async () =>
  (await done(acme.api.call(acme.ann, `GET ${acme.W}/audit-log?action=resource.created&limit=500`))).items;

describe("each row", () => {
  it("answers with the resource as it stands in lists, in the order sent, and leaves an entry", async () => {
    const answer = await send([
      { id: "b", name: "B", labels: { team: "soc" }, attributes: { steps: 4 } },
      { name: "Made" },
      { id: "a", name: "A" },
    ]);
    expect(answer.status).toBe(200);
    expect(statuses(answer)).toEqual([201, 201, 201]);
    const made = answer.body.items.map(({ resource }: { resource: { id: string } }) => resource);
    expect(made[0]).toEqual({
      type: "workflow",
      id: "b",
      name: "B",
      labels: { team: "soc" },
      createdAt: expect.any(String),
      version: 1,
    });
    expect(made[1].id).toMatch(/^res_[0-9a-z]{26}$/);
    expect(await listIds()).toEqual([made[2].id, made[0].id, made[1].id]);
    expect((await done(acme.api.call(acme.ann, `GET ${R}/b`))).attributes).toEqual({ steps: 4 });
    expect((await listEntries()).map(({ target }: { target: { id: string } }) => target.id)).toEqual([
      "a",
      made[1].id,
      "b",
    ]);
  });

  it.each<[string, object, number, string | undefined, string]>([
    ["has no name", { id: "x" }, 422, "/resources/1/name", "request.invalid"],
    ["has an id that is none", { id: "a b", name: "X" }, 422, "/resources/1/id", "request.invalid"],
    ["has a member too many", { name: "X", version: 3 }, 422, "/resources/1/version", "request.invalid"],
    [
      "has a secret in a list",
      { name: "X", attributes: { a: [{ secret: true, value: "s" }] } },
      422,
      "/resources/1/attributes/a/0",
      "request.invalid",
    ],
    [
      "leaves a secret that is not there",
      { name: "X", attributes: { a: { secret: true } } },
      422,
      "/resources/1/attributes/a",
      "request.invalid",
    ],
    [
      "would end, and cannot",
      { name: "X", expiresAt: "2030-01-01T00:00:00Z" },
      422,
      "/resources/1/expiresAt",
      "request.invalid",
    ],
    ["has the id of one that is there", { id: "there", name: "X" }, 409, undefined, "id.taken"],
    ["has the id of the row before", { id: "first", name: "X" }, 409, undefined, "id.taken"],
  ])("that %s is refused alone, where it stands", async (_, wrong, status, pointer, code) => {
    await done(acme.api.call(acme.ann, `PUT ${R}/there`, { body: { name: "There" } }));
    const answer = await send([{ id: "first", name: "First" }, wrong, { id: "last", name: "Last" }]);
    expect(statuses(answer)).toEqual([201, status, 201]);
    const { problem } = answer.body.items[1];
    expect(problem).toMatchObject({ code, status });
    expect(problem.errors?.map((fault: { pointer: string }) => fault.pointer)).toEqual(pointer && [pointer]);
    expect(await listIds()).toEqual(["first", "last", "there"]);
    expect(await listEntries()).toHaveLength(3);
  });
});

describe("the request", () => {
  it.each([
    ["without rows", [], "/resources"],
    [
      "with more rows than there may be",
      Array.from({ length: limits.resourcesPerBulk + 1 }, () => ({ name: "X" })),
      "/resources",
    ],
    ["with a row that is no object", ["x"], "/resources/0"],
  ])("%s is refused whole", async (_, rows, pointer) => {
    const { status, body } = await send(rows);
    expect([status, body.errors.map((fault: { pointer: string }) => fault.pointer)]).toEqual([422, [pointer]]);
    expect(await listIds()).toEqual([]);
  });

  it("takes as many rows as there may be", async () => {
    const answer = await send(Array.from({ length: limits.resourcesPerBulk }, (_, index) => ({ name: `N ${index}` })));
    expect(new Set(statuses(answer))).toEqual(new Set([201]));
    expect(await listIds()).toHaveLength(limits.resourcesPerBulk);
  });

  it("is for who may write the type, and no other", async () => {
    const reader = await admit(acme, "vic", await makeRole(acme, "Reader", ["workflow:read", "runbook:write"]));
    const answer = await acme.api.call(reader, `POST ${R}/bulk`, { body: { resources: [{ name: "X" }] } });
    expect([answer.status, answer.body.requiredScope]).toEqual([403, "workflow:write"]);
  });

  it("is 404 for a type of which the service holds nothing", async () => {
    const answer = await acme.api.call(acme.ann, `POST ${acme.W}/resources/role/bulk`, {
      body: { resources: [{ name: "X" }] },
    });
    expect(answer.status).toBe(404);
  });
});

describe("sent again under its Idempotency-Key", () => {
  it("it answers as it did, and makes nothing more", async () => {
    const rows = [{ id: "a", name: "A" }, { name: "Made" }, { id: "a", name: "Again" }];
    const first = await send(rows, "k");
    expect(statuses(first)).toEqual([201, 201, 409]);
    const again = await send(rows, "k");
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(await listIds()).toHaveLength(2);
    expect(await listEntries()).toHaveLength(2);
    expect((await send([{ id: "b", name: "B" }], "k")).status).toBe(422);
  });

  it("it does so whatever the rows hold, up to the largest body", async () => {
    const bytes = Math.floor(limits.bodyBytes / limits.resourcesPerBulk) - 100;
    const rows = Array.from({ length: limits.resourcesPerBulk }, (_, index) => ({
      name: `${index}`,
      attributes: { text: "x".repeat(bytes) },
    }));
    const first = await send(rows, "k");
    expect(first.status).toBe(200);
    expect(new Set(statuses(first))).toEqual(new Set([201]));
    const again = await send(rows, "k");
    expect(again.body).toEqual(first.body);
    expect(await listIds()).toHaveLength(limits.resourcesPerBulk);
    expect(acme.api.faults).toEqual([]);
  });
});
