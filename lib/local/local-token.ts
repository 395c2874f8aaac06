/** `POST /local/token`: a whole sign-in without a browser, through the functions that a browser's goes through. */
import { randomBytes } from "node:crypto";
import { poolNameOf } from "../domain/identity-providers.ts";
import { isId } from "../domain/ids.ts";
import { FederationRefusal } from "./asserted-person.ts";
import type { AuthorizationRequest } from "./authorization-request.ts";
import type { PoolClient } from "./pool-clients.ts";
import { type Fault, json, problem, type Reply, unavailable } from "./reply.ts";
import { isRecord } from "./shape.ts";
import type { TestProviders } from "./test-providers.ts";
import { answerTokenRequest, challengeOf, type TokenParts } from "./token-endpoint.ts";
import { TriggerFault, TriggerRefusal } from "./trigger-call.ts";

export interface LocalTokenParts extends TokenParts {
  readonly issuer: string;
  /** Whether the pool knows a provider of that name. */
  readonly hasProvider: (name: string) => boolean;
  readonly testProviders: Pick<TestProviders, "answer">;
  readonly report: (line: string) => void;
}

interface Wish {
  readonly email: string;
  /** The pool's name of a provider. */
  readonly provider?: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

const DEEPEST_CLAIM = 8;

export async function answerLocalToken(parts: LocalTokenParts, body: Buffer): Promise<Reply> {
  let input: unknown;
  try {
    input = JSON.parse(body.toString());
  } catch {
    return problem(400, "request.malformed", "Malformed request", "The body is not JSON.");
  }
  const wish = readWish(input, parts.hasProvider);
  if (Array.isArray(wish)) return invalid(wish);
  try {
    return await signIn(parts, wish);
  } catch (error) {
    if (error instanceof TriggerRefusal || error instanceof FederationRefusal) {
      return problem(403, "sign_in.refused", "Sign-in refused", error.message);
    }
    if (!(error instanceof TriggerFault)) throw error;
    parts.report(`sign-in: ${error.message}`);
    return unavailable();
  }
}

async function signIn(parts: LocalTokenParts, wish: Wish): Promise<Reply> {
  const { flow, clients, people, issuer } = parts;
  const client =
    wish.provider === undefined
      ? clients.ofTemplate
      : clients.all().find((it) => it.SupportedIdentityProviders.includes(wish.provider ?? ""));
  if (client === undefined) throw new FederationRefusal("This identity provider is not enabled.");
  const verifier = randomBytes(32).toString("base64url");
  const request = requestOf(client, verifier, issuer);
  let code: string;
  if (wish.provider === undefined) {
    code = await flow.complete(people.personOf(wish.email), request);
  } else {
    const answer = await parts.testProviders.answer(await flow.begin(request, wish.provider), wish);
    if (answer === undefined) {
      return invalid([{ pointer: "/identityProvider", detail: "is none of the two test providers: use a browser" }]);
    }
    const awaited = flow.take(answer);
    if (awaited === undefined) throw new FederationRefusal("The identity provider answered what nobody had asked.");
    code = await flow.finish(awaited, answer);
  }
  const form = new URLSearchParams({
    grant_type: "authorization_code",
    client_id: client.ClientId,
    redirect_uri: request.redirectUri,
    code,
    code_verifier: verifier,
  });
  return json(200, { accessToken: (await answerTokenRequest(parts, form)).access_token });
}

/** A client without managed login, as in a development tenant, still signs in here. */
function requestOf(client: PoolClient, verifier: string, issuer: string): AuthorizationRequest {
  const { ClientId, CallbackURLs, AllowedOAuthScopes } = client;
  return {
    clientId: ClientId,
    redirectUri: CallbackURLs[0] ?? `${issuer}/`,
    scopes: AllowedOAuthScopes.length === 0 ? ["openid"] : AllowedOAuthScopes,
    codeChallenge: challengeOf(verifier),
  };
}

function readWish(input: unknown, hasProvider: (name: string) => boolean): Wish | Fault[] {
  if (!isRecord(input)) return [{ pointer: "", detail: "must be an object" }];
  const faults: Fault[] = [];
  const { email, identityProvider, claims = {}, ...unknown } = input;
  const isAddress = typeof email === "string" && email.length <= 254 && /^[^\s@]+@[^\s@]+$/.test(email);
  if (!isAddress) faults.push({ pointer: "/email", detail: "must be an e-mail address" });
  const provider =
    typeof identityProvider === "string" && isId("idp", identityProvider) ? poolNameOf(identityProvider) : undefined;
  if (identityProvider !== undefined && (provider === undefined || !hasProvider(provider))) {
    faults.push({ pointer: "/identityProvider", detail: "there is no such identity provider" });
  }
  if (!isRecord(claims)) faults.push({ pointer: "/claims", detail: "must be an object" });
  else if (identityProvider === undefined && Object.keys(claims).length > 0) {
    faults.push({ pointer: "/claims", detail: "only an identity provider brings claims" });
  } else {
    const bad = Object.keys(claims).filter((name) => !isClaim(claims[name], DEEPEST_CLAIM));
    faults.push(...bad.map((name) => ({ pointer: `/claims/${pointerTo(name)}`, detail: "is no value of a claim" })));
  }
  faults.push(...Object.keys(unknown).map((name) => ({ pointer: `/${pointerTo(name)}`, detail: "is not known here" })));
  if (faults.length > 0 || !isAddress || !isRecord(claims)) return faults;
  return { email, claims, ...(provider === undefined ? {} : { provider }) };
}

function isClaim(value: unknown, depth: number): boolean {
  if (["string", "number", "boolean"].includes(typeof value)) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) return value.every((it) => isClaim(it, depth - 1));
  return isRecord(value) && Object.values(value).every((it) => isClaim(it, depth - 1));
}

function pointerTo(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function invalid(faults: readonly Fault[]): Reply {
  return problem(422, "request.invalid", "Invalid request", "The request is refused; see errors.", faults);
}
