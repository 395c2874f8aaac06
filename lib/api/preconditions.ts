/** Strong ETags and `If-Match` (RFC 9110): an edit says which version it edits. */
import { Refusal } from "../domain/errors.ts";

export function toETag(version: number | string): string {
  return `"${version}"`;
}

/**
 * Refuses an edit of another version than the present one.
 * @param isRequired whether an edit without `If-Match` is refused
 */
export function matchVersion(
  ifMatch: string | undefined,
  version: number | string | undefined,
  isRequired: boolean,
): void {
  if (ifMatch === undefined) {
    if (!isRequired) return;
    throw new Refusal(
      "precondition.required",
      "Say which version you edit: send If-Match with the ETag that you read, or *.",
    );
  }
  if (version === undefined) throw new Refusal("precondition.failed", "There is nothing yet that could match.");
  const given = ifMatch.split(",").map((tag) => tag.trim());
  if (given.includes("*") || given.includes(toETag(version))) return;
  throw new Refusal("precondition.failed", "It was changed since you read it; read it again.");
}
