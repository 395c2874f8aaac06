/** The sign-in of one machine put together: the pool's configuration, its people, and the way from a redirect to tokens. */
import type { BrowserParts } from "./browser-endpoints.ts";
import type { DataFolder } from "./data-folder.ts";
import type { LocalTokenParts } from "./local-token.ts";
import { OidcRelyingParty } from "./oidc-relying-party.ts";
import type { PoolConfiguration } from "./pool-api.ts";
import { PoolClients } from "./pool-clients.ts";
import { PoolPeople } from "./pool-people.ts";
import { PoolProviders } from "./pool-providers.ts";
import { RefreshTokens } from "./refresh-tokens.ts";
import { readSamlMetadata } from "./saml-metadata.ts";
import { SamlServiceProvider } from "./saml-service-provider.ts";
import { SignInFlow } from "./sign-in-flow.ts";
import type { SigningKey } from "./signing-key.ts";
import type { TestProviders } from "./test-providers.ts";
import { TokenIssuer } from "./token-issuer.ts";
import type { Trigger } from "./trigger-call.ts";
import type { UserPool } from "./user-pool.ts";

export interface BrokerOptions {
  readonly login: string;
  readonly pool: UserPool;
  readonly folder: DataFolder;
  readonly key: SigningKey;
  readonly trigger: Trigger;
  readonly inboundTrigger: Trigger;
  readonly testProviders: TestProviders;
  /** Told what the operator should know. */
  readonly report: (line: string) => void;
  readonly now?: () => number;
}

export interface Broker extends PoolConfiguration, BrowserParts, LocalTokenParts {
  readonly key: SigningKey;
  readonly testProviders: TestProviders;
}

export function openBroker(options: BrokerOptions): Broker {
  const { login, pool, folder, key, trigger, inboundTrigger, testProviders, report, now = Date.now } = options;
  const { region, userPoolId } = pool;
  // The names and addresses that an identity provider's administrator is told, as Cognito makes them.
  const entityId = `urn:amazon:cognito:sp:${userPoolId}`;
  const saml = new SamlServiceProvider({ entityId, acsUrl: `${login}/saml2/idpresponse` });
  const oidc = new OidcRelyingParty({ redirectUri: `${login}/oauth2/idpresponse` });
  const providers = new PoolProviders(folder, userPoolId, {
    readMetadata: readSamlMetadata,
    discover: (issuer) => oidc.discover(issuer),
  });
  const hasProvider = (name: string) => providers.find(name) !== undefined;
  const clients = new PoolClients(folder, userPoolId, pool.client, hasProvider);
  const people = new PoolPeople(folder);
  const tokens = new TokenIssuer({ region, userPoolId, issuer: login }, trigger, key, now);
  const refreshTokens = new RefreshTokens(folder, now);
  const flow = new SignInFlow({
    region,
    userPoolId,
    providers,
    clients,
    people,
    tokens,
    saml,
    oidc,
    inboundTrigger,
    now,
  });
  return {
    ...{ issuer: login, userPoolId, key, providers, clients, people, tokens, refreshTokens, flow },
    ...{ hasProvider, testProviders, report, now },
  };
}
