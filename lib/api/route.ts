/**
 * A route: one entry says all there is to one method of one path, and everything else derives from it — the gateway's method, the
 * authorizer's question, validation, OpenAPI, and the tests.
 *
 * A *query* reads and answers. A *command* is `load(store, input) -> facts` and a pure `decide(facts, input) -> outcome`; the
 * pipeline locks the place, judges the caller again on fresh facts, and commits changes and audit entries as one transaction.
 */
import type * as z from "zod";
import type { EntryDraft } from "../domain/audit.ts";
import type { Catalogue } from "../domain/catalogue.ts";
import type { Giver } from "../domain/exceeds.ts";
import type {
  ExportId,
  KeyId,
  OrgId,
  ProviderId,
  RoleId,
  RuleId,
  ShareId,
  UserId,
  WorkspaceId,
} from "../domain/ids.ts";
import type { Organization, Workspace } from "../domain/places.ts";
import type { WorkspaceScope } from "../domain/resource-types.ts";
import type { Principal } from "../identity/principal.ts";
import type { UserPool } from "../pool/user-pool.ts";
import type { Change } from "../store/changes.ts";
import type { Store } from "../store/store.ts";
import type { Sweep } from "../store/sweeps.ts";
import type { Access, Method } from "./access.ts";
import type { VersionedFacts } from "./facts.ts";
import type { Host } from "./host.ts";
import type { IdMaker } from "./id-maker.ts";
import type { IssueKey } from "./issued-key.ts";
import type { RoleCache } from "./role-cache.ts";
import type { LeftOverShare } from "./share-sweep.ts";

/** The Lambda function that serves a route. */
export type Area = "directory" | "access" | "federation" | "resources" | "sharing" | "decisions" | "audit" | "meta";

interface ParamTypes {
  orgId: OrgId;
  workspaceId: WorkspaceId;
  userId: UserId;
  roleId: RoleId;
  ruleId: RuleId;
  idpId: ProviderId;
  shareId: ShareId;
  keyId: KeyId;
  exportId: ExportId;
}

/** The parameters that a path names, each with the type of its id. */
type ParamsOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [K in Name]: Name extends keyof ParamTypes ? ParamTypes[Name] : string } & ParamsOf<Rest>
  : unknown;

export interface Input<Path extends string, Query, Body> {
  readonly params: ParamsOf<Path>;
  readonly query: Query;
  readonly body: Body;
  readonly principal: Principal;
  /** On a `member` route: whether the caller holds the scope that it names. */
  readonly holdsScope: boolean;
  readonly ifMatch: string | undefined;
  /** Milliseconds since 1970: the one moment that the whole request is judged at. */
  readonly now: number;
  readonly newId: IdMaker;
  readonly page: PageRequest;
}

/** Where a list is to go on, and the cursor for where it stops. */
export interface PageRequest {
  readonly limit: number;
  /** What was sealed into the cursor; undefined at the beginning. */
  readonly position: unknown;
  readonly seal: (position: unknown) => string;
}

export interface Reply {
  /** The route's declared status when absent. */
  readonly status?: number;
  readonly body?: unknown;
  /** Members of the body that are answered now and never again: they are not kept for a repeated request. */
  readonly once?: Readonly<Record<string, string>>;
  /** Becomes the ETag. */
  readonly version?: number | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the deployment lets its callers do. */
export interface Settings {
  /** `open`: any person of the pool may make an organization. */
  readonly organizationCreation: "open" | "closed";
}

/** What a query may use beyond the store. */
export type Reading = Host;

/** What a command's `load` may use beyond the store: the places as they were locked. */
export interface Loading {
  readonly roles: RoleCache;
  readonly pool: UserPool | undefined;
  readonly issueKey: IssueKey | undefined;
  /** Does some work once for the whole request, however often it is tried: what is asked of others than the store. */
  readonly once: <T>(work: () => Promise<T>) => Promise<T>;
  readonly organization: Organization | undefined;
  readonly workspace: Workspace | undefined;
  readonly other: Workspace | undefined;
}

/** What a command decides on, beside what it loaded: all of it read after the places were locked. */
export interface Standing {
  readonly organization: Organization | undefined;
  readonly workspace: Workspace | undefined;
  /** The workspace of `locksOther`. */
  readonly other: Workspace | undefined;
  /** Facts about the caller; absent on routes outside any organization. */
  readonly caller: VersionedFacts | undefined;
  /** What the caller can give. */
  readonly giver: Giver;
  /** Every scope there is in the organization, and its predefined roles. */
  readonly catalogue: Catalogue;
}

/**
 * What a command decided. `audit` is required, so that a write without an audit entry does not compile. `unchanged` stores and
 * audits nothing.
 */
export type Outcome =
  | {
      readonly changes: readonly Change[];
      readonly audit: readonly [EntryDraft, ...EntryDraft[]];
      /** Takes the gate: the change can take an anchor away. */
      readonly takesGate?: boolean;
      /** Places of the route's `locks` that this change leaves alone, or takes a turn of: it has no entry there. */
      readonly releases?: "organization" | "workspace";
      /** The caller's address, where no organization knows them yet. */
      readonly actorEmail?: string;
      readonly reply: Reply;
    }
  | { readonly unchanged: Reply }
  /** What is left of an earlier change stands in the way: it is swept, and then all is decided anew. */
  | { readonly sweepFirst: Sweep | LeftOverShare };

/** The places that a command changes, and so locks: read before anything else. */
type Locks = "organization" | "workspace" | "both" | "none";

/**
 * A request as an example: feeds OpenAPI, and the generated test that the route's own scope suffices for it. In its body, as in the
 * path, `{roleId}` is the id of a role that can be held in the place and gives nothing, `{sharedRoleId}` that of an org-managed one
 * for workspaces, `{ruleId}` that of the one claim rule of the place, and `{idpId}` that of an identity provider. In a workspace
 * `{type}` is `workflow`, `{resourceId}` is the id of one that is shared with nobody, `{shareId}` that of a share that waits to be
 * accepted there, `{exportId}` in an organization that of an export, and `{otherWorkspaceId}` that of a second workspace.
 */
interface Example {
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Calls, by method and path, without which there would be nothing to do. */
  readonly before?: readonly string[];
  /** Scopes of the route's level that the example hands on to others, and so must be held beside the route's own. */
  readonly handsOn?: readonly WorkspaceScope[];
}

interface RouteFace<Path extends string> {
  readonly method: Method;
  readonly path: Path;
  readonly operationId: string;
  readonly summary: string;
  readonly area: Area;
  readonly access: Access;
  /**
   * What is access and no scope speaks of: refuses for who asks, or for what the deployment lets its callers do, before anything
   * else of the request is looked at.
   */
  readonly admit?: (principal: Principal, settings: Settings) => void;
  readonly reply: {
    readonly status: 200 | 201 | 204;
    readonly schema?: z.ZodType;
    readonly hasETag?: boolean;
    /** Answers 201 where what it replaces was not there. */
    readonly makes?: true;
  };
  readonly example: Example;
}

interface RouteSchemas<Query, Body> {
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  /**
   * Takes `limit` and `cursor`; the most and the usual items of a page where they differ from everywhere else's. With `lines`, whoever
   * accepts `application/jsonl` gets the items as lines, and the cursor as a header.
   */
  readonly list?: { readonly most?: number; readonly usual?: number; readonly lines?: true };
  /** What a body that does not fit is called, where the contract has it otherwise than `request.invalid`. */
  readonly invalidBody?: "request.malformed";
}

export interface QueryRoute<Path extends string, Query, Body> extends RouteFace<Path>, RouteSchemas<Query, Body> {
  readonly run: (store: Store, input: Input<Path, Query, Body>, reading: Reading) => Promise<Reply>;
}

export interface CommandRoute<Path extends string, Query, Body, Loaded>
  extends RouteFace<Path>,
    RouteSchemas<Query, Body> {
  readonly locks: Locks;
  /**
   * Another workspace that the change locks beside that of its path: what the request names, or what never changes of a thing that it
   * names, since it is asked before anything is locked. Undefined where there is none: the command then refuses.
   */
  readonly locksOther?: (store: Store, input: Input<Path, Query, Body>) => Promise<WorkspaceId | undefined>;
  /** Reads the gate before the facts, since the change may take an anchor away. */
  readonly readsGate?: true;
  /** `moved` when what it read shows that the world moved since the places were read. */
  readonly load: (store: Store, input: Input<Path, Query, Body>, loading: Loading) => Promise<Loaded | "moved">;
  readonly decide: (loaded: Loaded, input: Input<Path, Query, Body>, standing: Standing, store: Store) => Outcome;
  /**
   * What follows from a change that was committed, outside of the table. Whatever comes of it, the change stands: a fault is told
   * to the operator, and the answer is the one that was decided.
   * @returns the answer as it is then
   */
  readonly afterwards?: (reply: Reply, input: Input<Path, Query, Body>, host: Host) => Promise<Reply>;
}

/** One command done for each row of a request, with an answer for each. */
export interface BulkRoute<Path extends string, Body> extends RouteFace<Path>, RouteSchemas<unknown, Body> {
  readonly rowsOf: (body: Body) => readonly unknown[];
  /** Takes a row as its body, on the same path parameters; asks for the same access. */
  readonly each: AnyCommand;
  /** What a row's answer calls the thing that was made. */
  readonly thing: string;
  /** What it shows of it, where that is not all: the answers of all rows are kept as one item. */
  readonly shownOf?: (made: never) => unknown;
  /** Where in the body that stands what is wrong with a row, at `within` in the row. */
  readonly pointerOf: (index: number, within: string) => string;
}

// biome-ignore lint/suspicious/noExplicitAny: a table of routes holds each with types of its own; the makers below check them
export type AnyCommand = CommandRoute<string, any, any, any>;
// biome-ignore lint/suspicious/noExplicitAny: as above
export type AnyBulk = BulkRoute<string, any>;
// biome-ignore lint/suspicious/noExplicitAny: as above
type AnyQuery = QueryRoute<string, any, any>;

/** Any route, its own types forgotten: what tables and the pipeline see. */
export type Route = AnyQuery | AnyCommand | AnyBulk;

export function query<Path extends string, Query = unknown, Body = unknown>(
  route: QueryRoute<Path, Query, Body>,
): Route {
  return route as unknown as Route;
}

export function command<Path extends string, Loaded, Query = unknown, Body = unknown>(
  route: CommandRoute<Path, Query, Body, Loaded>,
): AnyCommand {
  return route as unknown as AnyCommand;
}

export function bulk<Path extends string, Body>(route: BulkRoute<Path, Body>): Route {
  return route as unknown as Route;
}

/** Whether a route changes something, by itself or row by row. */
export function isWrite(route: Route): route is AnyCommand | AnyBulk {
  return "decide" in route || "each" in route;
}
