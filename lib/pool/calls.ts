/** Calls to the user pool: each with an end of its own, tried again while that can help and there is time. */
import { classifyFault } from "./pool-result.ts";

/** Milliseconds. Cognito looks at an OIDC issuer before it takes it. */
const LONGEST_TRY = 10_000;
const LONGEST_PAUSE = 2_000;
/** How often a call is sent of which nobody knows what became of it. */
const MOST_UNKNOWN = 3;

export interface CallOptions {
  readonly abortSignal: AbortSignal;
}

/**
 * Sends a call until it is answered.
 * @param until milliseconds since 1970: when all has to be over
 * @param isRepeatable whether it may be sent again when nobody knows whether it was done
 * @throws what the last try threw
 */
export async function persist<T>(
  until: number,
  call: (options: CallOptions) => Promise<T>,
  isRepeatable = true,
): Promise<T> {
  let unknown = 0;
  for (let attempt = 0; ; attempt++) {
    const left = until - Date.now();
    if (left <= 0) throw Object.assign(new Error("There was no time left."), { name: "TimeoutError" });
    try {
      return await call({ abortSignal: AbortSignal.timeout(Math.min(LONGEST_TRY, left)) });
    } catch (error) {
      const kind = classifyFault(error);
      if (kind === "unknown") unknown++;
      if (kind === "final" || unknown >= (isRepeatable ? MOST_UNKNOWN : 1)) throw error;
      const pause = Math.min(LONGEST_PAUSE, 100 * 2 ** attempt) * (0.5 + Math.random() / 2);
      if (Date.now() + pause >= until) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

/** Whether an error says that what was named is not there. */
export function isAbsence(error: unknown): boolean {
  return (error as { readonly name?: string }).name === "ResourceNotFoundException";
}
