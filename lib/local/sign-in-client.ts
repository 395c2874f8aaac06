/** Asks a running service for an access token. */
import { isRecord } from "./shape.ts";
import { StartRefusal } from "./start-refusal.ts";

/** Through which identity provider somebody signs in, and what it says of them. */
export interface ThroughProvider {
  /** Its `idp_` id. */
  readonly identityProvider: string;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** @throws StartRefusal when nobody answers, or with the reason of the refusal */
export async function fetchToken(login: string, email: string, through?: ThroughProvider): Promise<string> {
  const response = await fetch(`${login}/local/token`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email, ...through }),
  }).catch(() => {
    throw new StartRefusal(`No sign-in answers at ${login}: start the service with npm start.`);
  });
  const answer: unknown = await response.json();
  if (isRecord(answer) && typeof answer.accessToken === "string") return answer.accessToken;
  throw new StartRefusal(`The sign-in refuses ${email}: ${explain(answer) ?? response.status}`);
}

/** The first fault that a problem names, else its detail. */
function explain(problem: unknown): unknown {
  if (!isRecord(problem)) return undefined;
  const first: unknown = Array.isArray(problem.errors) ? problem.errors[0] : undefined;
  return isRecord(first) ? `${first.pointer} ${first.detail}` : problem.detail;
}
