/**
 * Worlds that allow one question, each then spoiled by nothing or by one or two things. A purely random world allows nearly
 * nothing, and a law that was only ever tried on denials says little.
 */
import fc from "fast-check";
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import type { Facts, Question } from "../../lib/domain/decide.ts";
import type { Grant } from "../../lib/domain/grants.ts";
import type { OrgId, ProviderId, RoleId, WorkspaceId } from "../../lib/domain/ids.ts";
import { findPredefinedRole } from "../../lib/domain/predefined-roles.ts";
import type { Role } from "../../lib/domain/roles.ts";
import type { Level, Pattern } from "../../lib/domain/scopes.ts";
import { acme, ann, makeFacts, makeGrant, NOW, rolesOf, soc } from "./facts.ts";

export interface Asked {
  readonly question: Question;
  readonly facts: Facts;
}

const level: fc.Arbitrary<Level> = fc.constantFrom("workspace", "organization");
const anyScope = fc.constantFrom(...builtInCatalogue.scopes);

/** A pattern of a level that says something: mostly one scope, sometimes all of a type. */
export const patternAt = (at: Level): fc.Arbitrary<Pattern> => {
  const scopes = builtInCatalogue.scopes.filter((scope) => scope.level === at);
  return fc
    .tuple(fc.constantFrom(...scopes), fc.nat({ max: 4 }))
    .map(([scope, choice]) => (choice === 0 ? `${scope.resourceType}:*` : scope.name));
};

const expiry = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 3 }).map((ms) => NOW + ms) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 }).map((ms) => NOW - ms) },
);

/** A role and a grant of it that have nothing to do with the question, or only by chance. */
export const bystander: fc.Arbitrary<{ at: Level; role: Role; grant: Grant }> = fc
  .record({
    at: level,
    roleLevel: level,
    number: fc.nat({ max: 4 }),
    predefined: fc.constantFrom(undefined, undefined, "rol_viewer", "rol_operator", "rol_cases-analyst"),
    expiresAt: expiry,
  })
  .chain(({ at, roleLevel, number, predefined, expiresAt }) =>
    fc.array(patternAt(roleLevel), { maxLength: 4 }).map((scopes) => {
      const own: Role = {
        id: `rol_bystander-${roleLevel}-${number}` as RoleId,
        name: "Bystander",
        description: "",
        level: roleLevel,
        scopes,
        managedBy: "workspace",
      };
      const role = (predefined === undefined ? undefined : findPredefinedRole(predefined as RoleId)) ?? own;
      return { at, role, grant: makeGrant(role, expiresAt) };
    }),
  );

type Spoiler = (asked: Asked) => Asked;

const spoilFacts =
  (spoil: (facts: Facts) => Partial<Facts>): Spoiler =>
  ({ question, facts }) => ({ question, facts: { ...facts, ...spoil(facts) } });

const spoilGrants = (spoil: (grant: Grant) => Grant[]): Spoiler =>
  spoilFacts(({ workspaceGrants, organizationGrants }) => ({
    workspaceGrants: workspaceGrants.flatMap(spoil),
    organizationGrants: organizationGrants.flatMap(spoil),
  }));

const spoilRoles = (spoil: (role: Role, asked: Asked) => Role[]): Spoiler =>
  function spoilThem(asked) {
    const roles = [...asked.facts.roles.values()].flatMap((role) => spoil(role, asked));
    return { ...asked, facts: { ...asked.facts, roles: rolesOf(...roles) } };
  };

const isWanted = (id: RoleId) => id.startsWith("rol_wanted");

/** What can go wrong with a world, each by its name, so that a failing example says what was spoiled. */
const spoilers: Readonly<Record<string, Spoiler>> = {
  "no organization": spoilFacts(() => ({ organization: undefined })),
  "organization suspended": spoilFacts(() => ({ organization: { ...acme, status: "suspended" } })),
  "no user": spoilFacts(() => ({ user: undefined })),
  "user suspended": spoilFacts(() => ({ user: { ...ann, status: "suspended" } })),
  "user invited": spoilFacts(() => ({ user: { ...ann, status: "invited" } })),
  "user of another organization": spoilFacts(() => ({ user: { ...ann, orgId: "org_globex" as OrgId } })),
  "provider disabled": spoilFacts(() => ({ user: { ...ann, identityProviderId: "idp_closed" as ProviderId } })),
  "no workspace": spoilFacts(() => ({ workspace: undefined })),
  "workspace suspended": spoilFacts(() => ({ workspace: { ...soc, status: "suspended" } })),
  "workspace of another organization": spoilFacts(() => ({
    workspace: { ...soc, id: "wks_foreign" as WorkspaceId, orgId: "org_globex" as OrgId },
  })),
  "feature off": spoilFacts(() => ({ workspace: { ...soc, features: [] } })),
  "expired now": spoilGrants((grant) => [isWanted(grant.roleId) ? { ...grant, expiresAt: NOW } : grant]),
  "expires in a millisecond": spoilGrants((grant) => [{ ...grant, expiresAt: NOW + 1 }]),
  "not granted": spoilGrants((grant) => (isWanted(grant.roleId) ? [] : [grant])),
  "granted at the other level": spoilFacts(({ workspaceGrants, organizationGrants }) => ({
    workspaceGrants: organizationGrants,
    organizationGrants: workspaceGrants,
  })),
  "role gone": spoilRoles((role) => (isWanted(role.id) ? [] : [role])),
  "role of the other level": spoilRoles((role) => [
    role.managedBy === "system" ? role : { ...role, level: role.level === "workspace" ? "organization" : "workspace" },
  ]),
  "every neighbour of the scope": spoilRoles((role, { question }) => [
    isWanted(role.id) ? { ...role, scopes: neighbours(question) } : role,
  ]),
};

/** All other scopes of the same type, and the scope with one letter more or less: near, and not it. */
function neighbours({ level: at, scope }: Question): Pattern[] {
  const type = scope.split(":")[0];
  const others = builtInCatalogue.scopes.filter(
    (one) => one.level === at && one.resourceType === type && one.name !== scope,
  );
  return [...others.map((one) => one.name), `${scope}s`, scope.slice(0, -1), `x${scope}`, `${type}-x:*`];
}

const spoiling: fc.Arbitrary<readonly string[]> = fc.oneof(
  { weight: 4, arbitrary: fc.constant([]) },
  { weight: 6, arbitrary: fc.uniqueArray(fc.constantFrom(...Object.keys(spoilers)), { minLength: 1, maxLength: 2 }) },
);

export const almostAllowed: fc.Arbitrary<Asked> = fc
  .record({
    asked: anyScope,
    width: fc.constantFrom("scope", "scope", "type", "all"),
    beside: fc.array(bystander, { maxLength: 3 }),
    padding: fc.array(patternAt("workspace"), { maxLength: 3 }),
    isCaseRole: fc.nat({ max: 7 }).map((choice) => choice === 0),
    spoiled: spoiling,
  })
  .map(({ asked, width, beside, padding, isCaseRole, spoiled }) => {
    const { level: at, name, resourceType } = asked;
    const question: Question = { level: at, scope: name };
    const pattern = { scope: name, type: `${resourceType}:*`, all: "*" }[width];
    const caseRole = findPredefinedRole("rol_cases-contributor" as RoleId);
    const wanted: Role =
      isCaseRole && caseRole?.scopes.includes(name) && at === "workspace"
        ? caseRole
        : {
            id: "rol_wanted" as RoleId,
            name: "Wanted",
            description: "",
            level: at,
            scopes: [...padding, pattern],
            managedBy: "workspace",
          };
    const live = makeFacts(wanted);
    const grantsAt = (one: Level) => beside.filter((other) => other.at === one).map((other) => other.grant);
    const facts: Facts = {
      ...live,
      workspaceGrants: [...grantsAt("workspace"), ...live.workspaceGrants],
      organizationGrants: [...grantsAt("organization"), ...live.organizationGrants],
      roles: rolesOf(...beside.map((other) => other.role), wanted),
    };
    return spoiled.reduce<Asked>((world, spoiler) => spoilers[spoiler]?.(world) ?? world, { question, facts });
  });
