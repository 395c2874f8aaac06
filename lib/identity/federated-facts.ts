/** What a sign-in through a provider rests on, read in two serial round trips, three for whoever accepts an invitation. */
import { readAttributes } from "../domain/claims.ts";
import type { Attributes } from "../domain/conditions.ts";
import type { IdentityProvider } from "../domain/identity-providers.ts";
import type { ProviderId, UserId } from "../domain/ids.ts";
import type { KeptRules } from "../domain/kept-rules.ts";
import type { Organization } from "../domain/places.ts";
import type { User } from "../domain/users.ts";
import type { Assignment } from "../store/assignments.ts";
import type { Door } from "../store/identity-providers.ts";
import type { Store } from "../store/store.ts";
import type { SignInRecord } from "../store/users.ts";

/** What the pool hands on of an assertion that it has validated. */
export interface FederatedSignIn {
  readonly providerId: ProviderId;
  /** What the provider calls the person. */
  readonly subject: string;
  /** Everything that the provider says of them, by the names that it uses. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Stands in the logs and in the audit entry. */
  readonly requestId: string;
}

export interface SignInFacts {
  readonly organization: Organization;
  readonly provider: IdentityProvider;
  readonly attributes: Attributes;
  /** Their address, as the provider says it. */
  readonly email: string | undefined;
  /** Where the subject leads, be it to somebody who is gone. */
  readonly door: Door | undefined;
  readonly user: User | undefined;
  /** Whether the user is one who was invited through this provider by that address, and comes for the first time. */
  readonly isInvited: boolean;
  readonly record: SignInRecord | undefined;
  readonly rules: readonly KeptRules[];
  /** Everything that they hold. */
  readonly assignments: readonly Assignment[];
}

/** @returns undefined for a provider that nobody has */
export async function readSignInFacts(
  store: Store,
  { providerId, subject, claims }: FederatedSignIn,
): Promise<SignInFacts | undefined> {
  const { home, door } = await store.read({
    home: store.providers.homeOf(providerId),
    door: store.providers.subjectAt(providerId, subject),
  });
  if (home === undefined) return undefined;
  const { orgId, emailClaim } = home;
  // An address that the provider itself does not vouch for leads to nobody's invitation.
  const said = readAddress(emailClaim, claims);
  const byAddress = door === undefined && isVouchedFor(claims) ? said : undefined;
  const [read, rules, known] = await Promise.all([
    store.read({
      organization: store.organizations.at(orgId),
      provider: store.providers.at(orgId, providerId),
      invitedId: byAddress === undefined ? undefined : store.users.withEmail(orgId, byAddress, providerId),
    }),
    store.rules.list(orgId),
    readPerson(store, door),
  ]);
  const { organization, provider, invitedId } = read;
  if (organization === undefined || provider === undefined) return undefined;
  const invited =
    known?.user === undefined ? await readPerson(store, invitedId && { orgId, userId: invitedId }) : undefined;
  const isInvited = invited?.user !== undefined;
  const person = isInvited ? invited : known;
  return {
    organization,
    provider,
    attributes: readAttributes(provider.attributeMapping, claims),
    email: readAddress(provider.attributeMapping.email, claims),
    door,
    user: person?.user,
    isInvited,
    record: person?.record,
    rules,
    assignments: person?.user === undefined ? [] : person.assignments,
  };
}

async function readPerson(store: Store, at: Pick<Door, "orgId" | "userId"> | undefined) {
  if (at === undefined) return undefined;
  const [{ user, record }, assignments] = await Promise.all([
    store.read({ user: store.users.at(at.orgId, at.userId), record: store.users.signInAt(at.orgId, at.userId) }),
    store.assignments.listOfUser(at.orgId, at.userId as UserId),
  ]);
  return { user, record, assignments };
}

/** Many providers say nothing of it. Some say it in a word, as all do by SAML; what is no plain yes is a no. */
function isVouchedFor({ email_verified: said }: Readonly<Record<string, unknown>>): boolean {
  return said === undefined || String(said).toLowerCase() === "true";
}

/** The first that looks like an address, as long as one may be. */
function readAddress(claim: string | undefined, claims: Readonly<Record<string, unknown>>): string | undefined {
  if (claim === undefined) return undefined;
  const said = readAttributes({ email: claim }, claims).get("email");
  const [first] = Array.isArray(said) ? said : [said];
  return typeof first === "string" && first.length <= 254 && /^[^\s@]+@[^\s@]+$/.test(first) ? first : undefined;
}
