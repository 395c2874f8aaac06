/**
 * Keeps the bounded record of security events: a batch of log lines in, a few counted records out. However many lines there are, a
 * principal has one record for each minute and scope.
 *
 * A log is delivered at least once. The same batch that comes again within ten minutes changes nothing: its transactions go by its
 * lines, and the table takes a transaction of one name once. After that, or in other company, a line counts a second time.
 */
import { hashText } from "../domain/audit.ts";
import type { KeyId, OrgId, ProviderId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { LoggedEvent, Tally } from "../domain/security-records.ts";
import { addTally, countAmongOthers, countEvents, findKeyUses } from "../domain/security-records.ts";
import type { Change } from "../store/changes.ts";
import type { Store } from "../store/store.ts";

/** Items of one transaction: it waits for whoever else counts one of them. */
const AT_ONCE = 25;
/** How often is decided anew where somebody else was there first. */
const MOST_TRIES = 10;
const DAY = 86_400_000;

/**
 * Counts what the lines tell of, and moves the last use of keys forward.
 * @throws Refusal `unavailable` when the store does not answer: the batch is then to be sent again, whole
 */
export async function keepSecurityEvents(store: Store, lines: readonly LoggedEvent[]): Promise<void> {
  const batch = hashText(lines.map(({ id }) => id).join());
  const tallies = countEvents(lines, await readHomes(store, lines));
  const [signIns, requests] = [tallies.filter(isOfSubject), tallies.filter((one) => !isOfSubject(one))];
  for (const some of inGroups(requests)) await count(store, batch, some);
  for (const [index, some] of inGroups(signIns).entries()) await countSignIns(store, `${batch} ${index}`, some);
  for (const some of inGroups([...findKeyUses(lines)])) await moveKeyUses(store, some);
}

const isOfSubject = ({ record }: Tally): boolean => record.subject !== undefined;

/** The organizations of the providers that sign-ins were refused through. */
async function readHomes(store: Store, lines: readonly LoggedEvent[]): Promise<Map<ProviderId, OrgId>> {
  const named = lines.flatMap(({ event }) => (event.event === "sign_in.refused" ? (event.providerId ?? []) : []));
  const ids = [...new Set(named)];
  if (ids.length === 0) return new Map();
  const { homes } = await store.read({ homes: ids.map((id) => store.providers.homeOf(id)) });
  return new Map(
    ids.flatMap((id, index) => {
      const orgId = homes[index]?.orgId;
      return orgId === undefined ? [] : [[id, orgId] as const];
    }),
  );
}

function inGroups<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / AT_ONCE) }, (_, i) => all.slice(i * AT_ONCE, (i + 1) * AT_ONCE));
}

/** The transaction is named by what it says and by the lines that it says it of. */
function count(store: Store, batch: string, tallies: readonly Tally[]): Promise<"committed" | "raced"> {
  const changes = tallies.map((one) => store.securityEvents.add(one, expiryOf(one)));
  return commit(store, changes, batch + JSON.stringify(changes));
}

function commit(store: Store, changes: readonly Change[], name: string): Promise<"committed" | "raced"> {
  return store.commit(changes, hashText(name).slice(0, 36), async () => false);
}

function expiryOf({ record }: Tally): number {
  return Math.ceil((Date.parse(record.at) + limits.activityDays * DAY) / 1000);
}

/** A subject whose record of the minute is another's by now is counted among the others. */
async function countSignIns(store: Store, batch: string, tallies: readonly Tally[]): Promise<void> {
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const { subjects } = await store.read({ subjects: tallies.map((one) => store.securityEvents.subjectAt(one)) });
    const placed = place(tallies, subjects);
    if ((await count(store, batch, placed)) === "committed") return;
    await store.pause(attempt);
  }
  throw new Error(`${tallies.length} records of sign-ins were always somebody else's first`);
}

function place(tallies: readonly Tally[], subjects: readonly (string | undefined)[]): Tally[] {
  const owners = new Map<string, string>();
  const placed = new Map<string, Tally>();
  for (const [index, one] of tallies.entries()) {
    const { orgId, of, record } = one;
    const slot = JSON.stringify([orgId, record.at, of]);
    const owner = subjects[index] ?? owners.get(slot) ?? record.subject ?? "";
    owners.set(slot, owner);
    addTally(placed, owner === record.subject ? one : countAmongOthers(one));
  }
  return [...placed.values()];
}

/** Only forwards: lines come in no order. */
async function moveKeyUses(store: Store, uses: readonly (readonly [KeyId, string])[]): Promise<void> {
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const { before } = await store.read({ before: uses.map(([keyId]) => store.keyUses.at(keyId)) });
    const changes = uses.flatMap(([keyId, usedAt], index) => {
      const stored = before[index];
      return stored !== undefined && stored >= usedAt ? [] : [store.keyUses.move(keyId, stored, usedAt)];
    });
    if (changes.length === 0 || (await commit(store, changes, JSON.stringify(changes))) === "committed") return;
    await store.pause(attempt);
  }
  throw new Error(`the last use of ${uses.length} keys could not be told`);
}
