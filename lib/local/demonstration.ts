/**
 * Who and what the demonstration organization consists of: a managed security provider, its own workspace, those of two customers,
 * the people who work there, and what they work with.
 */
import type { RoleId } from "../domain/ids.ts";
import type { Feature } from "../domain/predefined-roles.ts";
import { findPredefinedRole } from "../domain/predefined-roles.ts";

export interface Workspace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly features?: readonly Feature[];
}

export interface CustomRole {
  readonly name: string;
  readonly description: string;
  readonly scopes: readonly string[];
  /** The workspace that manages it; without one the organization does. */
  readonly in?: WorkspaceKey;
}

export interface Person {
  readonly name: string;
  readonly email: string;
  /** The first comes with the invitation; the others are in further workspaces. */
  readonly roles: readonly [Held, ...HeldInWorkspace[]];
  /** Has not signed in yet, so their roles give nothing. */
  readonly isInvited?: true;
}

interface Held {
  /** A custom role, or the id of a predefined one. */
  readonly role: RoleKey;
  /** Absent for a role in the organization. */
  readonly in?: WorkspaceKey;
}

interface HeldInWorkspace extends Held {
  readonly in: WorkspaceKey;
}

export type WorkspaceKey = "internal" | "north" | "southStaging" | "southProduction";
export type RoleKey = "tier1Analyst" | "contentEngineer" | "changeApprover" | `rol_${string}`;

/** Makes the organization and its workspaces, and so is Organization Manager and Owner of each. */
export const MANAGER = "ann@acme.example";
/** Viewer of the first workspace, nothing in the organization. */
export const VIEWER = "vic@acme.example";

/** In the order in which lists show them. */
export const workspaces: ReadonlyMap<WorkspaceKey, Workspace> = new Map<WorkspaceKey, Workspace>([
  ["internal", { name: "Internal", labels: { customer: "acme", environment: "production" } }],
  ["north", { name: "North", labels: { customer: "north", environment: "production" }, features: ["case-management"] }],
  ["southStaging", { name: "South Staging", labels: { customer: "south", environment: "staging" } }],
  ["southProduction", { name: "South Production", labels: { customer: "south", environment: "production" } }],
]);

export const customRoles: ReadonlyMap<RoleKey, CustomRole> = new Map<RoleKey, CustomRole>([
  [
    "tier1Analyst",
    {
      name: "Tier 1 Analyst",
      description: "Takes alerts first: runs workflows and works on cases. Edits no workflow.",
      scopes: [
        "workspace:read",
        "workflow:read",
        "workflow:run",
        "workflow-run:read",
        "interaction:*",
        "case:*",
        "observable:*",
        "runbook:read",
      ],
    },
  ],
  [
    "contentEngineer",
    {
      name: "Content Engineer",
      description: "Builds what the analysts run: workflows, steps and integrations. Publishes nothing.",
      scopes: [
        "workspace:read",
        "workflow:read",
        "workflow:write",
        "workflow:run",
        "workflow-run:*",
        "step:*",
        "custom-step:*",
        "step-integration:*",
        "trigger-integration:*",
        "workspace-variable:*",
      ],
    },
  ],
  [
    "changeApprover",
    {
      name: "Change Approver",
      description: "Reviews and publishes what others have built.",
      scopes: ["workspace:read", "workflow:read", "workflow:review", "workflow:publish"],
      in: "southProduction",
    },
  ],
]);

export const people: readonly Person[] = [
  { name: "Vic", email: VIEWER, roles: [{ role: "rol_viewer", in: "internal" }] },
  { name: "Otto", email: "otto@acme.example", roles: [{ role: "rol_organization-viewer" }] },
  { name: "Nora", email: "nora@acme.example", roles: [{ role: "rol_owner", in: "north" }] },
  {
    name: "Tia",
    email: "tia@acme.example",
    roles: [
      { role: "tier1Analyst", in: "north" },
      { role: "tier1Analyst", in: "southProduction" },
    ],
  },
  {
    name: "Eve",
    email: "eve@acme.example",
    roles: [
      { role: "contentEngineer", in: "internal" },
      { role: "contentEngineer", in: "southStaging" },
      { role: "rol_viewer", in: "southProduction" },
    ],
  },
  {
    name: "Sam",
    email: "sam@acme.example",
    roles: [
      { role: "rol_owner", in: "southStaging" },
      { role: "rol_owner", in: "southProduction" },
    ],
  },
  { name: "Ben", email: "ben@acme.example", roles: [{ role: "tier1Analyst", in: "north" }] },
  { name: "Cleo", email: "cleo@acme.example", roles: [{ role: "rol_cases-contributor", in: "north" }] },
  { name: "Dan", email: "dan@acme.example", roles: [{ role: "rol_cases-analyst", in: "north" }] },
  {
    name: "Finn",
    email: "finn@acme.example",
    roles: [
      { role: "contentEngineer", in: "southStaging" },
      { role: "rol_operator", in: "southProduction" },
    ],
  },
  { name: "Pia", email: "pia@acme.example", roles: [{ role: "rol_contributor", in: "internal" }] },
  { name: "Joe", email: "joe@acme.example", roles: [{ role: "changeApprover", in: "southProduction" }] },
  { name: "Ivy", email: "ivy@acme.example", roles: [{ role: "rol_interact-only", in: "north" }] },
  {
    name: "Hugo",
    email: "hugo@acme.example",
    roles: [{ role: "rol_operator", in: "southStaging" }],
    isInvited: true,
  },
];

export interface Provider {
  readonly name: string;
  readonly protocol: "saml" | "oidc";
}

export interface Rule {
  readonly name: string;
  /** What the provider says of whom it matches, as a condition. */
  readonly attribute: string;
  readonly value: string;
  readonly role: RoleKey;
  /** The workspace whose rule it is; without one the organization's, for every workspace. */
  readonly in?: WorkspaceKey;
}

/** The test providers of one machine, as the organization connects them. */
export const providers: readonly Provider[] = [
  { name: "Okta", protocol: "saml" },
  { name: "Entra", protocol: "oidc" },
];

/** In the order of their ranks. */
export const rules: readonly Rule[] = [
  { name: "Tier 2", attribute: "groups", value: "SOC-Tier2", role: "rol_operator", in: "north" },
  { name: "Tier 1", attribute: "groups", value: "SOC-Tier1", role: "tier1Analyst", in: "north" },
  { name: "SOC admins", attribute: "groups#cn", value: "SOC-Admins", role: "rol_owner", in: "southStaging" },
  { name: "Everybody in EMEA", attribute: "groups", value: "EMEA", role: "rol_viewer" },
];

export interface Registered {
  readonly type: string;
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly in: WorkspaceKey;
  /** Workspaces that may use it, and how. */
  readonly sharedWith?: { readonly workspaces: readonly WorkspaceKey[]; readonly actions: readonly string[] };
}

/** What the first workspace has built, and what of it the customers may use. */
export const resources: readonly Registered[] = [
  {
    type: "workflow",
    id: "triage",
    name: "Triage",
    labels: { team: "soc" },
    attributes: { steps: ["enrich", "open a ticket"] },
    in: "internal",
    sharedWith: { workspaces: ["north", "southProduction"], actions: ["read", "run"] },
  },
  {
    type: "step-integration",
    id: "jira",
    name: "Ticketing",
    labels: { team: "soc" },
    attributes: { url: "https://tickets.acme.example", token: { secret: true, value: "only a demonstration" } },
    in: "internal",
    sharedWith: { workspaces: ["north"], actions: ["read", "use"] },
  },
  {
    type: "workspace-variable",
    id: "severity",
    name: "Least severity",
    labels: {},
    attributes: { value: "high" },
    in: "internal",
  },
  {
    type: "runbook",
    id: "phishing",
    name: "Phishing",
    labels: { team: "soc" },
    attributes: { steps: ["look at the header", "ask the sender"] },
    in: "north",
  },
];

export interface Key {
  readonly name: string;
  readonly kind: "service" | "personal";
  readonly scopes: readonly string[];
  readonly in: WorkspaceKey;
  /** Their address. */
  readonly madeBy: string;
}

/** Nobody knows the secrets of these: they show what lists and logs tell of keys. Whoever wants to use one rotates it. */
export const keys: readonly Key[] = [
  {
    name: "Deployment pipeline",
    kind: "service",
    scopes: ["workflow:read", "workflow:write"],
    in: "southProduction",
    madeBy: MANAGER,
  },
  {
    name: "Pia's laptop",
    kind: "personal",
    scopes: ["workflow:read", "workflow:run"],
    in: "internal",
    madeBy: "pia@acme.example",
  },
];

/** What a person holds, in words: `Tier 1 Analyst in North and South Production`. */
export function describeRoles({ roles }: Person): string {
  const byName = Map.groupBy<string, Held>(roles, ({ role }) => nameOf(role));
  const phrases = [...byName].map(([name, held]) => {
    const places = held.flatMap((one) => (one.in === undefined ? [] : (workspaces.get(one.in)?.name ?? [])));
    return places.length === 0 ? name : `${name} in ${places.join(" and ")}`;
  });
  return phrases.join(", ");
}

function nameOf(role: RoleKey): string {
  return (customRoles.get(role) ?? findPredefinedRole(role as RoleId))?.name ?? role;
}
