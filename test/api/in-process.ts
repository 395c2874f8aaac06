/**
 * The whole way of a request without HTTP and bundles: the authorizer's own judgement, then the pipeline, on the real engine.
 * For tests that need thousands of requests, or to stand between two steps. What is deployed is tested through the local host.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { judgeRequest } from "../../functions/wiring/judge-request.ts";
import type { Method } from "../../lib/api/access.ts";
import type { Archive } from "../../lib/api/checkpoints.ts";
import { Cursors } from "../../lib/api/cursors.ts";
import type { Authorized } from "../../lib/api/exchange.ts";
import type { Host } from "../../lib/api/host.ts";
import { serve } from "../../lib/api/pipeline.ts";
import { refuseAccess, refuseUnauthenticated, toProblem } from "../../lib/api/problem.ts";
import { RoleCache } from "../../lib/api/role-cache.ts";
import type { Route, Settings } from "../../lib/api/route.ts";
import { routes } from "../../lib/api/routes.ts";
import { Refusal } from "../../lib/domain/errors.ts";
import type { UserId } from "../../lib/domain/ids.ts";
import { makeId } from "../../lib/domain/ids.ts";
import { CredentialRefusal } from "../../lib/identity/credential-refusal.ts";
import type { UserPrincipal } from "../../lib/identity/principal.ts";
import type { UserPool } from "../../lib/pool/user-pool.ts";
import type { Store } from "../../lib/store/store.ts";
import { issueTestKey, openKnownKeys } from "../identity/test-keys.ts";
import { sharedArchive } from "../shared-archive.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
  readonly text: string;
}

export interface Caller {
  readonly userId: UserId;
  readonly email: string;
  /** Of somebody who came through an identity provider. */
  readonly home?: UserPrincipal["home"];
  /** Asks with this API key and not as themselves. */
  readonly secret?: string;
}

export interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestApi {
  /** A person of the pool who has signed in once. */
  person(email: string): Promise<Caller>;
  /** `call(ann, "PUT /v1/orgs/…", {body})`. No caller: no credential. */
  call(caller: Caller | undefined, what: string, sent?: Sent): Promise<Answer>;
  /** Faults that the pipeline told its operator. */
  readonly faults: unknown[];
  readonly host: Host;
}

/** @param pool for the routes that configure one. @param archive for those that look into it; one without any checkpoint */
export function openTestApi(
  store: Store,
  now: () => number = Date.now,
  pool?: UserPool,
  archive: Archive = sharedArchive,
  settings: Settings = { organizationCreation: "open" },
): TestApi {
  const faults: unknown[] = [];
  const host: Host = {
    store,
    roles: new RoleCache(),
    cursors: new Cursors("a secret of 32 characters or more"),
    settings,
    ...(pool === undefined ? {} : { pool }),
    issueKey: issueTestKey,
    archive,
    linkToFile: async (key) => `https://exports.example/${key}`,
    reportFault: (fault) => faults.push(fault),
  };
  const authorizerRoles = new RoleCache();
  const keys = openKnownKeys();
  const judged = routes.filter(({ access }) => access.kind !== "public");
  const patterns = routes.map((route) => ({ route, pattern: toPattern(route.path) }));

  async function call(caller: Caller | undefined, what: string, sent: Sent = {}): Promise<Answer> {
    const [method = "", target = ""] = what.split(" ");
    const url = new URL(target, "http://api.example");
    const { route, params } = match(patterns, method, url.pathname);
    const headers = new Map(Object.entries(sent.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
    if (sent.body !== undefined && !headers.has("content-type")) headers.set("content-type", "application/json");
    const requestId = headers.get("x-request-id") ?? randomUUID();
    const resource = route?.path ?? "/{proxy+}";
    let authorized: Authorized | undefined;
    try {
      if (route !== undefined && route.access.kind !== "public") {
        const event = {
          httpMethod: method,
          resource,
          methodArn: `arn:aws:execute-api:eu-west-1:000000000000:api/live/${method}${url.pathname}`,
          pathParameters: params,
          multiValueHeaders:
            caller === undefined ? {} : { authorization: [`Bearer ${caller.secret ?? caller.userId}`] },
        };
        const verify = async (credential: string) => readPrincipal(credential, caller);
        const judging = { routes: judged, verify, store, roles: authorizerRoles, keys };
        const judgement = await judgeRequest(event, judging, now());
        if (judgement.kind === "denied") refuseAccess(judgement.requiredScope);
        if (judgement.kind === "unauthenticated") refuseUnauthenticated();
        authorized = judgement.authorized;
      }
    } catch (error) {
      if (error instanceof Refusal) return toAnswer(toProblem(error, requestId));
      throw error;
    }
    const reply = await serve(
      routes,
      {
        method: method as Method,
        resource,
        path: url.pathname,
        params: new Map(Object.entries(params)),
        query: new Map([...url.searchParams.keys()].map((name) => [name, url.searchParams.getAll(name)])),
        headers,
        body:
          typeof sent.body === "string" ? sent.body : sent.body === undefined ? undefined : JSON.stringify(sent.body),
        origin: { ip: "127.0.0.1", userAgent: "test", requestId },
        authorized,
      },
      host,
      now(),
    );
    return toAnswer(reply);
  }

  async function person(email: string): Promise<Caller> {
    const userId = makeId("usr", Date.now(), randomBytes(10));
    const { owner } = await store.read({ owner: store.persons.byEmail(email) });
    const id = owner?.userId ?? userId;
    await store.commit(
      store.persons.bind({ id, email, subject: randomUUID() }, owner),
      randomUUID(),
      async () => false,
    );
    return { userId: id, email };
  }

  return { person, call, faults, host };
}

/** The token of these tests is the user's id: tokens have tests of their own. */
function readPrincipal(credential: string, caller: Caller | undefined): UserPrincipal {
  if (!credential.startsWith("usr_")) throw new CredentialRefusal("token.bad_signature");
  const home = caller?.home === undefined ? {} : { home: caller.home };
  return { kind: "user", userId: credential as UserId, ...home };
}

function toPattern(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)").replaceAll(".", "\\.")}$`);
}

function match(patterns: readonly { route: Route; pattern: RegExp }[], method: string, path: string) {
  for (const { route, pattern } of patterns) {
    const found = route.method === method ? pattern.exec(path) : null;
    if (found) return { route, params: { ...found.groups } as Record<string, string> };
  }
  return { route: undefined, params: {} };
}

function toAnswer({
  status,
  headers,
  body,
}: {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}): Answer {
  const isJson = headers["content-type"]?.endsWith("json") && body !== "";
  return { status, headers, body: isJson ? JSON.parse(body) : undefined, text: body };
}
