/**
 * The heads that a checkpoint notes. Each is an entry that follows, entry by entry, from the head that the checkpoint before noted:
 * so the newest checkpoint vouches for all that the earlier ones did. A chain that does not go on from there keeps its last good
 * head in every later checkpoint; it is never signed over.
 *
 * Heads are read one after the other, while changes go on. Chains are of their own, and a checkpoint says of each only that it had
 * reached so far: it needs no moment at which all of them stood so.
 */
import type { ChainHead, SealedEntry } from "../domain/audit.ts";
import { NO_HASH, openEntry } from "../domain/audit.ts";
import type { NotedHead } from "../domain/checkpoints.ts";
import type { OrgId, WorkspaceId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { findBeginning } from "./chain-beginning.ts";
import { placeOfChain } from "./checkpoints.ts";
import { followEntries } from "./followed-entries.ts";

/** Chains followed at once. */
const AT_ONCE = 8;
const PAGE = 1_000;

export interface ChainBreak {
  readonly chain: OrgId | WorkspaceId;
  /** The first entry that is not as it was. */
  readonly seq: number;
}

interface HeadsTaken {
  readonly heads: readonly NotedHead[];
  readonly breaks: readonly ChainBreak[];
}

/**
 * @param noted the heads of the checkpoint before
 * @param until milliseconds since 1970: what is not followed by then is noted as far as it was
 */
export async function takeHeads(
  store: Store,
  orgId: OrgId,
  noted: readonly NotedHead[],
  until: number,
): Promise<HeadsTaken> {
  const before = new Map(noted.map((head) => [head.chain, head]));
  const now = await readHeads(store, orgId);
  const waiting = new Set([...now.keys(), ...before.keys()]).values();
  const heads: NotedHead[] = [];
  const breaks: ChainBreak[] = [];
  const work = async () => {
    for (const chain of waiting) {
      const place = placeOfChain(orgId, chain);
      if (place === undefined) {
        // Somebody put it there. A checkpoint that named it would be none, and lie in the way of all that come after it.
        breaks.push({ chain, seq: 1 });
        continue;
      }
      const from = before.get(chain) ?? { seq: 0, hash: NO_HASH };
      const { head, first, brokenAt } = await goOn(store, place, from, now.get(chain), until);
      const { seq, hash } = head;
      if (seq > 0) heads.push({ chain, seq, hash, ...tellKept(before.get(chain), first) });
      if (brokenAt !== undefined) breaks.push({ chain, seq: brokenAt });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { heads, breaks };
}

export function areSame(some: readonly NotedHead[], others: readonly NotedHead[]): boolean {
  const heads = new Map(others.map((head) => [head.chain, head]));
  const isThere = ({ chain, seq, hash }: NotedHead) => {
    const other = heads.get(chain);
    return other?.seq === seq && other.hash === hash;
  };
  return some.length === others.length && some.every(isThere);
}

/** Where every chain of the organization ends, those of workspaces that are gone too. */
async function readHeads(store: Store, orgId: OrgId): Promise<ReadonlyMap<OrgId | WorkspaceId, ChainHead>> {
  const { own } = await store.read({ own: store.places.headAt({ orgId }) });
  const heads = new Map<OrgId | WorkspaceId, ChainHead>(own === undefined ? [] : [[orgId, own]]);
  let after: string | undefined;
  do {
    const page = await store.workspaces.listHeads(orgId, { limit: PAGE, after });
    for (const { value } of page.items) heads.set(value.workspaceId, value);
    after = page.next;
  } while (after !== undefined);
  return heads;
}

/**
 * How long the first entry stays that no checkpoint saw before: as the table says now, when whoever could change it could change the
 * entry as well. It is never less than anybody may settle, or than the entries before it.
 */
function tellKept(before: NotedHead | undefined, first: SealedEntry | undefined): Pick<NotedHead, "keptUntil"> {
  if (first === undefined) return before?.keptUntil === undefined ? {} : { keptUntil: before.keptUntil };
  const least = Math.floor(Date.parse(openEntry(first).at) / 1_000) + limits.auditDaysLeast * 86_400;
  const keptUntil = Math.max(first.until ?? Number.NaN, least, before?.keptUntil ?? 0);
  return Number.isSafeInteger(keptUntil) ? { keptUntil } : {};
}

interface GoneOn {
  readonly head: ChainHead;
  /** The first entry that is new. */
  readonly first?: SealedEntry | undefined;
  readonly brokenAt?: number;
}

async function goOn(
  store: Store,
  place: PlaceRef,
  from: ChainHead,
  to: ChainHead | undefined,
  until: number,
): Promise<GoneOn> {
  if (to === undefined || to.seq < from.seq) return { head: from, brokenAt: (to?.seq ?? 0) + 1 };
  let head = from;
  let first: SealedEntry | undefined;
  while (head.seq < to.seq) {
    if (Date.now() >= until) return { head, first };
    const followed = await followEntries(store, place, head, to.seq);
    head = followed.last;
    first ??= followed.entries[0];
    if (!followed.isBroken) continue;
    // A chain that no checkpoint has seen yet may have lost its oldest entries to their age already.
    const beginning = from.seq === 0 ? await findBeginning(store, place, to, Date.now()) : from;
    if (beginning.seq <= head.seq) return { head, first, brokenAt: head.seq + 1 };
    head = beginning;
  }
  return { head, first, ...(head.hash === to.hash ? {} : { brokenAt: head.seq }) };
}
