/**
 * How much may be asked of the rules of one place: some million comparisons of short texts, or characters that patterns run over,
 * which are some hundredths of a second. So whoever writes rules can make no sign-in take long, and keeps no rule of another place
 * from being asked. What is left over cannot be told, and so is not met.
 */
import type { OperatorName } from "./operators.ts";

const MOST = 10_000_000;

export class ConditionWork {
  #left = MOST;

  /** @returns false when it is more than is left */
  spend(operator: OperatorName, value: string, element: string): boolean {
    this.#left -= weigh(operator, value, element);
    return this.#left >= 0;
  }
}

/** In units of a few nanoseconds. */
function weigh(operator: OperatorName, value: string, { length }: string): number {
  switch (operator) {
    case "matches":
      return 20 + 2 * length;
    case "glob":
      return 20 + length + (value.includes("?") ? (length * value.length) / 4 : 0);
    case "contains":
      return 10 + length / 2;
    case "cidr":
      return 60;
    default:
      return 6;
  }
}
