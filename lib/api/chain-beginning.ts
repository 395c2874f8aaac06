/**
 * Where a chain begins now that entries were let go for their age. What goes so is always the beginning of a chain. The checkpoint that
 * was the first to see it says until when it was to stay, and vouches for it from then on. Otherwise somebody took it away.
 */
import type { AuditEntry, ChainHead, SealedEntry } from "../domain/audit.ts";
import { NO_HASH } from "../domain/audit.ts";
import type { Manifest, NotedHead } from "../domain/checkpoints.ts";
import type { OrgId } from "../domain/ids.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import type { Archive } from "./checkpoints.ts";
import { readCheckpoint } from "./checkpoints.ts";

/** Entries of one read. */
const BATCH = 500;

/**
 * The last entry that is gone for its age, or `{seq: 0}` where none is: what is there and past its time counts as gone.
 * @param head of the chain, which is all that is left of it when every entry is gone
 */
export async function findBeginning(store: Store, place: PlaceRef, head: ChainHead, now: number): Promise<ChainHead> {
  for (let after: string | undefined; ; ) {
    const { items, next } = await store.places.listEntries(place, { limit: BATCH, after });
    for (const { sk, value } of items) {
      if (isGone(value, now)) continue;
      // What does not stand where its number says is no entry: it tells nothing of those before it.
      const isInPlace = store.places.isInPlace(place, sk, value);
      return value.seq === 1 || !isInPlace ? start : { seq: value.seq - 1, hash: readPrevHash(value) };
    }
    if (next === undefined) return head.seq === 0 ? start : head;
    after = next;
  }
}

/** What an entry says of the one before it; nothing that could be true where its text was tampered with. */
function readPrevHash({ text }: SealedEntry): string {
  try {
    return (JSON.parse(text) as Partial<AuditEntry> | null)?.prevHash ?? "";
  } catch {
    return "";
  }
}

const start: ChainHead = { seq: 0, hash: NO_HASH };

/** @param now milliseconds since 1970 */
export function isGone({ until }: Pick<ChainHead, "until">, now: number): boolean {
  return until !== undefined && now >= until * 1_000;
}

/**
 * The first of some entries that counts as gone and must not: nobody who reads the log sees it. Only the beginning of a chain may be gone
 * for its age, and only if there is a witness: the moment in the table was not hashed.
 * @param before the entry before them
 */
export async function findHidden(
  before: ChainHead,
  entries: readonly SealedEntry[],
  witness: (seq: number) => Promise<NotedHead | undefined>,
  now: number,
): Promise<SealedEntry | undefined> {
  const isInBeginning = before.seq === 0 || isGone(before, now);
  const shown = isInBeginning ? entries.findIndex((entry) => !isGone(entry, now)) : 0;
  const beginning = shown === -1 ? entries : entries.slice(0, shown);
  const last = beginning.at(-1);
  // A witness of the last of them is one of all: they are asked for one by one only to tell which it is.
  if (last !== undefined && (await witness(last.seq)) === undefined) {
    for (const entry of beginning) if ((await witness(entry.seq)) === undefined) return entry;
  }
  return entries.slice(beginning.length).find((entry) => isGone(entry, now));
}

/**
 * What the checkpoint noted that was the first to see an entry, if its time is over: it may be gone, with all before it. Undefined while
 * it has to be there, and where no checkpoint saw it.
 */
export type Witness = (place: PlaceRef, seq: number) => Promise<NotedHead | undefined>;

/** Looks for a checkpoint when it is asked; one that was found is mostly right for the next chain, too. */
export function makeWitness(store: Store, archive: Archive, orgId: OrgId, now: number): Witness {
  const found: Manifest[] = [];
  return async (place, seq) => {
    const chain = place.workspaceId ?? place.orgId;
    const readNoted = ({ chains }: Manifest) => chains.find((noted) => noted.chain === chain && noted.seq >= seq);
    const isOver = (noted: NotedHead | undefined) => noted?.keptUntil !== undefined && now >= noted.keptUntil * 1_000;
    const known = found.map(readNoted).find(isOver);
    if (known !== undefined) return known;
    const first = await findFirst(store, archive, orgId, (manifest) => readNoted(manifest) !== undefined);
    const noted = first && readNoted(first);
    if (first === undefined || !isOver(noted)) return undefined;
    found.push(first);
    return noted;
  };
}

/** The first checkpoint of which something is true that is true of all that follow it. */
async function findFirst(
  store: Store,
  archive: Archive,
  orgId: OrgId,
  isTrue: (manifest: Manifest) => boolean,
): Promise<Manifest | undefined> {
  const { newest = 0 } = await store.read({ newest: store.checkpoints.numberAt(orgId) });
  let found: Manifest | undefined;
  for (let [low, high] = [1, newest]; low <= high; ) {
    const middle = Math.floor((low + high) / 2);
    const one = await readCheckpoint(archive, orgId, middle);
    // What is missing or forged is told by the comparison, and is no witness.
    if (typeof one === "string") return undefined;
    if (isTrue(one.manifest)) {
      found = one.manifest;
      high = middle - 1;
    } else low = middle + 1;
  }
  return found;
}
