/**
 * A sign-in from the first redirect to the code, the same for a browser and for the route without one: the identity provider is
 * asked, its answer validated, the inbound trigger decides before anything is stored, and the pre-token trigger before a code.
 */
import { randomUUID } from "node:crypto";
import { type AssertedPerson, FederationRefusal } from "./asserted-person.ts";
import type { AuthorizationRequest } from "./authorization-request.ts";
import { inboundFederationEvent, mapAttributes } from "./inbound-federation-trigger.ts";
import type { OidcRelyingParty } from "./oidc-relying-party.ts";
import { OnceOnly } from "./once-only.ts";
import type { PoolClients } from "./pool-clients.ts";
import type { PoolPeople, PoolPerson } from "./pool-people.ts";
import type { PoolProvider, PoolProviders } from "./pool-providers.ts";
import type { SamlServiceProvider } from "./saml-service-provider.ts";
import type { ProviderAnswer } from "./test-providers.ts";
import type { Permit, SignedIn, TokenIssuer } from "./token-issuer.ts";
import { callTrigger, type Trigger } from "./trigger-call.ts";

export interface FlowParts {
  readonly region: string;
  readonly userPoolId: string;
  readonly providers: PoolProviders;
  readonly clients: PoolClients;
  readonly people: PoolPeople;
  readonly tokens: TokenIssuer;
  readonly saml: Pick<SamlServiceProvider, "start" | "finish">;
  readonly oidc: Pick<OidcRelyingParty, "start" | "finish">;
  readonly inboundTrigger: Trigger;
  readonly now?: () => number;
}

/** What a code stands for. */
export interface Grant {
  readonly request: AuthorizationRequest;
  readonly signedIn: SignedIn;
  readonly permit: Permit;
}

/** A browser that was sent to an identity provider. */
export interface Awaited {
  readonly request: AuthorizationRequest;
  readonly providerName: string;
  readonly state: string;
}

export class SignInFlow {
  readonly #parts: FlowParts;
  readonly #now: () => number;
  /** By the relay state, or the state, that the identity provider gives back. */
  readonly #awaited: OnceOnly<Omit<Awaited, "state">>;
  readonly codes: OnceOnly<Grant>;

  constructor(parts: FlowParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
    this.#awaited = new OnceOnly(this.#now);
    this.codes = new OnceOnly(this.#now);
  }

  /** @returns the address to send the browser to @throws FederationRefusal */
  async begin(request: AuthorizationRequest, providerName: string): Promise<string> {
    const { peer } = this.#demandProvider(request, providerName);
    const state = this.#awaited.put({ request, providerName });
    if (peer.kind === "saml") return this.#parts.saml.start(peer.peer, state);
    return this.#parts.oidc.start(peer.peer, state);
  }

  /** Who was sent to a provider and comes back with this. Nobody comes back twice, or unsent. */
  take(answer: ProviderAnswer): Awaited | undefined {
    const state = answer.kind === "saml" ? answer.relayState : (answer.callback.get("state") ?? "");
    const awaited = this.#awaited.take(state);
    return awaited === undefined ? undefined : { ...awaited, state };
  }

  /** @returns a code @throws FederationRefusal, TriggerRefusal, TriggerFault */
  async finish({ request, providerName, state }: Awaited, answer: ProviderAnswer): Promise<string> {
    // It may have been taken from the client while the person was away.
    const provider = this.#demandProvider(request, providerName);
    const { asserted, issuer } = await this.#validate(provider, state, answer);
    const person = await this.#federate(provider, issuer, asserted, request.clientId);
    return this.complete(person, request);
  }

  /** @returns a code @throws TriggerRefusal, TriggerFault */
  async complete(person: PoolPerson, request: AuthorizationRequest): Promise<string> {
    const client = this.#parts.clients.find(request.clientId);
    if (client === undefined) throw new FederationRefusal("The client is gone.");
    const { scopes, nonce } = request;
    const authTime = Math.floor(this.#now() / 1000);
    const origin = randomUUID();
    const signedIn = { client, person, scopes, authTime, origin, ...(nonce === undefined ? {} : { nonce }) };
    const permit = await this.#parts.tokens.permit(signedIn, "HostedAuth");
    return this.codes.put({ request, signedIn, permit });
  }

  #demandProvider({ clientId }: AuthorizationRequest, name: string): PoolProvider {
    const provider = this.#parts.providers.find(name);
    const client = this.#parts.clients.find(clientId);
    if (provider === undefined || !client?.SupportedIdentityProviders.includes(name)) {
      throw new FederationRefusal("This client has no such identity provider.");
    }
    return provider;
  }

  async #validate({ peer }: PoolProvider, state: string, answer: ProviderAnswer) {
    if (peer.kind === "saml" && answer.kind === "saml") {
      const asserted = await this.#parts.saml.finish(peer.peer, state, answer.samlResponse);
      return { asserted, issuer: peer.peer.entityId };
    }
    if (peer.kind === "oidc" && answer.kind === "oidc") {
      return { asserted: await this.#parts.oidc.finish(peer.peer, state, answer.callback), issuer: peer.peer.issuer };
    }
    throw new FederationRefusal("The identity provider answered in another protocol than it was asked in.");
  }

  /** The trigger comes first: whom it refuses leaves nothing behind. */
  async #federate(provider: PoolProvider, issuer: string, asserted: AssertedPerson, clientId: string) {
    const { region, userPoolId, inboundTrigger, people } = this.#parts;
    const event = inboundFederationEvent({ region, userPoolId, clientId, provider, asserted });
    const answer = await callTrigger(inboundTrigger, event);
    const attributes = mapAttributes(answer, asserted, provider.mapping);
    const { name: providerName, type: providerType } = provider;
    return people.federated({ providerName, providerType, userId: asserted.subject, issuer }, attributes);
  }
}
