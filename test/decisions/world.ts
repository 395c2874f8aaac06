/**
 * Decisions as data: small worlds, questions about them, and the right answers. The same tables are run pure, through the
 * deployable authorizer, and over HTTP.
 *
 * Everything goes by its name. A place is `acme` (the organization) or `acme/soc` (a workspace of it); a user is `acme/ann`; a
 * role is `acme/Hunter` (org-managed) or `acme/soc/Hunter` (of the workspace). Whoever and whatever a grant names exists and is
 * active, unless the world says otherwise: a world lists grants, and the exceptions.
 */
import { createHash } from "node:crypto";
import type { ApiKey, KeyKind } from "../../lib/domain/api-keys.ts";
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import type { Facts } from "../../lib/domain/decide.ts";
import type { Grant } from "../../lib/domain/grants.ts";
import type { IdPrefix, OrgId, RoleId, UserId, WorkspaceId } from "../../lib/domain/ids.ts";
import { ID_RANDOM_BYTES, makeId } from "../../lib/domain/ids.ts";
import type { Organization, PlaceStatus, Workspace } from "../../lib/domain/places.ts";
import type { Feature } from "../../lib/domain/predefined-roles.ts";
import { predefinedRoles } from "../../lib/domain/predefined-roles.ts";
import type { CustomRole, Role } from "../../lib/domain/roles.ts";
import type { Level, Pattern } from "../../lib/domain/scopes.ts";
import type { User, UserStatus } from "../../lib/domain/users.ts";

interface Exception {
  /** Named by grants, and not there: deleted, or never made. */
  readonly isGone?: true;
}

interface GrantLine {
  readonly who: string;
  /** A role's name, looked for in the workspace, the organization, the predefined ones; or a role's whole path. */
  readonly is: string;
  readonly in: string;
  /** Milliseconds from the world's making; negative for what is over. */
  readonly expiresIn?: number;
}

/** An API key that cases ask as, by its name. */
interface KeyLine {
  /** Who made it; a personal one acts as them. */
  readonly of: string;
  readonly kind: KeyKind;
  readonly scopes: readonly Pattern[];
  /** By its name, as in a grant. */
  readonly role?: string;
  /** Milliseconds from the world's making; negative for one that is over. */
  readonly expiresIn?: number;
  readonly isRevoked?: true;
}

/** Through which the providers' people of every organization sign in. */
export const CLIENT_OF_PROVIDERS = "client-of-providers";

export interface World {
  readonly grants: readonly GrantLine[];
  readonly organizations?: Readonly<
    Record<string, Exception & { readonly status?: PlaceStatus; readonly disabledProviders?: readonly string[] }>
  >;
  readonly workspaces?: Readonly<
    Record<string, Exception & { readonly status?: PlaceStatus; readonly features?: readonly Feature[] }>
  >;
  /** A user without a provider is a person of the pool, the same in every organization. */
  readonly users?: Readonly<Record<string, Exception & { readonly status?: UserStatus; readonly provider?: string }>>;
  readonly roles?: Readonly<
    Record<string, Exception & { readonly scopes: readonly Pattern[]; readonly level?: Level }>
  >;
  /** By the paths of their workspaces and their names, as `acme/soc/deploy`. */
  readonly keys?: Readonly<Record<string, KeyLine>>;
}

/** A world as the values of the domain, ready to be read as facts or to be put into a store. */
export interface BuiltWorld {
  readonly now: number;
  readonly organizations: ReadonlyMap<string, Organization>;
  readonly workspaces: ReadonlyMap<string, Workspace>;
  readonly users: ReadonlyMap<string, User>;
  readonly roles: ReadonlyMap<string, CustomRole>;
  readonly assignments: readonly BuiltAssignment[];
  /** By their names, without anything that a secret could be known by. */
  readonly keys: ReadonlyMap<string, { readonly of: string; readonly key: ApiKey }>;
  /** The id of a user in an organization, of one that is gone too. */
  readonly userIdOf: (organization: string, who: string) => UserId;
}

interface BuiltAssignment {
  readonly in: string;
  readonly who: string;
  readonly place: { readonly orgId: OrgId; readonly workspaceId?: WorkspaceId };
  readonly userId: UserId;
  readonly grants: readonly Grant[];
}

const organizationOf = (path: string) => path.split("/")[0] ?? path;
export const isWorkspacePath = (path: string) => path.includes("/");

/**
 * Builds a world.
 * @param now milliseconds since 1970
 * @param salt makes ids of its own, so that many worlds fit into one store
 */
export function buildWorld(world: World, now: number, salt = ""): BuiltWorld {
  const idOf = <P extends IdPrefix>(prefix: P, name: string) =>
    makeId(prefix, now, createHash("sha256").update(`${salt} ${prefix} ${name}`).digest().subarray(0, ID_RANDOM_BYTES));
  const orgIdOf = (name: string) => idOf("org", name);
  const userIdOf = (organization: string, who: string) => {
    const path = `${organization}/${who}`;
    return idOf("usr", world.users?.[path]?.provider === undefined ? who : path);
  };

  const names = listNames(world);
  const made = { labels: {}, createdAt: new Date(now).toISOString(), version: 1 };
  const head = { seq: 0, hash: "0".repeat(64), policy: 1, ...made };

  const organizations = makeAll(names.organizations, world.organizations, (name, { status, disabledProviders }) => ({
    ...head,
    id: orgIdOf(name),
    name,
    status: status ?? "active",
    clientId: CLIENT_OF_PROVIDERS,
    enabledProviders: providersOf(world, name)
      .filter((provider) => !disabledProviders?.includes(provider))
      .map((provider) => idOf("idp", `${name}/${provider}`)),
  }));
  const workspaces = makeAll(names.workspaces, world.workspaces, (path, { status, features }) => ({
    ...head,
    id: idOf("wks", path),
    orgId: orgIdOf(organizationOf(path)),
    name: path.slice(path.indexOf("/") + 1),
    status: status ?? "active",
    features: features ?? [],
    claimMatching: "first-match" as const,
  }));
  const users = makeAll(names.users, world.users, (path, { status, provider }) => ({
    ...made,
    id: userIdOf(organizationOf(path), path.slice(path.indexOf("/") + 1)),
    orgId: orgIdOf(organizationOf(path)),
    email: `${path.replace("/", ".")}@people.example`,
    status: status ?? "active",
    ...(provider === undefined ? {} : { identityProviderId: idOf("idp", `${organizationOf(path)}/${provider}`) }),
  }));
  const rolePaths = Object.keys(world.roles ?? {});
  const allRoles = new Map(
    rolePaths.map((path) => {
      const [, , inWorkspace] = path.split("/");
      const role: CustomRole = {
        id: idOf("rol", path),
        name: path.slice(path.lastIndexOf("/") + 1),
        description: "",
        level: world.roles?.[path]?.level ?? "workspace",
        scopes: world.roles?.[path]?.scopes ?? [],
        managedBy: inWorkspace === undefined ? "organization" : "workspace",
        createdAt: made.createdAt,
        version: 1,
        policy: 1,
      };
      return [path, role] as const;
    }),
  );
  const roles = new Map([...allRoles].filter(([path]) => world.roles?.[path]?.isGone !== true));

  const findNamed = ({ is, in: place }: GrantLine): Role => {
    const found =
      allRoles.get(`${place}/${is}`) ??
      allRoles.get(`${organizationOf(place)}/${is}`) ??
      allRoles.get(is) ??
      predefinedRoles.find((role) => role.name === is);
    if (found === undefined) throw new Error(`no role is named ${is} in ${place}`);
    return found;
  };
  const assignments = new Map<string, BuiltAssignment>();
  for (const line of world.grants) {
    const { id: roleId, managedBy } = findNamed(line);
    const end = line.expiresIn === undefined ? {} : { expiresAt: now + line.expiresIn };
    const organization = organizationOf(line.in);
    const before = assignments.get(`${line.in} ${line.who}`);
    assignments.set(`${line.in} ${line.who}`, {
      in: line.in,
      who: line.who,
      place: {
        orgId: orgIdOf(organization),
        ...(isWorkspacePath(line.in) ? { workspaceId: idOf("wks", line.in) } : {}),
      },
      userId: userIdOf(organization, line.who),
      grants: [...(before?.grants ?? []), { roleId, managedBy, source: "direct", ...end }],
    });
  }
  const keys = new Map(
    Object.entries(world.keys ?? {}).map(([path, { of, kind, scopes, role, expiresIn, isRevoked }]) => {
      const [place, name] = [path.slice(0, path.lastIndexOf("/")), path.slice(path.lastIndexOf("/") + 1)];
      const named = role === undefined ? undefined : findNamed({ who: name, is: role, in: place });
      const key: ApiKey = {
        id: idOf("key", path),
        orgId: orgIdOf(organizationOf(path)),
        workspaceId: idOf("wks", place),
        name,
        kind,
        scopes,
        ...(named === undefined ? {} : { role: { roleId: named.id, managedBy: named.managedBy } }),
        ownerId: userIdOf(organizationOf(path), of),
        createdAt: made.createdAt,
        ...(expiresIn === undefined ? {} : { expiresAt: now + expiresIn }),
        ...(isRevoked ? { revokedAt: now } : {}),
        secrets: isRevoked ? [] : [{ hash: "", madeAt: now }],
        version: 1,
      };
      return [name, { of, key }] as const;
    }),
  );
  return { now, organizations, workspaces, users, roles, assignments: [...assignments.values()], keys, userIdOf };
}

/**
 * Facts about somebody for a question asked in a place, found as the service finds them: each thing where the path says.
 * @param organization the one that the path names
 */
export function factsAbout(
  built: BuiltWorld,
  asking: string,
  asked: string,
  now: number,
  organization = organizationOf(asked),
): Facts {
  // A workspace is looked for in the organization of the path, and so is everything in it.
  const place = organization === organizationOf(asked) ? asked : `${organization}/not here`;
  const asKey = built.keys.get(asking);
  const who = asKey?.of ?? asking;
  const grantsIn = (path: string) =>
    built.assignments.find((assignment) => assignment.in === path && assignment.who === who)?.grants ?? [];
  const ownRoles = [...built.roles]
    .filter(([path]) => path.slice(0, path.lastIndexOf("/")) === place || path.split("/").length === 2)
    .filter(([path]) => organizationOf(path) === organization)
    .map(([, role]) => role);
  const ofUser = {
    user: built.users.get(`${organization}/${who}`),
    workspaceGrants: isWorkspacePath(place) ? grantsIn(place) : [],
  };
  return {
    now,
    organization: built.organizations.get(organization),
    workspace: isWorkspacePath(place) ? built.workspaces.get(place) : undefined,
    ...(asKey?.key.kind === "service" ? ofServiceKey(asKey.key) : ofUser),
    ...(asKey === undefined
      ? { organizationGrants: grantsIn(organization) }
      : { organizationGrants: [], presented: { key: asKey.key, secretMadeAt: asKey.key.secrets[0]?.madeAt } }),
    roles: new Map([...predefinedRoles, ...ownRoles].map((role): [RoleId, Role] => [role.id, role])),
    catalogue: builtInCatalogue,
  };
}

function ofServiceKey({ role }: ApiKey): Pick<Facts, "user" | "workspaceGrants"> {
  return { user: undefined, workspaceGrants: role === undefined ? [] : [{ ...role, source: "direct" }] };
}

function listNames({ grants, organizations = {}, workspaces = {}, users = {}, roles = {} }: World) {
  const places = [...grants.map((line) => line.in), ...Object.keys(organizations), ...Object.keys(workspaces)];
  places.push(...Object.keys(roles).map((path) => path.slice(0, path.lastIndexOf("/"))));
  const people = grants.map((line) => `${organizationOf(line.in)}/${line.who}`);
  return {
    organizations: new Set([...places, ...Object.keys(users)].map(organizationOf)),
    workspaces: new Set(places.filter(isWorkspacePath)),
    users: new Set([...people, ...Object.keys(users)]),
  };
}

function makeAll<E extends Exception, T>(
  names: ReadonlySet<string>,
  exceptions: Readonly<Record<string, E>> | undefined,
  make: (name: string, exception: Partial<E>) => T,
): ReadonlyMap<string, T> {
  const standing = [...names].filter((name) => exceptions?.[name]?.isGone !== true);
  return new Map(standing.map((name) => [name, make(name, exceptions?.[name] ?? {})]));
}

/** The doors through which people of an organization come. */
function providersOf(world: World, organization: string): string[] {
  const own = Object.entries(world.users ?? {}).filter(([path]) => organizationOf(path) === organization);
  return [...new Set(own.flatMap(([, { provider }]) => provider ?? []))];
}
