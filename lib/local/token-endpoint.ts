/** `/oauth2/token`: a code or a refresh token for tokens, with the errors that Cognito gives. */
import { createHash } from "node:crypto";
import { validityOf } from "./client-settings.ts";
import type { PoolClient, PoolClients } from "./pool-clients.ts";
import type { PoolPeople } from "./pool-people.ts";
import type { RefreshTokens } from "./refresh-tokens.ts";
import type { SignInFlow } from "./sign-in-flow.ts";
import type { TokenIssuer } from "./token-issuer.ts";
import { TriggerRefusal } from "./trigger-call.ts";

export interface TokenParts {
  readonly flow: SignInFlow;
  readonly clients: PoolClients;
  readonly people: PoolPeople;
  readonly tokens: TokenIssuer;
  readonly refreshTokens: RefreshTokens;
  readonly now?: () => number;
}

/** As Cognito answers, or as OAuth 2.0 has it. */
export interface TokenAnswer {
  readonly access_token: string;
  readonly id_token?: string;
  readonly refresh_token?: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
}

export class TokenRefusal extends Error {
  readonly error: string;

  constructor(error: string, description: string) {
    super(description);
    this.error = error;
  }
}

/** @throws TokenRefusal, TriggerFault */
export async function answerTokenRequest(parts: TokenParts, form: URLSearchParams): Promise<TokenAnswer> {
  for (const name of new Set(form.keys())) {
    if (form.getAll(name).length > 1) throw new TokenRefusal("invalid_request", `${name} is given twice.`);
  }
  const client = parts.clients.find(form.get("client_id") ?? "");
  if (client === undefined) throw new TokenRefusal("invalid_client", "There is no such client.");
  switch (form.get("grant_type")) {
    case "authorization_code":
      return exchange(parts, client, form);
    case "refresh_token":
      return refresh(parts, client, form);
    case null:
      throw new TokenRefusal("invalid_request", "grant_type is missing.");
    default:
      throw new TokenRefusal("unsupported_grant_type", "Only a code or a refresh token is taken.");
  }
}

async function exchange(parts: TokenParts, client: PoolClient, form: URLSearchParams): Promise<TokenAnswer> {
  const [code, verifier, redirectUri] = ["code", "code_verifier", "redirect_uri"].map((name) => form.get(name) ?? "");
  if (!code) throw new TokenRefusal("invalid_request", "code is missing.");
  // Taken away whatever comes: whoever presents it wrongly does not get to try again.
  const grant = parts.flow.codes.take(code);
  const isMeant =
    grant !== undefined &&
    grant.request.clientId === client.ClientId &&
    grant.request.redirectUri === redirectUri &&
    grant.request.codeChallenge === challengeOf(verifier ?? "");
  if (!isMeant) throw new TokenRefusal("invalid_grant", "The code is unknown, used, too old, or not for this client.");
  const { signedIn, permit } = grant;
  const { scopes, authTime, origin, person } = signedIn;
  const issued = await parts.tokens.issue({ client, scopes }, permit);
  const until = (parts.now ?? Date.now)() + validityOf(client, "RefreshToken") * 1000;
  const session = { clientId: client.ClientId, username: person.username, scopes, authTime, origin, until };
  return { ...show(issued), refresh_token: parts.refreshTokens.issue(session) };
}

async function refresh(parts: TokenParts, client: PoolClient, form: URLSearchParams): Promise<TokenAnswer> {
  const session = parts.refreshTokens.find(form.get("refresh_token") ?? "");
  const person = session === undefined ? undefined : parts.people.named(session.username);
  if (session === undefined || person === undefined || session.clientId !== client.ClientId) {
    throw new TokenRefusal("invalid_grant", "The refresh token is unknown, too old, or not for this client.");
  }
  const { authTime, origin } = session;
  const scopes = session.scopes.filter((scope) => client.AllowedOAuthScopes.includes(scope));
  try {
    const permit = await parts.tokens.permit({ client, person, scopes, authTime, origin }, "RefreshTokens");
    return show(await parts.tokens.issue({ client, scopes }, permit));
  } catch (error) {
    if (error instanceof TriggerRefusal) throw new TokenRefusal("invalid_grant", error.message);
    throw error;
  }
}

function show({ accessToken, idToken, expiresIn }: Awaited<ReturnType<TokenIssuer["issue"]>>): TokenAnswer {
  return {
    ...(idToken === undefined ? {} : { id_token: idToken }),
    access_token: accessToken,
    expires_in: expiresIn,
    token_type: "Bearer",
  };
}

export function challengeOf(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}
