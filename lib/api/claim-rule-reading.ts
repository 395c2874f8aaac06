/** Claim rules as they are read: one, or a page of them in the order of their ranks. */
import type { RuleId } from "../domain/ids.ts";
import type { KeptRule } from "../domain/kept-rules.ts";
import type { PlaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { findRule, versionOfOrder } from "./claim-rule-changes.ts";
import { readPage } from "./lists.ts";
import { persistRoles } from "./role-reading.ts";
import type { PageRequest, Reading, Reply } from "./route.ts";
import { namesOf } from "./rule-references.ts";
import { showRule } from "./shown-rule.ts";

export async function readRule(store: Store, place: PlaceRef, ruleId: RuleId, reading: Reading): Promise<Reply> {
  const { kept, ...places } = await readKept(store, place);
  const { rule, rank } = findRule(kept?.rules ?? [], ruleId);
  const found = await persistRoles(store, reading.roles, places, namesOf([rule]));
  return { body: showRule(rule, rank, found), version: rule.version };
}

export async function listRules(store: Store, place: PlaceRef, page: PageRequest, reading: Reading): Promise<Reply> {
  const { kept, ...places } = await readKept(store, place);
  const { items, ...rest } = await readPage(page, fromRanks(kept?.rules ?? []));
  const found = await persistRoles(store, reading.roles, places, namesOf(items.map(({ rule }) => rule)));
  const shown = items.map(({ rule, rank }) => showRule(rule, rank, found));
  return { body: { items: shown, ...rest }, version: versionOfOrder(kept) };
}

function readKept(store: Store, place: PlaceRef) {
  const { orgId, workspaceId } = place;
  return store.read({
    kept: store.rules.at(place),
    organization: store.organizations.at(orgId),
    workspace: workspaceId && store.workspaces.at(orgId, workspaceId),
  });
}

/** Goes on after the rule that came last, wherever it stands now; where it is gone, at the rank that it had. */
function fromRanks(rules: readonly KeptRule[]) {
  return async ({ limit, after }: { limit: number; after?: string | undefined }) => {
    const [last, rank] = after?.split(" ") ?? [];
    const at = rules.findIndex(({ id }) => id === last) + 1;
    const start = after === undefined ? 0 : at > 0 ? at : Number(rank) - 1;
    const items = rules.slice(start, start + limit).map((rule, index) => {
      const ranked = { rule, rank: start + index + 1 };
      return { sk: `${rule.id} ${ranked.rank}`, value: ranked };
    });
    const next = items.at(-1)?.sk;
    return start + limit < rules.length && next !== undefined ? { items, next } : { items };
  };
}
