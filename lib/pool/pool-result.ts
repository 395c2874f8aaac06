/** What comes of a call to the user pool. Its own words never come further than here: they may quote what they were sent. */

/**
 * - `refused`: as it is, it will never be done; the reason is for whoever configures the provider.
 * - `unavailable`: it may be done later; the cause is for the operator.
 */
type PoolFault =
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unavailable"; readonly cause: string };

export type PoolResult<T> = { readonly kind: "done"; readonly value: T } | PoolFault;

/** Refuses in words of our own. */
export class PoolRefusal extends Error {}

interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Does the work; whatever the pool answers to it becomes a result. @param secrets what no reason may repeat */
export async function settle<T>(work: () => Promise<T>, secrets: readonly string[] = []): Promise<PoolResult<T>> {
  try {
    return { kind: "done", value: await work() };
  } catch (error) {
    return explain(error, secrets);
  }
}

const REASON_LENGTH = 300;
const INVALID = new Set([
  "InvalidParameterException",
  "UnsupportedIdentityProviderException",
  "ScopeDoesNotExistException",
  "InvalidOAuthFlowException",
]);

function explain(error: unknown, secrets: readonly string[]): PoolFault {
  if (error instanceof PoolRefusal) return { kind: "refused", reason: error.message };
  const { name = "Error", message = "", code, $metadata } = error as SdkError;
  if (name === "LimitExceededException") {
    return { kind: "refused", reason: "The user pool has no room for more: its quota is used up." };
  }
  if (INVALID.has(name)) return { kind: "refused", reason: `The user pool refuses it: ${clean(message, secrets)}` };
  const status = $metadata?.httpStatusCode;
  return { kind: "unavailable", cause: [name, code, status].filter((part) => part !== undefined).join(" ") };
}

/** Some refusals quote the value that they refuse, whole or its beginning: what stands in quotes is left out, and every secret. */
function clean(message: string, secrets: readonly string[]): string {
  const open = secrets.reduce((text, secret) => (secret === "" ? text : text.replaceAll(secret, "…")), message);
  const words = open.replace(/(['"]).*?(?:\1|$)|\{.*(?:\}|$)|\[.*(?:\]|$)/gs, "…").replace(/\s+/g, " ");
  const said = /^[\x20-\x7e…]*/.exec(words)?.[0].trim().slice(0, REASON_LENGTH) ?? "";
  // What the SDK calls a refusal without words.
  return said === "" || said === "UnknownError" ? "it does not say why." : said;
}

/** `busy`: nothing happened. `unknown`: it may have happened. `final`: the same again would come to the same. */
export function classifyFault(error: unknown): "busy" | "unknown" | "final" {
  const { name = "", code, $metadata } = error as SdkError;
  if (BUSY.has(name) || $metadata?.httpStatusCode === 429) return "busy";
  if (name === "TimeoutError" || name === "AbortError" || code !== undefined) return "unknown";
  return ($metadata?.httpStatusCode ?? 0) >= 500 ? "unknown" : "final";
}

const BUSY = new Set(["TooManyRequestsException", "ThrottlingException", "ConcurrentModificationException"]);
