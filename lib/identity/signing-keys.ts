/**
 * The issuer's public keys, read from its JWKS when they are first needed and kept. That the issuer does not answer is a fault
 * and never a refusal: nobody could say whether the token is good.
 */
import type { CryptoKey, JWK } from "jose";
import { createLocalJWKSet, errors } from "jose";

/** Milliseconds. How long keys are used without asking again, and how long while the issuer does not answer. */
const FRESH = 600_000;
const STALE = 3_600_000;
/** The issuer is asked at most once in so long for a key id that it has not named, or while it does not answer. */
const COOL_DOWN = 10_000;
/** Without any key every request fails, so the wait between two tries is shorter. */
const COOL_DOWN_WITHOUT_KEYS = 1_000;
const TIMEOUT = 1_000;

export interface SigningKeysOptions {
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** Told each time that the issuer was asked and did not answer, also while older keys are used on. */
  readonly reportFault?: (fault: unknown) => void;
}

interface Known {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  readonly readAt: number;
}

export class SigningKeys {
  readonly #url: string;
  readonly #clock: () => number;
  readonly #reportFault: (fault: unknown) => void;
  #known: Known | undefined;
  #lastTry: { readonly at: number; readonly fault?: unknown } | undefined;
  #pending: Promise<void> | undefined;

  constructor(issuer: string, { clock = Date.now, reportFault = () => {} }: SigningKeysOptions = {}) {
    this.#url = `${issuer}/.well-known/jwks.json`;
    this.#clock = clock;
    this.#reportFault = reportFault;
  }

  /** The key of that id; undefined when the issuer, asked lately, does not have it. @throws when the issuer does not answer */
  async find(kid: string): Promise<CryptoKey | undefined> {
    const known = await this.#findInKnown(kid, await this.#current());
    if (known !== undefined) return known;
    await this.#reload();
    return this.#findInKnown(kid, this.#known);
  }

  async #current(): Promise<Known | undefined> {
    const age = this.#known === undefined ? Number.POSITIVE_INFINITY : this.#clock() - this.#known.readAt;
    if (age <= FRESH) return this.#known;
    try {
      await this.#reload();
    } catch (fault) {
      if (age > STALE) throw fault;
    }
    return this.#known;
  }

  async #findInKnown(kid: string, known: Known | undefined): Promise<CryptoKey | undefined> {
    try {
      return await known?.find({ alg: "RS256", kid });
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return undefined;
      throw error;
    }
  }

  /** Asks the issuer, unless it was asked lately: then what came of that holds. Everybody who waits shares one question. */
  async #reload(): Promise<void> {
    const coolDown = this.#known === undefined ? COOL_DOWN_WITHOUT_KEYS : COOL_DOWN;
    if (this.#pending === undefined && this.#lastTry !== undefined && this.#clock() - this.#lastTry.at < coolDown) {
      if (this.#lastTry.fault !== undefined) throw this.#lastTry.fault;
      return;
    }
    this.#pending ??= this.#ask().finally(() => {
      this.#pending = undefined;
    });
    await this.#pending;
  }

  async #ask(): Promise<void> {
    const at = this.#clock();
    try {
      this.#known = { find: createLocalJWKSet(await this.#fetch()), readAt: at };
      this.#lastTry = { at };
    } catch (fault) {
      this.#lastTry = { at, fault };
      this.#reportFault(fault);
      throw fault;
    }
  }

  async #fetch(): Promise<{ keys: JWK[] }> {
    const answer = await fetch(this.#url, { redirect: "manual", signal: AbortSignal.timeout(TIMEOUT) });
    if (answer.status !== 200) throw new Error(`the issuer's keys are not to be had: status ${answer.status}`);
    return (await answer.json()) as { keys: JWK[] };
  }
}
