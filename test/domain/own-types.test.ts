import { describe, expect, it } from "vitest";
import { builtInCatalogue, makeCatalogue } from "../../lib/domain/catalogue.ts";
import type { RoleId } from "../../lib/domain/ids.ts";
import type { OwnType } from "../../lib/domain/own-types.ts";
import {
  findDroppedActions,
  isOwnTypeName,
  listNewLines,
  listOwnTypesOf,
  shareableActions,
  speaksOfOwnType,
} from "../../lib/domain/own-types.ts";
import { findPredefinedRole, OWNER } from "../../lib/domain/predefined-roles.ts";
import { organizationTypes, workspaceTypes } from "../../lib/domain/resource-types.ts";

const OPERATOR = "rol_operator" as RoleId;
const VIEWER = "rol_viewer" as RoleId;
const names = (...all: string[]) => all.map((name) => ({ name, description: `Lets one ${name}.` }));
const type: OwnType = {
  name: "acme.playbook",
  description: "",
  actions: names("read", "write", "run"),
  shareable: false,
  persistence: "persistent",
  predefinedRoles: [{ roleId: OPERATOR, actions: ["run"] }],
  createdAt: "2026-11-26T10:00:00.000Z",
  version: 3,
};

describe("the name of an own type", () => {
  it.each(["acme.report", "a.b", "acme.soc.report_v2~x-1", `${"a".repeat(62)}.b`])("may be %s", (name) => {
    expect(isOwnTypeName(name)).toBe(true);
  });

  it.each([
    "",
    "report",
    ".",
    "..",
    ".a",
    "a.",
    "a..b",
    "a.b:c",
    "a.b#c",
    "a.b/c",
    "a.*",
    "a.b ",
    "ä.b",
    `${"a".repeat(63)}.b`,
  ])("is never '%s'", (name) => {
    expect(isOwnTypeName(name)).toBe(false);
  });

  it("is never a built-in type's", () => {
    for (const name of [...Object.keys(workspaceTypes), ...Object.keys(organizationTypes)]) {
      expect([name, isOwnTypeName(name), speaksOfOwnType(`${name}:read`)]).toEqual([name, false, false]);
    }
  });
});

it("scopes speak of the type before the colon, each type once", () => {
  const scopes = ["acme.playbook:run", "acme.playbook:*", "workflow:a.b", "*", "acme.report:read"];
  expect(listOwnTypesOf(scopes)).toEqual(["acme.playbook", "acme.report"]);
});

describe("what may be shared", () => {
  it.each([
    [false, []],
    [true, ["read", "run"]],
    [
      ["run", "approve"],
      ["run", "approve"],
    ],
    [["write"], []],
  ])("of shareable: %j is %j, and writing never", (shareable, actions) => {
    expect(shareableActions({ actions: names("read", "write", "run", "approve"), shareable })).toEqual(actions);
  });
});

describe("an edit", () => {
  it("drops what it does not name, a deletion everything", () => {
    expect(findDroppedActions(type, { actions: names("run", "approve") })).toEqual(["read", "write"]);
    expect(findDroppedActions(type, type)).toEqual([]);
    expect(findDroppedActions(type, undefined)).toEqual(["read", "write", "run"]);
  });

  it("gives what it newly puts into roles, and nothing to who holds everything", () => {
    const after = {
      predefinedRoles: [
        { roleId: OPERATOR, actions: ["run", "read"] },
        { roleId: VIEWER, actions: ["read"] },
        { roleId: OWNER, actions: ["read", "write"] },
      ],
    };
    expect(listNewLines(type, after)).toEqual([
      { roleId: OPERATOR, actions: ["read"] },
      { roleId: VIEWER, actions: ["read"] },
    ]);
    expect(listNewLines(type, { predefinedRoles: [] })).toEqual([]);
    expect(listNewLines(undefined, type)).toEqual(type.predefinedRoles);
  });
});

describe("the catalogue of an organization", () => {
  const own = makeCatalogue([
    { ...type, predefinedRoles: [...type.predefinedRoles, { roleId: OWNER, actions: ["read"] }] },
  ]);

  it("has the built-in scopes as they are, then those of own types, of workspace level", () => {
    const [first, ...rest] = own.scopes.slice(builtInCatalogue.scopes.length);
    expect(own.scopes.slice(0, builtInCatalogue.scopes.length)).toEqual(builtInCatalogue.scopes);
    expect(first).toEqual({
      name: "acme.playbook:read",
      resourceType: "acme.playbook",
      action: "read",
      level: "workspace",
      description: "Lets one read.",
      since: "2026-11-26",
      origin: "custom",
    });
    expect(rest.map(({ name }) => name)).toEqual(["acme.playbook:write", "acme.playbook:run"]);
  });

  it("knows patterns of own types at workspace level alone", () => {
    for (const pattern of ["acme.playbook:run", "acme.playbook:*"]) {
      expect(own.isKnownPattern("workspace", pattern)).toBe(true);
      expect(own.isKnownPattern("organization", pattern)).toBe(false);
      expect(builtInCatalogue.isKnownPattern("workspace", pattern)).toBe(false);
    }
    expect(own.isKnownPattern("workspace", "acme.playbook:fly")).toBe(false);
  });

  it("has predefined roles with what own types put into them, and leaves those alone that hold all of it", () => {
    const operator = own.findPredefinedRole(OPERATOR);
    expect(operator?.scopes).toEqual([...(findPredefinedRole(OPERATOR)?.scopes ?? []), "acme.playbook:run"]);
    expect(own.findPredefinedRole(VIEWER)).toBe(findPredefinedRole(VIEWER));
    expect(own.findPredefinedRole(OWNER)?.scopes).toEqual(["*"]);
    expect(own.predefinedRoles.map(({ id }) => id)).toEqual(builtInCatalogue.predefinedRoles.map(({ id }) => id));
  });

  it("completes a predefined role, and leaves a custom one as it is", () => {
    const custom = {
      id: "rol_x" as RoleId,
      name: "X",
      description: "",
      level: "workspace",
      scopes: [],
      managedBy: "workspace",
    } as const;
    expect(own.complete(custom)).toBe(custom);
    expect(own.complete(findPredefinedRole(OPERATOR) ?? custom).scopes).toContain("acme.playbook:run");
  });
});
