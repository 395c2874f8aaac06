/** What is wrong with a condition, for whoever writes it: what could never be told, or was surely meant otherwise. */
import type { Condition } from "./conditions.ts";
import type { Fault } from "./errors.ts";
import { limits } from "./limits.ts";
import type { Operator, OperatorName } from "./operators.ts";
import { operators } from "./operators.ts";

/** Operators for which letters are no letters. */
const CASELESS: readonly OperatorName[] = ["exists", "cidr", "gt", "gte", "lt", "lte"];

/**
 * Each fault with a pointer into the condition, as `/values/0`. Whatever was sent may be asked of, as long as it has the members of
 * a condition.
 */
export function findConditionFaults({ attribute, operator, values, ignoreCase = false }: Condition): Fault[] {
  const faults: Fault[] = [];
  const report = (pointer: string, detail: string | undefined) => {
    if (detail !== undefined) faults.push({ pointer, detail });
  };
  report("/attribute", findAttributeFault(attribute));
  if (!Object.hasOwn(operators, operator)) {
    report("/operator", `There is no operator ${String(operator).slice(0, 64)}.`);
    return faults;
  }
  const { values: count, findFault }: Operator = operators[operator];
  const countFault = findCountFault(count, values.length);
  report("/values", countFault);
  if (countFault === undefined) {
    for (const [index, value] of values.entries()) {
      report(`/values/${index}`, findValueFault(value) ?? findFault?.(String(value), ignoreCase));
    }
  }
  if (ignoreCase && CASELESS.includes(operator)) report("/ignoreCase", `Case means nothing to ${operator}.`);
  return faults;
}

function findAttributeFault(attribute: string): string | undefined {
  if (Array.from(attribute).length > limits.attributeNameLength) {
    return `An attribute's name has at most ${limits.attributeNameLength} characters.`;
  }
  const [, name, part] = /^([^#]*)(?:#(.*))?$/s.exec(attribute) ?? [];
  if (name === "") return "An attribute has a name.";
  // What could be the type of no component would never be found.
  if (part !== undefined && !/^[A-Za-z0-9.-]+$/.test(part)) {
    return "After a # stands one part of a Distinguished Name, as cn.";
  }
  return undefined;
}

function findCountFault(count: Operator["values"], given: number): string | undefined {
  if (count === "none") return given === 0 ? undefined : "This operator takes no values.";
  if (count === "one") return given === 1 ? undefined : "This operator takes one value.";
  if (given === 0) return "This operator takes at least one value.";
  return given > limits.valuesPerCondition ? `A condition has at most ${limits.valuesPerCondition} values.` : undefined;
}

function findValueFault(value: unknown): string | undefined {
  if (typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))) return undefined;
  if (typeof value !== "string") return "A value is a text, a number or a truth value.";
  return Array.from(value).length > limits.conditionValueLength
    ? `A value has at most ${limits.conditionValueLength} characters.`
    : undefined;
}
