/** Requests made from the OpenAPI document, each as its operation takes them, or spoiled in a few ways. */
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import { predefinedRoles } from "../../lib/domain/predefined-roles.ts";
import type { Level } from "../../lib/domain/scopes.ts";
import { absent } from "./acme.ts";
import type { Schema, Vocabulary } from "./generated-bodies.ts";
import { leftOut, makeValue, spoilBody } from "./generated-bodies.ts";
import type { LivingThings } from "./living-things.ts";
import type { Random } from "./random.ts";

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly schema: Schema;
}

interface DocumentedOperation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

export interface Operation extends DocumentedOperation {
  readonly method: string;
  readonly path: string;
}

export function listOperations(document: {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
}): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
}

export interface GeneratedRequest {
  readonly operation: Operation;
  /** What stands for the parameters of the path. */
  readonly ids: Readonly<Record<string, string>>;
  readonly path: string;
  readonly query: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Buffer;
}

const malformedIds = [
  "nonsense",
  "*",
  "%2A",
  "wks_%3f",
  "..",
  ".",
  "%2e%2e",
  "%00",
  "a%23b",
  "%F0%9F%A6%A9",
  "%C0%80",
  "%ZZ",
  "%",
  "__proto__",
  "x".repeat(300),
  "usr_01JDEXAMP1E0000000000000AB",
  "rol_viewer%20",
  "a;b=c",
  "%2F",
];
const malformedQueries = [
  "x=1",
  "limit=0",
  "limit=-1",
  "limit=1e1",
  "cursor=AAAA",
  "cursor=",
  "__proto__=1",
  "=",
  "&&",
  "%=%",
];
const oddHeaders = ["", "x", '"0"', 'W/"1"', "**", '"1", "2"', "é", "y".repeat(129), "x".repeat(2_000), "{}", "null"];
const wrongTypes = [
  "text/plain",
  "application/jsonx",
  "application/json; charset=latin1",
  "multipart/form-data",
  "*/*",
];

/** Types that come and go in each organization, and their actions. */
const ownTypes = ["acme.playbook", "acme.report"];
const ownActions = ["read", "run", "approve"];

/** What `{type}` stands for, mostly: in a workspace ones whose things can be shared, or that come and go; else an organization's own. */
const types = {
  workspace: ["workflow", "step-integration", "global-variable", "interaction"],
  organization: ownTypes,
};
const shareableTypes = ["workflow", "step-integration", "global-variable"];
const otherTypes = ["role", "page", "spaceship", "acme.playbook"];

/** Of so many keys it is remembered what was sent under them. */
const KEYS = 50;

/** Makes the requests of one organization. */
export class RequestGenerator {
  readonly #operations: readonly Operation[];
  readonly #living: LivingThings;
  readonly #orgId: string;
  readonly #workspaceId: string;
  readonly #callers: ReadonlySet<string>;
  readonly #invitation: Schema;
  /** What was sent under a key, to be sent again; by the mark that it bears. */
  readonly #keyed = new Map<string, GeneratedRequest[]>();
  #count = 0;

  /** @param callers users who send the requests */
  constructor(
    operations: readonly Operation[],
    living: LivingThings,
    { orgId, workspaceId }: { readonly orgId: string; readonly workspaceId: string },
    callers: ReadonlySet<string>,
  ) {
    this.#operations = operations;
    this.#living = living;
    this.#orgId = orgId;
    this.#workspaceId = workspaceId;
    this.#callers = callers;
    const inviting = operations.find(({ operationId }) => operationId === "inviteUser");
    this.#invitation = inviting === undefined ? {} : schemaOf(inviting);
  }

  /** @param mark stands in nearly whatever text the request brings in */
  make(random: Random, mark: string): GeneratedRequest {
    const keyed = this.#keyed.get(mark) ?? [];
    this.#keyed.set(mark, keyed);
    if (keyed.length > 0 && random.chance(0.02)) return this.#repeat(random.pick(keyed), random);
    const operation = random.weigh(this.#operations.map((one) => [weightOf(one), one] as const));
    const ids = this.#makeIds(operation, random);
    const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? name);
    const vocabulary = this.#vocabulary(operation, path, ids, random, mark);
    const request: GeneratedRequest = {
      operation,
      ids,
      path,
      query: this.#makeQuery(operation, random, vocabulary),
      headers: this.#makeHeaders(operation, path, random),
      ...this.#makeBody(operation, random, vocabulary),
    };
    if (request.body !== undefined && !("Content-Type" in request.headers) && random.chance(0.02)) {
      request.headers["Content-Type"] = random.pick(wrongTypes);
    }
    if ("Idempotency-Key" in request.headers) keyed.push(request);
    if (keyed.length > KEYS) keyed.shift();
    return request;
  }

  /** Under a key that was used: the same again, or something else. */
  #repeat(first: GeneratedRequest, random: Random): GeneratedRequest {
    return random.chance(0.7) ? first : { ...first, body: JSON.stringify({ name: `Other ${this.#count++}` }) };
  }

  #makeIds(operation: Operation, random: Random): Record<string, string> {
    const ids: Record<string, string> = {};
    for (const [, name = ""] of operation.path.matchAll(/\{(\w+)\}/g)) {
      const kind = random.weigh([
        [92, "living"],
        [4, "absent"],
        [4, "malformed"],
      ]);
      const living = kind === "living" ? this.#pickLiving(operation, name, ids, random) : undefined;
      ids[name] = kind === "malformed" ? random.pick(malformedIds) : (living ?? absent[name as keyof typeof absent]);
    }
    return ids;
  }

  #pickLiving(
    { operationId, method, path }: Operation,
    parameter: string,
    ids: Readonly<Record<string, string>>,
    random: Random,
  ): string | undefined {
    const living = this.#living;
    if (parameter === "type") {
      const usual = types["workspaceId" in ids ? "workspace" : "organization"];
      const kept = usual.filter((type) => living.has("resourceId", { ...ids, type }));
      // Where one thing is asked for, mostly a type of which there is something.
      const known = path.includes("{resourceId}") && kept.length > 0 ? kept : usual;
      return random.pick(random.chance(0.98) ? known : otherTypes);
    }
    const foreign = living.pickForeign(parameter, random);
    if (foreign !== undefined) return foreign;
    if (parameter === "orgId" && random.chance(0.96)) return this.#orgId;
    if (parameter === "roleId" && random.chance(0.08)) return random.pick(predefinedRoles).id;
    if (parameter === "workspaceId") {
      const wantsSuspended = operationId === "deleteWorkspace" || operationId === "resumeWorkspace";
      if (wantsSuspended && living.suspended.size > 0 && random.chance(0.7)) return random.pick([...living.suspended]);
      // Most of what happens happens in one workspace, which stays.
      if (operationId !== "suspendWorkspace" && random.chance(0.6)) return this.#workspaceId;
    }
    const picked = living.pick(parameter, ids, random);
    // In a suspended workspace nearly everything is refused.
    if (picked !== undefined && living.suspended.has(picked) && random.chance(0.8)) return this.#workspaceId;
    // Whoever sends the requests loses their own standing only now and then: nothing would succeed any more.
    const isSpared = method !== "GET" && picked !== undefined && this.#callers.has(picked) && random.chance(0.97);
    return isSpared ? living.pick(parameter, ids, random) : picked;
  }

  #makeQuery({ parameters = [] }: Operation, random: Random, vocabulary: Vocabulary): string {
    const pairs = parameters
      .filter((parameter) => parameter.in === "query" && random.chance(parameter.name === "cursor" ? 0.1 : 0.2))
      .map(({ name, schema }): [string, string] => {
        const value = random.chance(0.9) ? makeValue(schema, random, vocabulary, `?${name}`) : random.pick(oddHeaders);
        return [name, String(value)];
      });
    const query = new URLSearchParams(pairs).toString();
    if (!random.chance(0.02)) return query;
    return [query, random.pick(malformedQueries)].filter((part) => part !== "").join("&");
  }

  #makeHeaders({ parameters = [] }: Operation, path: string, random: Random): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const parameter of parameters) {
      if (parameter.in !== "header") continue;
      const value = this.#makeHeader(parameter.name, path, random);
      if (value !== undefined) headers[parameter.name] = value;
    }
    return headers;
  }

  #makeHeader(name: string, path: string, random: Random): string | undefined {
    const odd = () => random.pick(oddHeaders);
    if (name === "If-Match") {
      return random.weigh([
        [50, () => this.#living.etagOf(path, random) ?? random.pick(["*", undefined])],
        [20, () => "*"],
        [5, () => '"0"'],
        [15, (): string | undefined => undefined],
        [5, odd],
      ])();
    }
    if (name === "Idempotency-Key") {
      if (random.chance(0.8)) return undefined;
      return random.chance(0.9) ? `key-${random.integer(0, 500)}` : odd();
    }
    if (random.chance(0.9)) return undefined;
    if (name === "Consistency-Token") return random.chance(0.8) ? this.#living.pickToken(random) : odd();
    return random.chance(0.7) ? `request-${this.#count++}` : odd();
  }

  #makeBody(operation: Operation, random: Random, vocabulary: Vocabulary): { body?: string | Buffer } {
    if (operation.method === "GET" || operation.method === "DELETE") return {};
    if (operation.requestBody === undefined) {
      return random.chance(0.8) ? {} : { body: random.pick(["{}", "null", '{"a":1}', "{", "[]"]) };
    }
    const schema = schemaOf(operation);
    const value = makeValue(schema, random, vocabulary);
    return { body: random.chance(0.8) ? JSON.stringify(value) : spoilBody(value, schema, random) };
  }

  /** What the members of bodies and queries mean, where the document only says that they are texts. */
  #vocabulary(
    { operationId, path }: Operation,
    at: string,
    ids: Readonly<Record<string, string>>,
    random: Random,
    mark: string,
  ): Vocabulary {
    const living = this.#living;
    const level: Level = path.includes("{workspaceId}") || random.chance(0.5) ? "workspace" : "organization";
    const nameText = () =>
      random.chance(0.1)
        ? `Common ${random.integer(0, 9)}`
        : `${mark} ${random.pick(["North", "Süd", "西", "🦩", "O'Neil", "a\u0301"])} ${this.#count++}`;
    const emailText = () =>
      living.emails.length > 0 && random.chance(0.25)
        ? random.pick(living.emails)
        : `person.${this.#count++}@${mark}.example`;
    const roleId = (place: Readonly<Record<string, string>>) => {
      const fixed = predefinedRoles.filter((role) => (role.level === "workspace") === "workspaceId" in place);
      return random.chance(0.75) ? random.pick(fixed).id : (living.pick("roleId", place, random) ?? absent.roleId);
    };
    const scopes = () => {
      const known = builtInCatalogue.scopes.filter((scope) => scope.level === level);
      return Array.from({ length: random.integer(0, 4) }, () => {
        const { name, resourceType } = random.pick(known);
        return random.chance(0.8) ? name : random.pick([`${resourceType}:*`, "*", "no:such", "acme.playbook:run"]);
      });
    };
    const userId = () => living.pick("userId", ids, random) ?? absent.userId;
    const identityProviderId = () => living.pick("idpId", ids, random) ?? absent.idpId;
    const when = () => ({
      any: [{ attribute: "groups", operator: "in", values: [mark, `Group ${random.integer(0, 9)}`] }],
    });
    // Rules of the organization give roles in workspaces, too.
    const roleOfRule = () => roleId({ workspaceId: this.#workspaceId, ...ids });
    const held = shareableTypes.filter((type) => living.has("resourceId", { ...ids, type }));
    const sharedType = random.pick(held.length > 0 ? held : shareableTypes);
    const secret = () => ({ secret: true, ...(random.chance(0.85) ? { value: `${mark}-secret` } : {}) });
    const content = (): Record<string, unknown> => ({
      name: nameText(),
      ...(random.chance(0.5) ? { labels: { region: mark } } : {}),
      ...(random.chance(0.5) ? { attributes: attributes() } : {}),
    });
    const attributes = () => ({ note: nameText(), [`a${random.integer(0, 5)}`]: { list: [1, mark] }, token: secret() });
    // Callers choose the same ids in two organizations.
    const chosenId = () => `res-${random.integer(0, 200)}`;
    const otherWorkspaceId = () => living.pick("workspaceId", ids, random) ?? absent.workspaceId;
    const soon = () => new Date(Date.now() + random.integer(1, 30) * 86_400_000).toISOString();
    const ago = () => new Date(Date.now() - random.integer(0, 60_000)).toISOString();
    const meanings: Readonly<Record<string, () => unknown>> = {
      name: nameText,
      displayName: nameText,
      description: () => `${nameText()} ${"x".repeat(random.integer(0, 100))}`,
      labels: () => ({ region: mark, [`l${random.integer(0, 9)}`]: nameText() }),
      email: emailText,
      externalId: () => `${mark}-${random.integer(0, 200)}`,
      level: () => level,
      scopes,
      roleIds: () => Array.from({ length: random.integer(1, 3) }, () => roleId(ids)),
      roleId: () => roleId(ids),
      workspaceId: () => living.pick("workspaceId", ids, random) ?? absent.workspaceId,
      expiresAt: () => (random.chance(0.9) ? soon() : ago()),
      when,
      ruleIds: () => [living.pick("ruleId", ids, random) ?? absent.ruleId],
      workspaceIds: () => [living.pick("workspaceId", ids, random) ?? absent.workspaceId],
      identityProviderIds: () => [identityProviderId()],
      identityProviderId,
      claims: () => ({ groups: [mark] }),
      protocol: () => "oidc",
      oidc: () => ({ issuer: "https://login.invalid", clientId: mark, clientSecret: `${mark}-secret` }),
      attributeMapping: () => ({ groups: random.pick(["groups", "/realm_access/roles"]) }),
      rules: () =>
        Array.from({ length: random.integer(0, 3) }, () => ({ name: nameText(), when: when(), roleId: roleOfRule() })),
      id: chosenId,
      attributes,
      resources: () =>
        Array.from({ length: random.integer(1, 4) }, () =>
          random.chance(0.5) ? content() : { id: chosenId(), ...content() },
        ),
      resourceType: () => sharedType,
      resourceId: () => living.pick("resourceId", { ...ids, type: sharedType }, random) ?? absent.resourceId,
      targetWorkspaceId: otherWorkspaceId,
      targetWorkspaceIds: () => Array.from({ length: random.integer(1, 3) }, otherWorkspaceId),
      "settings.sharing": () =>
        random.pick([
          null,
          {},
          { types: null },
          { types: [...shareableTypes, sharedType] },
          { targets: [otherWorkspaceId()] },
        ]),
      "subject.type": () => "user",
      "subject.id": userId,
      "action.name": () => random.pick(["run", "read", "write", "*", "fly"]),
      "resource.type": () => random.pick(["workflow", "case", "role", "spaceship"]),
      "resource.id": () => living.pick("resourceId", { ...ids, type: "workflow" }, random) ?? absent.resourceId,
      "?email": emailText,
      "?cursor": () => living.cursorOf(at, random) ?? "AAAA",
      "?reassignTo": () => roleId(ids),
      "?from": ago,
      "?to": soon,
      "?actor": userId,
      "?label": () => random.pick(["region", `region=${mark}`]),
      "?namePrefix": () => mark,
      "?resourceType": () => sharedType,
      "?target": () => random.pick([userId, () => roleId(ids)])(),
      "?action": () => random.pick(["role.created", "user.invited", "workspace.created", "no.such"]),
      "?outcome": () => "success",
      users: () =>
        Array.from({ length: random.integer(1, 4) }, () => makeValue(this.#invitation, random, invitationVocabulary)),
    };
    const invitationVocabulary: Vocabulary = (member) =>
      // A role with a workspace is one of that, and one without is the organization's.
      member === "roleId" ? roleId(random.chance(0.5) ? ids : { orgId: ids.orgId ?? "" }) : meanings[member]?.();
    if (operationId === "inviteUser") return invitationVocabulary;
    const ownActionsHere = ownActions.slice(0, random.integer(1, ownActions.length));
    const ofTypes = {
      actions: () => ownActionsHere.map((name) => ({ name })),
      shareable: () => random.pick([true, false, ownActionsHere]),
      predefinedRoles: () => ({ [random.pick(["Viewer", "Operator", "Owner"])]: [random.pick(ownActionsHere)] }),
    };
    const particular: typeof meanings = {
      ...(path.includes("/resource-types") ? ofTypes : {}),
      ...(path.includes("/claim-rules") ? { roleId: roleOfRule } : {}),
      // Most things stay until they are deleted.
      ...(path.includes("/resources") && ids.type !== "interaction"
        ? { expiresAt: () => (random.chance(0.9) ? leftOut : soon()) }
        : {}),
      ...(path.includes("/shares") ? { actions: () => (random.chance(0.9) ? ["read"] : ["read", "run"]) } : {}),
    };
    const own = { ...meanings, ...particular };
    return (member) => own[member]?.();
  }
}

function schemaOf({ requestBody }: Operation): Schema {
  return requestBody?.content["application/json"]?.schema ?? {};
}

/** What costs much, or takes much away, comes more rarely. */
function weightOf({ operationId }: Operation): number {
  return weights[operationId] ?? 1;
}

const weights: Readonly<Record<string, number>> = {
  getOpenApi: 0.05,
  getHealth: 0.2,
  createOrganization: 0.3,
  createWorkspace: 1.5,
  suspendWorkspace: 0.8,
  deleteUser: 0.5,
  inviteUser: 1.5,
  inviteUsers: 0.4,
  verifyAuditLog: 0.15,
  createIdentityProvider: 0.4,
  deleteIdentityProvider: 0.3,
  reconcileIdentityProvider: 0.3,
  deleteClaimRule: 0.5,
  deleteOrganizationClaimRule: 0.5,
  putResourceType: 2,
  deleteResourceType: 0.4,
  createResource: 2.5,
  updateResource: 1.5,
  acceptShare: 1.5,
  deleteResource: 0.5,
  createResources: 0.5,
  createShare: 2,
  createShares: 0.7,
  revokeShare: 0.5,
};
