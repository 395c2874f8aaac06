/** Every command that there is, at its largest: a request for each, with what it needs brought in first. */
import { expect } from "vitest";
import type { OrgId, RoleId, WorkspaceId } from "../../lib/domain/ids.ts";
import { limits } from "../../lib/domain/limits.ts";
import type { Level } from "../../lib/domain/scopes.ts";
import { samlMetadata } from "../pool/saml-metadata.ts";
import type { Caller, TestApi } from "./in-process.ts";
import { acceptInvitation } from "./invitations.ts";

/** An organization with a workspace; Ann keeps both, and Vic does, too. */
export interface CommandWorld {
  readonly ann: Caller;
  readonly vic: Caller;
  readonly org: OrgId;
  readonly workspace: WorkspaceId;
  /** Org-managed roles of each level: as many as may be held at once, twice. */
  readonly held: Record<Level, { first: RoleId[]; second: RoleId[] }>;
}

type Command = () => Promise<[call: string, body?: unknown]>;

export async function makeCommandWorld(api: TestApi): Promise<CommandWorld> {
  const ann = await api.person("ann@acme.example");
  const org: OrgId = (await api.call(ann, "POST /v1/orgs", { body: { name: "Acme" } })).body.id;
  const O = `/v1/orgs/${org}`;
  const workspace: WorkspaceId = (await api.call(ann, `POST ${O}/workspaces`, { body: { name: "North" } })).body.id;
  const held = {
    workspace: await makeRoles(api, ann, O, "workspace"),
    organization: await makeRoles(api, ann, O, "organization"),
  };
  const { id } = (await api.call(ann, `POST ${O}/users`, { body: { email: "vic@acme.example" } })).body;
  await acceptInvitation(api.host.store, org, id);
  const vic = { userId: id, email: "vic@acme.example" };
  // Somebody else keeps both places, so that Vic may leave.
  const put = async (path: string, roleIds: readonly string[]) => {
    const { status } = await api.call(ann, `PUT ${path}/${vic.userId}`, { body: { roleIds } });
    expect(status).toBe(200);
  };
  await put(`${O}/workspaces/${workspace}/assignments`, ["rol_owner", ...held.workspace.first.slice(1)]);
  await put(`${O}/assignments`, ["rol_organization-manager", ...held.organization.first.slice(1)]);
  return { ann, vic, org, workspace, held };
}

/** Org-managed, since a grant of one needs a guard more than any other. */
async function makeRoles(api: TestApi, ann: Caller, O: string, level: Level) {
  const ids: RoleId[] = [];
  for (let index = 0; index < 2 * limits.rolesPerUserAndPlace; index++) {
    const body = { name: `${level} ${index}`, scopes: [], level };
    ids.push((await api.call(ann, `POST ${O}/roles`, { body })).body.id);
  }
  return { first: ids.slice(0, limits.rolesPerUserAndPlace), second: ids.slice(limits.rolesPerUserAndPlace) };
}

/** The commands by their operation ids, in an order in which each finds what it needs, asked through an API of that world. */
export function commandsOf(
  { ann, vic, org, workspace, held }: CommandWorld,
  api: TestApi,
): Readonly<Record<string, Command>> {
  const at = (path: string) => `/v1/orgs/${org}/workspaces/${workspace}${path}`;

  const commands: Readonly<Record<string, Command>> = {
    createOrganization: async () => ["POST /v1/orgs", { name: "Globex" }],
    updateOrganization: async () => [`PATCH /v1/orgs/${org}`, { name: "Acme 2" }],
    createWorkspace: async () => [`POST /v1/orgs/${org}/workspaces`, { name: "South" }],
    updateWorkspace: async () => [`PATCH ${at("")}`, { name: "West", claimMatching: "all-matches" }],
    inviteUser: async () => [
      `POST /v1/orgs/${org}/users`,
      { email: "eve@acme.example", externalId: "x1", roleId: held.workspace.first[0], workspaceId: workspace },
    ],
    updateUser: async () => {
      const eve = await invite("mal@acme.example");
      const path = `PATCH /v1/orgs/${org}/users/${eve.userId}`;
      await api.call(ann, path, { body: { externalId: "x2" } });
      return [path, { status: "suspended", displayName: "M", externalId: "x3" }];
    },
    createRole: async () => [`POST ${at("/roles")}`, { name: "Runner", scopes: await registerTypes() }],
    updateRole: async () => [
      `PATCH ${at(`/roles/${await makeRole("Reader")}`)}`,
      { name: "Writer", scopes: await registerTypes() },
    ],
    deleteRole: async () => [`DELETE ${at(`/roles/${await makeRole("Doomed")}`)}`],
    replaceAssignment: async () => [`PUT ${at(`/assignments/${vic.userId}`)}`, { roleIds: held.workspace.second }],
    deleteAssignment: async () => [`DELETE ${at(`/assignments/${vic.userId}`)}`],
    replaceOrganizationAssignment: async () => [
      `PUT /v1/orgs/${org}/assignments/${vic.userId}`,
      { roleIds: held.organization.second },
    ],
    createOrganizationRole: async () => [
      `POST /v1/orgs/${org}/roles`,
      { name: "Shared", scopes: await registerTypes(), level: "workspace" },
    ],
    updateOrganizationRole: async () => [
      `PATCH /v1/orgs/${org}/roles/${await makeOrganizationRole("Shared Reader")}`,
      { name: "Shared Writer", scopes: await registerTypes() },
    ],
    deleteOrganizationRole: async () => [
      `DELETE /v1/orgs/${org}/roles/${held.workspace.second[1]}?reassignTo=${held.workspace.second[2]}`,
    ],
    putResourceType: async () => {
      const path = `PUT /v1/orgs/${org}/resource-types/acme.playbook`;
      await api.call(ann, path, { body: typeWith(["run"]) });
      return [path, typeWith(Array.from({ length: limits.actionsPerType }, (_, index) => `action${index}`))];
    },
    deleteResourceType: async () => [`DELETE /v1/orgs/${org}/resource-types/acme.playbook`],
    createClaimRule: async () => [`POST ${at("/claim-rules")}`, ruleFor(held.workspace.first[3])],
    updateClaimRule: async () => [
      `PATCH ${at(`/claim-rules/${await makeRule(at(""), held.workspace.first[3])}`)}`,
      { ...ruleFor(held.workspace.first[4]), rank: 1 },
    ],
    orderClaimRules: async () => [
      `PUT ${at("/claim-rules/order")}`,
      { ruleIds: (await listRuleIds(at(""))).reverse() },
    ],
    deleteClaimRule: async () => [`DELETE ${at(`/claim-rules/${await makeRule(at(""), held.workspace.first[3])}`)}`],
    createOrganizationClaimRule: async () => [`POST /v1/orgs/${org}/claim-rules`, ruleFor(held.workspace.first[3])],
    updateOrganizationClaimRule: async () => [
      `PATCH /v1/orgs/${org}/claim-rules/${await makeRule(`/v1/orgs/${org}`, held.workspace.first[3])}`,
      { ...ruleFor(held.workspace.first[4]), rank: 1 },
    ],
    orderOrganizationClaimRules: async () => [
      `PUT /v1/orgs/${org}/claim-rules/order`,
      { ruleIds: (await listRuleIds(`/v1/orgs/${org}`)).reverse() },
    ],
    deleteOrganizationClaimRule: async () => [
      `DELETE /v1/orgs/${org}/claim-rules/${await makeRule(`/v1/orgs/${org}`, held.workspace.first[3])}`,
    ],
    duplicateOrganizationRole: async () => [
      `POST /v1/orgs/${org}/roles/${held.workspace.first[0]}/duplicate`,
      { name: "Shared Copy" },
    ],
    duplicateRole: async () => [`POST ${at(`/roles/${held.workspace.first[0]}/duplicate`)}`, { name: "Copy" }],
    addWorkspaceUser: async () => [
      `POST ${at("/users")}`,
      { email: "new@acme.example", roleIds: held.workspace.first, expiresAt: "2999-01-01T00:00:00Z" },
    ],
    deleteUser: async () => {
      const { userId } = await invite("gone@acme.example");
      const body = { externalId: "x9" };
      await api.call(ann, `PATCH /v1/orgs/${org}/users/${userId}`, { body });
      return [`DELETE /v1/orgs/${org}/users/${userId}`];
    },
    deleteOrganizationAssignment: async () => [`DELETE /v1/orgs/${org}/assignments/${vic.userId}`],
    createIdentityProvider: async () => [`POST /v1/orgs/${org}/identity-providers`, samlProvider],
    updateIdentityProvider: async () => {
      const { body } = await api.call(ann, `POST /v1/orgs/${org}/identity-providers`, { body: samlProvider });
      return [`PATCH /v1/orgs/${org}/identity-providers/${body.id}`, { enabled: false, saml: samlProvider.saml }];
    },
    deleteIdentityProvider: async () => {
      const { body } = await api.call(ann, `POST /v1/orgs/${org}/identity-providers`, { body: samlProvider });
      return [`DELETE /v1/orgs/${org}/identity-providers/${body.id}`];
    },
    createResource: async () => [`POST ${at("/resources/interaction")}`, resourceWith("first")],
    putResource: async () => [`PUT ${await makeTransient("put")}`, resourceWith("second")],
    updateResource: async () => [`PATCH ${await makeTransient("patched")}`, replacingSecrets()],
    // Of what can be shared, as much: the task of ending its shares takes the place of the activity.
    deleteResource: async () => [`DELETE ${await makeTransient("doomed")}`],
    createShare: async () => [`POST ${at("/shares")}`, await offerOf("offered", await makeWorkspace("Target"))],
    acceptShare: async () => [`POST ${at(`/shares/${await offerFrom("Accepted from")}/accept`)}`],
    denyShare: async () => [`POST ${at(`/shares/${await offerFrom("Denied from")}/deny`)}`],
    revokeShare: async () => {
      const body = await offerOf("revoked", await makeWorkspace("Ended"));
      const share = await api.call(ann, `POST ${at("/shares")}`, { body });
      expect(share.body.state).toBe("accepted");
      return [`POST ${at(`/shares/${share.body.id}/revoke`)}`];
    },
    createApiKey: async () => [`POST ${at("/api-keys")}`, serviceKey()],
    rotateApiKey: async () => [`POST ${at(`/api-keys/${await makeKey()}/rotate`)}`, { overlapSeconds: 60 }],
    revokeApiKey: async () => [`DELETE ${at(`/api-keys/${await makeKey()}`)}`],
    createAuditExport: async () => [
      `POST /v1/orgs/${org}/audit-log/exports`,
      { workspaceId: workspace, actor: "ann@acme.example", from: "2026-01-01T00:00:00Z" },
    ],
    suspendWorkspace: async () => [`POST ${at("/suspend")}`],
    resumeWorkspace: async () => [`POST ${at("/resume")}`],
    deleteWorkspace: async () => {
      await api.call(ann, `POST ${at("/suspend")}`);
      return [`DELETE ${at("")}`];
    },
  };

  async function invite(email: string): Promise<Caller> {
    const { body } = await api.call(ann, `POST /v1/orgs/${org}/users`, { body: { email } });
    await acceptInvitation(api.host.store, org, body.id);
    return { userId: body.id, email };
  }

  /** As many secrets as there may be, each by a name that begins so. */
  function secretsOf(name: string): [string, object | null][] {
    const secret = { secret: true, value: "x" };
    return Array.from({ length: limits.secretsPerResource }, (_, index) => [`${name}${index}`, secret]);
  }

  function resourceWith(name: string) {
    return { name: "R", attributes: Object.fromEntries(secretsOf(name)) };
  }

  /** Takes away what {@link resourceWith} gave a resource at first, and gives as much. */
  function replacingSecrets() {
    const taken = secretsOf("first").map(([name]) => [name, null] as const);
    return { attributes: Object.fromEntries([...taken, ...secretsOf("second")]) };
  }

  /** One that comes and goes, which is told by the activity log too. @returns its path */
  async function makeTransient(id: string): Promise<string> {
    const path = at(`/resources/interaction/${id}`);
    expect((await api.call(ann, `PUT ${path}`, { body: resourceWith("first") })).status).toBe(201);
    return path;
  }

  /** With an org-managed role, which takes most. */
  function serviceKey() {
    return { name: "Key", kind: "service", scopes: ["workflow:read"], roleId: held.workspace.first[3] };
  }

  async function makeKey(): Promise<string> {
    return (await api.call(ann, `POST ${at("/api-keys")}`, { body: serviceKey() })).body.id;
  }

  async function makeWorkspace(name: string): Promise<string> {
    return (await api.call(ann, `POST /v1/orgs/${org}/workspaces`, { body: { name } })).body.id;
  }

  async function offerOf(resourceId: string, targetWorkspaceId: string) {
    await api.call(ann, `PUT ${at(`/resources/workflow/${resourceId}`)}`, { body: { name: "W" } });
    return { resourceType: "workflow", resourceId, targetWorkspaceId, actions: ["read", "run"] };
  }

  /** Offers a workflow of a new workspace, whose Owner may not accept it here. @returns the id of the share, which waits */
  async function offerFrom(name: string): Promise<string> {
    const W = `/v1/orgs/${org}/workspaces/${await makeWorkspace(name)}`;
    const owner = await invite(`${name.replace(" ", ".")}@acme.example`);
    await api.call(ann, `PUT ${W}/assignments/${owner.userId}`, { body: { roleIds: ["rol_owner"] } });
    await api.call(ann, `PUT ${W}/resources/workflow/given`, { body: { name: "W" } });
    const body = { resourceType: "workflow", resourceId: "given", targetWorkspaceId: workspace, actions: ["read"] };
    const share = await api.call(owner, `POST ${W}/shares`, { body });
    expect(share.body.state).toBe("pending");
    return share.body.id;
  }

  async function makeOrganizationRole(name: string, level: Level = "workspace"): Promise<string> {
    return (await api.call(ann, `POST /v1/orgs/${org}/roles`, { body: { name, scopes: [], level } })).body.id;
  }

  /** As many types as one role may name. @returns a scope of each */
  async function registerTypes(): Promise<string[]> {
    const names = Array.from({ length: limits.ownTypesPerRole }, (_, index) => `acme.type${index}`);
    for (const name of names) {
      // A second time it is there, and refuses to be made again.
      await api.call(ann, `PUT /v1/orgs/${org}/resource-types/${name}`, { body: typeWith(["run"]) });
    }
    return names.map((name) => `${name}:run`);
  }

  function typeWith(actions: readonly string[]) {
    return { description: "", actions: actions.map((name) => ({ name })), predefinedRoles: { Viewer: actions } };
  }

  const samlProvider = { name: "Okta", protocol: "saml", saml: { metadataXml: samlMetadata() } };

  /** A rule that gives an org-managed role, which takes most. */
  function ruleFor(roleId: RoleId | undefined) {
    const when = { any: [{ attribute: "groups", operator: "equals", values: ["SOC"] }] };
    return { name: "Rule", when, roleId };
  }

  async function makeRule(path: string, roleId: RoleId | undefined): Promise<string> {
    return (await api.call(ann, `POST ${path}/claim-rules`, { body: ruleFor(roleId) })).body.id;
  }

  async function listRuleIds(path: string): Promise<string[]> {
    const { body } = await api.call(ann, `GET ${path}/claim-rules`);
    return body.items.map(({ id }: { id: string }) => id);
  }

  async function makeRole(name: string): Promise<string> {
    return (await api.call(ann, `POST ${at("/roles")}`, { body: { name, scopes: [] } })).body.id;
  }

  return commands;
}
