/** The decision tables, put to the authorizer's bundle: calls to the one that is deployed, scopes to one whose routes ask for each. */
import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { RouteAccess } from "../../lib/api/access.ts";
import type { User } from "../../lib/domain/users.ts";
import { KeyHasher, makeKeyCredential } from "../../lib/identity/key-credentials.ts";
import type { Change } from "../../lib/store/changes.ts";
import type { DecisionCase, ScopeCase } from "../decisions/cases.ts";
import { findClockObstacle, splitCall } from "../decisions/cases.ts";
import { themes } from "../decisions/themes.ts";
import type { BuiltWorld } from "../decisions/world.ts";
import { buildWorld, CLIENT_OF_PROVIDERS, isWorkspacePath } from "../decisions/world.ts";
import { cognitoClaims, makeKey, signToken, TestIssuer } from "../identity/issuer.ts";
import { absent } from "./acme.ts";
import type { AuthorizerBundle, Verdict } from "./authorizer-bundle.ts";
import { openAuthorizerBundle, PEPPER } from "./authorizer-bundle.ts";
import { openTable } from "./table-content.ts";

const service = inject("service");
const { store } = openTable(service);
const key = makeKey("current");
const hasher = new KeyHasher(PEPPER);
/** Of each key that was put into the table. */
const credentials = new Map<string, string>();
let issuer: TestIssuer;
let deployed: AuthorizerBundle;
let asking: AuthorizerBundle;

const scenes = themes.flatMap(({ theme, scenes }) =>
  scenes.flatMap(({ world, cases }) => {
    const possible = cases.filter((one) => findClockObstacle(world, one) === undefined);
    return possible.length === 0 ? [] : [{ theme, world, cases: possible }];
  }),
);
const asked = scenes.flatMap(({ cases }) => cases);

/** A route for each scope that is asked for, at the level that it is asked at. */
const scopeRoutes = new Map(asked.flatMap((one) => ("scope" in one ? [[pathOf(one), toRoute(one)] as const] : [])));

function pathOf({ in: place, scope }: ScopeCase): string {
  const organization = "/v1/orgs/{orgId}";
  const path = isWorkspacePath(place) ? `${organization}/workspaces/{workspaceId}` : organization;
  return `${path}/${scope.replace(":", "/")}`;
}

function toRoute(one: ScopeCase): RouteAccess {
  const level = isWorkspacePath(one.in) ? "workspace" : "organization";
  return { method: "GET", path: pathOf(one), access: { kind: "scope", level, scope: one.scope } };
}

beforeAll(async () => {
  issuer = await TestIssuer.open(key);
  deployed = openAuthorizerBundle(service, issuer.url);
  asking = openAuthorizerBundle(service, issuer.url, [...scopeRoutes.values()]);
});

afterAll(async () => {
  await Promise.all([deployed.close(), asking.close()]);
  issuer.close();
});

describe.each(scenes.map((scene) => [scene.theme, scene] as const))("%s", (_, { world, cases }) => {
  let built: BuiltWorld;
  beforeAll(async () => {
    built = buildWorld(world, Date.now(), randomUUID());
    await put(built);
  });

  it.each(cases.map((one) => [one.it, one] as const))("%s", async (_sentence, one) => {
    if ("calls" in one) expect(await ask(deployed, one, toCall(one))).toBe(one.answer);
    else expect(await ask(asking, one, `GET ${pathOf(one)}`)).toBe(verdictOf(one, built));
  });

  function ask(bundle: AuthorizerBundle, { who, in: place, under }: DecisionCase, call: string): Promise<Verdict> {
    const organization = under ?? place.split("/")[0] ?? place;
    const credential = credentials.get(`${built.keys.get(who)?.key.id}`);
    const user = built.users.get(`${organization}/${who}`);
    const userId = built.userIdOf(organization, who);
    const claims = { ...cognitoClaims(issuer.url, Date.now()), client_id: bundle.clientId, bailiwick_user_id: userId };
    const params = {
      orgId: built.organizations.get(organization)?.id ?? absent.orgId,
      ...(isWorkspacePath(place) ? { workspaceId: built.workspaces.get(place)?.id ?? absent.workspaceId } : {}),
      userId: absent.userId,
    };
    return bundle.ask(call, params, credential ?? signToken({ ...claims, ...homeOf(user) }, key));
  }
});

function toCall({ calls }: Exclude<DecisionCase, ScopeCase>): string {
  const { method, path } = splitCall(calls);
  return `${method} ${path}`;
}

/** What the reason for a denial comes to for the caller. */
function verdictOf(one: ScopeCase, { keys }: BuiltWorld): Verdict {
  if ("allow" in one) return "allowed";
  const dead = keys.has(one.who) ? deadOfKey : deadOfUser;
  return dead.has(one.deny) ? "unauthenticated" : "access.denied";
}

const deadOfUser: ReadonlySet<string> = new Set(["user.suspended", "provider.disabled"]);
const deadOfKey: ReadonlySet<string> = new Set([...deadOfUser, "user.absent", "key.revoked", "key.expired"]);

/** What a provider's user has in the token beyond a person of the pool. */
function homeOf(user: User | undefined) {
  if (user?.identityProviderId === undefined) return {};
  return { bailiwick_org_id: user.orgId, bailiwick_idp_id: user.identityProviderId, client_id: CLIENT_OF_PROVIDERS };
}

/** Puts a world into the table, as the commands would have written it. */
async function put({ organizations, workspaces, users, roles, assignments, keys }: BuiltWorld): Promise<void> {
  const changes: Change[] = [
    ...[...organizations.values()].flatMap((organization) => store.organizations.create(organization)),
    ...[...workspaces.values()].flatMap((workspace) => store.workspaces.create(workspace)),
    ...[...users.values()].flatMap((user) => store.users.create(user)),
    ...[...roles].flatMap(([path, role]) => store.roles.create(placeOf(path), role)),
    ...assignments.flatMap(({ place, userId, grants }) =>
      store.assignments.replace(undefined, { place, userId, grants, version: 1 }),
    ),
    ...[...keys.values()].flatMap(({ key: made }) => {
      const credential = makeKeyCredential(made.id, randomBytes);
      credentials.set(made.id, credential);
      const secrets = made.secrets.map((secret) => ({ ...secret, hash: hasher.hash(credential) }));
      return store.apiKeys.create({ ...made, secrets });
    }),
  ];
  for (let from = 0; from < changes.length; from += 50) {
    const result = await store.commit(changes.slice(from, from + 50), randomUUID().slice(0, 36), async () => false);
    expect(result).toBe("committed");
  }

  function placeOf(rolePath: string) {
    const [organization = "", ...rest] = rolePath.split("/");
    const orgId = organizations.get(organization)?.id ?? absent.orgId;
    const workspace = rest.length === 2 ? workspaces.get(`${organization}/${rest[0]}`) : undefined;
    return { orgId: orgId as never, ...(workspace === undefined ? {} : { workspaceId: workspace.id }) };
  }
}
