/** What a client asks of `/oauth2/authorize` and `/login`, looked at before anything is done with it. */
import type { PoolClient, PoolClients } from "./pool-clients.ts";

export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  /** SHA-256 of the verifier, by which the client proves that the code is meant for it. */
  readonly codeChallenge: string;
  readonly state?: string;
  readonly nonce?: string;
  readonly identityProvider?: string;
}

/** Nobody knows for sure who asks, so the browser is sent nowhere. */
export class UnknownAsker extends Error {}

/** The client is told, at the address that it registered. */
export class AuthorizationRefusal extends Error {
  readonly error: string;
  readonly request: Pick<AuthorizationRequest, "redirectUri" | "state">;

  constructor(request: Pick<AuthorizationRequest, "redirectUri" | "state">, error: string, description: string) {
    super(description);
    this.error = error;
    this.request = request;
  }
}

const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

/** @throws UnknownAsker, AuthorizationRefusal */
export function readAuthorization(
  parameters: URLSearchParams,
  clients: PoolClients,
): { readonly client: PoolClient; readonly request: AuthorizationRequest } {
  const client = clients.find(parameters.get("client_id") ?? "");
  if (client === undefined) throw new UnknownAsker("There is no such client.");
  const redirectUri = parameters.get("redirect_uri") ?? "";
  if (parameters.getAll("redirect_uri").length !== 1 || !client.CallbackURLs.includes(redirectUri)) {
    throw new UnknownAsker("The redirect_uri is not, to the letter, one of the client's callback addresses.");
  }
  const state = parameters.get("state");
  const asker = { redirectUri, ...(state === null ? {} : { state }) };
  const refuse = (error: string, description: string): never => {
    throw new AuthorizationRefusal(asker, error, description);
  };
  for (const name of new Set(parameters.keys())) {
    if (parameters.getAll(name).length > 1) refuse("invalid_request", `${name} is given twice.`);
  }
  if (parameters.get("response_type") !== "code") {
    refuse("unsupported_response_type", "Only the response_type code is answered.");
  }
  if (!client.AllowedOAuthFlows.includes("code")) refuse("unauthorized_client", "The client may not use this flow.");
  const nonce = parameters.get("nonce");
  const identityProvider = parameters.get("identity_provider");
  const request = {
    ...asker,
    clientId: client.ClientId,
    scopes: readScopes(parameters.get("scope"), client, refuse),
    codeChallenge: readChallenge(parameters, refuse),
    ...(nonce === null ? {} : { nonce }),
    ...(identityProvider === null ? {} : { identityProvider }),
  };
  return { client, request };
}

type Refuse = (error: string, description: string) => never;

/** Without any, all that the client may have, as at Cognito. */
function readScopes(text: string | null, client: PoolClient, refuse: Refuse): readonly string[] {
  const scopes = (text ?? "").split(/ +/).filter((scope) => scope !== "");
  const foreign = scopes.find((scope) => !client.AllowedOAuthScopes.includes(scope));
  if (foreign !== undefined) refuse("invalid_scope", `The client may not ask for the scope ${foreign}.`);
  return scopes.length === 0 ? client.AllowedOAuthScopes : [...new Set(scopes)];
}

/** Cognito takes a request without a challenge too; here a client without a secret that forgets it is told at once. */
function readChallenge(parameters: URLSearchParams, refuse: Refuse): string {
  const challenge = parameters.get("code_challenge");
  if (challenge === null) return refuse("invalid_request", "code_challenge is missing.");
  if (parameters.get("code_challenge_method") !== "S256") {
    return refuse("invalid_request", "code_challenge_method must be S256.");
  }
  return CHALLENGE.test(challenge)
    ? challenge
    : refuse("invalid_request", "code_challenge is no SHA-256 in base64url.");
}
