/** Signs one of the SAML test provider's people in as a browser does: to the provider, back with its answer, and a code for a token. */
import { createHash, randomBytes } from "node:crypto";
import { poolNameOf } from "../domain/identity-providers.ts";
import type { ProviderId } from "../domain/ids.ts";
import { isRecord } from "./shape.ts";

export type SignInOutcome =
  | { readonly status: 200; readonly body: { readonly accessToken: string } }
  | { readonly status: number; readonly body: unknown };

export async function signInByBrowser(login: string, providerId: string, email: string): Promise<SignInOutcome> {
  const provider = poolNameOf(providerId as ProviderId);
  const clientId = await findClient(login, provider);
  const redirectUri = `${login}/`;
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: "openid email",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    identity_provider: provider,
  });
  const toProvider = new URL(await redirectOf(await get(`${login}/oauth2/authorize?${query}`)));
  const form = new URLSearchParams([...toProvider.searchParams, ["person", email]]);
  const page = await (await post(`${toProvider.origin}${toProvider.pathname}`, form)).text();
  const fieldOf = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? "";
  const answer = new URLSearchParams({ SAMLResponse: fieldOf("SAMLResponse"), RelayState: fieldOf("RelayState") });
  const back = new URL(await redirectOf(await post(`${login}/saml2/idpresponse`, answer)));
  const code = back.searchParams.get("code");
  if (code === null) return { status: 403, body: { detail: back.searchParams.get("error_description") } };
  const fields = { grant_type: "authorization_code", client_id: clientId, redirect_uri: redirectUri, code };
  const response = await post(`${login}/oauth2/token`, new URLSearchParams({ ...fields, code_verifier: verifier }));
  const tokens: unknown = await response.json();
  if (!isRecord(tokens) || typeof tokens.access_token !== "string") return { status: response.status, body: tokens };
  return { status: 200, body: { accessToken: tokens.access_token } };
}

/** The client of the provider's organization: the start page offers it. */
async function findClient(login: string, provider: string): Promise<string> {
  const page = await (await get(`${login}/`)).text();
  const [, clientId] = new RegExp(`data-client="([^"]+)" data-provider="${provider}"`).exec(page) ?? [];
  if (clientId === undefined) throw new Error(`${login}/ offers no sign-in through ${provider}`);
  return clientId;
}

function get(address: string): Promise<Response> {
  return fetch(address, { redirect: "manual" });
}

function post(address: string, body: URLSearchParams): Promise<Response> {
  return fetch(address, { method: "POST", body, redirect: "manual" });
}

async function redirectOf(response: Response): Promise<string> {
  const address = response.headers.get("location");
  if (address === null) throw new Error(`${response.url} answers ${response.status}: ${await response.text()}`);
  return address;
}
