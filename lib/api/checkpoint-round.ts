/**
 * Makes the next checkpoint of each organization. The bucket is what counts: of a checkpoint that is there and was not noted, because
 * a run died in between or another one is under way, the next one takes notice and goes on after it.
 */
import { randomUUID } from "node:crypto";
import { NO_CHECKPOINT } from "../domain/checkpoints.ts";
import type { OrgId } from "../domain/ids.ts";
import type { Store } from "../store/store.ts";
import type { Archive, SignedCheckpoint } from "./checkpoints.ts";
import { putCheckpoint, readCheckpoint } from "./checkpoints.ts";
import type { ChainBreak } from "./noted-heads.ts";
import { areSame, takeHeads } from "./noted-heads.ts";
import { toTime } from "./times.ts";

/** Organizations worked on at once. */
const AT_ONCE = 8;
const PAGE = 500;
/** Milliseconds after which there is a new one even where nothing changed: whoever looks sees that they are still made. */
const PROOF_OF_LIFE = 24 * 3_600_000;

export interface CheckpointDesk {
  readonly store: Store;
  readonly archive: Archive;
}

export interface RoundOutcome {
  readonly made: number;
  readonly unchanged: number;
  /** Chains that do not go on from where the checkpoint before saw them: somebody was at the table. */
  readonly breaks: readonly (ChainBreak & { readonly orgId: OrgId })[];
  readonly failed: readonly { readonly orgId: OrgId; readonly error: unknown }[];
  /** Whether all had their turn. Where there was no time for it, the next round begins with those that are left. */
  readonly isComplete: boolean;
}

interface Listed {
  readonly orgId: OrgId;
  /** Of the last checkpoint that was noted. */
  readonly number: number | undefined;
}

/**
 * One organization that fails keeps none of the others from theirs.
 * @param until milliseconds since 1970: nothing is begun after it
 */
export async function makeCheckpoints(desk: CheckpointDesk, until: number): Promise<RoundOutcome> {
  const { store } = desk;
  const { turn } = await store.read({ turn: store.checkpoints.turn() });
  const waiting = listFrom(store, turn);
  const breaks: (ChainBreak & { orgId: OrgId })[] = [];
  const failed: { orgId: OrgId; error: unknown }[] = [];
  const count = { made: 0, unchanged: 0 };
  let begun: OrgId | undefined;
  const work = async () => {
    while (Date.now() < until) {
      const { value: listed, done } = await waiting.next();
      if (done) return;
      begun = listed.orgId;
      try {
        const outcome = await makeCheckpoint(desk, listed, until);
        count[outcome.kind]++;
        breaks.push(...outcome.breaks.map((one) => ({ orgId: listed.orgId, ...one })));
      } catch (error) {
        failed.push({ orgId: listed.orgId, error });
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  const isComplete = (await waiting.next()).done === true;
  if (!isComplete && begun !== undefined) await commit(store, store.checkpoints.setTurn(begun));
  return { ...count, breaks, failed, isComplete };
}

/** Every organization once: those after the one that is named, then those up to it. */
async function* listFrom(store: Store, first: OrgId | undefined): AsyncGenerator<Listed, undefined> {
  const parts = first === undefined ? [{}] : [{ after: first }, { last: first }];
  for (const { after, last } of parts as readonly { after?: OrgId; last?: OrgId }[]) {
    let from: string | undefined = after;
    do {
      const page = await store.organizations.list({ limit: PAGE, after: from });
      for (const { value } of page.items) {
        if (last !== undefined && value.orgId > last) return undefined;
        yield value;
      }
      from = page.next;
    } while (from !== undefined);
  }
  return undefined;
}

async function makeCheckpoint(
  { store, archive }: CheckpointDesk,
  { orgId, number: noted }: Listed,
  until: number,
): Promise<{ readonly kind: "made" | "unchanged"; readonly breaks: readonly ChainBreak[] }> {
  let last = noted === undefined ? undefined : await readSigned(archive, orgId, noted);
  for (let number = noted; ; ) {
    const { heads, breaks } = await takeHeads(store, orgId, last?.manifest.chains ?? [], until);
    const now = Date.now();
    if (last !== undefined && now - Date.parse(last.manifest.at) < PROOF_OF_LIFE) {
      if (areSame(heads, last.manifest.chains)) return { kind: "unchanged", breaks };
    }
    const { number: next, outcome } = await putCheckpoint(archive, orgId, last, toTime(now), heads);
    // Another run has been here. What it put is looked at before it is noted: a forgery is not to be gone on from.
    const found = outcome === "taken" ? await readNext(archive, orgId, last, next) : undefined;
    await commit(store, store.checkpoints.note(orgId, next, number));
    if (found === undefined) return { kind: "made", breaks };
    [last, number] = [found, next];
    if (Date.now() >= until) return { kind: "unchanged", breaks };
  }
}

async function readNext(
  archive: Archive,
  orgId: OrgId,
  last: SignedCheckpoint | undefined,
  number: number,
): Promise<SignedCheckpoint> {
  const next = await readSigned(archive, orgId, number);
  if (next.manifest.previous !== (last?.asLast ?? NO_CHECKPOINT).hash) {
    throw new Error(`The checkpoint ${number} does not follow the one before it.`);
  }
  return next;
}

async function readSigned(archive: Archive, orgId: OrgId, number: number): Promise<SignedCheckpoint> {
  const checkpoint = await readCheckpoint(archive, orgId, number);
  if (typeof checkpoint === "string") throw new Error(`The checkpoint ${number} is ${checkpoint}.`);
  return checkpoint;
}

/** Where another run was faster there is nothing to do: it noted the same, or went on. */
async function commit(store: Store, change: Parameters<Store["commit"]>[0][number]): Promise<void> {
  await store.commit([change], randomUUID(), async () => false);
}
