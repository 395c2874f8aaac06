/** What Cognito is told of a sign-in that is not let in. It shows the text to the person. */
import { Refusal } from "../../lib/domain/errors.ts";
import { logger } from "./logger.ts";

/** A refusal with its reason, under a name of its own; of a fault nothing but that it is one. */
export function explainRefusal(error: unknown): Error {
  if (error instanceof Refusal && error.code === "sign_in.refused") {
    logger.info("a sign-in was refused", { reason: error.message });
    return Object.assign(new Error(error.message), { name: "SignInRefused" });
  }
  logger.error("a sign-in failed", { error });
  return new Error("Bailiwick does not answer at the moment. Try again.");
}
