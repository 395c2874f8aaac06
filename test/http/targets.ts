/** Sends a route its own example, in an organization that has what the examples speak of. */
import { expect } from "vitest";
import type { Route } from "../../lib/api/route.ts";
import type { Level } from "../../lib/domain/scopes.ts";
import type { Acme, Person } from "./acme.ts";
import { admit, assign, done, makeAcme, makeResource, makeRole, makeWorkspace } from "./acme.ts";
import type { Answer, Client, Sent } from "./client.ts";
import { connectProvider } from "./providers.ts";

/**
 * An organization with a workspace, a user who holds a role everywhere, roles that nobody holds (one of the workspace, one of the
 * organization, and one of it for workspaces), an identity provider, in both places one claim rule, which gives nothing, and an
 * own resource type, and an export of its audit log. The workspace has an API key of its Owner's, a workflow that is shared with nobody, and is offered one from a second workspace.
 */
export interface Targets {
  readonly acme: Acme;
  readonly ids: Readonly<
    Record<
      "orgId" | "workspaceId" | "userId" | "sharedRoleId" | "idpId" | "keyId" | "exportId" | keyof Shareables,
      string
    >
  >;
  readonly roleIds: Readonly<Record<Level, string>>;
  readonly ruleIds: Readonly<Record<Level, string>>;
}

export async function makeTargets(client: Client): Promise<Targets> {
  const acme = await makeAcme(client);
  const { userId } = await admit(client, acme, "target", ["rol_viewer"]);
  const body = { roleIds: ["rol_organization-viewer"] };
  await done(client.call(acme.ann.token, `PUT ${acme.O}/assignments/${userId}`, { body }));
  const roleIds = {
    workspace: await makeRole(client, acme, "Target", []),
    organization: await makeOrganizationRole(client, acme, "Target", []),
  };
  const sharedRoleId = await makeOrganizationRole(client, acme, "Shared target", [], "workspace");
  const ruleIds = {
    workspace: await makeClaimRule(client, acme, acme.W, sharedRoleId),
    organization: await makeClaimRule(client, acme, acme.O, sharedRoleId),
  };
  await registerType(client, acme);
  const { orgId, workspaceId } = acme;
  const idpId = await connectProvider(client, acme);
  const keyId = await makeKey(client, acme.ann, acme.W, "workflow:read");
  const exportId = (await done(client.call(acme.ann.token, `POST ${acme.O}/audit-log/exports`, { body: {} }))).id;
  const ids = {
    orgId,
    workspaceId,
    userId,
    sharedRoleId,
    idpId,
    keyId,
    exportId,
    ...(await makeShareables(client, acme)),
  };
  return { acme, ids, roleIds, ruleIds };
}

/** What `{type}` stands for in an organization's path. */
const OWN_TYPE = "acme.playbook";

/** It puts into roles what the example does, which may then be sent by whoever could not put it there. */
async function registerType(client: Client, { ann, O }: Acme): Promise<void> {
  const predefinedRoles = { Viewer: ["read"], Operator: ["read", "run"] };
  const body = { description: "", actions: [{ name: "read" }, { name: "run" }], predefinedRoles };
  await done(client.call(ann.token, `PUT ${O}/resource-types/${OWN_TYPE}`, { body }));
}

/** What `{type}` stands for in a workspace's path. */
export const TYPE = "workflow";

type Shareables = Awaited<ReturnType<typeof makeShareables>>;

/** What the examples of resources and shares speak of. */
async function makeShareables(client: Client, acme: Acme) {
  const otherWorkspaceId = await makeWorkspace(client, acme, "Target's other");
  const resourceId = await makeResource(client, acme, "Target");
  return { type: TYPE, otherWorkspaceId, resourceId, shareId: await offerFrom(client, acme, otherWorkspaceId) };
}

/**
 * Offers the workspace a workflow of another one, by somebody who may not accept it.
 * @param mark begins each name that this brings in. @returns the id of the share, which waits
 */
export async function offerFrom(
  client: Client,
  acme: Acme,
  sourceWorkspaceId: string,
  mark = "offered",
): Promise<string> {
  const source = { ...acme, workspaceId: sourceWorkspaceId, W: `${acme.O}/workspaces/${sourceWorkspaceId}` };
  const resourceId = await makeResource(client, source, `${mark} workflow`);
  const role = await makeRole(client, source, `${mark} to ${resourceId}`, ["share:create", "workflow:read"]);
  const offerer = await admit(client, source, mark, [role]);
  const body = { resourceType: "workflow", resourceId, targetWorkspaceId: acme.workspaceId, actions: ["read"] };
  const share = await done(client.call(offerer.token, `POST ${source.W}/shares`, { body }));
  expect(share.state).toBe("pending");
  return share.id;
}

/** Makes a claim rule of the workspace or of the organization. @returns its id */
export async function makeClaimRule(client: Client, { ann }: Acme, at: string, roleId: string): Promise<string> {
  const when = { any: [{ attribute: "groups", operator: "equals", values: ["Target"] }] };
  const body = { name: "Target", when, roleId };
  return (await done(client.call(ann.token, `POST ${at}/claim-rules`, { body }))).id;
}

/** Makes a personal API key. @returns its id */
async function makeKey(client: Client, { token }: Person, W: string, ...scopes: readonly string[]): Promise<string> {
  const body = { name: "Target", kind: "personal", scopes };
  return (await done(client.call(token, `POST ${W}/api-keys`, { body }))).id;
}

/** The same targets, with a key of somebody's own where a route is about one's own. */
export async function withOwnKey(client: Client, route: Route, targets: Targets, holder: Person): Promise<Targets> {
  const { acme, ids } = targets;
  if (!route.path.includes("{keyId}") || route.method === "GET") return targets;
  return { ...targets, ids: { ...ids, keyId: await makeKey(client, holder, acme.W, "api-key:write") } };
}

/** Makes an org-managed role of the organization's level. @returns its id */
export async function makeOrganizationRole(
  client: Client,
  { O, ann }: Acme,
  name: string,
  scopes: readonly string[],
  level: Level = "organization",
): Promise<string> {
  const body = { name, scopes, level };
  return (await done(client.call(ann.token, `POST ${O}/roles`, { body }))).id;
}

/** Somebody in `acme` who holds exactly these scopes. */
export async function admitHolder(
  client: Client,
  acme: Acme,
  scopes: Partial<Record<Level, readonly string[]>>,
): Promise<Person> {
  const person = await admit(client, acme, "holder");
  if (scopes.workspace !== undefined) {
    const roleId = await makeRole(client, acme, `Exactly ${person.userId}`, scopes.workspace);
    await assign(client, acme, person, [roleId]);
  }
  if (scopes.organization !== undefined) {
    const name = `Exactly ${person.userId}`;
    const body = { roleIds: [await makeOrganizationRole(client, acme, name, scopes.organization)] };
    await done(client.call(acme.ann.token, `PUT ${acme.O}/assignments/${person.userId}`, { body }));
  }
  return person;
}

/** A path with the ids of what stands there. */
export function fillPath(path: string, targets: Targets): string {
  return fillIds(path, targets, path);
}

/** A text with the ids of what stands where a path leads. */
export function fillIds(text: string, { ids, roleIds, ruleIds }: Targets, path: string): string {
  const level = path.includes("{workspaceId}") ? "workspace" : "organization";
  const type = level === "organization" ? { type: OWN_TYPE } : {};
  const all = new Map(Object.entries({ ...ids, ...type, roleId: roleIds[level], ruleId: ruleIds[level] }));
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => all.get(name) ?? whole);
}

/** An id of the same form as one that was made, of which there is nothing. */
export function absentOf(id: string): string {
  return id.slice(0, -4) + (id.endsWith("0000") ? "1111" : "0000");
}

/** Does what the example needs to have been done. */
export async function prepareExample(client: Client, route: Route, targets: Targets): Promise<void> {
  for (const call of route.example.before ?? []) {
    await done(client.call(targets.acme.ann.token, fillPath(call, targets)));
  }
}

/** What stands in for parts of what a route is sent; a text is a body as it is sent, but for its `{roleId}`. */
export interface Instead extends Sent {
  readonly query?: Readonly<Record<string, string>> | string;
  /** The path, where it leads elsewhere than to the targets. */
  readonly path?: string;
}

/** Calls a route with its own example; `instead` stands in for parts of what is sent. */
export function callExample(
  client: Client,
  route: Route,
  targets: Targets,
  token: string | undefined,
  instead: Instead = {},
): Promise<Answer> {
  const { body, query, headers, path } = { ...route.example, path: fillPath(route.path, targets), ...instead };
  const search = query === undefined ? "" : `?${new URLSearchParams(query)}`;
  const text = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
  return client.call(token, `${route.method} ${path}${search}`, {
    ...(text === undefined ? {} : { body: fillIds(text, targets, route.path) }),
    ...(headers === undefined ? {} : { headers }),
  });
}
