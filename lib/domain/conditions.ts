/** Conditions over attributes: whether one is met, and if not, why. Order and doubled elements of an attribute do not matter. */
import { readNameParts } from "./distinguished-names.ts";
import type { OperatorName } from "./operators.ts";
import { operators } from "./operators.ts";

type Element = string | number | boolean;

/** What is known of somebody: an attribute that is absent is not here, and one without elements is as absent. */
export type Attributes = ReadonlyMap<string, Element | readonly Element[]>;

export interface Condition {
  /** An attribute's name, or `name#part` for the parts of that type in its Distinguished Names, e.g. `groups#cn`. */
  readonly attribute: string;
  readonly operator: OperatorName;
  readonly values: readonly Element[];
  readonly negate?: boolean;
  readonly ignoreCase?: boolean;
}

export interface Finding {
  readonly met: boolean;
  /** Why, for whoever wrote the rule. */
  readonly reason: string;
}

/**
 * Met when the operator holds for any element of the attribute and any of the values; with `negate`, when it holds for none.
 * What cannot be told is not met, negated or not: an attribute that is absent (for all but `exists`), an error.
 */
export function judgeCondition(condition: Condition, attributes: Attributes): Finding {
  const { attribute, negate = false } = condition;
  const elements = readElements(attribute, attributes);
  const isThere = elements.found.length > 0;
  if (condition.operator === "exists") {
    return { met: isThere !== negate, reason: `${attribute} is ${isThere ? "there" : "absent"}` };
  }
  const { holds, fault = elements.fault } = ask(condition, elements.found);
  // One element that holds decides, whatever the others are; that none holds is known only when all could be asked.
  if (holds !== undefined) return { met: !negate, reason: `${attribute} has ${JSON.stringify(holds)}` };
  if (fault !== undefined) return { met: false, reason: fault };
  if (!isThere) return { met: false, reason: `${attribute} is absent` };
  return { met: negate, reason: `no element of ${attribute} does` };
}

function ask(
  { operator, values, ignoreCase = false }: Condition,
  elements: readonly string[],
): { readonly holds?: string; readonly fault?: string } {
  if (!Object.hasOwn(operators, operator)) return { fault: `there is no operator ${operator}` };
  const { test } = operators[operator];
  let fault: string | undefined;
  for (const value of values) {
    const judge = test(String(value), ignoreCase);
    for (const element of elements) {
      const judged = judge(element);
      if (judged === true) return { holds: element };
      if (judged !== false) fault = judged.fault;
    }
  }
  return fault === undefined ? {} : { fault };
}

interface Elements {
  readonly found: readonly string[];
  readonly fault?: string;
}

/** The elements of an attribute as text, or the parts of those that are Distinguished Names. */
function readElements(attribute: string, attributes: Attributes): Elements {
  const [, name = "", part] = /^([^#]*)(?:#(.*))?$/s.exec(attribute) ?? [];
  const value = attributes.get(name);
  const all = (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
  if (part === undefined) return { found: all };
  const parts = all.map((element) => readNameParts(element, part));
  const found = parts.flatMap((values) => values ?? []);
  const strange = all.find((_, index) => parts[index] === undefined);
  return strange === undefined ? { found } : { found, fault: `"${strange}" is no Distinguished Name` };
}
