/** Things that are handed out under a key nobody can guess, for 5 minutes, and given back once. */
import { randomBytes } from "node:crypto";

/** As long as Cognito's codes are good, and as long as it waits for an identity provider. */
const LIFETIME_MS = 5 * 60_000;

export class OnceOnly<T> {
  readonly #now: () => number;
  readonly #held = new Map<string, { readonly value: T; readonly until: number }>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  put(value: T): string {
    const now = this.#now();
    // The oldest stand first.
    for (const [key, { until }] of this.#held) {
      if (until > now) break;
      this.#held.delete(key);
    }
    const key = randomBytes(32).toString("base64url");
    this.#held.set(key, { value, until: now + LIFETIME_MS });
    return key;
  }

  take(key: string): T | undefined {
    const held = this.#held.get(key);
    this.#held.delete(key);
    return held !== undefined && held.until > this.#now() ? held.value : undefined;
  }
}
