/** Issues access tokens as Cognito shapes them, after asking the deployable pre-token trigger. */
import { randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import type { FunctionPool } from "./function-pool.ts";
import type { PoolPerson } from "./pool-people.ts";
import { applyTriggerAnswer, preTokenEvent } from "./pre-token-trigger.ts";
import type { SigningKey } from "./signing-key.ts";
import type { UserPool } from "./user-pool.ts";

/** Cognito gives a trigger 5 seconds. */
const TRIGGER_LIMIT_MS = 5_000;

/** What a trigger names an error that is a reason for the person; any other is a fault, and nobody's business but the operator's. */
const REFUSAL = "SignInRefused";

export type Issued =
  | { readonly kind: "issued"; readonly accessToken: string }
  /** The trigger refused; `reason` is its own. */
  | { readonly kind: "refused"; readonly reason: string }
  /** The trigger failed or did not answer. */
  | { readonly kind: "failed"; readonly why: string };

export class TokenIssuer {
  readonly #pool: UserPool;
  readonly #issuer: string;
  readonly #trigger: FunctionPool;
  readonly #key: SigningKey;

  constructor(pool: UserPool, issuer: string, trigger: FunctionPool, key: SigningKey) {
    this.#pool = pool;
    this.#issuer = issuer;
    this.#trigger = trigger;
    this.#key = key;
  }

  async issueFor(person: PoolPerson): Promise<Issued> {
    const { region, userPoolId, clientId, scopes } = this.#pool;
    const event = JSON.stringify(preTokenEvent({ region, userPoolId, clientId, person, scopes }));
    const requestId = randomUUID();
    const late = sleepThen(TRIGGER_LIMIT_MS, "late" as const);
    const outcome = await Promise.race([this.#trigger.invoke(event, requestId, "", TRIGGER_LIMIT_MS), late.promise]);
    late.cancel();
    if (outcome === "late") return { kind: "failed", why: "The sign-in trigger took more than 5 seconds" };
    const isRefusal = !outcome.ok && outcome.thrown && outcome.error.errorType === REFUSAL;
    if (!outcome.ok && isRefusal) return { kind: "refused", reason: outcome.error.errorMessage };
    if (!outcome.ok) return { kind: "failed", why: `${outcome.error.errorType}: ${outcome.error.errorMessage}` };
    let claims: ReadonlyMap<string, unknown>;
    try {
      claims = applyTriggerAnswer(this.#claimsOf(person), scopes, JSON.parse(outcome.payload));
    } catch (error) {
      return { kind: "failed", why: error instanceof Error ? error.message : String(error) };
    }
    const accessToken = await new SignJWT(Object.fromEntries(claims))
      .setProtectedHeader({ kid: this.#key.kid, alg: "RS256" })
      .sign(this.#key.privateKey);
    return { kind: "issued", accessToken };
  }

  #claimsOf(person: PoolPerson): Map<string, unknown> {
    const now = Math.floor(Date.now() / 1000);
    return new Map<string, unknown>([
      ["sub", person.sub],
      ["iss", this.#issuer],
      ["client_id", this.#pool.clientId],
      ["origin_jti", randomUUID()],
      ["event_id", randomUUID()],
      ["token_use", "access"],
      ["scope", ""],
      ["auth_time", now],
      ["exp", now + this.#pool.accessTokenSeconds],
      ["iat", now],
      ["jti", randomUUID()],
      ["username", person.sub],
    ]);
  }
}

function sleepThen<T>(ms: number, value: T): { readonly promise: Promise<T>; readonly cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(value), ms);
  });
  return { promise, cancel: () => clearTimeout(timer) };
}
