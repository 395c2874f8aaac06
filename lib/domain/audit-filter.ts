/** Which entries of the audit log somebody asks for. */
import type { AuditEntry } from "./audit.ts";
import { isBy } from "./audit.ts";

/** All of what is there must fit. Times are milliseconds since 1970: `from` itself is in it, `to` is not. */
export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  readonly outcome?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Whether an entry is among those that are asked for; an actor is named by id or address, and so is whom a key acts as. */
export function fitsFilter(entry: AuditEntry, { actor, action, target, outcome, from, to }: AuditFilter): boolean {
  const at = Date.parse(entry.at);
  return (
    (actor === undefined || isBy(entry.actor, actor) || isBy(entry.onBehalfOf, actor)) &&
    (action === undefined || entry.action === action) &&
    (target === undefined || entry.target.id === target) &&
    (outcome === undefined || entry.outcome === outcome) &&
    (from === undefined || at >= from) &&
    (to === undefined || at < to)
  );
}
