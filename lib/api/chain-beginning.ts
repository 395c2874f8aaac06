/**
 * Where a chain begins now that entries were let go for their age. What goes so is always the beginning of a chain, and it was seen by a
 * checkpoint when it was young: one that is as old as entries become vouches for it. Otherwise somebody took it away.
 */
import type { AuditEntry, ChainHead, SealedEntry } from "../domain/audit.ts";
import { NO_HASH, openEntry } from "../domain/audit.ts";
import { limits } from "../domain/limits.ts";
import type { Organization } from "../domain/places.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import type { Archive, SignedCheckpoint } from "./checkpoints.ts";
import { readCheckpoint } from "./checkpoints.ts";

const DAY = 86_400_000;
/** An entry is noted by the next checkpoint, which may be late. */
const LATE = 2 * DAY;
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
 * Days before which no entry is gone for its age. Whoever has a hand in the table may write there what was settled: fewer than anybody
 * may settle are not believed.
 */
export function leastDays({ auditDaysLeast = limits.auditDaysUsual }: Organization): number {
  return auditDaysLeast > limits.auditDaysLeast ? auditDaysLeast : limits.auditDaysLeast;
}

/**
 * The first of some entries that counts as gone and must not: nobody who reads the log sees it. Only the beginning of a chain is gone for
 * its age, and only what is old enough by its own time, which was hashed: the moment in the table was not.
 * @param before the entry before them
 */
export function findHidden(
  before: ChainHead,
  entries: readonly SealedEntry[],
  days: number,
  now: number,
): SealedEntry | undefined {
  return entries.find((entry, index) => {
    if (!isGone(entry, now)) return false;
    const last = entries[index - 1] ?? before;
    const isOfBeginning = last.seq === 0 || isGone(last, now);
    return !isOfBeginning || now < (Math.floor(Date.parse(openEntry(entry).at) / 1_000) + days * 86_400) * 1_000;
  });
}

/** Whether entries up to this one may be gone. */
export type Vouch = (place: PlaceRef, gone: ChainHead) => Promise<boolean>;

/** Looks for the checkpoint that can vouch when it is first asked. */
export function makeVouch(store: Store, archive: Archive, organization: Organization, now: number): Vouch {
  const days = leastDays(organization);
  const moment = now - days * DAY + LATE;
  let evidence: Promise<SignedCheckpoint | undefined> | undefined;
  return async (place, gone) => {
    evidence ??= findLastBefore(store, archive, organization, moment);
    const chain = place.workspaceId ?? place.orgId;
    const noted = (await evidence)?.manifest.chains.find((one) => one.chain === chain);
    if (noted === undefined || noted.seq < gone.seq) return false;
    if (noted.seq === gone.seq) return noted.hash === gone.hash;
    const { entry } = await store.read({ entry: store.places.entry(place, noted.seq) });
    return entry?.hash === noted.hash;
  };
}

/** The last checkpoint that was made by a moment: they stand in the order of their times. */
async function findLastBefore(
  store: Store,
  archive: Archive,
  { id }: Organization,
  moment: number,
): Promise<SignedCheckpoint | undefined> {
  const { newest = 0 } = await store.read({ newest: store.checkpoints.numberAt(id) });
  let found: SignedCheckpoint | undefined;
  for (let [low, high] = [1, newest]; low <= high; ) {
    const middle = Math.floor((low + high) / 2);
    const one = await readCheckpoint(archive, id, middle);
    if (typeof one === "string") return undefined;
    if (Date.parse(one.manifest.at) <= moment) {
      found = one;
      low = middle + 1;
    } else high = middle - 1;
  }
  return found;
}
