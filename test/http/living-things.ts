/** What those who send requests know to be there, learned from the answers: ids, ETags, cursors, addresses. */
import type { Answer } from "./client.ts";
import type { Random } from "./random.ts";

/** Things of one kind in one place that are remembered. */
const MOST = 40;
/** How often somebody else's thing is taken for one's own, where there are such. */
const FOREIGN_SHARE = 0.2;

const parameterOf: Readonly<Record<string, string>> = {
  org: "orgId",
  wks: "workspaceId",
  usr: "userId",
  rol: "roleId",
  rul: "ruleId",
  idp: "idpId",
  res: "resourceId",
  shr: "shareId",
  key: "keyId",
  exp: "exportId",
};
/** What one place, or one type of a place, has for itself. */
const homes: Readonly<Record<string, readonly string[]>> = {
  orgId: [],
  roleId: ["orgId", "workspaceId"],
  ruleId: ["orgId", "workspaceId"],
  shareId: ["orgId", "workspaceId"],
  keyId: ["orgId", "workspaceId"],
  resourceId: ["orgId", "workspaceId", "type"],
};

type Ids = Readonly<Record<string, string>>;

export class LivingThings {
  readonly #ids = new Map<string, string[]>();
  readonly #etags = new Map<string, string>();
  readonly #cursors = new Map<string, string>();
  readonly #tokens: string[] = [];
  #foreign: LivingThings | undefined;
  readonly emails: string[] = [];
  /** Ids of workspaces that were suspended when they were last seen. */
  readonly suspended = new Set<string>();

  /** From now on what another organization knows is mixed in, wherever an id, a cursor, an ETag or a token is asked for. */
  mixIn(foreign: LivingThings): void {
    this.#foreign = foreign;
  }

  /** The id of something that a parameter can stand for, in the place that `ids` name. */
  pick(parameter: string, ids: Ids, random: Random): string | undefined {
    return this.pickForeign(parameter, random) ?? pickFrom(this.#ids.get(placeOf(parameter, ids)) ?? [], random);
  }

  has(parameter: string, ids: Ids): boolean {
    return (this.#ids.get(placeOf(parameter, ids)) ?? []).length > 0;
  }

  /** Now and then, the id of such a thing wherever it stands in the other organization. */
  pickForeign(parameter: string, random: Random): string | undefined {
    const foreign = this.#takesForeign(random);
    return foreign === undefined ? undefined : foreign.#pickAnywhere(parameter, random);
  }

  etagOf(path: string, random: Random): string | undefined {
    const foreign = this.#takesForeign(random);
    return foreign === undefined ? this.#etags.get(path) : pickFrom([...foreign.#etags.values()], random);
  }

  cursorOf(path: string, random: Random): string | undefined {
    const foreign = this.#takesForeign(random, 0.7);
    if (foreign === undefined) return this.#cursors.get(path);
    // Of the same list, there.
    const isSameList = ([other]: readonly [string, string]) => lastStep(other) === lastStep(path);
    return pickFrom([...foreign.#cursors].filter(isSameList), random)?.[1];
  }

  hasCursor(cursor: string): boolean {
    return [...this.#cursors.values()].includes(cursor);
  }

  pickToken(random: Random): string | undefined {
    return pickFrom((this.#takesForeign(random) ?? this).#tokens, random);
  }

  #takesForeign(random: Random, share = FOREIGN_SHARE): LivingThings | undefined {
    return this.#foreign !== undefined && random.chance(share) ? this.#foreign : undefined;
  }

  #pickAnywhere(parameter: string, random: Random): string | undefined {
    const lists = [...this.#ids].filter(([place]) => place.split(" ")[0] === parameter).map(([, list]) => list);
    return pickFrom(lists.flat(), random);
  }

  add(parameter: string, ids: Ids, id: string): void {
    addTo(this.#list(placeOf(parameter, ids)), id);
  }

  /** @param ids what stood for the parameters of the path */
  learn(method: string, path: string, ids: Ids, { status, body, headers, text }: Answer): void {
    const last = Object.entries(ids).at(-1);
    if ((status === 204 && method === "DELETE") || status === 404) {
      // A user without roles has no assignment, and is there.
      if (last !== undefined && path.endsWith(`/${last[1]}`) && !path.includes("/assignments/"))
        this.#forget(last, ids);
      return;
    }
    if (status >= 300) return;
    if (headers["consistency-token"] !== undefined) addTo(this.#tokens, headers["consistency-token"]);
    if (headers.etag !== undefined) {
      this.#etags.set(method === "POST" && body.id !== undefined ? `${path}/${body.id}` : path, headers.etag);
    }
    if (typeof body?.nextCursor === "string") this.#cursors.set(path, body.nextCursor);
    // The log speaks of what is no more; its exports are things themselves.
    const isOfLog = path.includes("/audit-log") && !path.includes("/audit-log/exports");
    if (body !== undefined && text.length < 50_000 && !isOfLog) this.#collect(body, ids);
  }

  #collect(value: unknown, ids: Ids): void {
    if (typeof value !== "object" || value === null) return;
    const { id, userId, email, status, managedBy, ...others } = value as Readonly<Record<string, unknown>>;
    if (typeof email === "string") addTo(this.emails, email);
    if (typeof userId === "string") this.#addId(userId, ids);
    // A role is remembered where it can be changed.
    const isOfPlace = managedBy === undefined || managedBy === (ids.workspaceId ? "workspace" : "organization");
    if (typeof id === "string" && isOfPlace) this.#addId(id, ids);
    // A share is one of both its workspaces.
    for (const workspaceId of [others.sourceWorkspaceId, others.targetWorkspaceId]) {
      if (typeof workspaceId === "string") this.#addId(String(id), { ...ids, workspaceId });
    }
    if (status === "suspended") this.suspended.add(String(id));
    if (status === "active") this.suspended.delete(String(id));
    for (const member of Object.values(value)) this.#collect(member, ids);
  }

  #addId(id: string, ids: Ids): void {
    const parameter = parameterOf[id.slice(0, 3)];
    if (parameter === undefined || (parameter !== "orgId" && ids.orgId === undefined)) return;
    this.add(parameter, ids, id);
  }

  #forget([parameter, id]: [string, string], ids: Ids): void {
    const list = this.#list(placeOf(parameter, ids));
    const at = list.indexOf(id);
    if (at >= 0) list.splice(at, 1);
    this.suspended.delete(id);
  }

  #list(place: string): string[] {
    const known = this.#ids.get(place) ?? [];
    this.#ids.set(place, known);
    return known;
  }
}

function placeOf(parameter: string, ids: Ids): string {
  return [parameter, ...(homes[parameter] ?? ["orgId"]).map((name) => ids[name])].join(" ");
}

function lastStep(path: string): string | undefined {
  return path.split("/").at(-1);
}

function pickFrom<T>(items: readonly T[], random: Random): T | undefined {
  return items.length === 0 ? undefined : random.pick(items);
}

function addTo(list: string[], value: string): void {
  if (list.includes(value)) return;
  list.push(value);
  if (list.length > MOST) list.shift();
}
