/**
 * A second statement of what `domain.md` means by deciding, giving and anchors, to be held against `lib/domain`. It imports
 * nothing, and it works another way: it expands everything over the catalogue it is handed and never looks for a cover.
 */

type ModelLevel = "workspace" | "organization";

interface ModelScope {
  readonly level: ModelLevel;
  readonly name: string;
}

interface ModelRole {
  readonly id: string;
  readonly level: ModelLevel;
  readonly scopes: readonly string[];
}

interface ModelGrant {
  readonly roleId: string;
  readonly source: string;
  readonly expiresAt?: number;
}

interface ModelUser {
  readonly id: string;
  readonly orgId: string;
  readonly status: string;
  readonly identityProviderId?: string;
}

interface ModelFacts {
  readonly now: number;
  readonly organization:
    | { readonly id: string; readonly status: string; readonly enabledProviders: readonly string[] }
    | undefined;
  readonly workspace:
    | {
        readonly orgId: string;
        readonly status: string;
        readonly features: readonly string[];
      }
    | undefined;
  readonly user: ModelUser | undefined;
  readonly workspaceGrants: readonly ModelGrant[];
  readonly organizationGrants: readonly ModelGrant[];
  readonly roles: { values(): Iterable<ModelRole> };
}

/** The predefined roles that exist only where cases are managed. */
const CASE_ROLES = ["rol_cases-viewer", "rol_cases-analyst", "rol_cases-contributor", "rol_workspace-viewer"];

function isWhole(pattern: string): boolean {
  return pattern === "*";
}

function namesScope(pattern: string, scope: string): boolean {
  if (isWhole(pattern)) return true;
  const [patternType, patternAction] = pattern.split(":");
  const [type, action] = scope.split(":");
  return patternType === type && (patternAction === "*" || patternAction === action);
}

/** Everything that somebody holds at a level: scope by scope, grant by grant, pattern by pattern. */
export function modelHeld(level: ModelLevel, facts: ModelFacts, catalogue: readonly ModelScope[]): Set<string> {
  const { organization, workspace, user } = facts;
  const isPersonLive =
    organization?.status === "active" &&
    user?.status === "active" &&
    user.orgId === organization.id &&
    (user.identityProviderId === undefined || organization.enabledProviders.includes(user.identityProviderId));
  const isPlaceLive =
    level === "organization" || (workspace?.status === "active" && workspace.orgId === organization?.id);
  const held = new Set<string>();
  for (const scope of catalogue) {
    for (const grant of level === "workspace" ? facts.workspaceGrants : facts.organizationGrants) {
      for (const role of facts.roles.values()) {
        for (const pattern of role.scopes) {
          const isGiven =
            isPersonLive &&
            isPlaceLive &&
            scope.level === level &&
            role.level === level &&
            role.id === grant.roleId &&
            (grant.expiresAt === undefined || grant.expiresAt > facts.now) &&
            (!CASE_ROLES.includes(role.id) || workspace?.features.includes("case-management") === true) &&
            namesScope(pattern, scope.name);
          if (isGiven) held.add(scope.name);
        }
      }
    }
  }
  return held;
}

/** The scopes of a level that there are, and some that there may be one day: one more of each type, and one of a new type. */
export function presentAndFuture(level: ModelLevel, catalogue: readonly ModelScope[]): string[] {
  const present = catalogue.filter((scope) => scope.level === level).map((scope) => scope.name);
  const types = new Set(present.map((name) => name.split(":")[0]));
  return [...present, ...[...types].map((type) => `${type}:one-day`), "one-day:one-day"];
}

/** What patterns stand for, present and future. */
export function modelExpand(level: ModelLevel, patterns: Iterable<string>, catalogue: readonly ModelScope[]) {
  const all = [...patterns];
  return new Set(presentAndFuture(level, catalogue).filter((name) => all.some((pattern) => namesScope(pattern, name))));
}

interface ModelGift {
  readonly key: string;
  readonly level: ModelLevel;
  readonly patterns: readonly string[];
  readonly expiresAt?: number;
}

interface ModelGiver {
  readonly workspace: readonly string[];
  readonly organization: readonly string[];
  readonly mayGrantAnyWorkspaceRole: boolean;
}

/** The patterns that stand for a scope, present or future, which the giver does not hold, among gifts that are new or grew. */
export function modelExceeds(
  giver: ModelGiver,
  before: readonly ModelGift[],
  after: readonly ModelGift[],
  catalogue: readonly ModelScope[],
): Set<string> {
  const beyond = new Set<string>();
  for (const gift of after) {
    if (before.some((old) => isSameContent(old, gift) && !outlives(gift, old))) continue;
    const own = modelExpand(gift.level, giver[gift.level], catalogue);
    const given = gift.level === "workspace" && giver.mayGrantAnyWorkspaceRole ? [] : gift.patterns;
    for (const pattern of given) {
      for (const name of modelExpand(gift.level, [pattern], catalogue)) if (!own.has(name)) beyond.add(pattern);
    }
  }
  return beyond;
}

function isSameContent(a: ModelGift, b: ModelGift): boolean {
  const contents = [a, b].map((gift) => JSON.stringify([gift.key, gift.level, [...new Set(gift.patterns)].sort()]));
  return contents[0] === contents[1];
}

/** Whether there is a moment at which one is in force and the other is over. */
function outlives(gift: ModelGift, old: ModelGift): boolean {
  const moments = [gift.expiresAt, old.expiresAt].flatMap((end) => (end === undefined ? [] : [end - 1, end, end + 1]));
  const isInForce = (one: ModelGift, moment: number) => one.expiresAt === undefined || moment < one.expiresAt;
  return [...moments, Number.MAX_VALUE].some((moment) => isInForce(gift, moment) && !isInForce(old, moment));
}

/** The ids of those who keep a place: a direct role without an end, an active person, a door that is open. */
export function modelAnchors(
  level: ModelLevel,
  assignments: Iterable<{ readonly user: ModelUser; readonly grants: readonly ModelGrant[] }>,
  enabledProviders: readonly string[],
): Set<string> {
  const wanted = { workspace: "rol_owner", organization: "rol_organization-manager" }[level];
  const anchors = new Set<string>();
  for (const { user, grants } of assignments) {
    for (const { roleId, source, expiresAt } of grants) {
      const isClosed =
        user.identityProviderId !== undefined && enabledProviders.every((it) => it !== user.identityProviderId);
      if (roleId !== wanted || source !== "direct" || expiresAt !== undefined) continue;
      if (user.status === "active" && !isClosed) anchors.add(user.id);
    }
  }
  return anchors;
}
