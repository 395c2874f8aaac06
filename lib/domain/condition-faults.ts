/** What is wrong with a condition, for whoever writes it: what could never be told, or was surely meant otherwise. */
import type { Condition } from "./conditions.ts";
import type { Fault } from "./errors.ts";
import { limits } from "./limits.ts";
import type { Operator, OperatorName } from "./operators.ts";
import { operators } from "./operators.ts";

/** Operators for which letters are no letters. */
const CASELESS: readonly OperatorName[] = ["exists", "cidr", "gt", "gte", "lt", "lte"];

/** Each fault with a pointer into the condition, as `/values/0`. */
export function findConditionFaults({ attribute, operator, values, ignoreCase = false }: Condition): Fault[] {
  if (!Object.hasOwn(operators, operator)) {
    return [{ pointer: "/operator", detail: `There is no operator ${String(operator).slice(0, 64)}.` }];
  }
  const { values: count, findFault }: Operator = operators[operator];
  const faults: Fault[] = [];
  const attributeFault = findAttributeFault(attribute);
  if (attributeFault !== undefined) faults.push({ pointer: "/attribute", detail: attributeFault });
  const countFault = findCountFault(count, values.length);
  if (countFault !== undefined) faults.push({ pointer: "/values", detail: countFault });
  for (const [index, value] of values.entries()) {
    const detail = countFault === undefined ? findFault?.(String(value)) : undefined;
    if (detail !== undefined) faults.push({ pointer: `/values/${index}`, detail });
  }
  if (ignoreCase && CASELESS.includes(operator)) {
    faults.push({ pointer: "/ignoreCase", detail: `Case means nothing to ${operator}.` });
  }
  return faults;
}

function findAttributeFault(attribute: string): string | undefined {
  const [name = "", ...parts] = attribute.split("#");
  if (name === "") return "An attribute has a name.";
  if (parts.length > 1 || parts[0] === "")
    return "One part of a Distinguished Name is named after the #, as in groups#cn.";
  return undefined;
}

function findCountFault(count: Operator["values"], given: number): string | undefined {
  if (count === "none") return given === 0 ? undefined : "This operator takes no values.";
  if (count === "one") return given === 1 ? undefined : "This operator takes one value.";
  if (given === 0) return "This operator takes at least one value.";
  return given > limits.valuesPerCondition ? `A condition has at most ${limits.valuesPerCondition} values.` : undefined;
}
