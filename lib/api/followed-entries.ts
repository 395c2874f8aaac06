/** Going along a chain, some entries at a time. */
import type { ChainHead, SealedEntry } from "../domain/audit.ts";
import { follows } from "../domain/audit.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";

/** Entries of one read. */
const BATCH = 500;

interface Followed {
  /** The last entry that follows the one before it. */
  readonly last: ChainHead;
  /** Those up to it. */
  readonly entries: readonly SealedEntry[];
  /** Whether the next one is missing, or follows nothing. */
  readonly isBroken: boolean;
}

/** The entries after `from`, at most up to a `seq` that the chain is said to reach. */
export async function followEntries(store: Store, place: PlaceRef, from: ChainHead, to: number): Promise<Followed> {
  const { items } = await store.places.listEntriesAfter(place, from.seq, Math.min(BATCH, to - from.seq));
  const found = items.map(({ value }) => value);
  const chain = place.workspaceId ?? place.orgId;
  let last = from;
  for (const [index, entry] of found.entries()) {
    if (!follows(chain, last, entry)) return { last, entries: found.slice(0, index), isBroken: true };
    last = headAt(entry);
  }
  return { last, entries: found, isBroken: found.length === 0 };
}

function headAt({ seq, hash, until }: SealedEntry): ChainHead {
  return { seq, hash, ...(until === undefined ? {} : { until }) };
}
