/**
 * Where a browser passes in a sign-in, as at a domain of Cognito: authorize, login, the two addresses to which identity providers
 * send it back, and logout. Cognito keeps a session cookie of its own for an hour; none is kept here, so `prompt=login` changes
 * nothing and whoever signs in is always asked.
 */
import { FederationRefusal } from "./asserted-person.ts";
import {
  AuthorizationRefusal,
  type AuthorizationRequest,
  readAuthorization,
  UnknownAsker,
} from "./authorization-request.ts";
import type { PoolClients } from "./pool-clients.ts";
import type { PoolPeople } from "./pool-people.ts";
import { type Reply, redirect } from "./reply.ts";
import type { SignInFlow } from "./sign-in-flow.ts";
import { errorPage, loginPage } from "./sign-in-pages.ts";
import type { ProviderAnswer } from "./test-providers.ts";
import { TriggerFault, TriggerRefusal } from "./trigger-call.ts";

export interface BrowserParts {
  readonly flow: SignInFlow;
  readonly clients: PoolClients;
  readonly people: PoolPeople;
  readonly report: (line: string) => void;
}

export function authorize(parts: BrowserParts, query: URLSearchParams): Promise<Reply> {
  return orRefused(async () => {
    const { request } = readAuthorization(query, parts.clients);
    if (query.get("prompt") === "none") {
      throw new AuthorizationRefusal(request, "login_required", "Nobody is signed in here: no session is kept.");
    }
    const { identityProvider } = request;
    if (identityProvider === undefined || identityProvider === "COGNITO") return redirect(`/login?${query}`);
    return toClient(parts, request, async () => redirect(await parts.flow.begin(request, identityProvider)));
  });
}

export function showLogin(parts: BrowserParts, query: URLSearchParams): Promise<Reply> {
  return orRefused(async () => {
    const { client, request } = readAuthorization(query, parts.clients);
    // As Cognito's managed login does without a branding of the client.
    if (client.branding === undefined) return errorPage(403, "Login pages unavailable: the client has no branding.");
    return loginPage(client, request, query);
  });
}

/** A person of the pool itself. */
export function login(parts: BrowserParts, form: URLSearchParams): Promise<Reply> {
  return orRefused(async () => {
    const { client, request } = readAuthorization(form, parts.clients);
    const address = form.get("username") ?? "";
    if (!client.SupportedIdentityProviders.includes("COGNITO")) {
      throw new UnknownAsker("The client serves nobody of the pool itself.");
    }
    if (address.length > 254 || !/^[^\s@]+@[^\s@]+$/.test(address))
      throw new UnknownAsker("That is no e-mail address.");
    return toClient(parts, request, async () =>
      withCode(request, await parts.flow.complete(parts.people.personOf(address), request)),
    );
  });
}

/** Somebody whom an identity provider sends back. */
export function comeBack(parts: BrowserParts, answer: ProviderAnswer): Promise<Reply> {
  return orRefused(async () => {
    const awaited = parts.flow.take(answer);
    if (awaited === undefined) throw new UnknownAsker("Nobody is awaited here with this answer, or not any more.");
    const { request } = awaited;
    return toClient(parts, request, async () => withCode(request, await parts.flow.finish(awaited, answer)));
  });
}

/** No session is kept, so there is none to end. */
export function logout({ clients }: Pick<BrowserParts, "clients">, query: URLSearchParams): Reply {
  const client = clients.find(query.get("client_id") ?? "");
  const target = query.get("logout_uri") ?? "";
  if (client === undefined) return errorPage(400, "There is no such client.");
  if (!client.LogoutURLs.includes(target)) {
    return errorPage(400, "The logout_uri is not, to the letter, one of the client's sign-out addresses.");
  }
  return redirect(target);
}

function withCode({ redirectUri, state }: AuthorizationRequest, code: string): Reply {
  return redirect(withQuery(redirectUri, { code, state }));
}

/** What goes wrong from here on is told to the client. Cognito does so too; its exact words are not documented. */
async function toClient({ report }: BrowserParts, request: AuthorizationRequest, work: () => Promise<Reply>) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TriggerRefusal) throw new AuthorizationRefusal(request, "invalid_request", error.message);
    if (error instanceof FederationRefusal) throw new AuthorizationRefusal(request, "invalid_request", error.message);
    if (!(error instanceof TriggerFault)) throw error;
    report(`sign-in: ${error.message}`);
    throw new AuthorizationRefusal(request, "server_error", "The sign-in does not answer at the moment.");
  }
}

async function orRefused(work: () => Promise<Reply>): Promise<Reply> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UnknownAsker) return errorPage(400, error.message);
    if (!(error instanceof AuthorizationRefusal)) throw error;
    const { redirectUri, state } = error.request;
    return redirect(withQuery(redirectUri, { error: error.error, error_description: error.message, state }));
  }
}

/** A registered address may have a query of its own, which stays. */
function withQuery(address: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter((it): it is [string, string] => it[1] !== undefined);
  return `${address}${address.includes("?") ? "&" : "?"}${new URLSearchParams(given)}`;
}
