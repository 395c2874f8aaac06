/** Signs a person of the pool in: finds or makes their id, and accepts the invitations that wait for them. */
import type { OrgId, UserId } from "../domain/ids.ts";
import { acceptInvitations } from "./invitations.ts";
import { findOrMakePerson } from "./pool-people.ts";
import type { PoolSignIn, SignInTools } from "./pool-sign-in.ts";

export interface SignedIn {
  readonly userId: UserId;
  /** Organizations whose invitation was left open for want of time; the next sign-in accepts them. */
  readonly leftOpen: readonly OrgId[];
}

/**
 * In two serial round trips when there is nothing to do; a refreshed token takes one.
 * @throws Refusal `sign_in.refused` with a reason for the person, or `unavailable`
 */
export async function signIn(person: PoolSignIn, tools: SignInTools): Promise<SignedIn> {
  const userId = await findOrMakePerson(person, tools);
  return { userId, leftOpen: await acceptInvitations(userId, person, tools) };
}
