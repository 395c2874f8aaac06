/** An OpenID provider with fixture people, for one machine: any organization may connect it as client `bailiwick`. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { escapeXml } from "./saml-document.ts";
import type { TestKeys } from "./test-keys.ts";
import { openOidcStorage } from "./test-oidc-storage.ts";
import { writePage } from "./test-pages.ts";
import { claimsOf, type TestPerson } from "./test-people.ts";

const CLIENT = { id: "bailiwick", secret: "local" };
/** For a person to choose who they are. */
const INTERACTION_SECONDS = 600;
const TOKEN_SECONDS = 300;

interface Interaction {
  readonly params: Readonly<Record<string, unknown>>;
}

/** Of `oidc-provider`, which brings no types, what is used here. */
interface Provider {
  readonly Grant: new (of: {
    accountId: string;
    clientId: string;
  }) => {
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
  };
  callback(): (message: IncomingMessage, response: ServerResponse) => Promise<void>;
  interactionDetails(message: IncomingMessage, response: ServerResponse): Promise<Interaction>;
  interactionFinished(message: IncomingMessage, response: ServerResponse, result: object): Promise<void>;
}

interface Context {
  type: string;
  body: unknown;
}

export class TestOidcProvider {
  readonly #issuer: string;
  readonly #redirectUri: string;
  readonly #keys: () => Promise<TestKeys>;
  readonly #storage = openOidcStorage();
  /** Who signed in, by grant: two sign-ins of one address may differ in their claims. */
  readonly #signedIn = new Map<string, { readonly person: TestPerson; readonly until: number }>();
  /** People announced by `admit`, each for one sign-in. */
  readonly #admitted = new Map<string, TestPerson>();
  readonly #claimNames = new Set<string>();
  #provider: Promise<Provider> | undefined;

  constructor(login: string, keys: () => Promise<TestKeys>) {
    this.#issuer = `${login}/test-idp/oidc`;
    this.#redirectUri = `${login}/oauth2/idpresponse`;
    this.#keys = keys;
  }

  get issuer(): string {
    return this.#issuer;
  }

  get redirectUri(): string {
    return this.#redirectUri;
  }

  /** Everything but the page on which a person chooses who they are. */
  async serve(message: IncomingMessage & { originalUrl?: string }, response: ServerResponse): Promise<void> {
    const provider = await this.#open();
    message.headers.cookie = withoutSession(message.headers.cookie ?? "");
    // It is mounted beneath its path, as `oidc-provider` asks.
    message.originalUrl = message.url ?? "/";
    message.url = message.originalUrl.slice(new URL(this.#issuer).pathname.length) || "/";
    await provider.callback()(message, response);
  }

  /** Whether this browser is in the middle of a sign-in. */
  async expects(message: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const provider = await this.#open();
    return provider.interactionDetails(message, response).then(
      () => true,
      () => false,
    );
  }

  /** Lets one coming sign-in be this person's. Returns what its form has to say. */
  admit(person: TestPerson): string {
    const ticket = randomUUID();
    this.#admitted.set(ticket, person);
    return ticket;
  }

  takeAdmitted(ticket: string): TestPerson | undefined {
    const person = this.#admitted.get(ticket);
    this.#admitted.delete(ticket);
    return person;
  }

  /** Ends the choice: this is who signs in. The answer leads the browser back. */
  async finish(message: IncomingMessage, response: ServerResponse, person: TestPerson): Promise<void> {
    const provider = await this.#open([...claimsOf(person).keys()]);
    const grant = new provider.Grant({ accountId: person.email, clientId: CLIENT.id });
    grant.addOIDCScope("openid email profile");
    const grantId = await grant.save();
    const now = Date.now();
    for (const [id, { until }] of this.#signedIn) if (until <= now) this.#signedIn.delete(id);
    this.#signedIn.set(grantId, { person, until: now + (INTERACTION_SECONDS + TOKEN_SECONDS) * 1000 });
    await provider.interactionFinished(message, response, {
      login: { accountId: person.email, remember: false },
      consent: { grantId },
    });
  }

  /** `oidc-provider` has to know every claim's name when it is made: a new name makes a new one, with the same storage. */
  #open(names: readonly string[] = []): Promise<Provider> {
    const unknown = names.filter((name) => !this.#claimNames.has(name));
    for (const name of unknown) this.#claimNames.add(name);
    if (unknown.length > 0) this.#provider = undefined;
    this.#provider ??= this.#make();
    return this.#provider;
  }

  async #make(): Promise<Provider> {
    const { privateKey, kid, cookieSecret } = await this.#keys();
    // @ts-expect-error: it brings no types.
    const { default: OidcProvider } = await import("oidc-provider");
    return new OidcProvider(this.#issuer, {
      adapter: this.#storage,
      claims: {
        openid: ["sub", ...this.#claimNames].filter((name) => name !== "name"),
        email: ["email", "email_verified"],
        profile: ["name"],
      },
      clients: [
        {
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          redirect_uris: [this.#redirectUri],
          grant_types: ["authorization_code"],
          response_types: ["code"],
          token_endpoint_auth_method: "client_secret_post",
        },
      ],
      clientAuthMethods: ["client_secret_post"],
      conformIdTokenClaims: false,
      cookies: { keys: [cookieSecret] },
      features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
      findAccount: (_context: Context, accountId: string, token?: { grantId?: string }) => ({
        accountId,
        claims: async () => ({ sub: accountId, ...this.#claimsOf(token?.grantId) }),
      }),
      interactions: {
        url: (_context: Context, { uid }: { uid: string }) =>
          `${new URL(this.#issuer).pathname}/interaction/${encodeURIComponent(uid)}`,
      },
      jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" }] },
      pkce: { required: () => false },
      renderError: (context: Context, out: { error: string; error_description?: string }) => {
        context.type = "html";
        context.body = writePage("Sign-in failed", `<p>${escapeXml(out.error_description ?? out.error)}</p>`);
      },
      scopes: ["openid", "email", "profile"],
      ttl: {
        AccessToken: TOKEN_SECONDS,
        AuthorizationCode: 60,
        Grant: INTERACTION_SECONDS + TOKEN_SECONDS,
        IdToken: TOKEN_SECONDS,
        Interaction: INTERACTION_SECONDS,
        Session: INTERACTION_SECONDS,
      },
    });
  }

  #claimsOf(grantId: string | undefined): object {
    const person = this.#signedIn.get(grantId ?? "")?.person;
    if (person === undefined) return {};
    return { ...Object.fromEntries(claimsOf(person)), email: person.email, email_verified: true };
  }
}

/** Whoever signs in chooses anew who they are: a test provider that remembers the last one is in the way. */
function withoutSession(cookies: string): string {
  return cookies
    .split("; ")
    .filter((cookie) => !cookie.startsWith("_session"))
    .join("; ");
}
