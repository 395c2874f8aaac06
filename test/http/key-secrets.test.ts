/**
 * The secret of an API key is told once and found nowhere else: in no other answer, no log, no file of the service, wherever it is
 * sent by mistake. And nobody is let in by what is almost one, or by what the table holds.
 */
import { createHash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Acme, Person } from "./acme.ts";
import { admit, done, makeAcme } from "./acme.ts";
import type { Answer, Client, Sent } from "./client.ts";
import { openClient } from "./client.ts";
import { KillableService } from "./killable-service.ts";
import type { Item, TableContent } from "./table-content.ts";
import { openTable } from "./table-content.ts";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

let service: KillableService;
let client: Client;
let table: TableContent;
let acme: Acme;
let vic: Person;
/** All that was ever answered but the one answer that tells a secret. */
const answers: string[] = [];
/** Every credential that was told. */
const told = new Map<string, { readonly id: string; readonly secret: string }>();

beforeAll(async () => {
  service = await KillableService.prepare();
  const running = await service.start();
  client = await openClient(running);
  table = openTable(running);
  acme = await makeAcme(client);
  vic = await admit(client, acme, "vic", ["rol_operator"]);
});

afterAll(() => service.close());

/** Sends a request, and keeps all that comes back. */
async function call(token: string | undefined, what: string, sent: Sent = {}): Promise<Answer> {
  const answer = await client.call(token, what, sent);
  answers.push(JSON.stringify(answer.headers) + answer.text);
  return answer;
}

/** The same where the answer tells a secret: that much of it is kept apart. */
async function issue(name: string, what: string, sent: Sent, by = acme.ann): Promise<Answer> {
  const answer = await client.call(by.token, what, sent);
  expect([what, answer.status, answer.body.secret]).toEqual([what, answer.status, expect.stringMatching(/^bwk_/)]);
  told.set(name, answer.body);
  answers.push(JSON.stringify(answer.headers) + answer.text.replace(answer.body.secret, ""));
  return answer;
}

const machine = { name: "Pipeline", kind: "service", scopes: ["workflow:*", "role:*"] };
const secretOf = (name: string) => told.get(name)?.secret ?? "";
const keys = () => `${acme.W}/api-keys`;

describe("a secret", () => {
  it("is told by the answer that makes it, and by no repetition of it", async () => {
    for (const [name, what, body] of [
      ["made", () => `POST ${keys()}`, machine],
      ["rotated", () => `POST ${keys()}/${told.get("made")?.id}/rotate`, { overlapSeconds: 600 }],
    ] as const) {
      const headers = { "Idempotency-Key": `once-${name}` };
      const first = await issue(name, what(), { body, headers });
      const again = await call(acme.ann.token, what(), { body, headers });
      expect([again.status, again.body.id]).toEqual([first.status, first.body.id]);
      expect(again.body).not.toHaveProperty("secret");
    }
    const personal = { name: "Mine", kind: "personal", scopes: ["workflow:read"] };
    await issue("personal", `POST ${keys()}`, { body: personal }, vic);
    await issue("revoked", `POST ${keys()}`, { body: machine });
    await done(call(acme.ann.token, `DELETE ${keys()}/${told.get("revoked")?.id}`));
  });

  it("is used, refused and denied like any credential", async () => {
    for (const [name, what, status] of [
      ["made", `GET ${acme.W}/me`, 200],
      ["rotated", `GET ${acme.W}/roles`, 200],
      ["rotated", `GET ${acme.O}/users`, 403],
      ["personal", `DELETE ${acme.W}/roles/rol_viewer`, 403],
      ["revoked", `GET ${acme.W}/me`, 401],
    ] as const) {
      expect([what, (await call(secretOf(name), what)).status]).toEqual([what, status]);
    }
    const made = await call(secretOf("rotated"), `POST ${acme.W}/resources/workflow`, { body: { name: "By a key" } });
    expect(made.status).toBe(201);
  });

  const wrong: readonly (readonly [
    where: string,
    ask: (secret: string) => [what: string, sent?: Sent],
    status: number,
  ])[] = [
    ["in a query", (secret) => [`GET ${acme.W}/roles?access_token=${secret}`], 400],
    ["as the name of a query", (secret) => [`GET ${acme.W}/roles?${secret}=1`], 400],
    ["as a filter", (secret) => [`GET ${acme.W}/audit-log?actor=${secret}`], 200],
    ["as a cursor", (secret) => [`GET ${acme.W}/roles?cursor=${secret}`], 400],
    ["as an organization's id", (secret) => [`GET /v1/orgs/${secret}`], 403],
    ["as a workspace's id", (secret) => [`GET ${acme.O}/workspaces/${secret}/roles`], 404],
    ["as a key's id", (secret) => [`GET ${keys()}/${secret}`], 404],
    ["as a key's id, encoded", (secret) => [`DELETE ${keys()}/%62${secret.slice(1)}`], 404],
    ["as a resource's id", (secret) => [`PUT ${acme.W}/resources/workflow/${secret}`, { body: { name: "X" } }], 404],
    [
      "as a new resource's id",
      (secret) => [`POST ${acme.W}/resources/workflow`, { body: { id: secret, name: "X" } }],
      422,
    ],
    ["as a path of its own", (secret) => [`GET /v1/${secret}`], 404],
    ["in a name", (secret) => [`POST ${acme.W}/roles`, { body: { name: `Role of ${secret}`, scopes: [] } }], 422],
    ["in a key's name", (secret) => [`POST ${keys()}`, { body: { ...machine, name: secret } }], 422],
    ["as a scope", (secret) => [`POST ${keys()}`, { body: { ...machine, scopes: [secret] } }], 422],
    ["as a role's id", (secret) => [`POST ${keys()}`, { body: { ...machine, roleId: secret } }], 422],
    ["as a member", (secret) => [`POST ${keys()}`, { body: { ...machine, [secret]: 1 } }], 422],
    ["in an address", (secret) => [`POST ${acme.O}/users`, { body: { email: `${secret}@acme.example` } }], 422],
    [
      "in an attribute",
      (secret) => [
        `PUT ${acme.W}/resources/workflow/x`,
        { body: { name: "X", attributes: { token: [{ at: secret }] } } },
      ],
      422,
    ],
    [
      "escaped in an attribute",
      (secret) => [
        `PUT ${acme.W}/resources/workflow/x`,
        { body: JSON.stringify({ name: "X", attributes: { token: secret } }).replace('"bwk', '"\\u0062wk') },
      ],
      422,
    ],
    ["as no JSON", (secret) => [`POST ${acme.W}/roles`, { body: `{"name": ${secret}}` }], 400],
    ["as a user agent", (secret) => [`POST ${acme.W}/roles`, role("agent", { "User-Agent": `curl ${secret}` })], 201],
    [
      "at the end of a user agent",
      (secret) => [`POST ${acme.W}/roles`, role("end", { "User-Agent": `${"x".repeat(200)} ${secret}` })],
      201,
    ],
    ["as a request's id", (secret) => [`POST ${acme.W}/roles`, role("id", { "X-Request-ID": secret })], 201],
    ["as an Idempotency-Key", (secret) => [`POST ${acme.W}/roles`, role("key", { "Idempotency-Key": secret })], 400],
    ["as an If-Match", (secret) => [`PATCH ${acme.W}`, { body: { name: "X" }, headers: { "If-Match": secret } }], 412],
    ["as a cookie", (secret) => [`GET ${acme.W}/roles`, { headers: { Cookie: `token=${secret}` } }], 200],
    [
      "as a trace",
      (secret) => [`GET ${acme.W}/roles`, { headers: { "X-Amzn-Trace-Id": secret, Referer: secret } }],
      200,
    ],
    ["as a consistency token", (secret) => [`GET ${acme.W}/roles`, { headers: { "Consistency-Token": secret } }], 200],
    ["as a question", (secret) => [`POST ${acme.W}/access/v1/evaluation`, { body: question(secret) }], 422],
  ];
  const role = (name: string, headers: Readonly<Record<string, string>>): Sent => ({
    body: { name, scopes: [] },
    headers,
  });
  const question = (name: string) => ({
    ...{ subject: { type: "user", id: acme.ann.userId }, action: { name }, resource: { type: "workflow", id: "1" } },
  });

  it.each(wrong)("sent %s is neither kept nor repeated", async (_where, ask, status) => {
    const [what, sent] = ask(secretOf("rotated"));
    const answer = await call(acme.ann.token, what, sent);
    expect([answer.status, answer.text]).toEqual([
      status === 422 ? expect.toSatisfy((given) => given === 422 || given === 400) : status,
      answer.text,
    ]);
  });

  it.each([
    ["a token in front", (secret: string) => `${acme.ann.token} ${secret}`],
    ["a comma", (secret: string) => `${secret},${secret}`],
    ["quotes", (secret: string) => `"${secret}"`],
    ["nothing of its prefix", (secret: string) => secret.slice(4)],
    ["another scheme", undefined],
  ])("is no credential with %s", async (_how, write) => {
    const secret = secretOf("rotated");
    const sent = write === undefined ? `Basic ${secret}` : `Bearer ${write(secret)}`;
    expect((await call(undefined, `GET ${acme.W}/me`, { headers: { Authorization: sent } })).status).toBe(401);
  });

  it("is kept where it is sent as the secret of a resource, and there alone", async () => {
    await issue("kept", `POST ${keys()}`, { body: machine });
    const body = { name: "Calls us", attributes: { token: { secret: true, value: secretOf("kept") } } };
    await done(call(acme.ann.token, `PUT ${acme.W}/resources/step-integration/own`, { body }));
    const holding = (await table.listItems(acme.orgId)).filter((item) =>
      JSON.stringify(item).includes(secretOf("kept")),
    );
    expect(holding.map(({ pk }) => String(pk).includes("#SECRETS#"))).toEqual([true]);
    await done(call(acme.ann.token, `DELETE ${acme.W}/resources/step-integration/own`));
  });
});

describe("what is almost a secret", () => {
  const bodies = new Set<string>();
  const ask = async (credential: string, path: string) => {
    const { status, body } = await client.call(credential, `GET ${path}`);
    const { requestId, ...rest } = body;
    bodies.add(JSON.stringify([status, rest]));
    return status;
  };

  /** Asks for all, so many at a time. @returns how many were asked */
  async function askAll(credentials: Iterable<string>, paths: readonly string[]): Promise<number> {
    const waiting = Iterator.from(credentials);
    let asked = 0;
    const work = async () => {
      for (const credential of waiting) {
        const path = paths[asked++ % paths.length] ?? "";
        const status = await ask(credential, path);
        if (status !== 401) expect([credential, path, status]).toEqual([credential, path, 401]);
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
    return asked;
  }

  it("lets nobody in, whichever single character is another one, and is answered as everything that is none", async () => {
    const secret = secretOf("rotated");
    function* edits() {
      for (let at = 0; at < secret.length; at++) {
        for (const digit of `${DIGITS}_-.`) {
          if (digit !== secret[at]) yield secret.slice(0, at) + digit + secret.slice(at + 1);
        }
      }
    }
    const paths = [`${acme.W}/me`, "/v1/me", `${acme.O}/users`];
    expect(await askAll(edits(), paths)).toBeGreaterThan(4_000);
    expect((await client.call(secret, `GET ${acme.W}/me`)).status).toBe(200);
  });

  it("nor when its checksum is right, nor cut, added to or in another case, nor by any part of what the table holds", async () => {
    const secret = secretOf("rotated");
    const right = (text: string) => text + checksumOf(text);
    const body = secret.slice(0, -6);
    const items = await table.listItems(acme.orgId);
    const kept = await keptOf(told.get("rotated")?.id ?? "");
    const hashes = (kept.secrets as readonly { hash: string }[]).map(({ hash }) => hash);
    expect([items.length > 10, hashes.length]).toEqual([true, 2]);
    const credentials = [
      ...Array.from({ length: 30 }, (_, at) => {
        const place = 35 + at;
        return right(body.slice(0, place) + (body[place] === "0" ? "1" : "0") + body.slice(place + 1));
      }),
      right(body.replace(/key_\w{26}/, told.get("personal")?.id ?? "")),
      right(`bwk_key_${"0".repeat(26)}_${body.slice(35)}`),
      secretOf("revoked"),
      ...Array.from({ length: secret.length - 1 }, (_, length) => secret.slice(0, length + 1)),
      ...[...DIGITS].map((digit) => secret + digit),
      secret.toUpperCase(),
      secret.toLowerCase(),
      ...hashes,
      ...hashes.map((hash) => right(`bwk_${told.get("rotated")?.id}_${hash.replace(/[-_]/g, "0").slice(0, 30)}`)),
      ...hashes.map((hash) => `bwk_${hash}`),
      ...Object.values(kept).map(String),
      createHash("sha256").update(secret).digest("base64url"),
      randomBytes(30).toString("base64url"),
    ].filter((credential) => /^[\x21-\x7e]+$/.test(credential));
    expect(await askAll(credentials, [`${acme.W}/me`])).toBeGreaterThan(180);
    expect([...bodies]).toHaveLength(1);
    const plain = await client.call(undefined, `GET ${acme.W}/me`);
    const { requestId, ...rest } = plain.body;
    expect([...bodies]).toEqual([JSON.stringify([401, rest])]);
  });
});

describe("afterwards a secret stands", () => {
  it("in no answer, to whoever asks for whatever there is", async () => {
    for (const what of [
      keys(),
      `${acme.O}/api-keys`,
      ...[...told.values()].map(({ id }) => `${keys()}/${id}`),
      `${acme.W}/audit-log?limit=500`,
      `${acme.O}/audit-log?limit=500`,
      `${acme.W}/roles`,
    ]) {
      expect([what, (await call(acme.ann.token, `GET ${what}`)).status]).toEqual([what, 200]);
    }
    expect(answers.length).toBeGreaterThan(50);
    for (const [name, { secret }] of told) {
      expect([name, answers.filter((answer) => answer.includes(secret.slice(35)))]).toEqual([name, []]);
    }
    // What was looked through does tell of these keys, and of what was sent as a user agent.
    expect(answers.some((answer) => answer.includes(`curl bwk_${told.get("rotated")?.id}_...`))).toBe(true);
  });

  it("in no item of the table, which does know the keys", async () => {
    const items = JSON.stringify([
      await table.listItems(acme.orgId),
      ...(await Promise.all([...told.values()].map(({ id }) => keptOf(id)))),
    ]);
    for (const [name, { id, secret }] of told) {
      expect([name, items.includes(id)]).toEqual([name, true]);
      for (let at = 35; at + 10 <= secret.length; at++) expect(items).not.toContain(secret.slice(at, at + 10));
    }
  });

  it("in no log of any function, which do name the keys that were refused", () => {
    const log = service.readLog();
    expect(log).toContain(`"keyId":"${told.get("revoked")?.id}"`);
    for (const [name, { secret }] of told) expect([name, log.includes(secret.slice(35))]).toEqual([name, false]);
  });

  it("in no file that the service keeps, among them the table's, which does know the keys", () => {
    const files = service.readFiles();
    const isFound = (text: string) => [...files].filter(([, content]) => content.includes(text)).map(([name]) => name);
    for (const [name, { id, secret }] of told) {
      expect([name, isFound(id).length > 0]).toEqual([name, true]);
      if (name !== "kept") expect([name, isFound(secret.slice(35))]).toEqual([name, []]);
    }
  });
});

/** A key's own item. */
async function keptOf(id: string): Promise<Item> {
  const { key } = await table.store.read({
    key: { key: table.store.apiKeys.at(id as never).key, decode: (item) => item },
  });
  if (key === undefined) throw new Error(`there is no key ${id}`);
  return key;
}

function checksumOf(body: string): string {
  let rest = crc32(body);
  let text = "";
  for (let place = 0; place < 6; place++) {
    text = DIGITS[rest % 62] + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}
