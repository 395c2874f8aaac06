/** Which claim an attribute is read from, and what is none. */
import { describe, expect, it } from "vitest";
import { readAttributes } from "../../lib/domain/claims.ts";

const claims = {
  email: "dana@acme.example",
  groups: ["SOC-Tier2", "EMEA"],
  "https://acme.example/groups": ["by-name"],
  "/exact": "a name that begins with a slash",
  exact: "never this one",
  realm_access: { roles: ["admin", "user"], "a/b": { "c~d": 7 } },
  level: 7,
  active: false,
  nothing: null,
  empty: [],
  mixed: ["a", null, { b: 1 }, ["c"], 2, Number.NaN],
  nested: [{ name: "first" }, { name: "second" }],
};
const read = (claim: string) => readAttributes({ a: claim }, claims).get("a");

describe("an attribute", () => {
  it.each([
    ["email", ["dana@acme.example"]],
    ["groups", ["SOC-Tier2", "EMEA"]],
    ["https://acme.example/groups", ["by-name"]],
    ["/exact", ["a name that begins with a slash"]],
    ["/realm_access/roles", ["admin", "user"]],
    ["/realm_access/roles/1", ["user"]],
    ["/realm_access/a~1b/c~0d", [7]],
    ["/nested/0/name", ["first"]],
    ["level", [7]],
    ["active", [false]],
    ["mixed", ["a", 2]],
  ])("is read from %s: %j", (claim, expected) => {
    expect(read(claim)).toEqual(expected);
  });

  it.each([
    ["absent"],
    ["nothing"],
    ["empty"],
    ["realm_access"],
    ["nested"],
    ["realm_access/roles"],
    ["/realm_access/roles/-"],
    ["/realm_access/roles/01"],
    ["/realm_access/roles/length"],
    ["/groups/0/length"],
    ["/email/length"],
    ["toString"],
    ["/toString"],
    ["__proto__"],
    ["/constructor/name"],
    ["/"],
    [""],
  ])("is not there for %s", (claim) => {
    expect(readAttributes({ a: claim }, claims).has("a")).toBe(false);
  });

  it("is not there for what an object has from another", () => {
    const inherited: object = Object.create({ role: "owner" });
    expect(readAttributes({ a: "/from/role" }, { from: inherited }).has("a")).toBe(false);
    expect(readAttributes({ a: "role" }, inherited as Record<string, unknown>).has("a")).toBe(false);
  });

  it("that nobody mapped is not there, whatever is claimed", () => {
    expect([...readAttributes({ mail: "email" }, claims).keys()]).toEqual(["mail"]);
  });
});
