/**
 * What conditions can ask of an attribute: one table. Each operator's examples are its tests and its documentation.
 *
 * All are asked of one element of the attribute, as text: a SAML provider knows nothing but text, and the same person gets the
 * same result through an OIDC provider, whose `5` and `true` are `"5"` and `"true"` here.
 */
import type { ConditionWork, Judgement, Untold } from "./condition-work.ts";
import { CUT } from "./condition-work.ts";
import type { Element } from "./elements.ts";
import { readNumber } from "./elements.ts";
import { compileGlob } from "./globs.ts";
import { limits } from "./limits.ts";
import { formatNetwork, isWithin, parseNetwork } from "./networks.ts";
import type { Pattern } from "./patterns.ts";
import { compilePattern, runPattern } from "./patterns.ts";
import { findSubstring } from "./substrings.ts";

interface Example {
  readonly element: string;
  readonly values: readonly string[];
  readonly ignoreCase?: true;
  readonly met: boolean;
}

export interface Operator {
  /** As the end of a sentence: "Holds when the attribute …". */
  readonly holds: string;
  /** How many values its condition names. */
  readonly values: "none" | "one" | "several";
  /** What is wrong with a value, for whoever writes the condition. */
  readonly findFault?: (value: string, ignoreCase?: boolean) => string | undefined;
  /** Whether it may ignore case: by folding both, or in its own way. */
  readonly letters: "folded" | "own" | "none";
  /** Holds for equal texts and no others, so that many can be looked up at once. */
  readonly isEquality?: true;
  /** A pattern, of which a place may have so many: worth to be remembered. */
  readonly isPattern?: true;
  /**
   * Takes one value, once, folded where letters are, and is then asked of each element; it holds when it does for any of both.
   * What that takes is spent of the work.
   */
  readonly test: (value: string, ignoreCase: boolean, work: ConditionWork) => (element: Element) => Judgement;
  readonly examples: readonly Example[];
}

/** What a short comparison costs, one of networks, and how many characters that are alike at the end of a text are one unit. */
const COMPARISON = 6;
const NETWORK = 60;
const ALIKE = 3;

const text =
  (test: (element: string, value: string) => boolean): Operator["test"] =>
  (value, ignoreCase, work) =>
  (element) => {
    const asked = ignoreCase ? element.folded : element.text;
    const units = COMPARISON + Math.min(value.length, asked.length) / ALIKE;
    return work.spend(units) ? test(asked, value) : CUT;
  };

const compare =
  (test: (element: number, value: number) => boolean): Operator["test"] =>
  (value, _, work) => {
    const right = readNumber(value);
    return ({ number: left, text: written }) => {
      if (!work.spend(COMPARISON)) return CUT;
      if (left === undefined || right === undefined) {
        return { fault: `"${left === undefined ? written : value}" is no number` };
      }
      return test(left, right);
    };
  };

const findEmptyFault = (value: string) =>
  value === "" ? "Every text begins, ends and is filled with this." : undefined;
const findNumberFault = (value: string) => (readNumber(value) === undefined ? "This is no number." : undefined);

const table = {
  equals: {
    holds: "is exactly this text",
    values: "one",
    letters: "folded",
    isEquality: true,
    test: text((element, value) => element === value),
    examples: [
      { element: "SOC", values: ["SOC"], met: true },
      { element: "soc", values: ["SOC"], met: false },
      { element: "soc", values: ["SOC"], ignoreCase: true, met: true },
      { element: "x, SOC", values: ["SOC"], met: false },
      { element: "[SOC]", values: ["SOC"], met: false },
      { element: "SOC ", values: ["SOC"], met: false },
    ],
  },
  in: {
    holds: "is exactly one of these texts",
    values: "several",
    letters: "folded",
    isEquality: true,
    test: text((element, value) => element === value),
    examples: [
      { element: "SOC", values: ["NOC", "SOC"], met: true },
      { element: "SOC-2", values: ["NOC", "SOC"], met: false },
      { element: "soc", values: ["NOC", "SOC"], ignoreCase: true, met: true },
    ],
  },
  prefix: {
    holds: "begins with one of these texts",
    values: "several",
    letters: "folded",
    findFault: findEmptyFault,
    test: text((element, value) => element.startsWith(value)),
    examples: [
      { element: "SOC-Tier2", values: ["SOC-"], met: true },
      { element: "NOC-SOC-", values: ["SOC-"], met: false },
      { element: "soc-tier2", values: ["SOC-"], ignoreCase: true, met: true },
    ],
  },
  suffix: {
    holds: "ends with one of these texts",
    values: "several",
    letters: "folded",
    findFault: findEmptyFault,
    test: text((element, value) => element.endsWith(value)),
    examples: [
      { element: "dana@acme.example", values: ["@acme.example"], met: true },
      { element: "dana@acme.example.org", values: ["@acme.example"], met: false },
      { element: "dana@ACME.example", values: ["@acme.example"], ignoreCase: true, met: true },
    ],
  },
  contains: {
    holds: "has one of these texts in it",
    values: "several",
    letters: "folded",
    findFault: findEmptyFault,
    test: (value, ignoreCase, work) => {
      const find = findSubstring(value, work);
      return (element) => find(ignoreCase ? element.folded : element.text) ?? CUT;
    },
    examples: [
      { element: "emea-soc-2", values: ["soc"], met: true },
      { element: "emea-noc-2", values: ["soc"], met: false },
      { element: "emea-SOC-2", values: ["soc"], ignoreCase: true, met: true },
    ],
  },
  glob: {
    holds: "is, as a whole, like one of these patterns, where `*` is anything and `?` one character",
    values: "several",
    letters: "folded",
    isPattern: true,
    findFault: (value) => findLengthFault(value),
    test: (value, ignoreCase, work) => {
      const fault = findLengthFault(value);
      if (fault !== undefined) return () => ({ fault });
      const run = compileGlob(value, work);
      return (element) => run(ignoreCase ? element.folded : element.text) ?? tooLong(value, work);
    },
    examples: [
      { element: "SOC-Tier2", values: ["SOC-Tier?"], met: true },
      { element: "SOC-Tier22", values: ["SOC-Tier?"], met: false },
      { element: "eu-soc-emea", values: ["*-soc-*"], met: true },
      { element: "a*b", values: ["a\\*b"], met: true },
      { element: "aXb", values: ["a\\*b"], met: false },
    ],
  },
  matches: {
    holds: "has something in it that one of these regular expressions (RE2) describes; `^` and `$` tie it to the whole",
    values: "several",
    letters: "own",
    isPattern: true,
    findFault: (value, ignoreCase = false) => {
      const compiled = compileShort(value, ignoreCase);
      return "fault" in compiled ? compiled.fault : undefined;
    },
    test: (value, ignoreCase, work) => {
      const compiled = compileShort(value, ignoreCase);
      if ("fault" in compiled) return () => compiled;
      const run = runPattern(compiled, work);
      return (element) => run(element.text) ?? tooLong(value, work);
    },
    examples: [
      { element: "SOC-Tier2", values: ["^SOC-Tier[23]$"], met: true },
      { element: "SOC-Tier4", values: ["^SOC-Tier[23]$"], met: false },
      { element: "eu-SOC-2", values: ["SOC"], met: true },
      { element: "soc", values: ["^SOC$"], ignoreCase: true, met: true },
    ],
  },
  exists: {
    holds: "is there at all, whatever it says",
    values: "none",
    letters: "none",
    test: () => () => true,
    examples: [{ element: "", values: [], met: true }],
  },
  cidr: {
    holds: "is an address in one of these networks",
    values: "several",
    letters: "none",
    findFault: (value) => findNetworkFault(value),
    test: (value, _, work) => {
      const network = parseNetwork(value);
      return ({ address, text: written }) => {
        if (!work.spend(NETWORK)) return CUT;
        if (network === undefined) return { fault: `"${value}" is no network` };
        return address === undefined ? { fault: `"${written}" is no address` } : isWithin(address, network);
      };
    },
    examples: [
      { element: "10.20.7.1", values: ["10.20.0.0/16"], met: true },
      { element: "10.21.7.1", values: ["10.20.0.0/16"], met: false },
      { element: "2001:db8::7", values: ["10.20.0.0/16", "2001:db8::/32"], met: true },
      { element: "::ffff:10.20.7.1", values: ["10.20.0.0/16"], met: true },
    ],
  },
  gt: {
    holds: "is a number greater than this",
    values: "one",
    letters: "none",
    findFault: findNumberFault,
    test: compare((element, value) => element > value),
    examples: [
      { element: "10", values: ["9"], met: true },
      { element: "9", values: ["9"], met: false },
    ],
  },
  gte: {
    holds: "is a number of at least this",
    values: "one",
    letters: "none",
    findFault: findNumberFault,
    test: compare((element, value) => element >= value),
    examples: [
      { element: "9.0", values: ["9"], met: true },
      { element: "8.9", values: ["9"], met: false },
    ],
  },
  lt: {
    holds: "is a number less than this",
    values: "one",
    letters: "none",
    findFault: findNumberFault,
    test: compare((element, value) => element < value),
    examples: [
      { element: "-1", values: ["0"], met: true },
      { element: "0", values: ["0"], met: false },
    ],
  },
  lte: {
    holds: "is a number of at most this",
    values: "one",
    letters: "none",
    findFault: findNumberFault,
    test: compare((element, value) => element <= value),
    examples: [
      { element: "1e3", values: ["1000"], met: true },
      { element: "1001", values: ["1000"], met: false },
    ],
  },
} as const satisfies Readonly<Record<string, Operator>>;

export type OperatorName = keyof typeof table;
export const operators: Readonly<Record<OperatorName, Operator>> = table;

function findLengthFault(pattern: string): string | undefined {
  return Array.from(pattern).length > limits.patternLength
    ? `A pattern has at most ${limits.patternLength} characters.`
    : undefined;
}

/** Bits beyond the prefix are a slip of the pen, or of the prefix, which would let in more than was meant. */
function findNetworkFault(written: string): string | undefined {
  const network = parseNetwork(written);
  if (network === undefined) return "This is no network, such as 10.20.0.0/16.";
  const [whole, alone] = [network.prefix, network.address.bits].map((prefix) => formatNetwork({ ...network, prefix }));
  const isFirst = whole?.split("/")[0] === alone?.split("/")[0];
  return isFirst ? undefined : `This is an address within ${whole}: write that, or ${alone}.`;
}

/** Looks at the length first: what is read goes as deep as it is nested. */
function compileShort(pattern: string, ignoreCase: boolean): Pattern | { readonly fault: string } {
  const fault = findLengthFault(pattern);
  return fault === undefined ? compilePattern(pattern, ignoreCase) : { fault };
}

/** Of a pattern that needs more than it may: by itself, or of what is left to all. */
function tooLong(pattern: string, work: ConditionWork): Untold {
  return work.left < 0 ? CUT : { fault: `${pattern} takes too long`, isCut: true };
}
