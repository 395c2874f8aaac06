/** How many of the rules that match somebody count in a workspace: a change of this is a change of what its rules give. */
import type { Question } from "../domain/decide.ts";
import type { KeptRules } from "../domain/kept-rules.ts";
import type { Workspace } from "../domain/places.ts";
import { findRuleGifts } from "../domain/rule-gifts.ts";
import type { Change } from "../store/changes.ts";
import type { Store } from "../store/store.ts";
import type { Asking, LoadedRules } from "./claim-rule-changes.ts";
import { guardShared, refuseRuleGifts, versionOfOrder } from "./claim-rule-changes.ts";
import type { Standing } from "./route.ts";
import { refuseLockout } from "./rule-lockout.ts";

/** By which scopes a workspace is configured. */
const questions: readonly Question[] = [
  { level: "workspace", scope: "workspace:update" },
  { level: "organization", scope: "workspace:create" },
];

interface Matching {
  readonly before: Workspace;
  readonly claimMatching: Workspace["claimMatching"];
}

/** Refuses to unite what matches where that gives more than the caller can. */
export function refuseMatchingGifts(
  loaded: LoadedRules,
  { before, claimMatching }: Matching,
  standing: Standing,
): void {
  refuseRuleGifts(findGifts(loaded, { before, claimMatching }), loaded, standing, "/claimMatching");
}

/** What stands beside the rules for sign-ins to read. */
export function changeMatching(
  loaded: LoadedRules,
  { before, claimMatching }: Matching,
  { isForced }: Asking,
  standing: Standing,
  store: Store,
): Change[] {
  const { place, kept, found, author } = loaded;
  const sets: KeptRules = { workspaceId: before.id, claimMatching: before.claimMatching, rules: kept?.rules ?? [] };
  const after: KeptRules = { ...sets, claimMatching, version: versionOfOrder(kept) + 1 };
  if (!isForced) refuseLockout(author, { before: sets, after }, standing.caller, found, questions);
  return [
    ...store.rules.replace(place, kept, after, before.policy),
    ...guardShared(store, place, findGifts(loaded, { before, claimMatching }), found, standing),
  ];
}

function findGifts({ kept, shared }: LoadedRules, { before, claimMatching }: Matching) {
  const rules = [...(kept?.rules ?? []), ...shared];
  return findRuleGifts({ rules, claimMatching: before.claimMatching }, { rules, claimMatching });
}
