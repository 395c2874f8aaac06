/** The audit entry of a sign-in that changed something: one, with the whole difference, however many workspaces it bears on. */
import type { EntryDraft } from "../domain/audit.ts";
import type { Grant } from "../domain/grants.ts";
import type { WorkspaceId } from "../domain/ids.ts";
import { EVERYWHERE, partsOf } from "../domain/made-grants.ts";
import { describeReach } from "../domain/reach.ts";
import type { User } from "../domain/users.ts";
import type { SignInFacts } from "./federated-facts.ts";
import type { SignInDecision } from "./federated-outcome.ts";

/**
 * Characters in which an entry lists what was held by rules, and as many for what is; of more it says how many workspaces there
 * were. An entry is one item of the table, which has 400 KB at most: a larger one would keep the person from signing in.
 */
const MOST_LISTED = 150_000;

type Held = ReadonlyMap<WorkspaceId, readonly Grant[]>;

export function describeSignIn(facts: SignInFacts, { before, outcome }: SignInDecision, after: User): EntryDraft {
  const { organization, provider, isInvited } = facts;
  const [old, next] = [heldBefore(facts, before), outcome === undefined ? undefined : heldAfter(outcome)];
  const reach = next === undefined ? undefined : describeReach([...old.keys(), ...next.keys()], organization);
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
  const parts = partsOf(user?.generation, assignments);
  return user?.everywhere === undefined ? parts : new Map([...parts, [EVERYWHERE, user.everywhere]]);
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
