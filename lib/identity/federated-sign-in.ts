/**
 * Signs somebody in through an identity provider: evaluates the rules, makes the user or accepts the invitation that fits, and
 * lets what the rules give take the place of what they gave before.
 *
 * Two serial round trips when nothing changed. What changed takes one more where all of it fits a transaction; else its parts are
 * staged unseen, side by side, and a last transaction makes them count. So nothing is ever half applied, and what a try that was
 * broken off left behind never counts.
 */
import type { EntryDraft } from "../domain/audit.ts";
import { seal } from "../domain/audit.ts";
import { Refusal } from "../domain/errors.ts";
import type { EntryId } from "../domain/ids.ts";
import type { User } from "../domain/users.ts";
import type { Change } from "../store/changes.ts";
import type { Store } from "../store/store.ts";
import { describeSignIn } from "./federated-entry.ts";
import type { FederatedSignIn, SignInFacts } from "./federated-facts.ts";
import { readSignInFacts } from "./federated-facts.ts";
import type { Making, SignInDecision } from "./federated-outcome.ts";
import { decideFederatedSignIn } from "./federated-outcome.ts";
import type { SignInTools } from "./pool-sign-in.ts";
import { readAgain } from "./pool-sign-in.ts";

/** Operations of one transaction, well under DynamoDB's 100. */
const OPERATIONS = 90;
/** Transactions under way at a time. */
const AT_ONCE = 32;

/** Who was let in: what the pool is to know of them, and nothing else. */
export interface LetIn {
  readonly subject: string;
  readonly email: string;
}

/**
 * Repeats give the same: what is done already is found done.
 * @throws Refusal `sign_in.refused` with a reason for the person, or `unavailable`
 */
export async function signInThroughProvider(
  signIn: FederatedSignIn,
  tools: SignInTools & Pick<Making, "reportCut">,
): Promise<LetIn> {
  const { store, deadline } = tools;
  for (let attempt = 0; ; attempt++) {
    const facts = await readSignInFacts(store, signIn);
    if (facts === undefined) throw new Refusal("sign_in.refused", "Nobody has this identity provider any more.");
    const decision = decideFederatedSignIn(facts, signIn, tools);
    if ((await write(facts, decision, signIn, tools)) === "committed") {
      if (decision.refusal !== undefined) throw new Refusal("sign_in.refused", decision.refusal);
      return { subject: signIn.subject, email: facts.email ?? "" };
    }
    if (Date.now() >= deadline) throw new Refusal("unavailable", "Too many changes at once; try again.");
    await store.pause(attempt);
  }
}

async function write(
  facts: SignInFacts,
  decision: SignInDecision,
  signIn: FederatedSignIn,
  tools: SignInTools,
): Promise<"committed" | "raced"> {
  const { store, newId, deadline } = tools;
  const { before, after, outcome, record, isRecordNew } = decision;
  const isShownOther = before === undefined || before.version !== after.version;
  const keep = isRecordNew ? [store.users.keepSignIn(after.orgId, after.id, record)] : [];
  if (outcome === undefined && !isShownOther) {
    // What the provider said is no change of what anybody may do: it is kept without an entry.
    if (keep.length === 0) return "committed";
    return store.commit([...keep, store.users.mustBeAt(after)], newId("aud"), readAgain, deadline);
  }
  const { changes, token } = enter(facts, describeSignIn(facts, decision, after), after, signIn, tools);
  const parts = listParts(store, facts, decision, after);
  const flipFrom = (read: User | undefined) => [...keep, ...changeUser(store, facts, read, after, signIn)];
  let flip = flipFrom(before);
  const isOne = parts.flat().length + flip.length + changes.length <= OPERATIONS;
  if (!isOne && before !== undefined && isCrowded(store, facts, decision)) {
    const overtaking = [store.users.overtakeSignIns(before)];
    if ((await store.commit(overtaking, newId("aud"), readAgain, deadline)) === "raced") return "raced";
    flip = flipFrom({ ...before, turn: (before.turn ?? 0) + 1 });
  }
  if (!isOne && (await stage(store, parts, newId, deadline)) === "raced") return "raced";
  return store.commit([...(isOne ? parts.flat() : []), ...flip, ...changes], token, readAgain, deadline);
}

function changeUser(
  store: Store,
  { organization, provider, door, assignments }: SignInFacts,
  before: User | undefined,
  after: User,
  { subject }: FederatedSignIn,
): Change[] {
  const orgId = organization.id;
  const isBound = door !== undefined && door.userId === after.id;
  const isFormer = assignments.some(({ made = [] }) => made.length > 0) && before?.generation !== after.generation;
  return [
    ...(before === undefined ? store.users.create(after) : store.users.signIn(before, after)),
    ...(isBound ? [] : [store.providers.bindSubject(provider.id, { orgId, userId: after.id, subject }, door)]),
    ...(before === undefined
      ? [store.places.setCounts({ orgId }, { userCount: (organization.userCount ?? 0) + 1 })]
      : []),
    ...store.assignments.showEverywhere(orgId, after.id, before?.everywhere ?? [], after.everywhere ?? []),
    ...(isFormer ? [store.sweeps.add({ kind: "sign-ins", orgId, userId: after.id })] : []),
  ];
}

/** Each workspace's part, whole. */
function listParts(store: Store, facts: SignInFacts, { before, outcome }: SignInDecision, after: User): Change[][] {
  const { generation } = after;
  if (outcome === undefined || generation === undefined) return [];
  const byPlace = new Map(facts.assignments.map((one) => [one.place.workspaceId, one]));
  return [...outcome.inWorkspaces].map(([workspaceId, grants]) => {
    const place = { orgId: after.orgId, workspaceId };
    return store.assignments.stage(
      byPlace.get(workspaceId),
      place,
      after.id,
      { generation, grants },
      before?.generation,
    );
  });
}

/** Whether staging takes parts away from sign-ins that are under way: those have to begin again. */
function isCrowded(store: Store, { assignments }: SignInFacts, { before, outcome }: SignInDecision): boolean {
  return assignments.some(
    (one) =>
      one.place.workspaceId !== undefined &&
      outcome?.inWorkspaces.has(one.place.workspaceId) === true &&
      store.assignments.isCrowded(one, before?.generation),
  );
}

/** The entry in the organization's chain, and the place that it locks. */
function enter(
  { organization }: SignInFacts,
  draft: EntryDraft,
  user: User,
  { requestId }: FederatedSignIn,
  { store, now, newId }: SignInTools,
): { readonly changes: readonly Change[]; readonly token: string } {
  const place = { orgId: organization.id };
  const entry = seal(
    organization,
    {
      ...draft,
      id: newId("aud"),
      at: new Date(now).toISOString(),
      actor: { kind: "user", id: user.id, email: user.email },
      origin: { ip: "", userAgent: "", requestId },
      outcome: "success",
    },
    organization,
  );
  return {
    changes: [store.places.append(place, entry), store.places.advance(place, organization, entry)],
    token: store.transactionToken([entry]),
  };
}

/** Writes parts side by side, each in one transaction with others. */
async function stage(
  store: Store,
  parts: readonly Change[][],
  newId: (prefix: "aud") => EntryId,
  deadline: number,
): Promise<"committed" | "raced"> {
  const groups: Change[][] = [[]];
  for (const part of parts) {
    const last = groups.at(-1);
    if (last !== undefined && last.length + part.length <= OPERATIONS) last.push(...part);
    else groups.push([...part]);
  }
  const waiting = groups.values();
  let isRaced = false;
  const work = async () => {
    for (const group of waiting) {
      if ((await store.commit(group, newId("aud"), readAgain, deadline)) === "raced") isRaced = true;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return isRaced ? "raced" : "committed";
}
