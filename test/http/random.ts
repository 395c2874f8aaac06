/** Randomness that a seed gives again: whatever it finds can be looked for once more. */
import { randomInt } from "node:crypto";

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0, below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number, both ends included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("there is nothing to pick from");
    return items[this.integer(0, items.length - 1)] as T;
  }

  /** One of several, each as likely as its weight says. */
  weigh<T>(choices: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.next() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of choices) {
      left -= weight;
      if (left < 0) return value;
    }
    return (choices.at(-1) as readonly [number, T])[1];
  }

  /** Another sequence, which depends on this one's seed and on the number alone. */
  static split(seed: number, ...numbers: readonly number[]): Random {
    return new Random(numbers.reduce((mixed, number) => Math.imul(mixed ^ (number + 1), 0x9e3779b1), seed));
  }
}

/** Another one for each run, unless `FUZZ_SEED` asks for an earlier one again. */
export function readSeed(): number {
  const asked = process.env.FUZZ_SEED;
  return asked === undefined ? randomInt(2 ** 32) : Number(asked);
}
