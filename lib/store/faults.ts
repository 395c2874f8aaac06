/**
 * What went wrong in a call to DynamoDB, and whether the same call may be sent again. The SDK is told to try once only:
 * it never repeats a cancelled transaction, and its own pauses are longer than a request may wait.
 */

/**
 * - `raced`: a condition did not hold; the world moved, so decide again.
 * - `busy`: a conflict or throttling; nothing happened, send the same bytes again.
 * - `unknown`: a time-out or a broken connection; it may have happened, send the same bytes again.
 * - `broken`: sending it again cannot help.
 */
export type FaultKind = "raced" | "busy" | "unknown" | "broken";

const BUSY = new Set([
  "TransactionConflict",
  "TransactionConflictException",
  "TransactionInProgressException",
  "ThrottlingError",
  "ThrottlingException",
  "ProvisionedThroughputExceeded",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
]);
const UNKNOWN = new Set([
  "TimeoutError",
  "AbortError",
  "InternalServerError",
  "ServiceUnavailable",
  "ServiceUnavailableException",
]);
const BROKEN_CONNECTION = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_SOCKET",
]);

interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly CancellationReasons?: readonly { readonly Code?: string }[];
  readonly $metadata?: { readonly httpStatusCode?: number };
}

export function classifyFault(error: unknown): FaultKind {
  const fault = error as SdkError;
  if (fault.name === "TransactionCanceledException") return classifyCancellation(fault);
  if (fault.name !== undefined && BUSY.has(fault.name)) return "busy";
  if (fault.name !== undefined && UNKNOWN.has(fault.name)) return "unknown";
  if (fault.code !== undefined && BROKEN_CONNECTION.has(fault.code)) return "unknown";
  return (fault.$metadata?.httpStatusCode ?? 0) >= 500 ? "unknown" : "broken";
}

function classifyCancellation(fault: SdkError): FaultKind {
  const codes = (fault.CancellationReasons ?? [])
    .map((reason) => reason.Code ?? "None")
    .filter((code) => code !== "None");
  if (codes.includes("ConditionalCheckFailed")) return "raced";
  return codes.length > 0 && codes.every((code) => BUSY.has(code)) ? "busy" : "broken";
}

/** Waits a random time that grows with each try: up to min(250, 8 · 2^try) ms. */
export function pause(attempt: number): Promise<void> {
  const most = Math.min(250, 8 * 2 ** attempt);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * most));
}
