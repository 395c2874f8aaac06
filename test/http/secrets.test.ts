/**
 * Canaries: values sent as secrets by every way in, taken or refused, are found afterwards in the items that are made to hold
 * them, and nowhere else: in no answer, no log, no other item.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limits } from "../../lib/domain/limits.ts";
import type { Acme, Person } from "./acme.ts";
import { admit, done, makeAcme, makeWorkspace } from "./acme.ts";
import type { Answer, Client, Sent } from "./client.ts";
import { openClient } from "./client.ts";
import { KillableService } from "./killable-service.ts";
import type { Item, TableContent } from "./table-content.ts";
import { openTable } from "./table-content.ts";

/** In every canary, and in nothing else. */
const CANARY = `canary-${randomUUID().slice(0, 8)}`;

let service: KillableService;
let client: Client;
let table: TableContent;
let acme: Acme;
let vic: Person;
let R: string;
let sent = 0;
/** Those of requests that were taken. */
const taken = new Set<string>();
const answers: string[] = [];

beforeAll(async () => {
  service = await KillableService.prepare();
  const running = await service.start();
  client = await openClient(running);
  table = openTable(running);
  acme = await makeAcme(client);
  vic = await admit(client, acme, "vic", ["rol_viewer"]);
  R = `${acme.W}/resources/step-integration`;
});

afterAll(() => service.close());

const secret = (value = `${CANARY}-${sent++}`) => ({ secret: true, value });
const body = (more: object = {}) => ({
  name: "Jira",
  attributes: { token: secret(), deep: { key: secret() } },
  ...more,
});

/** Sends a request, and keeps all that comes back. */
async function call(what: string, request: Sent, token: string | null = acme.ann.token): Promise<Answer> {
  const answer = await client.call(token ?? undefined, what, request);
  answers.push(JSON.stringify(answer.headers) + answer.text);
  return answer;
}

/** The same, of which the secrets are to be kept; those that an edit replaces or drops are not. */
async function take(what: string, request: Sent, dropped: readonly string[] = []): Promise<Answer> {
  const answer = await call(what, request);
  expect([what, answer.status, answer.text]).toEqual([what, expect.toSatisfy((status) => status < 300), answer.text]);
  for (const [value] of JSON.stringify(request.body).matchAll(new RegExp(`${CANARY}-\\d+`, "g"))) taken.add(value);
  for (const value of dropped) taken.delete(value);
  return answer;
}

/** What a function logs of what it cannot explain. */
const FAULT = '"message":"fault"';

const isOfSecrets = ({ pk }: Item) => String(pk).includes("#SECRETS#");

describe("a secret that is sent", () => {
  it("is taken by every route that takes one", async () => {
    await take(`POST ${R}`, { body: body({ id: "posted" }) });
    await take(`POST ${R}`, { body: body() });
    await take(`PUT ${R}/put`, { body: body() });
    const old = secret();
    await take(`PUT ${R}/replaced`, { body: { name: "Jira", attributes: { token: old } } });
    await take(`PUT ${R}/replaced`, { body: body(), headers: { "If-Match": "*" } }, [old.value]);
    const [first, second] = [secret(), secret()];
    await take(`PUT ${R}/patched`, { body: { name: "Jira", attributes: { a: first, b: second } } });
    await take(
      `PATCH ${R}/patched`,
      { body: { attributes: { a: { value: secret().value } } }, headers: { "If-Match": "*" } },
      [first.value],
    );
    await take(
      `PATCH ${R}/patched`,
      { body: { attributes: { b: null, "c/d": secret() } }, headers: { "If-Match": "*" } },
      [second.value],
    );
    await take(`POST ${R}/bulk`, { body: { resources: [body({ id: "row-1" }), body()] } });
    await take(`PUT ${acme.W}/resources/workflow-run/run`, { body: body() });
    await take(`PUT ${acme.W}/resources/global-variable/token`, { body: body() });
    const gone = body({ id: "gone" });
    await take(`POST ${R}`, { body: gone }, [gone.attributes.token.value, gone.attributes.deep.key.value]);
    expect((await call(`DELETE ${R}/gone`, {})).status).toBe(204);
  });

  it("is taken once under an Idempotency-Key, whose answer is repeated", async () => {
    for (const [path, request] of [
      [R, body({ id: "once" })],
      [`${R}/bulk`, { resources: [body({ id: "once-1" }), body({ id: "once-2" })] }],
    ] as const) {
      const headers = { "Idempotency-Key": `key-${path.length}` };
      const first = await take(`POST ${path}`, { body: request, headers });
      const again = await call(`POST ${path}`, { body: request, headers });
      expect([again.status, again.text]).toEqual([first.status, first.text]);
      expect(
        (await call(`POST ${path}`, { body: path === R ? body() : { resources: [body()] }, headers })).status,
      ).toBe(422);
    }
  });

  it.each<[string, string, (() => Sent) | undefined, number, (() => string | null)?]>([
    ["without a credential", "POST {R}", undefined, 401, () => null],
    ["with one that is none", "POST {R}", undefined, 401, () => "nonsense"],
    ["by who may not write", "PUT {R}/x", undefined, 403, () => vic.token],
    ["by who may not write, many", "POST {R}/bulk", () => ({ body: { resources: [body()] } }), 403, () => vic.token],
    ["of a type that there is not", "PUT {W}/resources/nope/x", undefined, 404],
    ["under an id that is none", "PUT {R}/bulk", undefined, 404],
    [
      "for a resource that is not there",
      "PATCH {R}/nobody",
      () => ({ body: body(), headers: { "If-Match": "*" } }),
      404,
    ],
    ["as no JSON", "POST {R}", () => ({ body: JSON.stringify(body()).slice(0, -1) }), 400],
    ["as a text", "POST {R}", () => ({ body: JSON.stringify(CANARY) }), 422],
    [
      "as another media type",
      "POST {R}",
      () => ({ body: JSON.stringify(body()), headers: { "Content-Type": "text/plain" } }),
      415,
    ],
    ["in too large a body", "POST {R}", () => ({ body: body({ pad: "x".repeat(limits.bodyBytes) }) }), 413],
    [
      "in too many attributes",
      "POST {R}",
      () => ({ body: { name: "X", attributes: { token: secret(), pad: "x".repeat(limits.attributesBytes) } } }),
      422,
    ],
    ["without a name", "POST {R}", () => ({ body: body({ name: "" }) }), 422],
    ["beside what is not known", "POST {R}", () => ({ body: body({ version: 1 }) }), 422],
    ["in a list", "POST {R}", () => ({ body: { name: "X", attributes: { list: [secret()] } } }), 422],
    [
      "with more beside it",
      "POST {R}",
      () => ({ body: { name: "X", attributes: { token: { ...secret(), more: 1 } } } }),
      422,
    ],
    [
      "in an object",
      "POST {R}",
      () => ({ body: { name: "X", attributes: { token: { secret: true, value: { is: secret().value } } } } }),
      422,
    ],
    [
      "that is too large",
      "POST {R}",
      () => ({ body: { name: "X", attributes: { token: secret(CANARY.padEnd(limits.secretBytes + 1, "x")) } } }),
      422,
    ],
    [
      "with too many others",
      "POST {R}",
      () => ({
        body: {
          name: "X",
          attributes: Object.fromEntries(
            Array.from({ length: limits.secretsPerResource + 1 }, (_, i) => [`s${i}`, secret()]),
          ),
        },
      }),
      422,
    ],
    ["with an end that cannot be", "PUT {R}/x", () => ({ body: body({ expiresAt: "2100-01-01T00:00:00Z" }) }), 422],
    [
      "with one that is not there",
      "PUT {R}/x",
      () => ({ body: { name: "X", attributes: { token: secret(), other: { secret: true } } } }),
      422,
    ],
    [
      "where a number is too large",
      "POST {R}",
      () => ({ body: JSON.stringify(body()).replace('"Jira"', "1e999") }),
      422,
    ],
    ["without a version", "PUT {R}/posted", undefined, 428],
    ["under a version that is over", "PUT {R}/posted", () => ({ body: body(), headers: { "If-Match": '"0"' } }), 412],
    ["in an edit under one", "PATCH {R}/posted", () => ({ body: body(), headers: { "If-Match": '"0"' } }), 412],
    ["under an id that is taken", "POST {R}", () => ({ body: body({ id: "posted" }) }), 409],
    [
      "as the settings of an organization",
      "PATCH {O}",
      () => ({ body: { settings: { sharing: secret() } }, headers: { "If-Match": "*" } }),
      422,
    ],
    ["as labels", "POST {R}", () => ({ body: { name: "X", labels: { token: secret() } } }), 422],
  ])(
    "may be refused: %s",
    async (_, what, request = () => ({ body: body() }), status, token = () => acme.ann.token) => {
      const path = what.replace("{R}", R).replace("{W}", acme.W).replace("{O}", acme.O);
      const answer = await call(path, request(), token());
      expect([answer.status, answer.text]).toEqual([status, answer.text]);
    },
  );

  it("may be refused in some rows of many", async () => {
    const rows = [
      body({ id: "posted" }),
      body({ version: 1 }),
      { attributes: { list: [secret()] } },
      { name: "X", attributes: { t: { ...secret(), more: 1 } } },
    ];
    const { status, body: answered } = await call(`POST ${R}/bulk`, { body: { resources: rows } });
    expect([status, answered.items.map((row: { status: number }) => row.status)]).toEqual([200, [409, 422, 422, 422]]);
  });

  it("may meet a store that does not answer, which the operator is told of", async () => {
    const answered: number[] = [];
    const send = async () => {
      const request = { name: "Jira", attributes: { token: secret(`${CANARY}-unsure-${sent++}`) } };
      answered.push((await call(`POST ${R}`, { body: request })).status);
    };
    // Some have been judged when the engine stops, and reach the function that takes them.
    for (let tries = 0; tries < 10 && !service.readLog().includes(FAULT); tries++) {
      const sending = Array.from({ length: 20 }, send);
      await new Promise((resolve) => setTimeout(resolve, 20 + 10 * tries));
      process.kill(service.enginePid, "SIGSTOP");
      await Promise.all(sending).finally(() => process.kill(service.enginePid, "SIGCONT"));
      await expect.poll(async () => (await call(`GET ${R}/posted`, {})).status, { timeout: 10_000 }).toBe(200);
    }
    expect(answered).toContain(503);
    await expect.poll(() => service.readLog()).toContain(FAULT);
  });
});

describe("afterwards it stands", () => {
  it("in no answer, to whoever asks for whatever there is", async () => {
    const south = await makeWorkspace(client, acme, "South");
    const offer = {
      resourceType: "step-integration",
      resourceId: "posted",
      targetWorkspaceId: south,
      actions: ["read", "use"],
    };
    await done(call(`POST ${acme.W}/shares`, { body: offer }));
    const S = `${acme.O}/workspaces/${south}`;
    for (const what of [
      ...["posted", "put", "replaced", "patched", "row-1", "once"].map((id) => `${R}/${id}`),
      `${R}?limit=100`,
      `${acme.W}/resources/workflow-run/run`,
      `${acme.W}/resources/global-variable/token`,
      `${S}/resources/step-integration`,
      `${S}/resources/step-integration/posted`,
      `${acme.W}/audit-log?limit=500`,
      `${acme.W}/activity-log?limit=500`,
      `${acme.W}/shares`,
      `${S}/audit-log?limit=500`,
      `${acme.O}/audit-log?limit=500`,
      acme.O,
    ]) {
      const { status } = await call(`GET ${what}`, {});
      expect([what, status]).toEqual([what, 200]);
    }
    const subject = { type: "user", id: acme.ann.userId };
    const resource = { type: "step-integration", id: "posted" };
    await done(call(`POST ${S}/access/v1/evaluation`, { body: { subject, resource, action: { name: "use" } } }));
    expect(answers.length).toBeGreaterThan(70);
    expect(answers.filter((answer) => answer.includes(CANARY))).toEqual([]);
    // What was looked through does tell of these resources.
    expect(answers.some((answer) => answer.includes('"secretsChanged":["/deep/key","/token"]'))).toBe(true);
    expect(answers.some((answer) => answer.includes('"token":{"secret":true}'))).toBe(true);
  });

  it("in the items that are made for secrets, each that was taken, and in no other item", async () => {
    const items = await table.listItems(acme.orgId);
    const holding = items.filter((item) => JSON.stringify(item).includes(CANARY));
    expect(holding.filter((item) => !isOfSecrets(item))).toEqual([]);
    const kept = items.filter(isOfSecrets).map(({ value }) => String(value));
    expect(kept.filter((value) => !value.includes("unsure")).sort()).toEqual([...taken].sort());
  });

  it("in no log of any function, which do log what was refused and what failed", () => {
    const log = service.readLog();
    expect(log).toContain('"message":"denied"');
    expect(log).toContain(FAULT);
    expect(log).not.toContain(CANARY);
  });
});
