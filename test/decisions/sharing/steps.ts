/** Steps and answers that many cases share: Sam's workflow in north, offered to Tom in south. */
import type { Asked, Reason, Step } from "./case.ts";

export const DAY = 86_400_000;
export const HOUR = 3_600_000;

export const T = "workflow/triage";
export const make: Step = { who: "sam", in: "north", makes: T };
export const offer = (actions: readonly string[] = ["read", "run"], as = "first"): Step => ({
  who: "sam",
  in: "north",
  shares: T,
  with: "south",
  actions,
  as,
});
export const offerFor = (expiresIn: number): Step => ({ ...offer(), expiresIn }) as Step;
export const fails = (step: Step, refused: string): Step => ({ ...step, refused }) as Step;
export const accept = (as = "first"): Step => ({ who: "tom", in: "south", accepts: as });
export const deny = (as = "first"): Step => ({ who: "tom", in: "south", denies: as });
export const revoke = (as = "first"): Step => ({ who: "tom", in: "south", revokes: as });
/** Sam's workflow is offered and accepted. */
export const live: readonly Step[] = [make, offer(), accept()];

/** Tom, who owns south, asks about the workflow there. */
const tom = { who: "tom", in: "south", of: T } as const;
export const used: Asked = { ...tom, read: true, run: true, write: "share.action", sees: "shared", from: "north" };
export const shut = (reason: Reason): Asked => ({ ...tom, read: reason, run: reason, write: reason, sees: "nothing" });
/** Scopes alone decide, and nothing is there. */
export const unknown: Asked = { ...tom, read: true, run: true, write: true, sees: "nothing" };
export const owned: Asked = { ...unknown, sees: "own" };
export const sam: Asked = { ...owned, who: "sam", in: "north" };
