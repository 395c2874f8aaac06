import type { APIGatewayAuthorizerResult } from "aws-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { OrgId } from "../../lib/domain/ids.ts";
import { judge } from "../../lib/local/authorizer-policy.ts";
import type { Store } from "../../lib/store/store.ts";
import type { Caller, TestApi } from "../api/in-process.ts";
import { openTestApi } from "../api/in-process.ts";
import { acceptInvitation } from "../api/invitations.ts";
import { openTestStore } from "../engine.ts";
import { forgeries } from "../identity/forgeries.ts";
import { cognitoClaims, makeKey, signToken, TestIssuer } from "../identity/issuer.ts";
import { eventOf, loadAuthorizer } from "./authorizer-world.ts";

const ME = "GET /v1/orgs/{orgId}/workspaces/{workspaceId}/me";
const ASSIGN = "PUT /v1/orgs/{orgId}/workspaces/{workspaceId}/assignments/{userId}";
const ABSENT_ORG = "org_01jdexamp1e0000000000000ab";
const ABSENT_WORKSPACE = "wks_01jdexamp1e0000000000000ab";

const key = makeKey("current");
const foreign = makeKey("foreign");
const logged: string[] = [];
let issuer: TestIssuer;
let api: TestApi;
let authorizer: Awaited<ReturnType<typeof loadAuthorizer>>;
let surroundings: Parameters<typeof loadAuthorizer>[0];
let ann: Caller;
let bob: Caller;
let orgId: string;
let workspaceId: string;
let otherWorkspaceId: string;

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => logged.push(String(text)) > 0);
  }
  issuer = await TestIssuer.open(key);
  const { store, endpoint, tableName } = await openTestStore();
  surroundings = { endpoint, tableName, issuer: issuer.url };
  authorizer = await loadAuthorizer(surroundings);
  api = openTestApi(store);
  ann = await api.person("ann@acme.example");
  orgId = (await api.call(ann, "POST /v1/orgs", { body: { name: "Acme" } })).body.id;
  workspaceId = (await api.call(ann, `POST /v1/orgs/${orgId}/workspaces`, { body: { name: "Production" } })).body.id;
  otherWorkspaceId = (await api.call(ann, `POST /v1/orgs/${orgId}/workspaces`, { body: { name: "Other" } })).body.id;
  bob = await admit(store, "bob@acme.example", workspaceId, "rol_viewer");
  const dora = await admit(store, "dora@acme.example", otherWorkspaceId, "rol_owner");
  const own = `/v1/orgs/${orgId}/workspaces/${otherWorkspaceId}/assignments/${ann.userId}`;
  expect((await api.call(dora, `DELETE ${own}`)).status).toBe(204);
});

async function admit(store: Store, email: string, workspace: string, roleId: string): Promise<Caller> {
  const caller = await api.person(email);
  const body = { email, workspaceId: workspace, roleId };
  expect((await api.call(ann, `POST /v1/orgs/${orgId}/users`, { body })).status).toBe(201);
  await acceptInvitation(store, orgId as OrgId, caller.userId);
  return caller;
}

beforeEach(() => {
  logged.length = 0;
});

afterAll(() => {
  issuer.close();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

function tokenOf({ userId }: Caller): string {
  return signToken({ ...cognitoClaims(issuer.url, Date.now()), bailiwick_user_id: userId }, key);
}

function bearer(caller: Caller): Record<string, string[]> {
  return { Authorization: [`Bearer ${tokenOf(caller)}`] };
}

function ask(caller: Caller, call: string, params: Record<string, string>): Promise<APIGatewayAuthorizerResult> {
  return authorizer(eventOf(call, { params, headers: bearer(caller) }));
}

describe("the authorizer allows", () => {
  it("a member their own access, naming the one method and path", async () => {
    const event = eventOf(ME, { params: { orgId, workspaceId }, headers: bearer(bob) });
    const answer = await authorizer(event);
    expect(answer).toEqual({
      principalId: bob.userId,
      policyDocument: {
        Version: "2012-10-17",
        Statement: [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: event.methodArn }],
      },
      context: {
        principal: JSON.stringify({ kind: "user", userId: bob.userId }),
        holdsScope: "false",
        isWorkspaceAbsent: "false",
        requestId: "gateway-1",
      },
    });
    expect(judge(answer, event.methodArn)).toMatchObject({ kind: "allow" });
  });

  it("whoever holds the scope", async () => {
    const answer = await ask(ann, ASSIGN, { orgId, workspaceId, userId: bob.userId });
    expect(answer.context).toMatchObject({ holdsScope: "true", isWorkspaceAbsent: "false" });
  });

  it("whoever holds the organization-level scope that the route is open to", async () => {
    expect((await ask(ann, ME, { orgId, workspaceId: otherWorkspaceId })).context).toHaveProperty("code");
    const params = { orgId, workspaceId: otherWorkspaceId, userId: bob.userId };
    const answer = await ask(ann, ASSIGN, params);
    expect(answer.context).toMatchObject({ holdsScope: "false", isWorkspaceAbsent: "false" });
    expect(judge(answer, eventOf(ASSIGN, { params }).methodArn)).toMatchObject({ kind: "allow" });
  });

  it("any good credential where nothing about a place is asked", async () => {
    const stranger = await api.person("stranger@elsewhere.example");
    expect((await ask(stranger, "GET /v1/me", {})).context).toMatchObject({ holdsScope: "false" });
  });

  it.each([ABSENT_WORKSPACE, "nonsense", "wks_%2a", "*"])(
    "somebody who may list the workspaces to learn that %j is not there",
    async (absent) => {
      const answer = await ask(ann, ME, { orgId, workspaceId: absent });
      expect(answer.context).toMatchObject({ isWorkspaceAbsent: "true", holdsScope: "false" });
    },
  );

  it("a lower-case scheme", async () => {
    const headers = { authorization: [`bearer ${tokenOf(bob)}`] };
    expect((await authorizer(eventOf("GET /v1/me", { headers }))).principalId).toBe(bob.userId);
  });

  it("with the caller's own request id where it can be echoed", async () => {
    const headers = { ...bearer(bob), "x-ReQuest-id": ["mine-1"] };
    expect((await authorizer(eventOf("GET /v1/me", { headers }))).context).toMatchObject({ requestId: "mine-1" });
    const doubled = { ...bearer(bob), "X-Request-ID": ["mine-1", "mine-2"] };
    expect((await authorizer(eventOf("GET /v1/me", { headers: doubled }))).context).toMatchObject({
      requestId: "gateway-1",
    });
  });
});

describe("the authorizer denies", () => {
  it("with the route's scope, and the same bytes whether the place is there or not", async () => {
    const params = { orgId, workspaceId, userId: bob.userId };
    const denied = await ask(bob, ASSIGN, params);
    expect(denied.context).toEqual({
      code: "access.denied",
      title: "Access denied",
      detail: "You do not hold the scope that this needs here.",
      requiredScope: "user-permission:write",
      requestId: "gateway-1",
    });
    expect(judge(denied, eventOf(ASSIGN, { params }).methodArn)).toMatchObject({ kind: "deny", explicit: true });
    const elsewhere = [
      { ...params, workspaceId: otherWorkspaceId },
      { ...params, workspaceId: ABSENT_WORKSPACE },
      { ...params, workspaceId: "nonsense" },
      { ...params, workspaceId: "" },
      { ...params, orgId: ABSENT_ORG },
      { ...params, orgId: "nonsense" },
      { ...params, orgId: `${orgId}#USER` },
      { ...params, orgId: "*" },
    ];
    for (const other of elsewhere) expect(await ask(bob, ASSIGN, other)).toEqual(denied);
  });

  it("a stranger in the organization", async () => {
    const stranger = await api.person("mallory@elsewhere.example");
    expect((await ask(stranger, ME, { orgId, workspaceId })).context).toMatchObject({ requiredScope: "member" });
  });

  it("a path that is too long to be named, though the caller would be let through", async () => {
    const answer = await ask(ann, ME, { orgId, workspaceId: "w".repeat(500) });
    expect(answer.context).toMatchObject({ code: "access.denied" });
  });

  it("and tells the operator who and what, but never the credential", async () => {
    const token = tokenOf(bob);
    const headers = { Authorization: [`Bearer ${token}`], "X-Request-ID": ["mine-1"] };
    await authorizer(eventOf(ASSIGN, { params: { orgId, workspaceId, userId: bob.userId }, headers }));
    const lines = logged.map((line) => JSON.parse(line));
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: "INFO",
        service: "authorizer",
        requestId: "mine-1",
        route: ASSIGN,
        principal: { kind: "user", id: bob.userId },
        requiredScope: "user-permission:write",
      }),
    );
    expect(logged.join()).not.toContain(token.slice(-30));
  });
});

describe("the authorizer does not know", () => {
  it.each(forgeries)("a token: %s", async (_, make) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { ...cognitoClaims(issuer.url, Date.now()), bailiwick_user_id: bob.userId };
    const token = make({ claims, key, foreign, now });
    const headers = { Authorization: [`Bearer ${token}`] };
    await expect(authorizer(eventOf("GET /v1/me", { headers }))).rejects.toThrow(/^Unauthorized$/);
  });

  it.each<[string, (token: string) => Parameters<typeof eventOf>[1]]>([
    ["no header", () => ({})],
    ["an empty header", () => ({ headers: { Authorization: [""] } })],
    ["two headers", (token) => ({ headers: { Authorization: [`Bearer ${token}`, `Bearer ${token}`] } })],
    [
      "two headers, written differently",
      (token) => ({ headers: { Authorization: [`Bearer ${token}`], authorization: [`Bearer ${token}`] } }),
    ],
    [
      "two credentials in one header",
      (token) => ({ headers: { Authorization: [`Bearer ${token}, Bearer ${token}`] } }),
    ],
    ["Basic", (token) => ({ headers: { Authorization: [`Basic ${token}`] } })],
    ["the token alone", (token) => ({ headers: { Authorization: [token] } })],
    ["a token in the query", (token) => ({ query: { access_token: [token] } })],
    ["a token in another header", (token) => ({ headers: { "X-Authorization": [`Bearer ${token}`] } })],
    ["a token in a cookie", (token) => ({ headers: { Cookie: [`Authorization=Bearer ${token}`] } })],
  ])("a caller with %s", async (_, asked) => {
    await expect(authorizer(eventOf("GET /v1/me", asked(tokenOf(bob))))).rejects.toThrow(/^Unauthorized$/);
  });

  it("a user who is suspended in the organization, on its routes; elsewhere they are known", async () => {
    const carl = await api.person("carl@acme.example");
    const users = `/v1/orgs/${orgId}/users`;
    await api.call(ann, `POST ${users}`, { body: { email: carl.email } });
    await api.call(ann, `PATCH ${users}/${carl.userId}`, { body: { status: "suspended" } });
    await expect(ask(carl, ME, { orgId, workspaceId })).rejects.toThrow(/^Unauthorized$/);
    expect((await ask(carl, "GET /v1/me", {})).principalId).toBe(carl.userId);
  });

  it("and tells the operator why", async () => {
    await authorizer(eventOf("GET /v1/me", { headers: { Authorization: ["Basic x"] } })).catch(() => {});
    expect(logged.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ reason: "credential.not_bearer", route: "GET /v1/me", requestId: "gateway-1" }),
    );
  });
});

describe("what the authorizer cannot judge is a fault, never an allow and never a 401", () => {
  const isFault = (asked: Promise<unknown>) => expect(asked).rejects.toThrow("The request could not be judged.");

  it("a route that is not in its table", async () => {
    await isFault(ask(ann, "GET /v1/nowhere", {}));
    await isFault(ask(ann, "DELETE /v1/me", {}));
    await isFault(ask(ann, "GET /v1/health", {}));
  });

  it("an ARN that is none", async () => {
    const event = { ...eventOf("GET /v1/me", { headers: bearer(ann) }), methodArn: "*" };
    await isFault(authorizer(event));
  });

  it("an issuer that gives no keys, told to the operator with its cause", async () => {
    const other = await TestIssuer.open(key);
    const cold = await loadAuthorizer({ ...surroundings, issuer: other.url });
    other.answer = "error";
    const headers = { Authorization: [`Bearer ${signToken(cognitoClaims(other.url, Date.now()), key)}`] };
    await isFault(cold(eventOf("GET /v1/me", { headers })));
    expect(logged.join()).toContain("status 500");
    other.close();
  });

  it("a table that is not there", async () => {
    const cold = await loadAuthorizer({ ...surroundings, tableName: "no-such-table" });
    await isFault(cold(eventOf(ME, { params: { orgId, workspaceId }, headers: bearer(bob) })));
    expect(logged.join()).toContain("ResourceNotFoundException");
  });

  it("an engine that does not answer", async () => {
    const cold = await loadAuthorizer({ ...surroundings, endpoint: "http://127.0.0.1:9" });
    await isFault(cold(eventOf(ME, { params: { orgId, workspaceId }, headers: bearer(bob) })));
    expect(logged.join()).toContain("ECONNREFUSED");
  });
});

describe("the authorizer does not start", () => {
  it.each(["TABLE_NAME", "TOKEN_ISSUER", "TOKEN_CLIENT_IDS", "API_KEY_PEPPER"] as const)("without %s", async (name) => {
    await expect(loadAuthorizer(surroundings, { [name]: "" })).rejects.toThrow(`${name} is not set`);
  });
});
