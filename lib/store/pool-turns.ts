/**
 * Whose turn it is to configure the user pool for an organization. The pool has no transactions: of two who configure it at once
 * the later call would win, be it of the earlier change. A turn that was never given back ends by itself.
 */
import type { OrgId } from "../domain/ids.ts";
import type { Change } from "./changes.ts";
import { keys } from "./keys.ts";

export const poolTurnItems = {
  /** @param now and until epoch seconds */
  take: (orgId: OrgId, holder: string, now: number, until: number): Change => ({
    kind: "put",
    key: keys.poolTurn(orgId),
    item: { holder, expires: until },
    when: { absentOrExpired: now },
  }),

  giveBack: (orgId: OrgId, holder: string): Change => ({
    kind: "delete",
    key: keys.poolTurn(orgId),
    when: { equals: { holder } },
  }),
};
