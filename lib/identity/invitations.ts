/** Accepts a person's open invitations: each is a change of its organization, with one entry in that chain. */
import { seal } from "../domain/audit.ts";
import { Refusal } from "../domain/errors.ts";
import type { OrgId, UserId } from "../domain/ids.ts";
import { findOrganizationLapse } from "../domain/liveness.ts";
import type { Organization } from "../domain/places.ts";
import type { User } from "../domain/users.ts";
import { foldEmail } from "../domain/users.ts";
import type { PoolSignIn, SignInTools } from "./pool-sign-in.ts";
import { readAgain } from "./pool-sign-in.ts";

/** Organizations at a time. */
const WORKERS = 8;

/**
 * Accepts what can be accepted until the deadline. Anybody may invite anybody, so neither many invitations nor a place
 * that is busy all the time may keep a person from signing in: those are left for the next time.
 * @returns organizations whose invitation was left open for want of time
 */
export async function acceptInvitations(userId: UserId, signIn: PoolSignIn, tools: SignInTools): Promise<OrgId[]> {
  const { verifiedEmail } = signIn;
  if (!signIn.isFresh || verifiedEmail === undefined) return [];
  const left: OrgId[] = [];
  const waiting = (await tools.store.persons.listInvitations(userId)).values();
  const work = async () => {
    for (const orgId of waiting) {
      const work = acceptInvitation(orgId, userId, { ...signIn, verifiedEmail }, tools);
      if (!(await work.catch(isForgivable))) left.push(orgId);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return left;
}

/** An organization that does not answer leaves its own invitation open, and nobody outside. */
function isForgivable(error: unknown): false {
  if (error instanceof Refusal && error.code === "unavailable") return false;
  throw error;
}

type VerifiedSignIn = PoolSignIn & { readonly verifiedEmail: string };

/** @returns false when time ran out */
async function acceptInvitation(
  orgId: OrgId,
  userId: UserId,
  signIn: VerifiedSignIn,
  tools: SignInTools,
): Promise<boolean> {
  const { store, deadline } = tools;
  for (let attempt = 0; Date.now() < deadline; attempt++) {
    // The place first: what is read after it cannot change unseen before the commit.
    const { organization } = await store.read({ organization: store.organizations.at(orgId) });
    const { user } = await store.read({ user: store.users.at(orgId, userId) });
    if (organization === undefined || user === undefined || !isAcceptable(organization, user, signIn)) return true;
    if ((await commitAcceptance(organization, user, signIn, tools)) === "committed") return true;
    await store.pause(attempt);
  }
  return false;
}

/** Open, made out to this address, and for people of the pool. One to an address that the person no longer has stays open. */
function isAcceptable(organization: Organization, user: User, { verifiedEmail }: VerifiedSignIn): boolean {
  return (
    findOrganizationLapse(organization, user) === "user.invited" &&
    user.identityProviderId === undefined &&
    foldEmail(user.email) === foldEmail(verifiedEmail)
  );
}

function commitAcceptance(
  organization: Organization,
  user: User,
  { requestId }: VerifiedSignIn,
  { store, now, newId, deadline }: SignInTools,
): Promise<"committed" | "raced"> {
  const place = { orgId: organization.id };
  const at = new Date(now).toISOString();
  const entry = seal(
    organization,
    {
      id: newId("aud"),
      chain: organization.id,
      at,
      actor: { kind: "user", id: user.id, email: user.email },
      action: "user.accepted",
      target: { type: "user", id: user.id },
      before: { status: user.status },
      after: { status: "active" },
      origin: { ip: "", userAgent: "", requestId },
      outcome: "success",
    },
    organization,
  );
  const changes = [
    ...store.users.edit(user, { status: "active", acceptedAt: at, version: user.version + 1 }),
    store.persons.join(user.id, organization.id, "member"),
    store.places.append(place, entry),
    store.places.advance(place, organization, entry),
  ];
  return store.commit(changes, store.transactionToken([entry]), readAgain, deadline);
}
