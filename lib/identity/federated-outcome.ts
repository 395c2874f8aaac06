/** What a sign-in through a provider comes to for a person, decided from facts alone. */
import { Refusal } from "../domain/errors.ts";
import { isUnexpired } from "../domain/grants.ts";
import type { EntryId, OrgId, ProviderId, UserId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { nextGeneration, partsOf } from "../domain/made-grants.ts";
import { hasForbiddenCharacters } from "../domain/names.ts";
import type { SignInOutcome } from "../domain/sign-in-outcome.ts";
import { decideSignIn, isSameGrants } from "../domain/sign-in-outcome.ts";
import type { User } from "../domain/users.ts";
import type { Assignment } from "../store/assignments.ts";
import type { SignInRecord } from "../store/users.ts";
import type { FederatedSignIn, SignInFacts } from "./federated-facts.ts";

const NO_ADDRESS = "Your identity provider says no e-mail address of you.";
const TOO_MUCH = "Your identity provider says more of you than can be kept.";

/** What is to be written, and whether the person is let in. */
export interface SignInDecision {
  readonly before: User | undefined;
  readonly after: User;
  /** Absent when what they hold by rules stays as it is. */
  readonly outcome: SignInOutcome | undefined;
  readonly record: SignInRecord;
  readonly isRecordNew: boolean;
  /** Why they are not let in, once all of this is written. */
  readonly refusal: string | undefined;
}

export interface Making {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly newId: { (prefix: "usr"): UserId; (prefix: "aud"): EntryId };
  /** Hears of a sign-in for which rules asked too much, so that it may have come to less than it should. */
  readonly reportCut: (signIn: { readonly orgId: OrgId; readonly providerId: ProviderId }) => void;
}

/** @throws Refusal `sign_in.refused` when nothing is to be written at all */
export function decideFederatedSignIn(
  facts: SignInFacts,
  signIn: FederatedSignIn,
  { now, newId, reportCut }: Making,
): SignInDecision {
  const { organization, provider, door, user: before, isInvited, attributes } = facts;
  refuseClosed(facts);
  if (isInvited && before?.status === "suspended") refuse(reasonFor(before, organization.name));
  if (door !== undefined && before !== undefined && door.subject !== signIn.subject) {
    refuse(
      "Somebody else of your identity provider has your subject in other letters, and the sign-in cannot tell you apart.",
    );
  }
  const record: SignInRecord = { providerId: provider.id, attributes: listAttributes(facts), at: now };
  const isTooMuch = JSON.stringify(record.attributes).length > limits.signInBytes;
  const isKnown = before !== undefined && !isInvited;
  const email = facts.email ?? (isKnown ? before.email : refuse(NO_ADDRESS));
  if (isTooMuch && !isKnown) refuse(TOO_MUCH);
  // Whoever is known is not let in either, but loses what is not given any more.
  const unfit = facts.email === undefined ? NO_ADDRESS : isTooMuch ? TOO_MUCH : undefined;
  if (before === undefined && (organization.userCount ?? 0) >= limits.usersPerOrganization) {
    refuse(`${organization.name} has as many users as an organization may have.`);
  }
  const decided = decideSignIn(facts.rules, provider, attributes);
  if (decided.isCut) reportCut({ orgId: organization.id, providerId: provider.id });
  const hasNone = decided.everywhere.length === 0 && [...decided.inWorkspaces.values()].every((it) => it.length === 0);
  const isSame = before !== undefined && isSameOutcome(before, facts.assignments, decided);
  const isMatched = !hasNone || holdsDirectly(facts, now);
  const outcome = isSame ? undefined : decided;
  // Whoever has never come stores nothing by coming in vain.
  if (!isMatched && (before === undefined || isInvited)) refuse(reasonFor(before, organization.name));
  const isAdmitted = isMatched && before?.status !== "suspended";
  return {
    before,
    after: nextUser(facts, signIn, email, outcome, { now, newId }),
    outcome,
    record,
    isRecordNew: !isTooMuch && JSON.stringify(record.attributes) !== JSON.stringify(facts.record?.attributes),
    refusal: unfit ?? (isAdmitted ? undefined : reasonFor(before, organization.name)),
  };
}

function reasonFor(user: User | undefined, organization: string): string {
  return user?.status === "suspended"
    ? `You are suspended in ${organization}. Ask its administrators.`
    : `Nothing that your identity provider says of you gives you a role in ${organization}. Ask its administrators.`;
}

function refuseClosed({ organization, provider }: SignInFacts): void {
  if (organization.status !== "active") refuse(`${organization.name} is suspended.`);
  if (!provider.enabled || !organization.enabledProviders.includes(provider.id)) {
    refuse("This identity provider is switched off.");
  }
}

function refuse(reason: string): never {
  throw new Refusal("sign_in.refused", reason);
}

/** Whoever holds something directly is let in whatever the rules say; an expired grant counts for nothing. */
function holdsDirectly({ assignments }: SignInFacts, now: number): boolean {
  return assignments.some(({ grants }) => grants.some((grant) => isUnexpired(grant, now)));
}

function isSameOutcome(user: User, assignments: readonly Assignment[], outcome: SignInOutcome): boolean {
  const { generation, everywhere = [] } = user;
  const parts = partsOf(generation, assignments);
  return (
    isSameGrants(everywhere, outcome.everywhere) &&
    parts.size === outcome.inWorkspaces.size &&
    [...parts].every(([id, grants]) => {
      const other = outcome.inWorkspaces.get(id);
      return other !== undefined && isSameGrants(grants, other);
    })
  );
}

function nextUser(
  { organization, provider, user, isInvited, attributes }: SignInFacts,
  { subject }: FederatedSignIn,
  email: string,
  outcome: SignInOutcome | undefined,
  { now, newId }: Pick<Making, "now" | "newId">,
): User {
  const at = new Date(now).toISOString();
  const before: User = user ?? {
    id: newId("usr"),
    orgId: organization.id,
    email,
    ...displayName(attributes.get("name")),
    identityProviderId: provider.id,
    createdAt: at,
    acceptedAt: at,
    status: "active",
    version: 1,
  };
  const { everywhere: former = [], ...kept } = before;
  const isOther = user !== undefined && (isInvited || user.email !== email);
  const everywhere = outcome === undefined ? former : outcome.everywhere;
  return {
    ...kept,
    email,
    subject: user?.subject ?? subject,
    ...(kept.status === "invited" ? { status: "active" as const, acceptedAt: at } : {}),
    ...(isOther ? { version: kept.version + 1 } : {}),
    ...(outcome === undefined ? {} : { generation: nextGeneration(user?.generation, newId("aud")) }),
    ...(everywhere.length === 0 ? {} : { everywhere }),
  };
}

/** What the provider calls them, where it is fit to be shown. */
function displayName(said: unknown): { readonly displayName?: string } {
  const name = String(Array.isArray(said) ? said[0] : (said ?? "")).trim();
  const isFit = name !== "" && Array.from(name).length <= limits.nameLength && !hasForbiddenCharacters(name);
  return isFit ? { displayName: name } : {};
}

/** By their names, since the table keeps the members of a mapping in no order. */
function listAttributes({ attributes }: SignInFacts): SignInRecord["attributes"] {
  return [...attributes]
    .map(([name, value]) => [name, [value].flat() as readonly (string | number | boolean)[]] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
