/** What `docs/claim-rules.md` shows of conditions, made by the very functions that judge them. */
import type { ClaimRule } from "../../lib/domain/claim-rules.ts";
import { evaluateRules, judgeRule } from "../../lib/domain/claim-rules.ts";
import type { AttributeMapping } from "../../lib/domain/claims.ts";
import { readAttributes } from "../../lib/domain/claims.ts";
import { findConditionFaults } from "../../lib/domain/condition-faults.ts";
import type { ProviderId, RuleId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { Operator, OperatorName } from "../../lib/domain/operators.ts";
import { operators } from "../../lib/domain/operators.ts";
import { predefinedRoles } from "../../lib/domain/predefined-roles.ts";
import { readMarked, toTable } from "./page.ts";

export const PAGE = "docs/claim-rules.md";

const provider = { id: "idp_example" as ProviderId };
const workspace = "wks_example" as WorkspaceId;
const values = { none: "none: `[]`", one: "one", several: "one or more" } as const;

export function operatorTable(): string {
  const rows = (Object.entries(operators) as [OperatorName, Operator][]).map(([name, operator]) => [
    code(name),
    `The attribute ${escapeCell(operator.holds)}.`,
    values[operator.values],
    listExamples(operator, true),
    listExamples(operator, false),
  ]);
  return toTable(["operator", "what it asks", "values", "is met, for example, by", "and is not by"], rows);
}

function listExamples({ examples }: Operator, isMet: boolean): string {
  return examples
    .filter(({ met }) => met === isMet)
    .map(({ element, values: wanted, ignoreCase }) => {
      const asked = wanted.length === 0 ? "" : ` for ${wanted.map((value) => code(value)).join(", ")}`;
      return `${element === "" ? "an empty text" : code(element)}${asked}${ignoreCase ? " with `ignoreCase`" : ""}`;
    })
    .join("; ");
}

/** The page's own example: whether each rule matches, why, and what comes out. */
export function outcomeTable(): string {
  const claims = readJson<Record<string, unknown>>("claims");
  const attributes = readAttributes(readJson<AttributeMapping>("mapping"), claims);
  const rules = readJson<Omit<ClaimRule, "id" | "enabled">[]>("rules").map((rule, index) => ({
    ...rule,
    id: `rul_${index}` as RuleId,
    enabled: true,
  }));
  const given = (claimMatching: "first-match" | "all-matches") => {
    const set = { ofWorkspaces: new Map(), ofOrganization: rules };
    const outcomes = evaluateRules(set, [{ id: workspace, claimMatching }], provider, attributes);
    const roles = outcomes.map(({ roleId }) => predefinedRoles.find(({ id }) => id === roleId)?.name ?? roleId);
    return [...new Set(roles)].join(" and ");
  };
  const rows = rules.map((rule, index) => {
    const { matched, conditions } = judgeRule(rule, attributes);
    const reasons = conditions.map(({ met, reason }) => `${met ? "met" : "not met"}: ${escapeCell(reason)}`);
    return [String(index + 1), rule.name, matched ? "yes" : "no", reasons.join("; ")];
  });
  return [
    toTable(["rank", "rule", "matches", "its conditions"], rows),
    `With \`first-match\` Dana is ${given("first-match")}; with \`all-matches\` she is ${given("all-matches")}.`,
  ].join("\n\n");
}

/** What is wrong with the conditions of the page's own example. */
export function listExampleFaults() {
  return readJson<ClaimRule[]>("rules").flatMap(({ when }) =>
    ("all" in when ? when.all : when.any).flatMap(findConditionFaults),
  );
}

function readJson<T>(name: string): T {
  return JSON.parse(readMarked(PAGE, name).replace(/^```json\n|```$/g, "")) as T;
}

/** As code in a cell of a table. */
function code(text: string): string {
  return escapeCell(`\`${text}\``);
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}
