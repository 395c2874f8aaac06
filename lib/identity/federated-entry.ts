/** The audit entry of a sign-in that changed something: one, with the whole difference, however many workspaces it bears on. */
import type { EntryDraft } from "../domain/audit.ts";
import type { Grant } from "../domain/grants.ts";
import type { WorkspaceId } from "../domain/ids.ts";
import { EVERYWHERE } from "../domain/made-grants.ts";
import type { User } from "../domain/users.ts";
import type { SignInFacts } from "./federated-facts.ts";
import type { SignInDecision } from "./federated-outcome.ts";

/** Workspaces that an entry names as its reach; of more it says the number. */
const MOST_NAMED = 50;
/**
 * Characters in which an entry lists what was held by rules, and as many for what is; of more it says how many workspaces there
 * were. An entry is one item of the table, which has 400 KB at most: a larger one would keep the person from signing in.
 */
const MOST_LISTED = 150_000;

type Held = ReadonlyMap<WorkspaceId, readonly Grant[]>;

export function describeSignIn(facts: SignInFacts, { before, outcome }: SignInDecision, after: User): EntryDraft {
  const { organization, provider, isInvited } = facts;
  const [old, next] = [heldBefore(facts, before), outcome === undefined ? undefined : heldAfter(outcome)];
  const reach = next === undefined ? undefined : describeReach(old, next, organization.workspaceCount ?? 0);
  return {
    chain: organization.id,
    action: before === undefined ? "user.created" : isInvited ? "user.accepted" : "assignment.replaced",
    target: { type: "user", id: after.id },
    before: { ...showUser(before), ...(next === undefined ? {} : { byRules: listHeld(old) }) },
    after: {
      ...showUser(after),
      identityProviderId: provider.id,
      ...(next === undefined ? {} : { byRules: listHeld(next) }),
    },
    ...(reach === undefined ? {} : { reach }),
  };
}

function showUser(user: User | undefined): { email?: string; status?: string } {
  return user === undefined ? {} : { email: user.email, status: user.status };
}

function heldBefore({ assignments }: SignInFacts, user: User | undefined): Held {
  const held = new Map<WorkspaceId, readonly Grant[]>();
  for (const { place, made = [] } of assignments) {
    const part = made.find(({ generation }) => generation === user?.generation);
    if (part !== undefined && place.workspaceId !== undefined) held.set(place.workspaceId, part.grants);
  }
  if (user?.everywhere !== undefined) held.set(EVERYWHERE, user.everywhere);
  return held;
}

function heldAfter({ everywhere, inWorkspaces }: NonNullable<SignInDecision["outcome"]>): Held {
  return everywhere.length === 0 ? inWorkspaces : new Map([...inWorkspaces, [EVERYWHERE, everywhere]]);
}

function listHeld(held: Held) {
  const listed = [...held].map(([workspaceId, grants]) => ({
    workspaceId,
    grants: grants.map(({ roleId, source }) => ({ roleId, source })),
  }));
  return JSON.stringify(listed).length > MOST_LISTED ? { workspaces: held.size } : listed;
}

/** Where anything changed may be felt; with something that holds everywhere, in all that there are. */
function describeReach(before: Held, after: Held, all: number): readonly WorkspaceId[] | number | undefined {
  const ids = [...new Set([...before.keys(), ...after.keys()])].sort();
  if (ids.includes(EVERYWHERE)) return all;
  if (ids.length === 0) return undefined;
  return ids.length > MOST_NAMED ? ids.length : ids;
}
