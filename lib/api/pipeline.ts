/**
 * What happens to every request behind the authorizer: read what was sent, run the route, reply. The only place that catches:
 * a refusal becomes a problem, anything else is logged and becomes a 503, never an allow and never half a change.
 */
import * as z from "zod";
import { Refusal, refuseAbsent } from "../domain/errors.ts";
import type { IdPrefix } from "../domain/ids.ts";
import { isId } from "../domain/ids.ts";
import { toLine } from "../domain/json-lines.ts";
import { limits } from "../domain/limits.ts";
import { readBody, readQuery, refuseParameter } from "./body.ts";
import { runBulk } from "./bulk.ts";
import { runCommand } from "./command.ts";
import type { Authorized, HttpReply, HttpRequest } from "./exchange.ts";
import type { AnyInput, Host } from "./host.ts";
import { makeIdMaker } from "./id-maker.ts";
import type { ListPage } from "./lists.ts";
import { toETag } from "./preconditions.ts";
import { toProblem } from "./problem.ts";
import type { PageRequest, Reply, Route } from "./route.ts";

const noBody = z.strictObject({});
const noQuery = z.strictObject({});
const idPrefixes: ReadonlyMap<string, IdPrefix> = new Map([
  ["orgId", "org"],
  ["workspaceId", "wks"],
  ["userId", "usr"],
  ["roleId", "rol"],
  ["ruleId", "rul"],
  ["idpId", "idp"],
  ["shareId", "shr"],
  ["keyId", "key"],
  ["exportId", "exp"],
]);
/** The rest of an id as it would have been made in 1970, without any randomness. */
const NEVER_MADE = "0".repeat(26);

/** Serves a request by the one of `routes` that the gateway matched. */
export async function serve(
  routes: readonly Route[],
  request: HttpRequest,
  host: Host,
  now: number,
): Promise<HttpReply> {
  const { requestId } = request.origin;
  try {
    const route = routes.find(({ method, path }) => method === request.method && path === request.resource);
    if (route === undefined) refuseAbsent("path or method");
    const input = readInput(route, request, host, now);
    const reply = await run(route, request, input, host);
    return toHttpReply(route, reply, request);
  } catch (error) {
    if (error instanceof Refusal) {
      if (error.code === "unavailable") host.reportFault(error.cause ?? error);
      if (error.code === "access.denied") host.reportDenial?.(error.fields.requiredScope ?? "");
      return toProblem(error, requestId);
    }
    host.reportFault(error);
    return toProblem(new Refusal("unavailable", "Something went wrong on our side; nothing was half done."), requestId);
  }
}

function run(route: Route, request: HttpRequest, input: AnyInput, host: Host): Promise<Reply> {
  if ("decide" in route) return runCommand(route, request, input, host);
  if ("each" in route) return runBulk(route, request, input, host);
  return route.run(host.store, input, host);
}

/** In the order of refusals: access (the authorizer's finding), query and body, absent things. */
function readInput(route: Route, request: HttpRequest, host: Host, now: number): AnyInput {
  const authorized = checkAuthorized(route, request);
  route.admit?.(authorized.principal, host.settings);
  const { page, query } = readPage(route, request, host);
  const body = readBodyOf(route, request);
  if (authorized.isWorkspaceAbsent) refuseAbsent("workspace");
  return {
    params: Object.fromEntries([...request.params].map(([name, id]) => [name, toPossibleId(name, id)])),
    query,
    body,
    principal: authorized.principal,
    holdsScope: authorized.holdsScope,
    ifMatch: request.headers.get("if-match"),
    now,
    newId: makeIdMaker(now),
    page,
  };
}

/** What is no id is answered exactly as an id of which there is nothing, by being taken for one; it never comes near a key. */
function toPossibleId(name: string, id: string): string {
  const prefix = idPrefixes.get(name);
  return prefix === undefined || isId(prefix, id) ? id : `${prefix}_${NEVER_MADE}`;
}

function readBodyOf(route: Route, request: HttpRequest): unknown {
  if (route.method === "GET" || route.method === "DELETE") return undefined;
  try {
    return readBody(request, route.body ?? noBody);
  } catch (error) {
    const isUnfit = error instanceof Refusal && error.code === "request.invalid";
    if (!isUnfit || route.invalidBody === undefined) throw error;
    throw new Refusal(route.invalidBody, error.message, error.fields);
  }
}

/** A route that is not public runs only behind an authorizer that let it through: anything else is a fault of the deployment. */
function checkAuthorized(route: Route, request: HttpRequest): Authorized {
  if (request.authorized !== undefined) return request.authorized;
  if (route.access.kind !== "public") throw new Error(`${route.operationId} was reached without the authorizer`);
  return { principal: { kind: "user", userId: "" as never }, holdsScope: false, isWorkspaceAbsent: false };
}

const pageQuery = z.object({ limit: z.string().optional(), cursor: z.string().optional() });

function readPage(route: Route, request: HttpRequest, host: Host): { page: PageRequest; query: unknown } {
  const isPaged = route.list !== undefined;
  const most = route.list?.most ?? limits.pageMost;
  const { limit, cursor } = isPaged ? readQuery(pickQuery(request, true), pageQuery) : {};
  const rest = pickQuery(request, isPaged ? false : undefined);
  const query = readQuery(rest, route.query ?? noQuery);
  // Whether the caller holds the scope decides, on some lists, what is listed.
  const mode = request.authorized?.holdsScope ?? false;
  const sorted = <T>(named: ReadonlyMap<string, T>) => [...named].sort(([a], [b]) => (a < b ? -1 : 1));
  const binding = JSON.stringify([route.operationId, sorted(request.params), sorted(rest.query), mode]);
  return {
    query,
    page: {
      limit: limit === undefined ? (route.list?.usual ?? limits.pageDefault) : readLimit(limit, most),
      position: cursor === undefined ? undefined : host.cursors.open(cursor, binding),
      seal: (position) => host.cursors.seal(position, binding),
    },
  };
}

/** The paging part of a query, or the rest of it, or all. */
function pickQuery(request: HttpRequest, isPaging: boolean | undefined): HttpRequest {
  if (isPaging === undefined) return request;
  const isOfPaging = (name: string) => name === "limit" || name === "cursor";
  return { ...request, query: new Map([...request.query].filter(([name]) => isOfPaging(name) === isPaging)) };
}

function readLimit(text: string, most: number): number {
  const limit = Number(text);
  if (/^[1-9][0-9]*$/.test(text) && limit <= most) return limit;
  refuseParameter("limit", `limit is a whole number from 1 to ${most}.`);
}

function toHttpReply(route: Route, reply: Reply, request: HttpRequest): HttpReply {
  const status = reply.status ?? route.reply.status;
  const { headers, body } =
    status === 204
      ? { headers: {}, body: "" }
      : route.list?.lines && acceptsLines(request)
        ? writeLines(reply.body as ListPage<unknown>)
        : { headers: { "content-type": "application/json" }, body: JSON.stringify(bodyOf(reply)) };
  return {
    status,
    headers: {
      ...headers,
      "cache-control": "no-store",
      "x-request-id": request.origin.requestId,
      ...(reply.version === undefined ? {} : { etag: toETag(reply.version) }),
      ...reply.headers,
    },
    body,
  };
}

function acceptsLines({ headers }: HttpRequest): boolean {
  const types = (headers.get("accept") ?? "").split(",").map((part) => part.split(";")[0]?.trim().toLowerCase());
  return types.includes(LINES);
}

const LINES = "application/jsonl";

function writeLines({ items, nextCursor }: ListPage<unknown>) {
  return {
    headers: { "content-type": LINES, ...(nextCursor === undefined ? {} : { "next-cursor": nextCursor }) },
    body: items.map((item) => `${toLine(item)}\n`).join(""),
  };
}

function bodyOf({ body, once }: Reply): unknown {
  return once === undefined ? body : { ...(body as object), ...once };
}
