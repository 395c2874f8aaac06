/** Conditions over attributes: whether one is met, and if not, why. Order and doubled elements of an attribute do not matter. */
import { fold } from "./character-sets.ts";
import { ConditionWork } from "./condition-work.ts";
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

/** One condition, once. Of many it is better to ask one `ConditionJudge`. */
export function judgeCondition(condition: Condition, attributes: Attributes): Finding {
  return new ConditionJudge(attributes).judge(condition);
}

/** What a condition's operator found: an element for which it holds, or why that cannot be told of some element. */
interface Verdict {
  readonly isThere: boolean;
  readonly holds?: string;
  readonly fault?: string;
  /** Whether more was asked than may be: another place might still be told. */
  readonly isCut?: true;
}

/** Judges conditions over one set of attributes. Each attribute is read once, and a pattern is asked of it once. */
export class ConditionJudge {
  readonly #attributes: Attributes;
  readonly #elements = new Map<string, Elements>();
  readonly #patterns = new Map<string, Verdict>();
  /** How much there was to do: conditions asked, and patterns that had to be run. */
  readonly work = { conditions: 0, patterns: 0 };
  #place = new ConditionWork();

  constructor(attributes: Attributes) {
    this.#attributes = attributes;
  }

  /** The conditions from here on are those of another place. */
  enterPlace(): void {
    this.#place = new ConditionWork();
  }

  /**
   * Met when the operator holds for any element of the attribute and any of the values; with `negate`, when it holds for none.
   * What cannot be told is not met, negated or not: an attribute that is absent (for all but `exists`), an error.
   */
  isMet(condition: Condition): boolean {
    return conclude(condition, this.#ask(condition));
  }

  judge(condition: Condition): Finding {
    const verdict = this.#ask(condition);
    return { met: conclude(condition, verdict), reason: explain(condition, verdict) };
  }

  #ask(condition: Condition): Verdict {
    this.work.conditions++;
    const { attribute, operator, values, ignoreCase = false } = condition;
    if (!Object.hasOwn(operators, operator)) return { isThere: true, fault: `there is no operator ${operator}` };
    if (operators[operator].isPattern === undefined) return this.#find(condition);
    const name = JSON.stringify([attribute, operator, values, ignoreCase]);
    const known = this.#patterns.get(name);
    if (known !== undefined) return known;
    this.work.patterns++;
    const found = this.#find(condition);
    if (found.isCut === undefined) this.#patterns.set(name, found);
    return found;
  }

  #find({ attribute, operator, values, ignoreCase = false }: Condition): Verdict {
    const { letters, isEquality, test } = operators[operator];
    const elements = this.#read(attribute);
    const isFolded = ignoreCase && letters === "folded";
    const asked = isFolded ? foldedOf(elements) : elements.found;
    const isThere = elements.found.length > 0;
    let fault = elements.fault;
    for (const value of values) {
      const wanted = isFolded ? fold(String(value)) : String(value);
      if (isEquality !== undefined) {
        const at = indexOf(elements, isFolded).get(wanted);
        if (at !== undefined) return { isThere, holds: elements.found[at] ?? wanted };
        continue;
      }
      const judge = test(wanted, ignoreCase);
      for (const [at, element] of asked.entries()) {
        if (!this.#place.spend(operator, wanted, element)) {
          return { isThere, fault: "the rules here ask more than one sign-in may be asked", isCut: true };
        }
        const judged = judge(element);
        if (judged === true) return { isThere, holds: elements.found[at] ?? element };
        if (judged !== false) fault = judged.fault;
      }
    }
    return fault === undefined ? { isThere } : { isThere, fault };
  }

  #read(attribute: string): Elements {
    const known = this.#elements.get(attribute) ?? readElements(attribute, this.#attributes);
    this.#elements.set(attribute, known);
    return known;
  }
}

function conclude({ operator, negate = false }: Condition, { isThere, holds, fault }: Verdict): boolean {
  if (operator === "exists") return isThere !== negate;
  // One element that holds decides, whatever the others are; that none holds is known only when all could be asked.
  if (holds !== undefined) return !negate;
  return isThere && fault === undefined && negate;
}

function explain({ attribute, operator }: Condition, { isThere, holds, fault }: Verdict): string {
  if (operator === "exists") return `${attribute} is ${isThere ? "there" : "absent"}`;
  if (holds !== undefined) return `${attribute} has ${JSON.stringify(holds)}`;
  return fault ?? (isThere ? `no element of ${attribute} does` : `${attribute} is absent`);
}

interface Elements {
  readonly found: readonly string[];
  readonly fault?: string;
  /** Made when somebody asks for them: all without their case, and where each stands. */
  folded?: readonly string[];
  places?: ReadonlyMap<string, number>;
  foldedPlaces?: ReadonlyMap<string, number>;
}

function foldedOf(elements: Elements): readonly string[] {
  elements.folded ??= elements.found.map(fold);
  return elements.folded;
}

function indexOf(elements: Elements, isFolded: boolean): ReadonlyMap<string, number> {
  if (isFolded) {
    elements.foldedPlaces ??= placesOf(foldedOf(elements));
    return elements.foldedPlaces;
  }
  elements.places ??= placesOf(elements.found);
  return elements.places;
}

function placesOf(texts: readonly string[]): ReadonlyMap<string, number> {
  return new Map(texts.map((text, at) => [text, at]));
}

/** The elements of an attribute as text, or the parts of those that are Distinguished Names. */
function readElements(attribute: string, attributes: Attributes): Elements {
  const [, name = "", part] = /^([^#]*)(?:#(.*))?$/s.exec(attribute) ?? [];
  const value = attributes.get(name);
  const all = (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
  if (part === undefined) return { found: unique(all) };
  const parts = all.map((element) => readNameParts(element, part));
  const found = unique(parts.flatMap((values) => values ?? []));
  const strange = all.find((_, index) => parts[index] === undefined);
  return strange === undefined ? { found } : { found, fault: `"${strange}" is no Distinguished Name` };
}

/** Doubled elements are asked once. */
function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
