/** Grants of roles that others have taken the place of, as every reader takes them before a sweep has come by. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Grant } from "../../lib/domain/grants.ts";
import { replaceRoles } from "../../lib/domain/grants.ts";
import type { RoleId } from "../../lib/domain/ids.ts";
import type { RoleRef } from "../../lib/domain/roles.ts";

const id = (name: string) => `rol_${name}` as RoleId;
const ref = (name: string, managedBy: RoleRef["managedBy"] = "workspace"): RoleRef => ({ roleId: id(name), managedBy });
const grant = (name: string, expiresAt?: number, source: Grant["source"] = "direct"): Grant => ({
  ...ref(name),
  source,
  ...(expiresAt === undefined ? {} : { expiresAt }),
});
const replaced = (...pairs: readonly [string, string][]) => new Map(pairs.map(([from, to]) => [id(from), ref(to)]));

describe("grants of replaced roles", () => {
  it("stay as they are where nothing was replaced", () => {
    const grants = [grant("a"), grant("b", 5)];
    expect(replaceRoles(grants, new Map())).toBe(grants);
    expect(replaceRoles(grants, replaced(["c", "d"]))).toEqual(grants);
  });

  it("are grants of the role in its place, by its manager, from the same source and until the same moment", () => {
    const to = new Map([[id("a"), ref("x", "organization")]]);
    const [one] = replaceRoles([grant("a", 7, "claim-rule:cmr_1")], to);
    expect(one).toEqual({ roleId: id("x"), managedBy: "organization", source: "claim-rule:cmr_1", expiresAt: 7 });
  });

  it("follow from one replacement to the next", () => {
    expect(replaceRoles([grant("a")], replaced(["a", "b"], ["b", "c"]))).toEqual([grant("c")]);
  });

  it.each([
    ["the later end stays", [grant("a", 5), grant("b", 9)], [grant("b", 9)]],
    ["also when it comes first", [grant("a", 9), grant("b", 5)], [grant("b", 9)]],
    ["for ever stays", [grant("a", 5), grant("b")], [grant("b")]],
    ["also when it comes first", [grant("a"), grant("b", 5)], [grant("b")]],
  ])("of two that become one, %s", (_, before, after) => {
    expect(replaceRoles(before, replaced(["a", "b"]))).toEqual(after);
  });

  it("from two sources stay two: taking one away leaves the other", () => {
    const after = replaceRoles([grant("a"), grant("b", 5, "claim-rule:cmr_1")], replaced(["a", "b"]));
    expect(after).toEqual([grant("b"), grant("b", 5, "claim-rule:cmr_1")]);
  });

  it("never give anything for longer, or less long, than one of them did: for any grants and chain of replacements", () => {
    const names = ["a", "b", "c", "d", "e"];
    const anyGrant = fc.record({
      name: fc.constantFrom(...names),
      expiresAt: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
      source: fc.constantFrom<Grant["source"]>("direct", "claim-rule:cmr_1"),
    });
    // A role is only ever replaced by one further on, so no circle arises.
    const anyChain = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 4 })), {
      maxLength: 4,
    });
    const law = fc.property(fc.array(anyGrant, { maxLength: 8 }), anyChain, (made, steps) => {
      const chain = new Map(steps.filter(([from, to]) => from < to).map(([from, to]) => [names[from], names[to]]));
      const grants = made.map(({ name, expiresAt, source }) => grant(name, expiresAt, source));
      const after = replaceRoles(grants, replaced(...([...chain] as [string, string][])));
      const heirOf = (name: string): string => (chain.has(name) ? heirOf(chain.get(name) ?? "") : name);
      // At each moment, what is held: by the plain reading of each grant's heir, and by the merged list.
      for (const now of [0, 1, 2, 3, 4, 5]) {
        const isLive = (end: number | undefined) => end === undefined || now < end;
        const plain = made
          .filter(({ expiresAt }) => isLive(expiresAt))
          .map(({ name, source }) => `${heirOf(name)} ${source}`);
        const merged = after
          .filter(({ expiresAt }) => isLive(expiresAt))
          .map((one) => `${one.roleId.slice(4)} ${one.source}`);
        expect(new Set(merged)).toEqual(new Set(plain));
        if (chain.size > 0) expect(merged).toHaveLength(new Set(merged).size);
      }
    });
    fc.assert(law, { numRuns: 500 });
  });
});
