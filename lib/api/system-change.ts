/**
 * A change of an organization that no request asks for. As a command's, it is decided on what stands now and committed with its
 * audit entry; when the world moved in between, all of it starts over. Nobody is judged.
 */
import type { Actor } from "../domain/audit.ts";
import { Refusal } from "../domain/errors.ts";
import type { OrgId } from "../domain/ids.ts";
import type { Organization } from "../domain/places.ts";
import type { Store } from "../store/store.ts";
import type { Decided } from "./chained-entries.ts";
import { chainEntries, commitEntries, lockPlaces } from "./chained-entries.ts";
import type { IdMaker } from "./id-maker.ts";
import { makeIdMaker } from "./id-maker.ts";

/** Milliseconds for which it tries on while others change the same organization. */
const PATIENCE = 5_000;

export interface SystemWork {
  readonly actor: Actor;
  readonly requestId: string;
}

interface Moment {
  /** Undefined where there is none: then nothing can be changed. */
  readonly organization: Organization | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly newId: IdMaker;
}

interface Decision<T> {
  readonly value: T;
  /** Nothing changes without one. */
  readonly outcome?: Decided;
}

/** @param decide reads whatever it rests on after the organization, which is locked */
export async function changeOrganization<T>(
  store: Store,
  orgId: OrgId,
  { actor, requestId }: SystemWork,
  decide: (moment: Moment) => Promise<Decision<T>>,
): Promise<T> {
  const now = Date.now();
  const input = { params: { orgId }, now, newId: makeIdMaker(now) };
  const request = { origin: { ip: "", userAgent: "", requestId } };
  for (let attempt = 0; ; attempt++) {
    const { organization } = await store.read({ organization: store.organizations.at(orgId) });
    const { value, outcome } = await decide({ organization, now, newId: input.newId });
    if (outcome === undefined) return value;
    const locked = lockPlaces({ locks: "organization" }, { organization, workspace: undefined }, outcome);
    const { changes, entries } = chainEntries(outcome, locked, actor, request, input, { store });
    if ((await commitEntries(store, changes, entries, input)) === "committed") return value;
    if (Date.now() - now >= PATIENCE) throw new Refusal("unavailable", "Too many changes at once; try again.");
    await store.pause(attempt);
  }
}
