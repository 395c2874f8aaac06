/** What the service refuses before it looks anything up; each refusal leaves the table as it was. */
import { beforeAll, describe, expect, inject, it } from "vitest";
import type { Acme, Person } from "./acme.ts";
import { admit, makeAcme, makeRole } from "./acme.ts";
import type { Answer, Client, Sent } from "./client.ts";
import { openClient } from "./client.ts";
import { expectNothingStored } from "./nothing-stored.ts";
import { refusedBodies } from "./refused-bodies.ts";
import { openTable } from "./table-content.ts";

const service = inject("service");
const table = openTable(service);
let client: Client;
let acme: Acme;
let role: string;
/** Holds all of workflows and nothing of what no one knows. */
let creator: Person;

beforeAll(async () => {
  client = await openClient(service);
  acme = await makeAcme(client);
  role = `${acme.W}/roles/${await makeRole(client, acme, "Runner", ["workflow:run"])}`;
  creator = await admit(client, acme, "creator", [await makeRole(client, acme, "All of workflows", ["workflow:*"])]);
});

/** `W`, `O` and `ROLE` stand for their paths. */
const callAnn = (what: string, sent?: Sent): Promise<Answer> => {
  const paths = new Map([
    ["O", acme.O],
    ["W", acme.W],
    ["ROLE", role],
  ]);
  return client.call(
    acme.ann.token,
    what.replace(/(?<= )(O|W|ROLE)\b/, (name) => paths.get(name) ?? name),
    sent,
  );
};

describe("a body that is no JSON", () => {
  expectNothingStored(table, () => acme);

  it.each(["{", "", "name=x", "{'name': 1}", '{"name": NaN}', "\u0000", '{"name":"x"}}', '{"a":"\u0001"}'])(
    "is 400: %j",
    async (body) => {
      const answer = await callAnn("POST W/roles", { body });
      // An empty one is no body at all.
      expect(answer).toMatchObject(
        body === "" ? { status: 422 } : { status: 400, body: { code: "request.malformed" } },
      );
    },
  );
});

describe("a body of another type", () => {
  expectNothingStored(table, () => acme);
  const body = JSON.stringify({ name: "Other", scopes: [] });

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json; charset=latin1",
    "application/jsonx",
    "application/merge-patch+json",
    "text/json",
    "*/*",
    "",
  ])("is 415: %j", async (type) => {
    const answer = await callAnn("POST W/roles", { body, headers: { "Content-Type": type } });
    expect(answer).toMatchObject({ status: 415, body: { code: "request.media_type" } });
  });
});

it("a merge patch may be called one, and JSON may say its charset", async () => {
  const patch = { body: JSON.stringify({ description: "x" }), headers: { "If-Match": "*" } };
  for (const type of ["application/merge-patch+json", "application/json; charset=utf-8", "application/JSON"]) {
    const answer = await callAnn("PATCH ROLE", { ...patch, headers: { ...patch.headers, "Content-Type": type } });
    expect(answer.status, type).toBe(200);
  }
});

describe("a query that the route does not take", () => {
  expectNothingStored(table, () => acme);

  it.each([
    "GET O?x=1",
    "GET W/roles?limt=1",
    "GET O/users?email=a&email=b",
    "GET O/users?EMAIL=a",
    "GET W/me?limit=1",
    "GET O/audit-log?order=upwards",
    "GET O/audit-log?from=yesterday",
    "GET O/audit-log?__proto__=1",
    "GET W/audit-log?workspaceId=x",
    "POST W/roles?force=true",
    "PATCH ROLE?x",
  ])("is 400: %s", async (what) => {
    const answer = await callAnn(what, { body: { name: "Other" }, headers: { "If-Match": "*" } });
    expect(answer).toMatchObject({ status: 400, body: { code: "request.malformed" } });
  });

  it.each(["0", "-1", "101", "1.5", "1e1", "", "abc", "0x10", "%20 5", "99999999999999999999"])(
    "is 400, with the limit %j",
    async (limit) => {
      expect((await callAnn(`GET O/users?limit=${limit.replace(" ", "%20")}`)).status).toBe(400);
    },
  );

  it("is 400 with a limit of more than a list has, which is more for the audit log", async () => {
    expect((await callAnn("GET O/audit-log?limit=500")).status).toBe(200);
    expect((await callAnn("GET O/audit-log?limit=501")).status).toBe(400);
    expect((await callAnn("GET O/users?limit=100")).status).toBe(200);
  });
});

describe("a body that does not fit", () => {
  expectNothingStored(table, () => acme);

  it.each(refusedBodies)("is 422: %s", async (_, what, body, pointers) => {
    const answer = await callAnn(what, { body, headers: { "If-Match": "*" } });
    expect(answer, answer.text).toMatchObject({ status: 422, body: { code: "request.invalid" } });
    expect(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers);
  });

  it("is 422 for no one else's sake: what is polluted here is nowhere", () => {
    expect(Object.hasOwn(Object.prototype, "status")).toBe(false);
  });
});

/** As they are sent; none of them is a type's name. */
const noTypes = [
  "%22",
  '"',
  "x%22%2C%22a%22%3A%22b",
  'x","a":"b',
  "%7Btype%7D",
  "{type}",
  "$context.authorizer.requestId",
  "%24context.identity.sourceIp",
  "x".repeat(65),
  "..%2f",
  "..%2f..%2froles",
  "a%2fb",
  "%0d%0aX-Evil:%201",
  "workflow%0a",
  "workflow%00",
  "workflow%20",
  "workflow:write",
  "*",
  "workflow*",
  "w%C3%B6rkflow",
  "%E2%80%A8",
  "'",
  "%5C%22",
  "<script>",
];
/** They could be, and are not; the two longest that a type and an id can be are among them. */
const absentTypes = ["Workflow", "WORKFLOW", "a.b", "..", "...", "~", "__proto__", "constructor", "x".repeat(64)];

describe("a type in a path that is none", () => {
  expectNothingStored(table, () => acme);
  const calls: readonly (readonly [method: string, rest: string, action: string])[] = [
    ["GET", "", "read"],
    ["POST", "", "write"],
    ["GET", "/triage", "read"],
    ["PUT", "/triage", "write"],
    ["PATCH", "/triage", "write"],
    ["DELETE", "/triage", "write"],
    ["POST", "/bulk", "write"],
  ];
  const send = (by: Person, method: string, type: string, rest: string) => {
    const body = rest === "/bulk" ? { resources: [{ name: "Other" }] } : { name: "Other" };
    return client.call(by.token, `${method} ${acme.W}/resources/${type}${rest}`, {
      ...(method === "GET" || method === "DELETE" ? {} : { body }),
      ...(method === "PATCH" ? { headers: { "If-Match": "*" } } : {}),
    });
  };
  const headersOf = ({ headers }: Answer) => Object.keys(headers).sort();

  it.each(calls)("is an absent one to whoever holds everything: %s …/{type}%s", async (method, rest) => {
    const plain = await send(acme.ann, method, "acme.nothing", rest);
    for (const type of [...noTypes, ...absentTypes]) {
      const answer = await send(acme.ann, method, type, rest);
      expect(answer, type).toMatchObject({ status: 404, body: { ...plain.body, requestId: expect.any(String) } });
      expect(headersOf(answer), type).toEqual(headersOf(plain));
    }
  });

  it.each(calls)("stays out of the refusal of whoever does not: %s …/{type}%s", async (method, rest, action) => {
    const plain = await send(creator, method, "dashboard", rest);
    expect(plain.body.requiredScope).toBe(`dashboard:${action}`);
    const { requiredScope: _, requestId: _id, ...told } = plain.body;
    for (const type of noTypes) {
      const answer = await send(creator, method, type, rest);
      const { requiredScope, requestId, ...others } = answer.body;
      expect([answer.status, requiredScope, others], type).toEqual([403, `{type}:${action}`, told]);
      expect(headersOf(answer), type).toEqual(headersOf(plain));
    }
    // What could be a type is named, whether there is one or not.
    for (const type of absentTypes) {
      const { status, body } = await send(creator, method, type, rest);
      expect([status, body.requiredScope], type).toEqual([403, `${type}:${action}`]);
    }
  });
});

describe("an id in a path that is none", () => {
  const noIds = [...noTypes.filter((text) => text.length !== 65), "x".repeat(129), "..", "."];
  const calls = ["GET", "PUT", "PATCH", "DELETE"] as const;
  expectNothingStored(table, () => acme);

  it.each(calls)("is one of which there is nothing: %s W/resources/{type}/{resourceId}", async (method) => {
    for (const id of noIds) {
      const answer = await client.call(acme.ann.token, `${method} ${acme.W}/resources/workflow/${id}`, {
        ...(method === "GET" || method === "DELETE" ? {} : { body: { name: "Other" } }),
        ...(method === "PATCH" ? { headers: { "If-Match": "*" } } : {}),
      });
      expect([answer.status, answer.body.code], id).toEqual([404, "not_found"]);
      expect(answer.body.detail, id).toBe("There is no such resource here.");
    }
  });

  it.each(["", "/accept", "/deny", "/revoke"])(
    "is one of which there is nothing: W/shares/{shareId}%s",
    async (rest) => {
      for (const id of noIds) {
        const method = rest === "" ? "GET" : "POST";
        const answer = await client.call(acme.ann.token, `${method} ${acme.W}/shares/${id}${rest}`);
        expect([answer.status, answer.body.code], id).toEqual([404, "not_found"]);
      }
    },
  );
});

describe("an evaluation that does not fit", () => {
  const subject = { type: "user", id: "usr_01jdexamp1e0000000000000ab" };
  const whole = { subject, action: { name: "run" }, resource: { type: "workflow", id: "1" } };

  it.each<[string, unknown]>([
    ["no subject", { ...whole, subject: undefined }],
    ["an action that is a text", { ...whole, action: "run" }],
    ["a resource without id", { ...whole, resource: { type: "workflow" } }],
    ["a type that is a number", { ...whole, resource: { type: 7, id: "1" } }],
    ["properties that are a list", { ...whole, subject: { ...subject, properties: [] } }],
    ["nothing", {}],
  ])("is 400, as AuthZEN has it: %s", async (_, body) => {
    const answer = await callAnn("POST W/access/v1/evaluation", { body });
    expect(answer).toMatchObject({ status: 400, body: { code: "request.malformed" } });
  });

  it("may hold members that nobody knows", async () => {
    const body = { ...whole, context: { ip: "10.0.0.1" }, later: 1, subject: { ...subject, properties: { a: [1] } } };
    expect(await callAnn("POST W/access/v1/evaluation", { body })).toMatchObject({
      status: 200,
      body: { decision: false },
    });
  });

  it.each(["run:*", "*", "", "__proto__", "r".repeat(257)])("never widens by an action named %j", async (name) => {
    const body = { ...whole, subject: { ...subject, id: acme.ann.userId }, action: { name } };
    const answer = await callAnn("POST W/access/v1/evaluation", { body });
    if (answer.status === 200) expect(answer.body.decision).toBe(false);
    else expect(answer.status).toBe(400);
  });
});
