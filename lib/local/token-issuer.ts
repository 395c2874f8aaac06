/** Asks the pre-token trigger at a sign-in or a refresh, and issues tokens as Cognito shapes them. */
import { randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { validityOf } from "./client-settings.ts";
import type { PoolClient } from "./pool-clients.ts";
import type { PoolPerson } from "./pool-people.ts";
import { applyToClaims, applyToScopes, groupsOf, identityClaim, preTokenEvent } from "./pre-token-trigger.ts";
import type { SigningKey } from "./signing-key.ts";
import { callTrigger, type Trigger } from "./trigger-call.ts";

export interface IssuingPool {
  readonly region: string;
  readonly userPoolId: string;
  readonly issuer: string;
}

/** Somebody who has signed in through a client. */
export interface SignedIn {
  readonly client: PoolClient;
  readonly person: PoolPerson;
  readonly scopes: readonly string[];
  /** When they signed in: seconds since 1970. */
  readonly authTime: number;
  /** The same in every token that comes of the sign-in. */
  readonly origin: string;
  readonly nonce?: string;
}

/** What the trigger lets into the tokens. */
export interface Permit {
  readonly access: ReadonlyMap<string, unknown>;
  readonly id: ReadonlyMap<string, unknown>;
}

export interface IssuedTokens {
  readonly accessToken: string;
  readonly idToken?: string;
  /** Of the access token, in seconds. */
  readonly expiresIn: number;
}

export class TokenIssuer {
  readonly #pool: IssuingPool;
  readonly #trigger: Trigger;
  readonly #key: SigningKey;
  readonly #now: () => number;

  constructor(pool: IssuingPool, trigger: Trigger, key: SigningKey, now: () => number = Date.now) {
    this.#pool = pool;
    this.#trigger = trigger;
    this.#key = key;
    this.#now = now;
  }

  /** @throws TriggerRefusal, TriggerFault */
  async permit(signedIn: SignedIn, occasion: "HostedAuth" | "RefreshTokens"): Promise<Permit> {
    const { client, person, scopes } = signedIn;
    const { region, userPoolId } = this.#pool;
    const event = preTokenEvent({ region, userPoolId, clientId: client.ClientId, person, scopes, occasion });
    const response = await callTrigger(this.#trigger, event);
    const access = applyToClaims(this.#accessClaims(signedIn), response, "accessTokenGeneration");
    access.set("scope", applyToScopes(scopes, response).join(" "));
    return { access, id: applyToClaims(this.#idClaims(signedIn), response, "idTokenGeneration") };
  }

  async issue({ client, scopes }: Pick<SignedIn, "client" | "scopes">, permit: Permit): Promise<IssuedTokens> {
    const expiresIn = validityOf(client, "AccessToken");
    const accessToken = await this.#sign(permit.access, expiresIn);
    if (!scopes.includes("openid")) return { accessToken, expiresIn };
    return { accessToken, idToken: await this.#sign(permit.id, validityOf(client, "IdToken")), expiresIn };
  }

  #sign(claims: ReadonlyMap<string, unknown>, seconds: number): Promise<string> {
    const now = Math.floor(this.#now() / 1000);
    return new SignJWT({ ...Object.fromEntries(claims), exp: now + seconds, iat: now, jti: randomUUID() })
      .setProtectedHeader({ kid: this.#key.kid, alg: "RS256" })
      .sign(this.#key.privateKey);
  }

  #accessClaims({ client, person, authTime, origin }: SignedIn): Map<string, unknown> {
    return new Map<string, unknown>([
      ["sub", person.sub],
      ...this.#groupClaims(person),
      ["iss", this.#pool.issuer],
      ["version", 2],
      ["client_id", client.ClientId],
      ["origin_jti", origin],
      ["event_id", randomUUID()],
      ["token_use", "access"],
      ["scope", ""],
      ["auth_time", authTime],
      ["username", person.username],
    ]);
  }

  #idClaims({ client, person, authTime, origin, nonce }: SignedIn): Map<string, unknown> {
    const readable = Object.entries(person.attributes).filter(
      ([name]) => client.ReadAttributes?.includes(name) ?? true,
    );
    return new Map<string, unknown>([
      ["sub", person.sub],
      ...this.#groupClaims(person),
      ...readable.map(([name, value]): [string, unknown] => [
        name,
        name === "email_verified" ? value === "true" : value,
      ]),
      ...(person.identity === undefined ? [] : [["identities", [identityClaim(person.identity)]] as [string, unknown]]),
      ...(nonce === undefined ? [] : [["nonce", nonce] as [string, unknown]]),
      ["iss", this.#pool.issuer],
      ["cognito:username", person.username],
      ["origin_jti", origin],
      ["aud", client.ClientId],
      ["event_id", randomUUID()],
      ["token_use", "id"],
      ["auth_time", authTime],
    ]);
  }

  #groupClaims(person: PoolPerson): [string, unknown][] {
    const groups = groupsOf(person, this.#pool.userPoolId);
    return groups.length === 0 ? [] : [["cognito:groups", groups]];
  }
}
