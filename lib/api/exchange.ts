/** A request and its reply as the API sees them: free of Lambda, so that routes and pipeline never meet an event's shape. */
import type { Origin } from "../domain/audit.ts";
import type { Principal } from "../identity/principal.ts";
import type { Method } from "./access.ts";

export interface HttpRequest {
  readonly method: Method;
  /** API Gateway's resource path, e.g. `/v1/orgs/{orgId}`. */
  readonly resource: string;
  /** The path as it was asked for, with the ids in it. */
  readonly path: string;
  readonly params: ReadonlyMap<string, string>;
  readonly query: ReadonlyMap<string, readonly string[]>;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string | undefined;
  readonly origin: Origin;
  /** What the authorizer found; absent on public routes. */
  readonly authorized: Authorized | undefined;
}

/** What the authorizer hands on with its allow. */
export interface Authorized {
  readonly principal: Principal;
  /** On a `member` route: whether the scope that it names is held as well. */
  readonly holdsScope: boolean;
  /** The workspace is not there, and the caller is one who may know. */
  readonly isWorkspaceAbsent: boolean;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
