/**
 * A change of an organization, or of one of its workspaces, that no request asks for. As a command's, it is decided on what stands now and committed with its
 * audit entry; when the world moved in between, all of it starts over. Nobody is judged.
 */
import type { Actor } from "../domain/audit.ts";
import { Refusal } from "../domain/errors.ts";
import type { OrgId } from "../domain/ids.ts";
import type { Organization, Workspace } from "../domain/places.ts";
import type { WorkspaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import type { Decided, LockedHeads } from "./chained-entries.ts";
import { chainEntries, commitEntries, lockPlaces } from "./chained-entries.ts";
import type { IdMaker } from "./id-maker.ts";
import { makeIdMaker } from "./id-maker.ts";

/** Milliseconds for which it tries on while others change the same organization. */
const PATIENCE = 5_000;

export interface SystemWork {
  readonly actor: Actor;
  readonly requestId: string;
}

interface Moment<P> {
  /** Undefined where there is none: then nothing can be changed. */
  readonly place: P | undefined;
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
export function changeOrganization<T>(
  store: Store,
  orgId: OrgId,
  work: SystemWork,
  decide: (moment: Moment<Organization>) => Promise<Decision<T>>,
): Promise<T> {
  const read = async () => {
    const { organization } = await store.read({ organization: store.organizations.at(orgId) });
    return { place: organization, heads: { organization, workspace: undefined } };
  };
  return change(store, { orgId }, "organization", work, read, decide);
}

/** The same for a workspace. */
export function changeWorkspace<T>(
  store: Store,
  { orgId, workspaceId }: WorkspaceRef,
  work: SystemWork,
  decide: (moment: Moment<Workspace>) => Promise<Decision<T>>,
): Promise<T> {
  const read = async () => {
    const { organization, workspace } = await store.read({
      organization: store.organizations.at(orgId),
      workspace: store.workspaces.at(orgId, workspaceId),
    });
    return { place: workspace, heads: { organization, workspace } };
  };
  return change(store, { orgId }, "workspace", work, read, decide);
}

async function change<P, T>(
  store: Store,
  params: { readonly orgId: OrgId },
  locks: "organization" | "workspace",
  { actor, requestId }: SystemWork,
  read: () => Promise<{ readonly place: P | undefined; readonly heads: LockedHeads }>,
  decide: (moment: Moment<P>) => Promise<Decision<T>>,
): Promise<T> {
  const now = Date.now();
  const input = { params, now, newId: makeIdMaker(now) };
  const request = { origin: { ip: "", userAgent: "", requestId } };
  for (let attempt = 0; ; attempt++) {
    const { place, heads } = await read();
    const { value, outcome } = await decide({ place, now, newId: input.newId });
    if (outcome === undefined) return value;
    const locked = lockPlaces({ locks }, heads, outcome);
    const { changes, entries } = chainEntries(
      outcome,
      locked,
      { actor },
      request,
      input,
      { store },
      heads.organization,
    );
    if ((await commitEntries(store, changes, entries, input)) === "committed") return value;
    if (Date.now() - now >= PATIENCE) throw new Refusal("unavailable", "Too many changes at once; try again.");
    await store.pause(attempt);
  }
}
