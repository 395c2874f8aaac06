/** The last owner stays: who counts as an anchor, and which change would take the last one. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anchorRole, canAnchor, isAnchorGrant, losesLastAnchor } from "../../lib/domain/anchors.ts";
import type { Grant } from "../../lib/domain/grants.ts";
import type { ProviderId, RoleId, UserId } from "../../lib/domain/ids.ts";
import type { Level } from "../../lib/domain/scopes.ts";
import type { User } from "../../lib/domain/users.ts";
import { modelAnchors } from "../model/model.ts";
import { ann, NOW } from "./facts.ts";

const { identityProviderId: _none, ...poolPerson } = ann;
const open = ["idp_open" as ProviderId];
const owner: Grant = { roleId: "rol_owner" as RoleId, managedBy: "system", source: "direct" };
const manager: Grant = { ...owner, roleId: "rol_organization-manager" as RoleId };

describe("a grant that could be an anchor", () => {
  it("is a direct Owner in a workspace and a direct Organization Manager in the organization", () => {
    expect(anchorRole("workspace")).toBe("rol_owner");
    expect(anchorRole("organization")).toBe("rol_organization-manager");
    expect(isAnchorGrant("workspace", owner)).toBe(true);
    expect(isAnchorGrant("organization", manager)).toBe(true);
  });

  it.each<[string, Level, Grant]>([
    ["an Owner in the organization", "organization", owner],
    ["an Organization Manager in a workspace", "workspace", manager],
    ["one with an end, however far", "workspace", { ...owner, expiresAt: Number.MAX_SAFE_INTEGER }],
    ["one with an end that has passed", "workspace", { ...owner, expiresAt: NOW - 1 }],
    ["one that a rule made", "workspace", { ...owner, source: "claim-rule:rul_1" }],
    [
      "a custom role, whatever it holds",
      "workspace",
      { ...owner, roleId: "rol_all" as RoleId, managedBy: "workspace" },
    ],
  ])("is not %s", (_what, level, grant) => {
    expect(isAnchorGrant(level, grant)).toBe(false);
  });
});

describe("a user who can hold an anchor", () => {
  it("is active, and of the pool itself or of an enabled provider", () => {
    expect(canAnchor(poolPerson, open)).toBe(true);
    expect(canAnchor({ ...ann, identityProviderId: "idp_open" as ProviderId }, open)).toBe(true);
  });

  it.each<[string, User | undefined]>([
    ["is gone", undefined],
    ["is invited", { ...poolPerson, status: "invited" }],
    ["is suspended", { ...poolPerson, status: "suspended" }],
    ["comes through a disabled provider", { ...ann, identityProviderId: "idp_closed" as ProviderId }],
  ])("is nobody who %s", (_what, user) => {
    expect(canAnchor(user, open)).toBe(false);
  });
});

describe("losing the last anchor", () => {
  const users = (...names: string[]) => new Set(names.map((name) => `usr_${name}` as UserId));

  it.each([
    ["taking the only one", users("ann"), users("ann"), true],
    ["taking both at once", users("ann", "bob"), users("ann", "bob"), true],
    ["taking one of two", users("ann", "bob"), users("ann"), false],
    ["taking somebody who was none", users("ann"), users("bob"), false],
    ["taking nobody", users("ann"), users(), false],
    ["a place that had none", users(), users("ann"), false],
  ])("%s: %#", (_what, before, taken, loses) => {
    expect(losesLastAnchor(before, taken)).toBe(loses);
  });
});

describe("anchors, for all places", () => {
  const person = fc.record({
    status: fc.constantFrom<User["status"]>("active", "active", "active", "suspended", "invited"),
    identityProviderId: fc.constantFrom(undefined, "idp_open" as ProviderId, "idp_closed" as ProviderId),
    grants: fc.array(
      fc.record({
        roleId: fc.constantFrom("rol_owner" as RoleId, "rol_organization-manager" as RoleId, "rol_viewer" as RoleId),
        source: fc.constantFrom<Grant["source"]>("direct", "direct", "direct", "claim-rule:rul_1"),
        expiresAt: fc.constantFrom(undefined, undefined, NOW - 1, NOW + 1),
      }),
      { maxLength: 3 },
    ),
  });

  it("counts the anchors that the model counts, and refuses exactly the changes that leave none", () => {
    const law = fc.property(
      fc.constantFrom<Level>("workspace", "organization"),
      fc.array(person, { maxLength: 5 }),
      fc.nat(),
      (level, people, bits) => {
        const assignments = people.map(({ status, identityProviderId, grants }, index) => ({
          user: {
            ...poolPerson,
            id: `usr_${index}` as UserId,
            status,
            ...(identityProviderId === undefined ? {} : { identityProviderId }),
          },
          grants: grants.map(
            ({ roleId, source, expiresAt }): Grant => ({
              roleId,
              managedBy: "system",
              source,
              ...(expiresAt === undefined ? {} : { expiresAt }),
            }),
          ),
        }));
        const anchorsOf = (those: typeof assignments) =>
          new Set(
            those
              .filter(({ user, grants }) => canAnchor(user, open) && grants.some((one) => isAnchorGrant(level, one)))
              .map(({ user }) => user.id),
          );
        const before = anchorsOf(assignments);
        expect(before).toEqual(modelAnchors(level, assignments, open));
        const stays = assignments.filter((_, index) => (bits >> index) % 2 === 0);
        const taken = new Set(assignments.filter((one) => !stays.includes(one)).map(({ user }) => user.id));
        const isEmptied = before.size > 0 && modelAnchors(level, stays, open).size === 0;
        expect(losesLastAnchor(before, taken)).toBe(isEmptied);
      },
    );
    fc.assert(law, { numRuns: 1_000 });
  });
});
