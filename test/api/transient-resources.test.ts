/** Resources that come and go by themselves: gone at their millisecond in every answer, and never taken from the table before. */
import { beforeEach, describe, expect, it } from "vitest";
import { limits } from "../../lib/domain/limits.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { done, edit, makeAcme, readTable } from "./acme.ts";
import type { Answer, Sent } from "./in-process.ts";
import { makeNeighbour, playbookRun, registerTypes, share } from "./resource-worlds.ts";

const DAY = 86_400_000;
const START = Date.parse("2026-12-01T00:00:00.250Z");
let now = START;
let test: TestStore;
let acme: Acme;
let at: string;

beforeEach(async () => {
  now = START;
  test = await openTestStore();
  acme = await makeAcme(test, () => now);
  at = `${acme.W}/resources/workflow-run`;
});

const call = (what: string, sent?: Sent): Promise<Answer> => acme.api.call(acme.ann, what, sent);
const time = (milliseconds: number) => new Date(milliseconds).toISOString();
const run = (expiresAt?: number, more: object = {}) => ({
  name: "Run",
  ...(expiresAt === undefined ? {} : { expiresAt: time(expiresAt) }),
  ...more,
});
const put = (id: string, body: object, headers: Record<string, string> = {}) =>
  call(`PUT ${at}/${id}`, { body, headers });
const pointers = ({ body }: Answer) => body.errors?.map(({ pointer }: { pointer: string }) => pointer);
/** What is stored of the runs, by the kind of the item, and when the table may let go of it. */
const readExpiries = async () => {
  const items = [...(await readTable(test)).values()];
  return items
    .filter(({ pk }) => /#(RES|ATTRIBUTES|SECRETS)#workflow-run/.test(String(pk)))
    .map(({ pk, sk, expires }) => [`${/#(RES|ATTRIBUTES|SECRETS)#/.exec(String(pk))?.[1]} ${sk}`, expires])
    .sort();
};

describe("the end of a transient resource", () => {
  it("is in 30 days where its maker says nothing, and stays where an edit says nothing", async () => {
    const usual = time(START + limits.transientDaysUsual * DAY);
    expect((await put("a", run())).body.expiresAt).toBe(usual);
    expect((await done(call(`POST ${at}`, { body: { name: "Run" } }))).expiresAt).toBe(usual);
    now += DAY;
    expect((await call(`PATCH ${at}/a`, edit({ name: "Later" }))).body.expiresAt).toBe(usual);
    expect((await put("a", run(), { "if-match": "*" })).body.expiresAt).toBe(usual);
    expect((await done(call(`GET ${at}/a`))).expiresAt).toBe(usual);
  });

  it("is the moment that its maker says, from the next millisecond on up to 400 days", async () => {
    const most = START + limits.transientDaysMost * DAY;
    expect((await put("next", run(START + 1))).status).toBe(201);
    expect((await put("most", run(most))).body.expiresAt).toBe(time(most));
    for (const wrong of [START, START - 1, most + 1]) {
      const answers = [
        await put("wrong", run(wrong)),
        await call(`PATCH ${at}/most`, edit({ expiresAt: time(wrong) })),
      ];
      for (const answer of answers)
        expect([wrong, answer.status, pointers(answer)]).toEqual([wrong, 422, ["/expiresAt"]]);
    }
    expect((await call(`GET ${at}/wrong`)).status).toBe(404);
  });

  it("can be put off and brought forward", async () => {
    await put("a", run(START + 1_000));
    expect((await call(`PATCH ${at}/a`, edit({ expiresAt: time(START + 5_000) }))).status).toBe(200);
    now = START + 1_000;
    expect((await call(`GET ${at}/a`)).status).toBe(200);
    expect((await put("a", run(START + 2_000), { "if-match": "*" })).status).toBe(200);
    now = START + 2_000;
    expect((await call(`GET ${at}/a`)).status).toBe(404);
  });

  it.each(["workflow-run", "interaction"])("is one of %s", async (type) => {
    expect((await call(`PUT ${acme.W}/resources/${type}/a`, { body: run(START + 1) })).status).toBe(201);
  });

  it.each(["workflow", "case", "workspace-variable"])("is none of %s, which stays", async (type) => {
    const one = `${acme.W}/resources/${type}/a`;
    expect(pointers(await call(`PUT ${one}`, { body: run(START + 1) }))).toEqual(["/expiresAt"]);
    expect((await call(`PUT ${one}`, { body: run() })).body.expiresAt).toBeUndefined();
    expect(pointers(await call(`PATCH ${one}`, edit({ expiresAt: time(START + 1) })))).toEqual(["/expiresAt"]);
    now += limits.transientDaysMost * DAY;
    expect((await call(`GET ${one}`)).status).toBe(200);
  });
});

describe("at its millisecond, swept or not, a transient resource is gone", () => {
  const END = START + 1_000;
  const secret = { secret: true, value: "canary" };
  beforeEach(async () => {
    await done(put("a", run(END, { attributes: { token: secret, plain: 1 }, labels: { old: "x" } })));
    await done(put("b", run(END + 1)));
  });

  it("from what is read", async () => {
    const read = async () => [
      (await call(`GET ${at}/a`)).status,
      (await done(call(`GET ${at}`))).items.map(({ id }: { id: string }) => id),
      (await done(call(`GET ${at}?label=old`))).items.length,
    ];
    now = END - 1;
    expect(await read()).toEqual([200, ["a", "b"], 1]);
    now = END;
    expect(await read()).toEqual([404, ["b"], 0]);
    expect(await done(call(`GET ${at}?limit=1`))).toMatchObject({ items: [{ id: "b" }] });
  });

  it("from what is changed", async () => {
    const refused = async () => [
      (await call(`PATCH ${at}/a`, edit({ name: "X" }))).status,
      (await call(`DELETE ${at}/a`)).status,
      (await put("a", run(), { "if-match": "*" })).status,
    ];
    now = END;
    expect(await refused()).toEqual([404, 404, 412]);
    now = END - 1;
    expect((await put("a", run())).status).toBe(428);
    expect((await call(`POST ${at}`, { body: { id: "a", name: "X" } })).body.code).toBe("id.taken");
    expect((await call(`DELETE ${at}/a`)).status).toBe(204);
  });

  it.each<[string, () => Promise<Answer>]>([
    ["PUT", () => put("a", run(undefined, { attributes: { other: secret } }))],
    ["POST", () => call(`POST ${at}`, { body: { id: "a", ...run(undefined, { attributes: { other: secret } }) } })],
  ])("and a new one can be made with %s, which has nothing of it", async (_, make) => {
    const old = await call(`GET ${at}/a`);
    now = END;
    expect(pointers(await put("a", run(undefined, { attributes: { token: { secret: true } } })))).toEqual([
      "/attributes/token",
    ]);
    const made = await make();
    expect([made.status, made.body.version, made.body.createdAt, made.body.labels]).toEqual([201, 1, time(END), {}]);
    expect(made.headers.etag).not.toBe(old.headers.etag);
    const end = Math.ceil((END + limits.transientDaysUsual * DAY) / 1_000);
    expect((await readExpiries()).filter(([item]) => !String(item).endsWith(" b"))).toEqual([
      ["ATTRIBUTES a", end],
      ["RES a", end],
      ["SECRETS /other", end],
    ]);
    const { items } = await done(call(`GET ${acme.W}/audit-log?target=a`));
    expect(items[0]).toMatchObject({ action: "resource.created", after: { secretsChanged: ["/other"] } });
    expect([items[0].before, items[0].after.attributes]).toEqual([undefined, { other: { secret: true } }]);
  });

  it("for whoever uses it through a share", async () => {
    await registerTypes(acme.api.host.store, acme.org, playbookRun);
    const south = await makeNeighbour(acme, "South");
    await done(call(`PUT ${acme.W}/resources/acme.run/x`, { body: run(now + 1_000) }));
    const end = now + 1_000;
    await share(acme, acme.W, ["acme.run", "x"], south.id, "read", "run");
    const ask = async () => [
      (await call(`GET ${south.path}/resources/acme.run/x`)).status,
      (await done(call(`GET ${south.path}/resources/acme.run`))).items.length,
      (
        await done(
          call(`POST ${south.path}/access/v1/evaluation`, {
            body: {
              subject: { type: "user", id: acme.ann.userId },
              action: { name: "run" },
              resource: { type: "acme.run", id: "x" },
            },
          }),
        )
      ).decision,
    ];
    now = end - 1;
    expect(await ask()).toEqual([200, 1, true]);
    now = end;
    expect(await ask()).toEqual([404, 0, false]);
    expect((await call(`PUT ${south.path}/resources/acme.run/x`, { body: run() })).status).toBe(201);
  });
});

describe("the table may let go of a transient resource", () => {
  it("with its attributes and its secrets, in whole seconds, never before its moment", async () => {
    const attributes = { token: { secret: true, value: "a" }, other: { secret: true, value: "b" } };
    await done(put("a", run(START + 1_001, { attributes })));
    const all = (end: number) =>
      ["ATTRIBUTES a", "RES a", "SECRETS /other", "SECRETS /token"].map((item) => [item, Math.ceil(end / 1_000)]);
    expect(await readExpiries()).toEqual(all(START + 1_001));
    // Secrets that are left as they are live on with it, too.
    await done(call(`PATCH ${at}/a`, edit({ expiresAt: time(START + DAY), attributes: { other: { value: "c" } } })));
    expect(await readExpiries()).toEqual(all(START + DAY));
  });

  it("at no time, of one that stays", async () => {
    await done(
      call(`PUT ${acme.W}/resources/workflow/w`, {
        body: { name: "W", attributes: { t: { secret: true, value: "x" } } },
      }),
    );
    const items = [...(await readTable(test)).values()].filter(({ pk }) => String(pk).includes("#workflow"));
    expect(items).toHaveLength(3);
    for (const item of items) expect(item.expires).toBeUndefined();
  });
});

it("who asks about a run that is over is answered by scopes alone, as about any id that is not known", async () => {
  await done(put("a", run(START + 1_000)));
  const body = {
    subject: { type: "user", id: acme.ann.userId },
    action: { name: "read" },
    resource: { type: "workflow-run", id: "a" },
  };
  for (const moment of [START, START + 1_000]) {
    now = moment;
    expect((await done(call(`POST ${acme.W}/access/v1/evaluation`, { body }))).decision).toBe(true);
  }
});
