import type { Mutant } from "./mutant.ts";

const rules = ["test/domain/claim-rules.test.ts"];
const conditions = ["test/domain/conditions.test.ts"];
const operators = ["test/domain/operators.test.ts"];

/** Faults in what claims come to. */
export const claimRuleMutants: readonly Mutant[] = [
  {
    claim: "a rule limited to a provider is satisfied by no other's claims",
    file: "lib/domain/claim-rules.ts",
    text: "({ enabled, identityProviderIds }) => enabled && isAmong(identityProviderIds, provider.id),",
    instead: "({ enabled }) => enabled,",
    tests: rules,
  },
  {
    claim: "a disabled rule gives nothing",
    file: "lib/domain/claim-rules.ts",
    text: "({ enabled, identityProviderIds }) => enabled && isAmong(identityProviderIds, provider.id),",
    instead: "({ identityProviderIds }) => isAmong(identityProviderIds, provider.id),",
    tests: rules,
  },
  {
    claim: "a provider gives nothing in a workspace that it does not serve",
    file: "lib/domain/claim-rules.ts",
    text: ".filter(({ id }) => isAmong(provider.workspaceIds, id))",
    instead: "",
    tests: rules,
  },
  {
    claim: "a rule of the organization gives in the workspaces that it names alone",
    file: "lib/domain/claim-rules.ts",
    text: "rules.ofOrganization.filter(({ workspaceIds }) => isAmong(workspaceIds, workspaceId));",
    instead: "rules.ofOrganization.filter(() => isAmong(undefined, workspaceId));",
    tests: rules,
  },
  {
    claim: "a workspace's own rules come first",
    file: "lib/domain/claim-rules.ts",
    text: "const asked = [...own, ...shared].filter(",
    instead: "const asked = [...shared, ...own].filter(",
    tests: rules,
  },
  {
    claim: "the first rule that matches decides",
    file: "lib/domain/claim-rules.ts",
    text: "? asked.find(isMatching) : undefined;",
    instead: "? asked.findLast(isMatching) : undefined;",
    tests: rules,
  },
  {
    claim: "a rule that asks nothing matches nobody",
    file: "lib/domain/claim-rules.ts",
    text: "const matched = findings.length > 0 && (isAll",
    instead: "const matched = findings.length >= 0 && (isAll",
    tests: rules,
  },
  {
    claim: "all conditions of a rule must be met where it says so",
    file: "lib/domain/claim-rules.ts",
    text: "isAll ? findings.every(({ met }) => met) : ",
    instead: "isAll ? findings.some(({ met }) => met) : ",
    tests: rules,
  },
  {
    claim: "a rule moved to a rank stands there",
    file: "lib/domain/claim-rules.ts",
    text: "return [...others.slice(0, rank - 1), id, ...others.slice(rank - 1)];",
    instead: "return [...others.slice(0, rank), id, ...others.slice(rank)];",
    tests: rules,
  },
  {
    claim: "an absent attribute meets no condition, negated or not",
    file: "lib/domain/conditions.ts",
    text: "if (!isThere) return { met: false,",
    instead: "if (!isThere) return { met: negate,",
    tests: conditions,
  },
  {
    claim: "what cannot be told is not met, negated or not",
    file: "lib/domain/conditions.ts",
    text: "if (fault !== undefined) return { met: false, reason: fault };",
    instead: "if (fault !== undefined) return { met: negate, reason: fault };",
    tests: conditions,
  },
  {
    claim: "a group that is no Distinguished Name makes it unknown whether none has a part",
    file: "lib/domain/conditions.ts",
    text: "const { holds, fault = elements.fault } = ask(",
    instead: "const { holds, fault } = ask(",
    tests: conditions,
  },
  {
    claim: "case counts unless a condition says otherwise",
    file: "lib/domain/conditions.ts",
    text: "{ operator, values, ignoreCase = false }: Condition,",
    instead: "{ operator, values, ignoreCase = true }: Condition,",
    tests: conditions,
  },
  {
    claim: "a group's name with a comma in it is one name",
    file: "lib/domain/distinguished-names.ts",
    text: 'if (text[at] === "\\\\") at++;',
    instead: "if (at < 0) at++;",
    tests: conditions,
  },
  {
    claim: "a part is asked for by its own type",
    file: "lib/domain/distinguished-names.ts",
    text: "if (name.trim().toLowerCase() === type.toLowerCase()) found.push(value);",
    instead: "if (type !== value) found.push(value);",
    tests: conditions,
  },
  {
    claim: "an address is in a network by all of its prefix",
    file: "lib/domain/networks.ts",
    text: "return address.value >> host === network.address.value >> host;",
    instead: "return address.value >> 24n === network.address.value >> 24n;",
    tests: operators,
  },
  {
    claim: "an IPv4 address in an IPv6 spelling is that address",
    file: "lib/domain/networks.ts",
    text: "return value >> 32n === 0xffffn ? ",
    instead: "return value >> 32n === -1n ? ",
    tests: operators,
  },
  {
    claim: "a glob is matched as a whole",
    file: "lib/domain/globs.ts",
    text: "return at <= end && fits(last, letters, end);",
    instead: "return at <= end;",
    tests: operators,
  },
  {
    claim: "a number is written as one",
    file: "lib/domain/operators.ts",
    text: "const findNumberFault = (value: string) => (readNumber(value) === undefined ?",
    instead: "const findNumberFault = (value: string) => (Number.isNaN(Number(value)) ?",
    tests: operators,
  },
  {
    claim: "a pattern has its most characters",
    file: "lib/domain/operators.ts",
    text: "return Array.from(pattern).length > limits.patternLength",
    instead: "return Array.from(pattern).length > 10 * limits.patternLength",
    tests: operators,
  },
];
