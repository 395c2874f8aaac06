/** What a case asks and expects, and which hosts can be asked it. */
import type { Decision } from "../../lib/domain/decide.ts";
import type { World } from "./world.ts";
import { isWorkspacePath } from "./world.ts";

interface Asked {
  /** The case as a sentence. */
  readonly it: string;
  readonly who: string;
  /** The place in the question: `acme` asks at organization level, `acme/soc` in the workspace. */
  readonly in: string;
  /** The organization that the path names, where it is not the workspace's own. */
  readonly under?: string;
  /** Milliseconds after the world's making at which it is asked. */
  readonly after?: number;
}

type Reason = Extract<Decision, { allow: false }>["reason"];

/** May they use this scope? `allow` names the role that it rests on, or those of which any may be named. */
export type ScopeCase = Asked & { readonly scope: string } & (
    | { readonly allow: string | readonly string[] }
    | {
        readonly deny: Reason;
        /** Why, as the decision API tells it, where that tells less. */
        readonly told?: Reason;
      }
  );

/** May they make this call? `O` stands for the organization's path, `W` for the workspace's. */
type CallCase = Asked & {
  readonly calls: Call;
  readonly answer: "allowed" | "access.denied" | "unauthenticated" | "not_found";
};

export type Call =
  | "GET O"
  | "GET O/workspaces"
  | "GET O/scopes"
  | "GET O/roles"
  | "GET O/users"
  | "GET O/assignments"
  | "GET O/audit-log"
  | "POST O/workspaces"
  | "GET W"
  | "PATCH W"
  | "POST W/suspend"
  | "GET W/me"
  | "GET W/roles"
  | "GET W/assignments"
  | "PUT W/assignments/{userId}"
  | "GET W/audit-log";

export type DecisionCase = ScopeCase | CallCase;

/** A world, and what is asked about it. Worlds are only read: a host builds each once. */
interface Scene {
  readonly world: World;
  readonly cases: readonly DecisionCase[];
}

export interface Theme {
  readonly theme: string;
  readonly scenes: readonly Scene[];
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** The path of a call as the route table writes it. */
export function splitCall(call: Call): { method: string; path: string } {
  const [method = "", short = ""] = call.split(" ");
  const organization = "/v1/orgs/{orgId}";
  const path = short.replace(/^O/, organization).replace(/^W/, `${organization}/workspaces/{workspaceId}`);
  return { method, path };
}

/**
 * Why a host whose clock runs by itself and whose store takes any item cannot be asked a case: the authorizer's bundle. Scopes
 * that no route asks for are asked there through a route table of the test's own.
 */
export function findClockObstacle(world: World, asked: DecisionCase): string | undefined {
  if (asked.after !== undefined) return "asks at an exact moment";
  const isShort = world.grants.some(({ expiresIn = HOUR }) => expiresIn > 0 && expiresIn < HOUR);
  return isShort ? "a grant ends while the test runs" : undefined;
}

/**
 * Why a case cannot be made with HTTP calls alone. A case for which this is undefined must be run over HTTP. There, roles are given
 * first, and statuses and features are set last.
 */
export function findHttpObstacle(world: World, asked: DecisionCase): string | undefined {
  return findClockObstacle(world, asked) ?? findUnmakeable(world) ?? findUnaskable(world, asked);
}

function findUnmakeable({ grants, organizations = {}, workspaces = {}, users = {}, roles = {}, keys = {} }: World) {
  const isGone = [organizations, workspaces, users, roles].some((kind) =>
    Object.values(kind).some((exception) => exception.isGone),
  );
  if (isGone) return "no route deletes what is in use";
  if (Object.values(organizations).some(({ status }) => status === "suspended"))
    return "no route suspends an organization";
  if (Object.values(users).some(({ provider }) => provider !== undefined)) return "there are no providers yet";
  if (Object.keys(roles).some((path) => path.split("/").length === 2)) return "org-managed roles cannot be made yet";
  if (Object.values(keys).some(({ expiresIn = 1 }) => expiresIn <= 0)) return "a key that is over cannot be made";
  if (grants.some(({ expiresIn = 1 }) => expiresIn <= 0)) return "a grant that is over cannot be given";
  if (grants.some(({ is }) => is.includes("/"))) return "a role that is not of the place cannot be given there";
  const isOtherEnd = (one: (typeof grants)[number]) =>
    grants.some(({ who, in: place, expiresIn }) => who === one.who && place === one.in && expiresIn !== one.expiresIn);
  if (grants.some(isOtherEnd)) return "all roles of one call end together";
  const isMisplaced = ({ is, in: place }: (typeof grants)[number]) =>
    isWorkspacePath(place) === /^Organization (Manager|Viewer)$/.test(is);
  return grants.some(isMisplaced) ? "a role of the other level cannot be given" : undefined;
}

function findUnaskable({ grants, workspaces = {}, users = {} }: World, asked: DecisionCase): string | undefined {
  const status = users[`${asked.in.split("/")[0]}/${asked.who}`]?.status;
  if ("calls" in asked) {
    if (status === "invited") return "whoever signs in has accepted the invitation";
    return asked.calls.startsWith("GET") ? undefined : "the call would change the world for the other cases";
  }
  if (!isWorkspacePath(asked.in)) return "scopes are evaluated in a workspace only";
  const isThere = asked.under === undefined && (asked.in in workspaces || grants.some((line) => line.in === asked.in));
  if (!isThere) return "nobody is heard in a workspace that is not there";
  return workspaces[asked.in]?.status === "suspended" ? "nobody is heard in a suspended workspace" : undefined;
}
