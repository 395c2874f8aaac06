/** The relying party's half of OpenID Connect: authorization code with state, nonce and PKCE, every claim from a validated id token. */
import { createHash, randomBytes } from "node:crypto";
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import { type AssertedPerson, FederationRefusal } from "./asserted-person.ts";
import { getJson, postForm } from "./oidc-fetch.ts";

/** The time for somebody to sign in at the provider; Cognito gives 5 minutes. */
const PENDING_MS = 5 * 60_000;
/** Cognito documents no tolerance: small, for two clocks on one network. */
const SKEW_SECONDS = 5;
const OLDEST_TOKEN_SECONDS = 10 * 60;
/** OpenID Connect takes no longer `sub`. */
const LONGEST_SUBJECT = 255;

export interface OidcPeer {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Separated by spaces; `openid` among them. */
  readonly scopes: string;
}

/** What a provider publishes about itself, as far as it is needed. Cognito wants all four addresses too. */
interface Endpoints {
  readonly authorization: string;
  readonly token: string;
  readonly userInfo: string;
  readonly keys: string;
  /** RFC 9207: every answer names its issuer. */
  readonly namesIssuer: boolean;
}

interface Pending {
  readonly issuer: string;
  readonly clientId: string;
  readonly endpoints: Endpoints;
  readonly nonce: string;
  readonly verifier: string;
  readonly until: number;
}

type Claims = Readonly<Record<string, unknown>>;

export class OidcRelyingParty {
  readonly #redirectUri: string;
  readonly #now: () => number;
  /** By state. */
  readonly #pending = new Map<string, Pending>();

  constructor(options: { readonly redirectUri: string; readonly now?: () => number }) {
    this.#redirectUri = options.redirectUri;
    this.#now = options.now ?? Date.now;
  }

  /** @throws FederationRefusal when it is no issuer */
  async discover(issuer: string): Promise<void> {
    await discover(issuer);
  }

  /**
   * The address to send the browser to. The answer is awaited for 5 minutes.
   * @throws FederationRefusal when the provider cannot be discovered
   */
  async start(peer: OidcPeer, state: string): Promise<string> {
    const endpoints = await discover(peer.issuer);
    const [nonce, verifier] = [randomText(), randomText()];
    const { issuer, clientId } = peer;
    this.#forget();
    this.#pending.set(state, { issuer, clientId, endpoints, nonce, verifier, until: this.#now() + PENDING_MS });
    const address = new URL(endpoints.authorization);
    const parameters = {
      response_type: "code",
      client_id: peer.clientId,
      redirect_uri: this.#redirectUri,
      scope: peer.scopes,
      state,
      nonce,
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    };
    for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value);
    return address.href;
  }

  /**
   * @param callback the query with which the provider sent the browser back
   * @throws FederationRefusal
   */
  async finish(peer: OidcPeer, state: string, callback: URLSearchParams): Promise<AssertedPerson> {
    this.#forget();
    const pending = this.#pending.get(state);
    if (pending?.issuer !== peer.issuer || pending.clientId !== peer.clientId) {
      refuse("This sign-in was not started here, or took too long.");
    }
    // Gone before anything is awaited: of two answers to one request only one is looked at.
    this.#pending.delete(state);
    const code = readCode(peer, pending, state, callback);
    const tokens = await this.#redeem(peer, pending, code);
    const idToken = await this.#verify(peer, pending, tokens.id_token ?? "");
    const userInfo = await readUserInfo(pending, tokens.access_token ?? "", idToken.sub);
    return { subject: idToken.sub, oidc: { tokenResponse: tokens, idToken, userInfo } };
  }

  /** Cognito knows `client_secret_post` only, whatever the provider says that it takes. */
  async #redeem(peer: OidcPeer, { endpoints, verifier }: Pending, code: string): Promise<Record<string, string>> {
    const answer = await postForm(endpoints.token, {
      grant_type: "authorization_code",
      client_id: peer.clientId,
      client_secret: peer.clientSecret,
      redirect_uri: this.#redirectUri,
      code,
      code_verifier: verifier,
    });
    const scalars = Object.entries(answer).filter(([, value]) =>
      ["string", "number", "boolean"].includes(typeof value),
    );
    const tokens: Record<string, string> = Object.fromEntries(scalars.map(([name, value]) => [name, String(value)]));
    if (tokens.token_type?.toLowerCase() !== "bearer" || !tokens.access_token || !tokens.id_token) {
      refuse("The identity provider did not give an id token and an access token.");
    }
    return tokens;
  }

  async #verify(peer: OidcPeer, { endpoints, nonce }: Pending, token: string): Promise<JWTPayload & { sub: string }> {
    const keys = await getJson(endpoints.keys);
    const payload = await this.#validate(peer, token, keys).catch(() =>
      refuse("The identity provider's id token is not valid."),
    );
    const { sub, aud, azp, nonce: answered } = payload;
    if (answered !== nonce) refuse("The identity provider's id token answers another sign-in.");
    const isShared = Array.isArray(aud) && aud.length > 1;
    if (azp === undefined ? isShared : azp !== peer.clientId) {
      refuse("The identity provider's id token was given to another client.");
    }
    if (typeof sub !== "string" || sub === "" || sub.length > LONGEST_SUBJECT) {
      refuse("The identity provider's id token names nobody.");
    }
    return { ...payload, sub };
  }

  async #validate({ issuer, clientId }: OidcPeer, token: string, keys: Claims): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys as unknown as JSONWebKeySet), {
      issuer,
      audience: clientId,
      algorithms: ["RS256", "ES256"],
      clockTolerance: SKEW_SECONDS,
      maxTokenAge: OLDEST_TOKEN_SECONDS,
      currentDate: new Date(this.#now()),
      requiredClaims: ["sub", "exp"],
    });
    return payload;
  }

  #forget(): void {
    const now = this.#now();
    for (const [state, { until }] of this.#pending) if (until <= now) this.#pending.delete(state);
  }
}

async function discover(issuer: string): Promise<Endpoints> {
  const { search, hash } = parseAddress(issuer, "issuer");
  if (search !== "" || hash !== "") refuse("The issuer is not an address without query and fragment.");
  const found = await getJson(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  if (found.issuer !== issuer) refuse("The issuer calls itself by another name.");
  const addressOf = (name: string) => parseAddress(found[name], name.replaceAll("_", " ")).href;
  return {
    authorization: addressOf("authorization_endpoint"),
    token: addressOf("token_endpoint"),
    userInfo: addressOf("userinfo_endpoint"),
    keys: addressOf("jwks_uri"),
    namesIssuer: found.authorization_response_iss_parameter_supported === true,
  };
}

/** http too: on one machine the provider stands on 127.0.0.1. Cognito wants https. */
function parseAddress(text: unknown, what: string): URL {
  const address = typeof text === "string" ? URL.parse(text) : null;
  if (address === null || !/^https?:$/.test(address.protocol)) refuse(`The ${what} is not an https or http address.`);
  return address;
}

function readCode(peer: OidcPeer, { endpoints }: Pending, state: string, callback: URLSearchParams): string {
  const isDoubled = ["state", "code", "error", "iss"].some((name) => callback.getAll(name).length > 1);
  if (isDoubled) refuse("The identity provider's answer is ambiguous.");
  if (callback.get("state") !== state) refuse("The identity provider's answer belongs to another sign-in.");
  const issuer = callback.get("iss");
  if (issuer === null ? endpoints.namesIssuer : issuer !== peer.issuer) {
    refuse("The answer came from another identity provider.");
  }
  if (callback.has("error")) refuse("The identity provider did not sign anybody in.");
  const code = callback.get("code");
  return code || refuse("The identity provider's answer has no code.");
}

async function readUserInfo({ endpoints }: Pending, accessToken: string, subject: string): Promise<Claims> {
  const claims = await getJson(endpoints.userInfo, { Authorization: `Bearer ${accessToken}` });
  if (claims.sub !== subject) refuse("The identity provider's user information is about somebody else.");
  return claims;
}

const randomText = () => randomBytes(32).toString("base64url");

function refuse(reason: string): never {
  throw new FederationRefusal(reason);
}
