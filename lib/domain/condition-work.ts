/**
 * How much may be asked of the rules of one place: about a hundred thousand comparisons of short texts, or a million characters that
 * patterns run over, some hundredths of a second. So whoever writes rules can make no sign-in take long, and keeps no rule of
 * another place from being asked. What is left over cannot be told, and so is not met.
 */
import type { OperatorName } from "./operators.ts";

const MOST = 1_000_000;

export class ConditionWork {
  #left = MOST;

  /** @returns false when it is more than is left */
  spend(operator: OperatorName, value: string, element: string): boolean {
    this.#left -= weigh(operator, value, element);
    return this.#left >= 0;
  }
}

/** In characters that are looked at. */
function weigh(operator: OperatorName, value: string, { length }: string): number {
  switch (operator) {
    case "matches":
      return 10 + length;
    case "glob":
      return 10 + (value.includes("?") ? (length * value.length) / 16 : length / 4);
    case "contains":
      return 10 + length / 4;
    case "cidr":
      return 100;
    default:
      return 10;
  }
}
