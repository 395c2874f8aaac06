/**
 * What each route asks of the table: its own example is sent through authorizer and pipeline, in an organization of its own on
 * the real engine, with everything warm.
 */
import type { Route } from "../../lib/api/route.ts";
import type { OrgId, UserId } from "../../lib/domain/ids.ts";
import type { UserPool } from "../../lib/pool/user-pool.ts";
import { openUserPool } from "../../lib/pool/user-pool.ts";
import type { StoreCall } from "../../lib/store/table.ts";
import type { Caller, Sent, TestApi } from "../api/in-process.ts";
import { openTestApi } from "../api/in-process.ts";
import { acceptInvitation } from "../api/invitations.ts";
import { RoundTrips } from "../api/round-trips.ts";
import { openTestStore } from "../engine.ts";
import { TestCognito, USER_POOL_ID } from "../pool/cognito.ts";

export interface RouteCost {
  readonly status: number;
  readonly trips: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

interface Place {
  readonly ann: Caller;
  readonly vic: Caller;
  readonly ids: ReadonlyMap<string, string>;
}

interface Meter {
  readonly api: TestApi;
  readonly trips: RoundTrips;
  /** Of all that was measured so far. */
  readonly calls: readonly StoreCall[];
}

export async function measureRoutes(routes: readonly Route[]): Promise<ReadonlyMap<Route, RouteCost>> {
  const cognito = new TestCognito();
  await cognito.open();
  const pool = openUserPool({
    userPoolId: USER_POOL_ID,
    callbackUrls: ["https://console.acme.example/"],
    metadataAddresses: "public",
  });
  const meter = await openMeter(pool);
  const costs = new Map<Route, RouteCost>();
  for (const route of routes) costs.set(route, await measure(route, meter));
  cognito.close();
  return costs;
}

async function openMeter(pool: UserPool): Promise<Meter> {
  const calls: StoreCall[] = [];
  const trips = new RoundTrips();
  const { store } = await openTestStore({
    wrap: (client) => trips.wrap(client),
    observe: (call) => calls.push(call),
  });
  return { api: openTestApi(store, Date.now, pool), trips, calls };
}

async function measure(route: Route, meter: Meter): Promise<RouteCost> {
  const { api } = meter;
  const place = await makePlace(api);
  const { ann } = place;
  if (route.path.includes("/resource-types")) await registerType(api, ann, place.ids);
  const ids = new Map([
    ...place.ids,
    ...(speaksOfShares(route) ? await makeShareables(api, place) : []),
    ...(route.path.includes("{keyId}") ? await makeKey(api, place) : []),
    ...(route.path.includes("{exportId}") ? await makeExport(api, place) : []),
  ]);
  const fill = (text: string, path = text) => {
    const level = path.includes("{workspaceId}") ? "workspace" : "organization";
    return text.replace(/\{(\w+)\}/g, (all, name: string) => ids.get(`${level} ${name}`) ?? ids.get(name) ?? all);
  };
  const path = fill(route.path);
  for (const call of route.example.before ?? []) await api.call(ann, fill(call));
  const query = new URLSearchParams(route.example.query).toString();
  const { headers } = route.example;
  const body = route.example.body && JSON.parse(fill(JSON.stringify(route.example.body), route.path));
  const sent: Sent = { ...(body === undefined ? {} : { body }), ...(headers === undefined ? {} : { headers }) };
  const before = { trips: meter.trips.trips, calls: meter.calls.length };
  const { status } = await api.call(ann, `${route.method} ${path}${query === "" ? "" : `?${query}`}`, sent);
  const trips = meter.trips.trips - before.trips;
  const calls = meter.calls.slice(before.calls);
  const units = (isWrite: boolean) =>
    calls
      .filter(({ operation }) => (operation === "TransactWrite") === isWrite)
      .reduce((sum, call) => sum + call.units, 0);
  return { status, trips, readUnits: units(false), writeUnits: units(true) };
}

/** Only where routes speak of it: an own type is read with everything else that rests on scopes. */
async function registerType(api: TestApi, ann: Caller, ids: ReadonlyMap<string, string>): Promise<void> {
  const path = `/v1/orgs/${ids.get("orgId")}/resource-types/${ids.get("organization type")}`;
  await api.call(ann, `PUT ${path}`, { body: { description: "", actions: [{ name: "read" }, { name: "run" }] } });
}

async function makeKey(api: TestApi, { ann, ids }: Place): Promise<[string, string][]> {
  const path = `/v1/orgs/${ids.get("orgId")}/workspaces/${ids.get("workspaceId")}/api-keys`;
  const body = { name: "Spare", kind: "personal", scopes: ["workflow:read"] };
  return [["keyId", (await api.call(ann, `POST ${path}`, { body })).body.id]];
}

async function makeExport(api: TestApi, { ann, ids }: Place): Promise<[string, string][]> {
  const made = await api.call(ann, `POST /v1/orgs/${ids.get("orgId")}/audit-log/exports`, { body: {} });
  return [["exportId", made.body.id]];
}

/** Only these see a second workspace, and Vic's role there: it would be read with all that Ann or he hold. */
function speaksOfShares({ path, example }: Route): boolean {
  return /\/(resources|shares|activity-log)\b/.test(path) || JSON.stringify(example).includes("{otherWorkspaceId}");
}

/** A workflow that is shared with nobody, a second workspace, and what Vic, who may accept nothing here, offers from there. */
async function makeShareables(api: TestApi, { ann, vic, ids }: Place): Promise<ReadonlyMap<string, string>> {
  const O = `/v1/orgs/${ids.get("orgId")}`;
  const make = async (who: Caller, path: string, body: object): Promise<string> => {
    const made = await api.call(who, `POST ${O}/workspaces${path}`, { body });
    if (made.status !== 201) throw new Error(`POST ${path} answers ${made.status}`);
    return made.body.id;
  };
  const workspaceId = ids.get("workspaceId");
  const otherWorkspaceId = await make(ann, "", { name: "Other" });
  const roleId = await make(ann, `/${otherWorkspaceId}/roles`, {
    name: "Offerer",
    scopes: ["share:create", "workflow:read"],
  });
  await api.call(ann, `PUT ${O}/workspaces/${otherWorkspaceId}/assignments/${vic.userId}`, {
    body: { roleIds: [roleId] },
  });
  const offered = await make(ann, `/${otherWorkspaceId}/resources/workflow`, { name: "Offered" });
  const offer = { resourceType: "workflow", resourceId: offered, targetWorkspaceId: workspaceId, actions: ["read"] };
  return new Map([
    ["workspace type", "workflow"],
    ["otherWorkspaceId", otherWorkspaceId],
    ["resourceId", await make(ann, `/${workspaceId}/resources/workflow`, { name: "Own" })],
    ["shareId", await make(vic, `/${otherWorkspaceId}/shares`, offer)],
  ]);
}

/** Ann keeps an organization and a workspace; Vic is its Viewer; nobody holds the one role of each, nor what the one rule of each gives. */
async function makePlace(api: TestApi): Promise<Place> {
  const ann = await api.person(`ann-${crypto.randomUUID()}@acme.example`);
  const make = async (path: string, body: object): Promise<string> => {
    const made = await api.call(ann, `POST ${path}`, { body });
    if (made.status !== 201) throw new Error(`POST ${path} answers ${made.status}`);
    return made.body.id;
  };
  const orgId = await make("/v1/orgs", { name: "Cost" });
  const workspaceId = await make(`/v1/orgs/${orgId}/workspaces`, { name: "Production" });
  const invitation = { email: `vic-${crypto.randomUUID()}@acme.example`, roleId: "rol_viewer", workspaceId };
  const userId = await make(`/v1/orgs/${orgId}/users`, invitation);
  await acceptInvitation(api.host.store, orgId as OrgId, userId as never);
  const organizationRole = { body: { roleIds: ["rol_organization-viewer"] } };
  await api.call(ann, `PUT /v1/orgs/${orgId}/assignments/${userId}`, organizationRole);
  const spare = { name: "Spare", scopes: [] };
  const sharedRoleId = await make(`/v1/orgs/${orgId}/roles`, { ...spare, name: "Shared", level: "workspace" });
  const when = { any: [{ attribute: "groups", operator: "equals", values: ["SOC"] }] };
  const rule = { name: "Spare", when, roleId: sharedRoleId };
  const ids = {
    orgId,
    workspaceId,
    userId,
    sharedRoleId,
    idpId: await make(`/v1/orgs/${orgId}/identity-providers`, {
      name: "Login",
      protocol: "oidc",
      oidc: { issuer: "https://login.acme.example", clientId: "bailiwick", clientSecret: "of-the-client" },
    }),
    "organization type": "acme.playbook",
    "workspace roleId": await make(`/v1/orgs/${orgId}/workspaces/${workspaceId}/roles`, spare),
    "organization roleId": await make(`/v1/orgs/${orgId}/roles`, { ...spare, level: "organization" }),
    "workspace ruleId": await make(`/v1/orgs/${orgId}/workspaces/${workspaceId}/claim-rules`, rule),
    "organization ruleId": await make(`/v1/orgs/${orgId}/claim-rules`, rule),
  };
  const vic = { userId: userId as UserId, email: invitation.email };
  return { ann, vic, ids: new Map(Object.entries(ids)) };
}
