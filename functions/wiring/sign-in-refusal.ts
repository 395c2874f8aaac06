/** What Cognito is told of a sign-in that is not let in. It shows the text to the person. */
import { Refusal } from "../../lib/domain/errors.ts";
import type { SignInRefused } from "../../lib/domain/security-events.ts";
import { logger } from "./logger.ts";

/** Whose sign-in it was, as far as it could be read. */
type Attempt = Pick<SignInRefused, "requestId" | "providerId" | "subject">;

/** A refusal with its reason, under a name of its own; of a fault nothing but that it is one. */
export function explainRefusal(error: unknown, attempt: Attempt): Error {
  if (error instanceof Refusal && error.code === "sign_in.refused") {
    const refused: SignInRefused = { event: "sign_in.refused", ...attempt, reason: error.message };
    logger.info("a sign-in was refused", { ...refused });
    return Object.assign(new Error(error.message), { name: "SignInRefused" });
  }
  logger.error("a sign-in failed", { error });
  return new Error("Bailiwick does not answer at the moment. Try again.");
}
