import type { Mutant } from "./mutant.ts";

const gifts = ["test/domain/rule-gifts.test.ts"];
const faults = ["test/domain/condition-faults.test.ts", "test/domain/operators.test.ts"];

/** Faults in what is judged when a rule is written: whom it comes to give something, and what a condition may say. */
export const ruleWritingMutants: readonly Mutant[] = [
  {
    claim: "a rule that is edited, enabled or new is given anew",
    file: "lib/domain/rule-gifts.ts",
    text: "if (was === undefined || !isSame(was.rule, rule)) return true;",
    instead: "if (was === undefined) return true;",
    tests: gifts,
  },
  {
    claim: "a rule wins what one above it let go",
    file: "lib/domain/rule-gifts.ts",
    text: "return was.isKept && (isUnited || was.lowestAbove > rank);",
    instead: "return was.isKept && isUnited;",
    tests: gifts,
  },
  {
    claim: "where all that match count from now on, nothing keeps a rule from anybody",
    file: "lib/domain/rule-gifts.ts",
    text: "return was.isKept && (isUnited || was.lowestAbove > rank);",
    instead: "return was.isKept && was.lowestAbove > rank;",
    tests: gifts,
  },
  {
    claim: "a rule above that is gone or edited keeps nobody from a lower one any more",
    file: "lib/domain/rule-gifts.ts",
    text: "isUnchanged ? stands.rank : Number.POSITIVE_INFINITY);",
    instead: "isUnchanged ? stands.rank : -1);",
    tests: gifts,
  },
  {
    claim: "a rule of another condition, role, workspaces or providers is another rule",
    file: "lib/domain/rule-gifts.ts",
    text: "return canonicalize({ when, roleId, workspaceIds, identityProviderIds } as unknown as Json);",
    instead: "return canonicalize({ when, workspaceIds, identityProviderIds, x: roleId.length } as unknown as Json);",
    tests: gifts,
  },
  {
    claim: "beyond the roles that one may hold in a place, a lower rule waits for a higher one to go",
    file: "lib/domain/rule-gifts.ts",
    text: "rank > 0 : others >= limits.rolesPerUserAndPlace;",
    instead: "rank > 0 : others < 0;",
    tests: gifts,
  },
  {
    claim: "a disabled rule kept nobody from anything",
    file: "lib/domain/rule-gifts.ts",
    text: "const now = after.rules.filter(({ enabled }) => enabled);",
    instead: "const now = after.rules;",
    tests: gifts,
  },
  {
    claim: "an operator that there is not is refused",
    file: "lib/domain/condition-faults.ts",
    text: "if (!Object.hasOwn(operators, operator)) {",
    instead: "if (!(operator in operators)) {",
    tests: faults,
  },
  {
    claim: "case is not left out of account where there is none",
    file: "lib/domain/condition-faults.ts",
    text: "if (ignoreCase && CASELESS.includes(operator)) report(",
    instead: "if (ignoreCase && CASELESS.length === 0) report(",
    tests: faults,
  },
  {
    claim: "an attribute has a name",
    file: "lib/domain/condition-faults.ts",
    text: 'if (name === "") return "An attribute has a name.";',
    instead: "",
    tests: faults,
  },
  {
    claim: "one part is named after the sign",
    file: "lib/domain/condition-faults.ts",
    text: "if (part !== undefined && !/^[A-Za-z0-9.-]+$/.test(part)) {",
    instead: "if (part !== undefined && part.length > 1_000) {",
    tests: faults,
  },
  {
    claim: "an operator takes as many values as it says",
    file: "lib/domain/condition-faults.ts",
    text: 'if (count === "one") return given === 1 ? undefined',
    instead: 'if (count === "one") return given > 0 ? undefined',
    tests: faults,
  },
  {
    claim: "a condition has so many values",
    file: "lib/domain/condition-faults.ts",
    text: "return given > limits.valuesPerCondition ?",
    instead: "return given > 10 * limits.valuesPerCondition ?",
    tests: faults,
  },
  {
    claim: "a value has so many characters",
    file: "lib/domain/condition-faults.ts",
    text: "return Array.from(value).length > limits.conditionValueLength",
    instead: "return Array.from(value).length > 2 * limits.conditionValueLength",
    tests: faults,
  },
  {
    claim: "a value is a text, a number or a truth value",
    file: "lib/domain/condition-faults.ts",
    text: 'if (typeof value !== "string") return "A value is a text, a number or a truth value.";',
    instead: 'if (typeof value !== "string") return undefined;',
    tests: faults,
  },
  {
    claim: "an address within a network is not taken for the network",
    file: "lib/domain/operators.ts",
    text: "return isFirst ? undefined :",
    instead: "return isFirst || whole !== undefined ? undefined :",
    tests: faults,
  },
];
