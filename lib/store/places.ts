/**
 * The place is the lock: each change of an organization or workspace moves its `seq` from what was read to what its audit
 * entries make it. So changes of one place are serial, and a fact of the place needs no condition of its own.
 */
import type { ChainHead, SealedEntry } from "../domain/audit.ts";
import { hashText } from "../domain/audit.ts";
import type { OrgId, RoleId, RuleId } from "../domain/ids.ts";
import type { Organization, Workspace } from "../domain/places.ts";
import type { Change, Condition } from "./changes.ts";
import type { PlaceRef } from "./keys.ts";
import { keys } from "./keys.ts";
import type { Item, Ref } from "./table.ts";

interface LockedHead extends ChainHead {
  readonly turn?: number;
}

/** Nobody has changed the place since it was read. */
function isAt({ seq, turn }: LockedHead): Condition {
  return turn === undefined ? { equals: { seq }, lacks: ["turn"] } : { equals: { seq, turn } };
}

export const placeItems = {
  /** Moves the head of a place that stands. */
  advance: (place: PlaceRef, from: LockedHead, to: ChainHead): Change => ({
    kind: "update",
    key: keys.place(place),
    set: { ...headOf(to) },
    when: isAt(from),
  }),

  /**
   * Serializes a change whose entry belongs to another chain with those of this place: whoever read the place before it has
   * to decide again.
   */
  takeTurn: (place: PlaceRef, from: LockedHead): Change => ({
    kind: "update",
    key: keys.place(place),
    set: { turn: (from.turn ?? 0) + 1 },
    when: isAt(from),
  }),

  /** Sets the head of a place that the same transaction makes. */
  start: (place: PlaceRef, head: ChainHead): Change => ({
    kind: "update",
    key: keys.place(place),
    set: { ...headOf(head) },
  }),

  /** The head of a place's chain, of a workspace that is gone too. */
  headAt: (place: PlaceRef): Ref<ChainHead> => ({
    key: keys.place(place),
    decode: (item) => headOf(item as unknown as ChainHead),
  }),

  /** What the place, which the same transaction locks, has from now on. */
  setCounts: (
    place: PlaceRef,
    counts: Partial<Pick<Organization, "roleCount" | "userCount" | "workspaceCount"> & Pick<Workspace, "keyCount">>,
  ): Change => ({ kind: "update", key: keys.place(place), set: counts }),

  /** Tells every reader that a role, rule or own type of the place was edited. */
  bumpPolicy: (place: PlaceRef, policy: number, edited: RoleId | RuleId): Change => ({
    kind: "update",
    key: keys.place(place),
    set: { policy, edited },
  }),

  /** A guard for a change of another place that rests on this place's roles. */
  mustHavePolicy: (place: PlaceRef, policy: number): Change => ({
    kind: "check",
    key: keys.place(place),
    when: { equals: { policy } },
  }),

  entry: (place: PlaceRef, seq: number): Ref<SealedEntry> => ({
    key: keys.auditEntry(place, seq),
    decode: decodeEntry,
  }),

  /** Whether what stands among the entries stands where its number says. */
  isInPlace: (place: PlaceRef, sk: string, { seq }: SealedEntry): boolean => sk === keys.auditEntry(place, seq).sk,

  append: (place: PlaceRef, entry: SealedEntry): Change => ({
    kind: "put",
    key: keys.auditEntry(place, entry.seq),
    item: { seq: entry.seq, text: entry.text, hash: entry.hash, ...(entry.until && { expires: entry.until }) },
    when: { exists: false },
  }),
};

/**
 * The gate of an organization: taken only by what can take an anchor away, wherever in the organization that is. Read it before
 * the facts; committing takes it.
 */
export const gateItems = {
  at: (orgId: OrgId): Ref<number> => ({ key: keys.gate(orgId), decode: (item) => item.n as number }),

  take: (orgId: OrgId, read: number | undefined): Change => ({
    kind: "put",
    key: keys.gate(orgId),
    item: { n: (read ?? 0) + 1 },
    when: read === undefined ? { exists: false } : { equals: { n: read } },
  }),
};

/** The token under which a transaction is sent: the same entries give the same token, so a repeat applies once. */
export function transactionToken(entries: readonly SealedEntry[]): string {
  return hashText(entries.map((entry) => entry.hash).join()).slice(0, 36);
}

export function decodeEntry(item: Item): SealedEntry {
  const { seq, text, hash, expires } = item as unknown as SealedEntry & { readonly expires?: number };
  // Somebody with a hand in the table may have put anything there: a text that is none is no entry's.
  return { seq, text: String(text), hash, ...(expires === undefined ? {} : { until: expires }) };
}

/** A place never expires: what its last entry does so by has another name there. */
function headOf({ seq, hash, until }: ChainHead): ChainHead {
  return { seq, hash, ...(until === undefined ? {} : { until }) };
}
