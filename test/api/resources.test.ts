/** Resources: how they are named, made, replaced, edited and deleted, by whom, and what the audit log tells of it. */
import { beforeAll, describe, expect, it } from "vitest";
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import { limits } from "../../lib/domain/limits.ts";
import { organizationTypes, workspaceTypes } from "../../lib/domain/resource-types.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admit, done, edit, makeAcme, makeRole, makeWorkspace, readTable } from "./acme.ts";
import type { Answer, Caller, Sent } from "./in-process.ts";

let test: TestStore;
let acme: Acme;
/** The path of the workspace's workflows. */
let R: string;
let made = 0;

beforeAll(async () => {
  test = await openTestStore();
  acme = await makeAcme(test);
  R = `${acme.W}/resources/workflow`;
});

const call = (what: string, sent?: Sent, by: Caller = acme.ann): Promise<Answer> => acme.api.call(by, what, sent);
const put = (id: string, body: object, headers: Record<string, string> = {}) =>
  call(`PUT ${R}/${id}`, { body, headers });
const patch = (id: string, body: unknown) => call(`PATCH ${R}/${id}`, { body, headers: { "if-match": "*" } });
const get = (id: string) => call(`GET ${R}/${id}`);
const newId = () => `r-${made++}`;
const make = async (body: object = {}) => {
  const id = newId();
  const answer = await put(id, { name: "Triage", ...body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return { id, etag: answer.headers.etag ?? "" };
};
const secret = (value?: string) => (value === undefined ? { secret: true } : { secret: true, value });
const pointers = ({ body }: Answer) => body.errors?.map(({ pointer }: { pointer: string }) => pointer);
/** The entries about a resource, oldest first. */
const entriesOf = async (id: string) =>
  (await done(call(`GET ${acme.W}/audit-log?target=${id}&order=asc&limit=500`))).items;
/** The values of the secrets that are stored of a resource, by their pointers. */
const secretsOf = async (id: string) => {
  const items = [...(await readTable(test)).values()];
  const own = items.filter(({ pk }) => String(pk).endsWith(`SECRETS#workflow#${id}`));
  return Object.fromEntries(own.map(({ sk, value }) => [sk, value]));
};

describe("an id", () => {
  it("is the caller's, in a body or a path, and nobody else's", async () => {
    const posted = await call(`POST ${R}`, { body: { id: "posted", name: "Posted" } });
    expect([posted.status, posted.body.id, (await get("posted")).body]).toEqual([201, "posted", posted.body]);
    const again = await call(`POST ${R}`, { body: { id: "posted", name: "Again" } });
    expect([again.status, again.body.code]).toEqual([409, "id.taken"]);
    expect((await get("posted")).body.name).toBe("Posted");
    const { status } = await call(`POST ${acme.W}/resources/runbook`, {
      body: { id: "posted", name: "Of another type" },
    });
    expect(status).toBe(201);
  });

  it("is made where the caller leaves it out, another one each time", async () => {
    const [one, other] = [
      await done(call(`POST ${R}`, { body: { name: "X" } })),
      await done(call(`POST ${R}`, { body: { name: "X" } })),
    ];
    expect(one.id).toMatch(/^res_[0-9a-z]{26}$/);
    expect(other.id).not.toBe(one.id);
    expect((await get(one.id)).body).toEqual(one);
  });

  it.each([
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789",
    "._~-",
    "...",
    "-",
    "a".repeat(limits.resourceIdLength),
    "Bulk",
    "constructor",
    "__proto__",
  ])("may be %s", async (id) => {
    expect((await put(id, { name: "By path" })).status).toBe(201);
    expect((await get(id)).body).toMatchObject({ id, name: "By path" });
    expect((await call(`DELETE ${R}/${id}`)).status).toBe(204);
    const posted = await call(`POST ${R}`, { body: { id, name: "By body" } });
    expect([posted.status, posted.body.id]).toEqual([201, id]);
    expect((await call(`DELETE ${R}/${id}`)).status).toBe(204);
  });

  it.each(["", ".", "..", "bulk", "a b", "a/b", "a#b", "é", "a\n", "a".repeat(limits.resourceIdLength + 1)])(
    "is none: %j",
    async (id) => {
      const answer = await call(`POST ${R}`, { body: { id, name: "X" } });
      expect([answer.status, pointers(answer)]).toEqual([422, ["/id"]]);
    },
  );

  it.each(["bulk", "a%20b", "é", "a".repeat(limits.resourceIdLength + 1)])(
    "that is none is as absent in a path: %j",
    async (id) => {
      for (const [method, sent] of [
        ["GET", {}],
        ["PUT", { body: { name: "X" } }],
        ["PATCH", edit({ name: "X" })],
        ["DELETE", {}],
      ] as const) {
        const { status, body } = await call(`${method} ${R}/${id}`, sent);
        expect([method, status, body.code]).toEqual([method, 404, "not_found"]);
      }
    },
  );

  it("names one thing of one type in one workspace", async () => {
    const south = await makeWorkspace(acme, `South ${made}`);
    const { id } = await make({ name: "North's" });
    expect((await call(`GET ${acme.O}/workspaces/${south}/resources/workflow/${id}`)).status).toBe(404);
    expect((await call(`GET ${acme.W}/resources/runbook/${id}`)).status).toBe(404);
    const other = await call(`PUT ${acme.O}/workspaces/${south}/resources/workflow/${id}`, {
      body: { name: "South's" },
    });
    expect([other.status, (await get(id)).body.name]).toEqual([201, "North's"]);
  });
});

describe("a resource", () => {
  it("is shown with its name trimmed, its labels and attributes, and its version", async () => {
    const id = newId();
    const answer = await put(id, { name: "  Triage ", labels: { team: "soc" }, attributes: { a: [1, { b: null }] } });
    const shown = {
      type: "workflow",
      id,
      name: "Triage",
      labels: { team: "soc" },
      attributes: { a: [1, { b: null }] },
      createdAt: expect.any(String),
      version: 1,
    };
    expect([answer.status, answer.body]).toEqual([201, shown]);
    expect((await get(id)).body).toEqual(shown);
    expect((await get(id)).headers.etag).toBe(answer.headers.etag);
  });

  it.each<[string, object, string[]]>([
    ["no name", {}, ["/name"]],
    ["an empty name", { name: " " }, ["/name"]],
    ["too long a name", { name: "n".repeat(limits.nameLength + 1) }, ["/name"]],
    ["a name of two lines", { name: "a\nb" }, ["/name"]],
    ["labels that are no texts", { name: "X", labels: { a: 1 } }, ["/labels/a"]],
    ["a null label", { name: "X", labels: { a: null } }, ["/labels/a"]],
    [
      "too many labels",
      { name: "X", labels: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`l${i}`, ""])) },
      ["/labels"],
    ],
    ["attributes that are no object", { name: "X", attributes: [1] }, ["/attributes"]],
    ["null attributes", { name: "X", attributes: null }, ["/attributes"]],
    ["a version", { name: "X", version: 7 }, ["/version"]],
    ["another type", { name: "X", type: "runbook" }, ["/type"]],
    ["an origin", { name: "X", shared: {} }, ["/shared"]],
    ["an incarnation", { name: "X", incarnation: "res_x" }, ["/incarnation"]],
    ["an end, of a type that stays", { name: "X", expiresAt: "2100-01-01T00:00:00Z" }, ["/expiresAt"]],
    ["a secret in a list", { name: "X", attributes: { l: [secret("s")] } }, ["/attributes/l/0"]],
    [
      "a secret that is a number",
      { name: "X", attributes: { "a/b": { secret: true, value: 1 } } },
      ["/attributes/a~1b"],
    ],
    [
      "a secret without a value, where there is none",
      { name: "X", attributes: { a: { b: secret() } } },
      ["/attributes/a/b"],
    ],
  ])("is not made with %s", async (_, body, at) => {
    const id = newId();
    const answers = [await put(id, body), await call(`POST ${R}`, { body: { id, ...body } })];
    for (const answer of answers) expect([answer.status, pointers(answer)]).toEqual([422, at]);
    expect((await get(id)).status).toBe(404);
    expect(await entriesOf(id)).toEqual([]);
  });
});

describe("attributes", () => {
  /** Of exactly so many bytes as JSON. */
  const attributesOf = (bytes: number) => ({ t: "x".repeat(bytes - Buffer.byteLength('{"t":""}')) });

  it("may have as many bytes as the limit says, and not one more", async () => {
    const [fits, large] = [attributesOf(limits.attributesBytes), attributesOf(limits.attributesBytes + 1)];
    expect(Buffer.byteLength(JSON.stringify(fits))).toBe(limits.attributesBytes);
    const { id } = await make({ attributes: fits });
    expect((await get(id)).body.attributes).toEqual(fits);
    for (const answer of [
      await put(newId(), { name: "X", attributes: large }),
      await call(`POST ${R}`, { body: { name: "X", attributes: large } }),
      await put(id, { name: "X", attributes: large }, { "if-match": "*" }),
      await patch(id, { attributes: large }),
    ]) {
      expect([answer.status, answer.body.code, pointers(answer)]).toEqual([422, "request.invalid", ["/attributes"]]);
    }
    expect((await get(id)).body).toMatchObject({ version: 1, attributes: fits });
  });

  it("have no more after a patch, either", async () => {
    const { id } = await make({ attributes: attributesOf(limits.attributesBytes) });
    const answer = await patch(id, { attributes: { u: 1 } });
    expect([answer.status, pointers(answer)]).toEqual([422, ["/attributes"]]);
    expect((await patch(id, { attributes: { t: null, u: "x".repeat(1_000) } })).status).toBe(200);
    for (const name of ["v", "w", "x", "y", "z"]) await patch(id, { attributes: { [name]: "x".repeat(60_000) } });
    expect(Object.keys((await get(id)).body.attributes).sort()).toEqual(["u", "v"]);
  });

  it("have secrets, whose values count with them, and of which a patch makes no more than there may be", async () => {
    const values = Object.fromEntries(
      Array.from({ length: 13 }, (_, i) => [`s${i}`, secret("x".repeat(limits.secretBytes))]),
    );
    expect(pointers(await put(newId(), { name: "X", attributes: values }))).toEqual(["/attributes"]);
    const most = Object.fromEntries(
      Array.from({ length: limits.secretsPerResource }, (_, i) => [`s${i}`, secret("x")]),
    );
    const { id } = await make({ attributes: most });
    expect(pointers(await patch(id, { attributes: { more: secret("x") } }))).toEqual(["/attributes"]);
    expect((await patch(id, { attributes: { s0: null, more: secret("x") } })).status).toBe(200);
    expect(Object.keys(await secretsOf(id)).sort()).toEqual(
      [...Object.keys(most).slice(1), "more"].map((name) => `/${name}`).sort(),
    );
  });

  it("may be replaced whole by others of the same size, of which the entry tells", async () => {
    const many = (letter: string) =>
      Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`${letter}${i}`, letter.repeat(1_000)]));
    const { id } = await make({ attributes: many("a") });
    expect((await put(id, { name: "X", attributes: many("b") }, { "if-match": "*" })).status).toBe(200);
    const [, { before, after }] = await entriesOf(id);
    expect([before.attributes, after.attributes]).toEqual([many("a"), many("b")]);
  });

  it("are part of a body, which may not be over 1 MB in all", async () => {
    const answer = await put(newId(), { name: "X", attributes: { t: "x".repeat(limits.bodyBytes) } });
    expect([answer.status, answer.body.code]).toEqual([413, "request.too_large"]);
  });

  it("keep a secret that is sent back as it was read, give it another value, or drop it", async () => {
    const { id } = await make({ attributes: { token: secret("one"), deep: { "a/b~c": secret("two") }, url: "x" } });
    expect(await secretsOf(id)).toEqual({ "/token": "one", "/deep/a~1b~0c": "two" });
    const read = (await get(id)).body.attributes;
    expect(read).toEqual({ token: secret(), deep: { "a/b~c": secret() }, url: "x" });
    expect((await put(id, { name: "Same", attributes: read }, { "if-match": "*" })).status).toBe(200);
    expect(await secretsOf(id)).toEqual({ "/token": "one", "/deep/a~1b~0c": "two" });
    expect((await patch(id, { attributes: { deep: { "a/b~c": { value: "three" } } } })).body.attributes).toEqual(read);
    expect(await secretsOf(id)).toEqual({ "/token": "one", "/deep/a~1b~0c": "three" });
    expect((await patch(id, { attributes: { deep: null } })).status).toBe(200);
    expect(await secretsOf(id)).toEqual({ "/token": "one" });
    expect((await put(id, { name: "None" }, { "if-match": "*" })).body.attributes).toEqual({});
    expect(await secretsOf(id)).toEqual({});
    expect(pointers(await put(id, { name: "Back", attributes: read }, { "if-match": "*" }))).toEqual([
      "/attributes/token",
      "/attributes/deep/a~1b~0c",
    ]);
  });

  it("leave no secret behind when the resource is deleted, and none is found by what is made in its place", async () => {
    const { id } = await make({ attributes: { token: secret("one") } });
    expect((await call(`DELETE ${R}/${id}`)).status).toBe(204);
    expect(await secretsOf(id)).toEqual({});
    const items = [...(await readTable(test)).keys()];
    expect(
      items.filter((key) => key.endsWith(`RES#workflow ${id}`) || key.endsWith(`ATTRIBUTES#workflow ${id}`)),
    ).toEqual([]);
    expect(pointers(await put(id, { name: "X", attributes: { token: secret() } }))).toEqual(["/attributes/token"]);
  });
});

describe("PUT", () => {
  it("makes, then replaces all but what is the resource's own", async () => {
    const { id } = await make({ labels: { team: "soc" }, attributes: { a: 1 } });
    const before = (await get(id)).body;
    const answer = await put(id, { name: "Next", attributes: { b: 2 } }, { "if-match": "*" });
    expect([answer.status, answer.body]).toEqual([
      200,
      { ...before, name: "Next", labels: {}, attributes: { b: 2 }, version: 2 },
    ]);
    expect((await get(id)).body).toEqual(answer.body);
  });

  it("of what is there says which version it replaces", async () => {
    const { id, etag } = await make();
    const bare = await put(id, { name: "X" });
    expect([bare.status, bare.body.code]).toEqual([428, "precondition.required"]);
    const next = await put(id, { name: "Next" }, { "if-match": etag });
    expect(next.status).toBe(200);
    expect(next.headers.etag).not.toBe(etag);
    const stale = await put(id, { name: "Stale" }, { "if-match": etag });
    expect([stale.status, stale.body.code]).toEqual([412, "precondition.failed"]);
    expect((await put(id, { name: "Listed" }, { "if-match": `${etag}, ${next.headers.etag}` })).status).toBe(200);
    expect((await get(id)).body).toMatchObject({ name: "Listed", version: 3 });
  });

  it.each(["*", '"1-00000000"'])("that expects something there makes nothing: If-Match %s", async (tag) => {
    const id = newId();
    expect((await put(id, { name: "X" }, { "if-match": tag })).status).toBe(412);
    expect((await get(id)).status).toBe(404);
  });
});

describe("an ETag", () => {
  it("is stale once the resource was deleted and made again, even at the same version", async () => {
    const { id, etag } = await make();
    expect((await call(`DELETE ${R}/${id}`)).status).toBe(204);
    const again = await put(id, { name: "Again" });
    expect([again.status, again.body.version]).toEqual([201, 1]);
    expect(again.headers.etag).not.toBe(etag);
    const headers = { "if-match": etag };
    for (const [what, sent] of [
      ["PUT", { body: { name: "X" }, headers }],
      ["PATCH", { body: { name: "X" }, headers }],
      ["DELETE", { headers }],
    ] as const) {
      expect([what, (await call(`${what} ${R}/${id}`, sent)).status]).toEqual([what, 412]);
    }
    expect((await call(`DELETE ${R}/${id}`, { headers: { "if-match": again.headers.etag ?? "" } })).status).toBe(204);
  });
});

describe("PATCH", () => {
  it("leaves what it does not name, and takes away what is null", async () => {
    const { id } = await make({
      labels: { team: "soc", tier: "1" },
      attributes: { a: { b: 1, c: 2 }, d: [1, 2], e: 5 },
    });
    const answer = await patch(id, {
      labels: { tier: null, area: "eu" },
      attributes: { a: { b: null, x: 3 }, d: [3], e: null },
    });
    expect([answer.status, answer.body]).toMatchObject([
      200,
      { name: "Triage", labels: { team: "soc", area: "eu" }, attributes: { a: { c: 2, x: 3 }, d: [3] }, version: 2 },
    ]);
    expect((await patch(id, { name: "Other" })).body).toEqual({ ...answer.body, name: "Other", version: 3 });
    const media = await call(`PATCH ${R}/${id}`, {
      body: { name: "Merged" },
      headers: { "if-match": "*", "content-type": "application/merge-patch+json" },
    });
    expect([media.status, media.body.name]).toEqual([200, "Merged"]);
  });

  it.each<[string, unknown, string[]]>([
    ["a null name", { name: null }, ["/name"]],
    ["null labels", { labels: null }, ["/labels"]],
    ["null attributes", { attributes: null }, ["/attributes"]],
    ["an end", { expiresAt: "2100-01-01T00:00:00Z" }, ["/expiresAt"]],
    ["an id", { id: "other" }, ["/id"]],
    ["a secret with more beside it", { attributes: { token: { more: 1 } } }, ["/attributes/token"]],
  ])("is refused with %s", async (_, body, at) => {
    const { id } = await make({ attributes: { token: secret("one") } });
    const answer = await patch(id, body);
    expect([answer.status, pointers(answer)]).toEqual([422, at]);
    expect((await get(id)).body.version).toBe(1);
  });

  it("adds no more labels than there may be", async () => {
    const labels = Object.fromEntries(Array.from({ length: limits.labels }, (_, i) => [`l${i}`, "x"]));
    const { id } = await make({ labels });
    expect(pointers(await patch(id, { labels: { more: "x" } }))).toEqual(["/labels"]);
    expect((await patch(id, { labels: { l0: null, more: "x" } })).status).toBe(200);
  });

  it("says which version it edits, of something that is there", async () => {
    const { id, etag } = await make();
    expect((await call(`PATCH ${R}/${id}`, { body: { name: "X" } })).status).toBe(428);
    expect((await patch(id, { name: "Next" })).status).toBe(200);
    expect((await call(`PATCH ${R}/${id}`, { body: { name: "X" }, headers: { "if-match": etag } })).status).toBe(412);
    expect((await patch(newId(), { name: "X" })).status).toBe(404);
  });
});

describe("refusals come in their order", () => {
  const ending = { name: "X", expiresAt: "2100-01-01T00:00:00Z" };
  it("what a body may never say before what is not there, before versions, before what stands in the way", async () => {
    const { id } = await make();
    const told = async (asked: Promise<Answer>) => (await asked).status;
    expect(await told(call(`POST ${R}`, { body: { id, ...ending } }))).toBe(422);
    expect(await told(put(id, ending))).toBe(422);
    expect(await told(put(id, ending, { "if-match": '"0"' }))).toBe(422);
    expect(await told(patch(newId(), ending))).toBe(422);
    expect(await told(patch(newId(), { attributes: { l: [secret("s")] } }))).toBe(422);
    expect(await told(patch(newId(), { attributes: { t: "x".repeat(limits.attributesBytes) } }))).toBe(422);
    expect(await told(call(`PATCH ${R}/${newId()}`, { body: { name: "X" } }))).toBe(404);
    expect(await told(call(`POST ${acme.W}/resources/role`, { body: ending }))).toBe(404);
    expect(await told(put(id, { name: "X", attributes: { a: secret() } }))).toBe(428);
  });
});

describe("DELETE", () => {
  it("takes the resource away, under its version if one is named", async () => {
    const { id, etag } = await make();
    expect((await patch(id, { name: "Next" })).status).toBe(200);
    expect((await call(`DELETE ${R}/${id}`, { headers: { "if-match": etag } })).status).toBe(412);
    expect((await call(`DELETE ${R}/${id}`)).status).toBe(204);
    expect((await get(id)).status).toBe(404);
    expect((await call(`DELETE ${R}/${id}`)).status).toBe(404);
  });
});

const kept = [...builtInCatalogue.keptTypes].map(({ name }) => name);
const others = [...new Set([...Object.keys(workspaceTypes), ...Object.keys(organizationTypes)])].filter(
  (name) => !kept.includes(name),
);

describe("every built-in type that the service holds", () => {
  it("is one of these", () => {
    expect(kept.sort()).toEqual([
      "case",
      "custom-step",
      "dashboard",
      "global-variable",
      "interaction",
      "observable",
      "page",
      "runbook",
      "step-integration",
      "step-runner",
      "trigger-integration",
      "workflow",
      "workflow-run",
      "workspace-variable",
    ]);
  });

  it.each(kept)("works: %s", async (type) => {
    const at = `${acme.W}/resources/${type}/one`;
    expect((await call(`PUT ${at}`, { body: { name: "One" } })).status).toBe(201);
    expect((await call(`GET ${at}`)).body).toMatchObject({ type, id: "one" });
    expect((await call(`PATCH ${at}`, edit({ name: "Two" }))).body).toMatchObject({ type, name: "Two" });
    const { items } = await done(call(`GET ${acme.W}/resources/${type}`));
    expect(items.map(({ id }: { id: string }) => id)).toContain("one");
    expect((await call(`DELETE ${at}`)).status).toBe(204);
  });
});

describe("any other type", () => {
  const ways = [
    ["GET", "", {}],
    ["POST", "", { body: { name: "X" } }],
    ["GET", "/one", {}],
    ["PUT", "/one", { body: { name: "X" } }],
    ["PATCH", "/one", edit({ name: "X" })],
    ["DELETE", "/one", {}],
  ] as const;

  it.each([...others, "nope", "acme.nope", "Workflow", "workflow-"])("is not there for an owner: %s", async (type) => {
    for (const [method, rest, sent] of ways) {
      const { status, body } = await call(`${method} ${acme.W}/resources/${type}${rest}`, sent);
      expect([method, status, body.code]).toEqual([method, 404, "not_found"]);
    }
  });

  it("is refused to who would not hold its scopes, were there any, by the name of the scope", async () => {
    const vic = await admit(acme, "vic.of.types", "rol_viewer");
    for (const [type, refused] of [
      ["nope", "nope:read"],
      ["acme.nope", "acme.nope:read"],
    ]) {
      const { status, body } = await call(`GET ${acme.W}/resources/${type}`, {}, vic);
      expect([status, body.requiredScope]).toEqual([403, refused]);
    }
    const reader = await admit(acme, "reader.of.roles", await makeRole(acme, "Reader of roles", ["role:read"]));
    expect((await call(`GET ${acme.W}/resources/role`, {}, reader)).status).toBe(404);
    expect((await call(`POST ${acme.W}/resources/role`, { body: { name: "X" } }, reader)).status).toBe(403);
  });

  it("keeps what is no type's name out of the answer", async () => {
    const vic = await admit(acme, "vic.of.names", "rol_viewer");
    const ask = (by: Caller) => call(`GET ${acme.W}/resources/${"x".repeat(65)}`, {}, by);
    const { status, body } = await ask(vic);
    expect([status, body.requiredScope]).toEqual([403, "{type}:read"]);
    expect((await ask(acme.ann)).status).toBe(404);
  });
});

describe("who holds", () => {
  const all = ["GET list", "GET", "POST", "PUT", "PATCH", "DELETE"] as const;
  const table: readonly [scopes: readonly string[], may: readonly (typeof all)[number][]][] = [
    [["workflow:read"], ["GET list", "GET"]],
    [["workflow:write"], ["POST", "PUT", "PATCH", "DELETE"]],
    [["workflow:*"], all],
    [["*"], all],
    [["workflow:run", "workflow:publish", "workflow:review"], []],
    [["runbook:*", "workflow-run:*", "custom-step:*"], []],
  ];

  it.each(table)("%j may %j, and nothing else", async (scopes, may) => {
    const who = await admit(acme, `who-${made++}`, await makeRole(acme, `Role ${made++}`, scopes));
    const { id } = await make();
    const doomed = await make();
    const sent: Record<(typeof all)[number], [string, Sent]> = {
      "GET list": [`GET ${R}`, {}],
      GET: [`GET ${R}/${id}`, {}],
      POST: [`POST ${R}`, { body: { name: "X" } }],
      PUT: [`PUT ${R}/${newId()}`, { body: { name: "X" } }],
      PATCH: [`PATCH ${R}/${id}`, edit({ name: "X" })],
      DELETE: [`DELETE ${R}/${doomed.id}`, {}],
    };
    for (const way of all) {
      const [what, request] = sent[way];
      const { status, body } = await call(what, request, who);
      expect([way, status < 300]).toEqual([way, may.includes(way)]);
      const scope = way.startsWith("GET") ? "workflow:read" : "workflow:write";
      if (!may.includes(way)) expect([status, body.requiredScope]).toEqual([403, scope]);
    }
  });
});

describe("the audit log", () => {
  it("tells each change once: what it was, what it is, and by whom", async () => {
    const { id } = await make({ labels: { team: "soc" }, attributes: { a: 1, b: 2, big: "x".repeat(2_000) } });
    await patch(id, { name: "Next", labels: { team: "csirt" }, attributes: { b: 3, c: 4 } });
    await put(id, { name: "Last", attributes: { z: 1 } }, { "if-match": "*" });
    await call(`DELETE ${R}/${id}`);
    const entries = await entriesOf(id);
    const type = "workflow";
    const [first, second] = [{ labels: { team: "soc" } }, { labels: { team: "csirt" } }];
    const big = { bytes: 2_002 };
    expect(
      entries.map(({ action, before, after }: { action: string; before?: object; after?: object }) => ({
        action,
        before,
        after,
      })),
    ).toEqual([
      {
        action: "resource.created",
        before: undefined,
        after: { type, name: "Triage", ...first, version: 1, attributes: { a: 1, b: 2, big } },
      },
      {
        action: "resource.updated",
        before: { type, name: "Triage", ...first, version: 1, attributes: { b: 2 } },
        after: { type, name: "Next", ...second, version: 2, attributes: { b: 3, c: 4 } },
      },
      {
        action: "resource.updated",
        before: { type, name: "Next", ...second, version: 2, attributes: { a: 1, b: 3, c: 4, big } },
        after: { type, name: "Last", labels: {}, version: 3, attributes: { z: 1 } },
      },
      {
        action: "resource.deleted",
        before: { type, name: "Last", labels: {}, version: 3, attributes: { z: 1 } },
        after: undefined,
      },
    ]);
    for (const entry of entries) {
      expect(entry).toMatchObject({
        chain: acme.workspace,
        target: { type: "resource", id },
        actor: { kind: "user", id: acme.ann.userId, email: acme.ann.email },
        outcome: "success",
      });
    }
    const seqs = entries.map(({ seq }: { seq: number }) => seq);
    expect(seqs).toEqual(seqs.map((_: number, index: number) => seqs[0] + index));
  });

  it("tells of secrets that they changed, by their names, and nothing more", async () => {
    const { id } = await make({
      attributes: { token: secret("canary-1"), kept: secret("canary-2"), gone: secret("canary-3") },
    });
    await patch(id, { attributes: { token: { value: "canary-4" }, gone: null } });
    await patch(id, { name: "Untouched" });
    await put(id, { name: "Same", attributes: { token: secret("canary-4"), kept: secret() } }, { "if-match": "*" });
    await call(`DELETE ${R}/${id}`);
    const entries = await entriesOf(id);
    expect(entries.map(({ after }: { after?: { secretsChanged?: string[] } }) => after?.secretsChanged)).toEqual([
      ["/gone", "/kept", "/token"],
      ["/gone", "/token"],
      undefined,
      ["/token"],
      undefined,
    ]);
    expect(entries[1]).toMatchObject({ before: { attributes: { gone: secret() } }, after: { version: 2 } });
    expect(JSON.stringify(entries)).not.toContain("canary");
  });

  it("tells nothing of what was refused", async () => {
    const { id } = await make();
    const before = await entriesOf(id);
    await put(id, { name: "X" });
    await patch(id, { name: "" });
    await call(`POST ${R}`, { body: { id, name: "X" } });
    await call(`DELETE ${R}/${id}`, { headers: { "if-match": '"0"' } });
    expect(await entriesOf(id)).toEqual(before);
  });
});
