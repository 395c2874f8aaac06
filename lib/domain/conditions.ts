/** Conditions over attributes: whether one is met, and if not, why. Order and doubled elements of an attribute do not matter. */
import { fold } from "./character-sets.ts";
import type { Untold } from "./condition-work.ts";
import { ConditionWork, CUT } from "./condition-work.ts";
import { readNames } from "./distinguished-names.ts";
import { Element } from "./elements.ts";
import type { OperatorName } from "./operators.ts";
import { operators } from "./operators.ts";

type Value = string | number | boolean;

/** What is known of somebody: an attribute that is absent is not here, and one without elements is as absent. */
export type Attributes = ReadonlyMap<string, Value | readonly Value[]>;

export interface Condition {
  /** An attribute's name, or `name#part` for the parts of that type in its Distinguished Names, e.g. `groups#cn`. */
  readonly attribute: string;
  readonly operator: OperatorName;
  readonly values: readonly Value[];
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

/** Met or not; undefined where this could not be told for want of work, so that nothing may be made of either. */
export type Verdict = boolean | undefined;

/** What a condition's operator found: an element for which it holds, or why that cannot be told of some element. */
interface Answer {
  readonly isThere: boolean;
  readonly holds?: string;
  readonly fault?: string;
  /** Whether work was wanting to tell. */
  readonly isCut?: true;
}

/** What reading a Distinguished Name costs for each of its characters, in units of work. */
const NAME_CHARACTER = 5;

/** Judges conditions over one set of attributes. Each attribute is read once, and a pattern is asked of it once. */
export class ConditionJudge {
  readonly #attributes: Attributes;
  readonly #elements = new Map<string, Elements>();
  readonly #names = new Map<string, ReturnType<typeof readNames>>();
  readonly #patterns = new Map<string, Answer>();
  /** How much there was to do: conditions asked, and patterns that had to be run. */
  readonly work = { conditions: 0, patterns: 0 };
  #place = new ConditionWork();
  #isCut = false;

  constructor(attributes: Attributes) {
    this.#attributes = attributes;
  }

  /** The conditions from here on are those of another place. */
  enterPlace(): void {
    this.#place = new ConditionWork();
  }

  /** Whether anything could not be told for want of work, in any place. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /**
   * Met when the operator holds for any element of the attribute and any of the values; with `negate`, when it holds for none.
   * What cannot be told is not met, negated or not: an attribute that is absent (for all but `exists`), an error. What work was
   * wanting for is neither met nor not.
   */
  isMet(condition: Condition): Verdict {
    return conclude(condition, this.#ask(condition));
  }

  judge(condition: Condition): Finding {
    const answer = this.#ask(condition);
    return { met: conclude(condition, answer) === true, reason: explain(condition, answer) };
  }

  #ask(condition: Condition): Answer {
    this.work.conditions++;
    const { attribute, operator, values, ignoreCase = false } = condition;
    if (!Object.hasOwn(operators, operator)) return { isThere: true, fault: `there is no operator ${operator}` };
    if (operators[operator].isPattern === undefined) return this.#find(condition);
    const name = JSON.stringify([attribute, operator, values, ignoreCase]);
    const known = this.#patterns.get(name);
    if (known !== undefined) return known;
    this.work.patterns++;
    const found = this.#find(condition);
    // Another place may have the work that was wanting here.
    if (this.#place.left >= 0) this.#patterns.set(name, found);
    return found;
  }

  #find({ attribute, operator, values, ignoreCase = false }: Condition): Answer {
    const { letters, isEquality, test } = operators[operator];
    const elements = this.#read(attribute);
    const isFolded = ignoreCase && letters === "folded";
    const isThere = elements.found.length > 0;
    let untold = elements.untold;
    for (const value of values) {
      if (untold === CUT) break;
      const wanted = isFolded ? fold(String(value)) : String(value);
      if (isEquality !== undefined) {
        const element = indexOf(elements, isFolded).get(wanted);
        if (element !== undefined) return { isThere, holds: element.text };
        continue;
      }
      if (this.#place.left < 0) untold = CUT;
      if (untold === CUT) break;
      const judge = test(wanted, ignoreCase, this.#place);
      for (const element of elements.found) {
        const judged = judge(element);
        if (judged === true) return { isThere, holds: element.text };
        if (judged !== false && untold?.isCut === undefined) untold = judged;
        if (judged === CUT) untold = CUT;
        if (untold === CUT) break;
      }
    }
    if (untold?.isCut) this.#isCut = true;
    return { isThere, ...untold };
  }

  #read(attribute: string): Elements {
    const [, name = "", part] = /^([^#]*)(?:#(.*))?$/s.exec(attribute) ?? [];
    const type = part?.toLowerCase();
    const key = type === undefined ? name : attribute.slice(0, name.length + 1) + type;
    const known = this.#elements.get(key);
    if (known !== undefined) return known;
    const read = type === undefined ? toElements(this.#textsOf(name)) : this.#readParts(name, type);
    if (read.untold !== CUT) this.#elements.set(key, read);
    return read;
  }

  /** The parts of one type of those elements that are Distinguished Names. However many types are asked for, all are read once. */
  #readParts(attribute: string, type: string): Elements {
    let names = this.#names.get(attribute);
    if (names === undefined) {
      const texts = this.#textsOf(attribute);
      const length = texts.reduce((sum, text) => sum + text.length, 0);
      if (!this.#place.spend(NAME_CHARACTER * length)) return { found: [], untold: CUT };
      names = readNames(texts);
      this.#names.set(attribute, names);
    }
    const elements = toElements(names.parts.get(type) ?? []);
    return names.strange === undefined
      ? elements
      : { ...elements, untold: { fault: `"${names.strange}" is no Distinguished Name` } };
  }

  #textsOf(attribute: string): readonly string[] {
    const value = this.#attributes.get(attribute);
    return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(String);
  }
}

function conclude({ operator, negate = false }: Condition, { isThere, holds, fault, isCut }: Answer): Verdict {
  // One element that holds decides, whatever the others are; that none holds is known only when all could be asked.
  if (holds !== undefined) return !negate;
  if (isCut) return undefined;
  if (operator === "exists") return isThere !== negate;
  return isThere && fault === undefined && negate;
}

function explain({ attribute, operator }: Condition, { isThere, holds, fault, isCut }: Answer): string {
  if (operator === "exists" && !isCut) return `${attribute} is ${isThere ? "there" : "absent"}`;
  if (holds !== undefined) return `${attribute} has ${JSON.stringify(holds)}`;
  return fault ?? (isThere ? `no element of ${attribute} does` : `${attribute} is absent`);
}

interface Elements {
  readonly found: readonly Element[];
  /** Why there may be more of them. */
  readonly untold?: Untold;
  /** Made when somebody asks for them: where each text stands, as it is and without its case. */
  texts?: ReadonlyMap<string, Element>;
  foldedTexts?: ReadonlyMap<string, Element>;
}

/** Doubled elements are asked once. */
function toElements(texts: readonly string[]): Elements {
  return { found: Array.from(new Set(texts), (text) => new Element(text)) };
}

function indexOf(elements: Elements, isFolded: boolean): ReadonlyMap<string, Element> {
  if (isFolded) {
    elements.foldedTexts ??= new Map(elements.found.map((element) => [element.folded, element]));
    return elements.foldedTexts;
  }
  elements.texts ??= new Map(elements.found.map((element) => [element.text, element]));
  return elements.texts;
}
