/** A whole sign-in as a browser makes it, with this program as the identity provider. */
import { createHash, randomBytes } from "node:crypto";
import { decodeJwt, type JWTPayload } from "jose";
import type { TestPerson } from "../../lib/local/test-people.ts";
import { Browser } from "./browser.ts";
import type { Settings } from "./settings.ts";
import type { Stage } from "./stage.ts";

export interface Visit {
  /** The query of the callback; or where the browser was left. */
  readonly callback: URLSearchParams | string;
  readonly verifier: string;
  /** The form that the provider had the browser post. */
  readonly posted: Readonly<Record<string, string>>;
  readonly browser: Browser;
}

export async function visit(settings: Settings, stage: Stage, person: TestPerson): Promise<Visit> {
  const browser = new Browser(settings.login);
  const verifier = randomBytes(32).toString("base64url");
  const asked = new URLSearchParams({
    client_id: stage.clientId,
    redirect_uri: stage.redirectUri,
    response_type: "code",
    scope: "openid email",
    state: randomBytes(16).toString("base64url"),
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    identity_provider: stage.providerName,
  });
  const request = await browser.visit(`${settings.login}/oauth2/authorize?${asked}`, `${stage.saml.ssoUrl}?`);
  if (typeof request === "string") throw new Error(`The sign-in does not ask the provider: ${request}`);
  const { searchParams } = request;
  const read = await stage.saml.readRequest(searchParams.get("SAMLRequest") ?? "");
  const posted = {
    SAMLResponse: await stage.saml.respond(read, person),
    RelayState: searchParams.get("RelayState") ?? "",
  };
  const end = await browser.visit(stage.saml.acsUrl, stage.redirectUri, posted);
  return { callback: typeof end === "string" ? end : end.searchParams, verifier, posted, browser };
}

export interface Tokens {
  readonly access: JWTPayload;
  readonly id: JWTPayload;
  readonly refreshToken: string;
}

/** The code for tokens. @returns what the token endpoint calls it, where it refuses */
export async function redeem(
  settings: Settings,
  stage: Stage,
  { callback, verifier }: Visit,
): Promise<Tokens | string> {
  const code = typeof callback === "string" ? null : callback.get("code");
  if (code === null) return describeEnd(callback);
  const answer = await askForTokens(settings, stage, {
    grant_type: "authorization_code",
    redirect_uri: stage.redirectUri,
    code,
    code_verifier: verifier,
  });
  if (typeof answer.access_token !== "string") return String(answer.error);
  const { access_token, id_token, refresh_token } = answer;
  return { access: decodeJwt(access_token), id: decodeJwt(id_token ?? ""), refreshToken: refresh_token ?? "" };
}

export async function askForTokens(
  settings: Settings,
  { clientId }: Stage,
  form: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string | undefined>>> {
  const body = new URLSearchParams({ client_id: clientId, ...form });
  const response = await fetch(`${settings.login}/oauth2/token`, { method: "POST", body });
  return (await response.json()) as Record<string, string>;
}

export function describeEnd(callback: URLSearchParams | string): string {
  if (typeof callback === "string") return callback;
  return callback.has("code") ? "a code" : `${callback.get("error")}: ${callback.get("error_description")}`;
}
