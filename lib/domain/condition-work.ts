/**
 * How much may be asked of the rules of one place: some million comparisons of short texts, or characters that patterns run over,
 * which are some hundredths of a second. So whoever writes rules, or brings claims, can make no sign-in take long, and no rule keeps
 * one of another place from being asked. What is left over cannot be told.
 */

const MOST = 10_000_000;

/** In units of some nanoseconds: about one character that is compared with another. */
export class ConditionWork {
  #left: number;

  constructor(most = MOST) {
    this.#left = most;
  }

  /** @returns false when it is more than is left, now or before */
  spend(units: number): boolean {
    this.#left -= units;
    return this.#left >= 0;
  }

  get left(): number {
    return this.#left;
  }
}

/** That it holds, or does not, or why this cannot be told. */
export type Judgement = boolean | Untold;

export interface Untold {
  readonly fault: string;
  /** For want of work alone: neither that it holds nor that it does not may be made of this. */
  readonly isCut?: true;
}

export const CUT: Untold = { fault: "the rules here ask more than one sign-in may be asked", isCut: true };
