/**
 * Every built-in kind of thing that scopes talk about, with its actions. The catalogue of scopes (`catalogue.ts`), the `Scope`
 * types and what may be shared derive from this table; `predefined-roles.ts` does not compile until each new scope says who has it.
 *
 * To add a scope: one word in a type's actions (with what it lets one do), then the line that the compiler demands.
 */
interface ActionSpec {
  /** What the action lets its holder do, as a sentence's end: "Lets one …". */
  readonly does: string;
  /** The day the scope came into the catalogue; the first catalogue's day when left out. */
  readonly since?: string;
  /** On its way out: it still gives what it gave, and lists say what takes its place, a scope of the same level. */
  readonly deprecated?: { readonly replacedBy?: string };
}

export type Persistence = "persistent" | "transient";

export interface TypeSpec {
  readonly actions: Readonly<Record<string, ActionSpec>>;
  /** Of a type whose resources the service holds; those of a transient one are gone at their `expiresAt`. */
  readonly persistence?: Persistence;
  /** Actions that a share may hand to another workspace: reading, running, using; never writing. */
  readonly shareable?: readonly string[];
}

const read = (things: string) => ({ read: { does: `read ${things}` } });
const readWrite = (things: string) => ({
  read: { does: `read ${things}` },
  write: { does: `create, change and delete ${things}` },
});

export const workspaceTypes = {
  workspace: {
    actions: { read: { does: "see the workspace" }, update: { does: "rename and configure the workspace" } },
  },
  role: { actions: readWrite("roles of the workspace") },
  user: { actions: readWrite("the workspace's people") },
  "user-permission": { actions: readWrite("who holds which role in the workspace") },
  "claim-mapping": { actions: readWrite("the workspace's claim rules") },
  share: {
    actions: {
      ...read("shares to and from the workspace"),
      create: { does: "offer a resource to another workspace" },
      accept: { does: "accept or deny what another workspace offers" },
      revoke: { does: "end a share from either side" },
    },
  },
  "api-key": {
    actions: {
      read: { does: "see the workspace's API keys, without their secrets" },
      write: { does: "make, rotate and end one's own API keys" },
    },
  },
  "service-key": { actions: readWrite("the workspace's service keys") },
  "audit-log": { actions: read("the workspace's audit log") },
  "activity-log": { actions: read("the activity log") },
  access: {
    actions: {
      evaluate: { does: "ask what anybody may do in the workspace" },
      explain: { does: "ask why somebody may or may not" },
    },
  },
  workflow: {
    actions: {
      ...readWrite("workflows"),
      run: { does: "run workflows" },
      publish: { does: "publish workflows" },
      review: { does: "review workflows that were submitted" },
    },
    persistence: "persistent",
    shareable: ["read", "run"],
  },
  "workflow-run": { actions: readWrite("workflow runs"), persistence: "transient" },
  interaction: {
    actions: { ...readWrite("interactions"), submit: { does: "submit interactions" } },
    persistence: "transient",
  },
  "step-integration": {
    actions: { ...readWrite("step integrations"), use: { does: "use step integrations in a workflow" } },
    persistence: "persistent",
    shareable: ["read", "use"],
  },
  "trigger-integration": {
    actions: { ...readWrite("trigger integrations"), use: { does: "use trigger integrations in a workflow" } },
    persistence: "persistent",
    shareable: ["read", "use"],
  },
  step: { actions: { ...read("steps and their executions"), run: { does: "run single steps" } } },
  "custom-step": {
    actions: { ...readWrite("custom steps"), use: { does: "use custom steps in a workflow" } },
    persistence: "persistent",
    shareable: ["read", "use"],
  },
  "global-variable": { actions: readWrite("global variables"), persistence: "persistent", shareable: ["read"] },
  "workspace-variable": { actions: readWrite("workspace variables"), persistence: "persistent", shareable: ["read"] },
  "step-runner": {
    actions: { ...readWrite("step runners"), use: { does: "run steps on a step runner" } },
    persistence: "persistent",
    shareable: ["read", "use"],
  },
  case: { actions: readWrite("cases"), persistence: "persistent" },
  observable: { actions: readWrite("observables"), persistence: "persistent", shareable: ["read"] },
  runbook: { actions: readWrite("runbooks"), persistence: "persistent", shareable: ["read"] },
  dashboard: { actions: readWrite("dashboards"), persistence: "persistent" },
  page: { actions: readWrite("pages"), persistence: "persistent" },
} as const satisfies Record<string, TypeSpec>;

export const organizationTypes = {
  organization: {
    actions: { ...read("the organization's settings"), update: { does: "change the organization's settings" } },
  },
  workspace: {
    actions: {
      list: { does: "see every workspace of the organization" },
      create: { does: "create and configure workspaces" },
      suspend: { does: "suspend and resume workspaces" },
      delete: { does: "delete suspended workspaces" },
    },
  },
  "workspace-role": { actions: { grant: { does: "give any workspace role in any workspace, without holding it" } } },
  "org-role": { actions: readWrite("org-managed roles") },
  user: { actions: readWrite("the organization's users") },
  "org-permission": { actions: readWrite("who holds which organization role") },
  "identity-provider": { actions: readWrite("identity providers") },
  "org-claim-mapping": { actions: readWrite("the organization's claim rules") },
  "resource-type": { actions: readWrite("the organization's own resource types") },
  "org-audit-log": { actions: read("the organization's audit log") },
} as const satisfies Record<string, TypeSpec>;

type ScopeOf<Types extends Record<string, TypeSpec>> = {
  [T in keyof Types & string]: `${T}:${keyof Types[T]["actions"] & string}`;
}[keyof Types & string];

/** A built-in scope of workspace level, e.g. `workflow:run`. */
export type WorkspaceScope = ScopeOf<typeof workspaceTypes>;
/** A built-in scope of organization level, e.g. `workspace:list`. */
export type OrganizationScope = ScopeOf<typeof organizationTypes>;
