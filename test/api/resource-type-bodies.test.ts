/** What is no resource type, and no scope of one, is refused by its pointer. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { done, edit, makeAcme, makeRole, makeSharedRole } from "./acme.ts";
import { PLAYBOOK, register } from "./own-types.ts";

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

/** The scopes of own types that somebody has in a workspace. */

describe("what is no type is refused", () => {
  const base = { description: "", actions: [{ name: "read" }, { name: "write" }, { name: "run" }] };
  it.each<[string, object, string[]]>([
    ["without a description", { actions: base.actions }, ["/description"]],
    ["without actions", { ...base, actions: [] }, ["/actions"]],
    ["an action twice", { ...base, actions: [{ name: "a" }, { name: "a" }] }, ["/actions"]],
    [
      "names that cannot be used",
      { ...base, actions: [{ name: "a:b" }, { name: "*" }, { name: "" }, { name: "a b" }] },
      [0, 1, 2, 3].map((at) => `/actions/${at}/name`),
    ],
    ["a name that is too long", { ...base, actions: [{ name: "a".repeat(65) }] }, ["/actions/0/name"]],
    ["an action with more to it", { ...base, actions: [{ name: "a", level: "organization" }] }, ["/actions/0/level"]],
    ["sharing of what it cannot do", { ...base, shareable: ["read", "fly"] }, ["/shareable/1"]],
    ["sharing of writing", { ...base, shareable: ["write"] }, ["/shareable/0"]],
    ["sharing in words", { ...base, shareable: "read" }, ["/shareable"]],
    ["another persistence", { ...base, persistence: "eternal" }, ["/persistence"]],
    ["a role that is none", { ...base, predefinedRoles: { Nobody: ["read"] } }, ["/predefinedRoles/Nobody"]],
    ["a role by its id", { ...base, predefinedRoles: { rol_viewer: ["read"] } }, ["/predefinedRoles/rol_viewer"]],
    [
      "a role of the organization",
      { ...base, predefinedRoles: { "Organization Viewer": ["read"] } },
      ["/predefinedRoles/Organization Viewer"],
    ],
    [
      "a role with what it cannot do",
      { ...base, predefinedRoles: { Viewer: ["read", "fly"] } },
      ["/predefinedRoles/Viewer/1"],
    ],
    [
      "a role with the same twice",
      { ...base, predefinedRoles: { Viewer: ["read", "read"] } },
      ["/predefinedRoles/Viewer"],
    ],
    [
      "what only the server sets",
      { ...base, version: 1, createdAt: "x", type: PLAYBOOK },
      ["/version", "/createdAt", "/type"],
    ],
  ])("%s", async (_, body, pointers) => {
    const answer = await register(acme, body);
    expect([answer.status, answer.body.code]).toEqual([422, "request.invalid"]);
    expect(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers);
  });

  it.each([
    "report",
    "workflow",
    "org-role",
    "a..b",
    ".a",
    "a.b:c",
    "a.b%23c",
    "a.*",
    `${"a".repeat(63)}.b`,
    `a.${"b".repeat(300)}`,
  ])("a name like %s, and there is none of it", async (type) => {
    const put = await register(acme, base, type);
    expect(put).toMatchObject({ status: 422, body: { errors: [{ pointer: "/type" }] } });
    for (const method of ["GET", "DELETE"]) {
      expect((await acme.api.call(acme.ann, `${method} ${acme.O}/resource-types/${type}`)).status).toBe(404);
    }
  });

  it("a scope that no type has, in a role of a workspace or of the organization", async () => {
    await done(register(acme));
    const roles: [string, object][] = [
      [`POST ${acme.W}/roles`, { name: "A" }],
      [`POST ${acme.O}/roles`, { name: "A", level: "workspace" }],
      [`PATCH ${acme.W}/roles/${await makeRole(acme, "B", [])}`, {}],
      [`POST ${acme.W}/roles/${await makeRole(acme, "C", [])}/preview`, {}],
      [`PATCH ${acme.O}/roles/${await makeSharedRole(acme, "D", [])}`, {}],
    ];
    const scopes = [`${PLAYBOOK}:run`, `${PLAYBOOK}:fly`, "acme.report:*", "a.b:c:d"];
    const told = { "/scopes/1": `${PLAYBOOK}:fly`, "/scopes/2": "acme.report:*" };
    for (const [what, body] of roles) {
      const { status, body: problem } = await acme.api.call(
        acme.ann,
        what,
        edit({ ...body, scopes: scopes.slice(0, 3) }),
      );
      expect([what, status]).toEqual([what, 422]);
      expect(problem.errors).toEqual(
        Object.entries(told).map(([pointer, scope]) => ({
          pointer,
          detail: `No scope or pattern of workspace level: ${scope}`,
        })),
      );
      expect((await acme.api.call(acme.ann, what, edit({ ...body, scopes }))).body.errors[0].pointer).toBe("/scopes/3");
    }
    const ofOrganization = { name: "A", level: "organization", scopes: [`${PLAYBOOK}:run`] };
    expect((await acme.api.call(acme.ann, `POST ${acme.O}/roles`, { body: ofOrganization })).body.errors).toEqual([
      { pointer: "/scopes/0", detail: `No scope or pattern of organization level: ${PLAYBOOK}:run` },
    ]);
  });
});
