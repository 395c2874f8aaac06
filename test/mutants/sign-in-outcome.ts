import type { Mutant } from "./mutant.ts";

const model = ["test/domain/rule-model.test.ts"];
const work = ["test/domain/condition-work.test.ts"];
const simulation = ["test/api/simulate.test.ts"];

/** Faults in what a sign-in keeps of the rules, and in how much rules may ask of it. */
export const signInOutcomeMutants: readonly Mutant[] = [
  {
    claim: "a sign-in's entry is never too large to be written",
    file: "lib/identity/federated-entry.ts",
    text: "JSON.stringify(listed).length > MOST_LISTED",
    instead: "held.size > 1_000",
    tests: ["test/identity/wide-sign-in.test.ts"],
  },
  {
    claim: "a workspace that a rule of the organization names is looked at by itself",
    file: "lib/domain/sign-in-outcome.ts",
    text: "const named = [...matching.keys(), ...ofOrganization.flatMap(({ workspaceIds = [] }) => workspaceIds)];",
    instead: "const named = [...matching.keys()];",
    tests: model,
  },
  {
    claim: "a workspace with rules of its own is looked at by itself",
    file: "lib/domain/sign-in-outcome.ts",
    text: "const named = [...matching.keys(), ...ofOrganization",
    instead: "const named = [...ofOrganization",
    tests: model,
  },
  {
    claim: "a workspace unites what matches when it says so",
    file: "lib/domain/sign-in-outcome.ts",
    text: 'claimMatching: matching.get(id) ?? ("first-match" as const) })),',
    instead: 'claimMatching: "first-match" as const })),',
    tests: model,
  },
  {
    claim: "a workspace where the usual holds is not named",
    file: "lib/domain/sign-in-outcome.ts",
    text: ".filter(([, grants]) => nameOf(grants) !== usual),",
    instead: ".filter(([, grants]) => nameOf(grants) !== undefined),",
    tests: model,
  },
  {
    claim: "a user holds so many roles in one place at most, whatever matches",
    file: "lib/domain/sign-in-outcome.ts",
    text: "(!roles.has(roleId) && roles.size === limits.rolesPerUserAndPlace)",
    instead: "(!roles.has(roleId) && roles.size < 0)",
    tests: model,
  },
  {
    claim: "a grant says whose rule it is from",
    file: "lib/domain/sign-in-outcome.ts",
    text: 'isOwn.has(ruleId) ? "workspace" : "organization"',
    instead: 'isOwn.has(ruleId) ? "organization" : "workspace"',
    tests: model,
  },
  {
    claim: "the rules of a place ask no more than they may",
    file: "lib/domain/condition-work.ts",
    text: "return this.#left >= 0;",
    instead: "return true;",
    tests: work,
  },
  {
    claim: "what was asked too much cannot be told, negated or not",
    file: "lib/domain/conditions.ts",
    text: 'return { isThere, fault: "the rules here ask more than one sign-in may be asked", isCut: true };',
    instead: "return { isThere };",
    tests: work,
  },
  {
    claim: "the rules of one place keep none of another from being asked",
    file: "lib/domain/claim-rules.ts",
    text: "    judge.enterPlace();",
    instead: "",
    tests: work,
  },
  {
    claim: "what one place could not be told, another may be",
    file: "lib/domain/conditions.ts",
    text: "if (found.isCut === undefined) this.#patterns.set(name, found);",
    instead: "this.#patterns.set(name, found);",
    tests: work,
  },
  {
    claim: "a simulation asks all rules of a place within what they may ask",
    file: "lib/domain/claim-rules.ts",
    text: "matched: isAsked(rule) && isMet(rule.when, judge),",
    instead: "matched: isAsked(rule) && isMet(rule.when, new ConditionJudge(attributes)),",
    tests: simulation,
  },
  {
    claim: "a simulation asks each place for itself",
    file: "lib/api/simulation.ts",
    text: "return [own, ofOrganization.filter(appliesIn(workspaceId))];",
    instead: "return [[...own, ...ofOrganization.filter(appliesIn(workspaceId))]];",
    tests: simulation,
  },
  {
    claim: "the rules of one place name so many patterns",
    file: "lib/api/claim-rule-changes.ts",
    text: "if (countPatterns(rules) > limits.patternsPerPlace) {",
    instead: "if (countPatterns(rules) > 10 * limits.patternsPerPlace) {",
    tests: ["test/api/claim-rules.test.ts"],
  },
  {
    claim: "a large organization's rules are asked to the end",
    file: "lib/domain/condition-work.ts",
    text: "const MOST = 10_000_000;",
    instead: "const MOST = 1_000_000;",
    tests: work,
  },
  {
    claim: "a condition whose reason is told is asked once",
    file: "lib/domain/conditions.ts",
    text: "return { met: conclude(condition, verdict), reason: explain(condition, verdict) };",
    instead: "return { met: this.isMet(condition), reason: explain(condition, verdict) };",
    tests: work,
  },
  {
    claim: "doubled elements are asked once",
    file: "lib/domain/conditions.ts",
    text: "return [...new Set(texts)];",
    instead: "return texts;",
    tests: work,
  },
];
