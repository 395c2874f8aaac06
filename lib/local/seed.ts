/**
 * Makes the demonstration organization through the API, as any client would. Every change is a POST with an idempotency key, so a
 * start that was broken off half-way goes on where it was, and nothing is made twice.
 */
import type { RoleKey, WorkspaceKey } from "./demonstration.ts";
import { customRoles, keys, MANAGER, people, providers, resources, rules, workspaces } from "./demonstration.ts";
import { asList, asRecord, asText } from "./shape.ts";
import { fetchToken } from "./sign-in-client.ts";

export interface Seeded {
  readonly orgId: string;
  /** Of the first workspace. */
  readonly workspaceId: string;
}

interface Place {
  readonly api: string;
  readonly login: string;
  readonly folder: { read(name: string): string | undefined; write(name: string, text: string): void };
}

const FILE = "seed.json";

/** Does nothing where it was done before. */
export async function seed({ api, login, folder }: Place): Promise<Seeded> {
  const done = folder.read(FILE);
  if (done !== undefined) return JSON.parse(done);
  const post = postAs(await fetchToken(login, MANAGER), api);
  const orgId = await create(post, "/v1/orgs", "organization", { name: "Acme" });
  const organization = `/v1/orgs/${orgId}`;
  const workspaceIds = await createWorkspaces(post, organization);
  const inWorkspace = (key: WorkspaceKey) => `${organization}/workspaces/${workspaceIds.get(key)}`;
  const roleIds = await createRoles(post, organization, inWorkspace);
  await invite(post, `${organization}/users/bulk`, workspaceIds, roleIds);
  const further = people.flatMap(({ email, roles: [, ...more] }) =>
    more.map(({ role, in: key }) =>
      post(`${inWorkspace(key)}/users`, email, { email, roleIds: [roleIds.get(role) ?? role] }),
    ),
  );
  // Signing in accepts the invitation.
  const acceptances = people.filter(({ isInvited }) => !isInvited).map(({ email }) => fetchToken(login, email));
  await Promise.all([...further, ...acceptances]);
  await connectProviders(post, login, organization);
  await addRules(post, organization, inWorkspace, roleIds);
  await addResources(post, workspaceIds, inWorkspace);
  await addKeys(api, login, inWorkspace);
  const seeded: Seeded = { orgId, workspaceId: asText(workspaceIds.get("internal"), "The first workspace") };
  folder.write(FILE, JSON.stringify(seeded));
  return seeded;
}

type Post = (path: string, key: string, body: object) => Promise<Record<string, unknown>>;

function postAs(token: string, api: string): Post {
  return async (path, key, body) => {
    const response = await fetch(`${api}${path}`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${token}`,
        "Content-Type": "application/json",
        "Idempotency-Key": `seed-${key}`,
      },
      body: JSON.stringify(body),
    });
    const answer = await response.text();
    if (!response.ok) refuse(path, `${response.status} ${answer}`);
    return asRecord(JSON.parse(answer), path);
  };
}

/** @returns the id of what was made */
async function create(post: Post, path: string, key: string, body: object): Promise<string> {
  return asText((await post(path, key, body)).id, `${path}: id`);
}

/** One after the other: lists are in the order of ids, and ids grow with time. */
async function createWorkspaces(post: Post, organization: string): Promise<ReadonlyMap<WorkspaceKey, string>> {
  const ids = new Map<WorkspaceKey, string>();
  for (const [key, workspace] of workspaces) {
    ids.set(key, await create(post, `${organization}/workspaces`, key, workspace));
  }
  return ids;
}

async function createRoles(
  post: Post,
  organization: string,
  inWorkspace: (key: WorkspaceKey) => string,
): Promise<ReadonlyMap<RoleKey, string>> {
  const ids = [...customRoles].map(async ([key, { in: manager, ...role }]) => {
    const id =
      manager === undefined
        ? create(post, `${organization}/roles`, key, { ...role, level: "workspace" })
        : create(post, `${inWorkspace(manager)}/roles`, key, role);
    return [key, await id] as const;
  });
  return new Map(await Promise.all(ids));
}

async function invite(
  post: Post,
  path: string,
  workspaceIds: ReadonlyMap<WorkspaceKey, string>,
  roleIds: ReadonlyMap<RoleKey, string>,
): Promise<void> {
  const users = people.map(({ name, email, roles: [{ role, in: key }] }) => ({
    email,
    displayName: name,
    roleId: roleIds.get(role) ?? role,
    ...(key === undefined ? {} : { workspaceId: workspaceIds.get(key) }),
  }));
  const { items } = await post(path, "people", { users });
  for (const item of asList(items, `${path}: items`)) {
    if (asRecord(item, path).status !== 201) refuse(path, JSON.stringify(item));
  }
}

/** One after the other, as the user pool takes them. */
async function connectProviders(post: Post, login: string, organization: string): Promise<void> {
  const connections = {
    saml: { saml: { metadataUrl: `${login}/test-idp/saml/metadata` } },
    oidc: { oidc: { issuer: `${login}/test-idp/oidc`, clientId: "bailiwick", clientSecret: "local" } },
  };
  for (const { name, protocol } of providers) {
    const body = { name, protocol, enabled: true, ...connections[protocol] };
    await post(`${organization}/identity-providers`, protocol, body);
  }
}

/** Those of one place one after the other: each is the last for now. */
async function addRules(
  post: Post,
  organization: string,
  inWorkspace: (key: WorkspaceKey) => string,
  roleIds: ReadonlyMap<RoleKey, string>,
): Promise<void> {
  for (const { name, attribute, value, role, in: key } of rules) {
    const when = { all: [{ attribute, operator: "equals", values: [value] }] };
    const place = key === undefined ? organization : inWorkspace(key);
    await post(`${place}/claim-rules`, `rule ${name}`, { name, when, roleId: roleIds.get(role) ?? role });
  }
}

/** One after the other: each is a change of one workspace, and a share of two. */
async function addResources(
  post: Post,
  workspaceIds: ReadonlyMap<WorkspaceKey, string>,
  inWorkspace: (key: WorkspaceKey) => string,
): Promise<void> {
  for (const { type, sharedWith, in: key, ...resource } of resources) {
    await post(`${inWorkspace(key)}/resources/${type}`, `${type} ${resource.id}`, resource);
    for (const target of sharedWith?.workspaces ?? []) {
      await post(`${inWorkspace(key)}/shares`, `${type} ${resource.id} for ${target}`, {
        resourceType: type,
        resourceId: resource.id,
        targetWorkspaceId: workspaceIds.get(target),
        actions: sharedWith?.actions,
      });
    }
  }
}

/** Their secrets are answered once, and nobody keeps them. */
async function addKeys(api: string, login: string, inWorkspace: (key: WorkspaceKey) => string): Promise<void> {
  const made = keys.map(async ({ in: key, madeBy, ...body }) => {
    const post = postAs(await fetchToken(login, madeBy), api);
    await post(`${inWorkspace(key)}/api-keys`, `key ${body.name}`, body);
  });
  await Promise.all(made);
}

function refuse(path: string, answer: string): never {
  throw new Error(`The demonstration cannot be made: POST ${path} answers ${answer}`);
}
