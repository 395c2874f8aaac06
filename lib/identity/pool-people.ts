/**
 * Which user a person of the pool is. Their subject leads to their id; only at the first sign-in does the verified address,
 * which an invitation may have named before, and from then on it is bound to that subject.
 */
import { Refusal } from "../domain/errors.ts";
import type { UserId } from "../domain/ids.ts";
import type { AddressOwner } from "../store/persons.ts";
import type { PoolSignIn, SignInTools } from "./pool-sign-in.ts";
import { readAgain } from "./pool-sign-in.ts";

/**
 * Finds the person's id, or makes it. Parallel first sign-ins, and Cognito's own repeats, give one id.
 * @throws Refusal `sign_in.refused`, or `unavailable`
 */
export async function findOrMakePerson(signIn: PoolSignIn, tools: SignInTools): Promise<UserId> {
  const { store, deadline } = tools;
  for (let attempt = 0; ; attempt++) {
    const { verifiedEmail } = signIn;
    const { userId, owner } = await store.read({
      userId: store.persons.bySubject(signIn.subject),
      owner: verifiedEmail === undefined ? undefined : store.persons.byEmail(verifiedEmail),
    });
    if (userId !== undefined) return userId;
    const made = await tryBind(signIn, owner, tools);
    if (made !== "raced") return made;
    if (Date.now() >= deadline) throw new Refusal("unavailable", "Too many sign-ins at once; try again.");
    await store.pause(attempt);
  }
}

async function tryBind(
  { subject, verifiedEmail, isFresh }: PoolSignIn,
  owner: AddressOwner | undefined,
  { store, newId }: SignInTools,
): Promise<UserId | "raced"> {
  if (!isFresh) throw new Refusal("sign_in.refused", "This session is not one of Bailiwick. Sign in again.");
  if (verifiedEmail === undefined) {
    throw new Refusal("sign_in.refused", "Your e-mail address is not verified. Verify it, then sign in again.");
  }
  // An address that another subject has bound was deleted at the pool and made again: whoever has it now inherits nothing.
  const id = owner !== undefined && owner.subject === undefined ? owner.userId : newId("usr");
  const changes = store.persons.bind({ id, email: verifiedEmail, subject }, owner);
  const outcome = await store.commit(changes, newId("aud"), readAgain);
  return outcome === "committed" ? id : "raced";
}
