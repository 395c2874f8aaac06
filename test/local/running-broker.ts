/** The broker behind a real port, around triggers that stand in this process and answer as the test says. */

import { createHash } from "node:crypto";
import {
  CognitoIdentityProviderClient,
  CreateIdentityProviderCommand,
  CreateManagedLoginBrandingCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
} from "@aws-sdk/client-cognito-identity-provider";
import { openBroker } from "../../lib/local/broker.ts";
import { readClientSettings } from "../../lib/local/client-settings.ts";
import { type DataFolder, openMemory } from "../../lib/local/data-folder.ts";
import type { Outcome } from "../../lib/local/invocation.ts";
import { close, listen } from "../../lib/local/listening.ts";
import { createSignIn, type SignInParts } from "../../lib/local/sign-in-server.ts";
import { openSigningKey } from "../../lib/local/signing-key.ts";
import { openTestProviders } from "../../lib/local/test-providers.ts";

export const POOL = "us-east-1_Example01";
export const CALLBACK = "https://app.example/callback?from=sign-in";
const TEMPLATE_CLIENT = "template0client";

// biome-ignore lint/suspicious/noExplicitAny: events are looked at as a trigger gets them
type Event = any;
/** Returns the answer, throws as a function throws, or gives what Lambda says when there is none. */
type Behaviour = (event: Event) => unknown;

export class NoAnswer {
  readonly errorType: string;

  constructor(errorType = "Sandbox.Timedout") {
    this.errorType = errorType;
  }
}

export interface RunningBroker {
  readonly login: string;
  readonly cognito: CognitoIdentityProviderClient;
  /** Every event, in order; JSON as the functions get it. */
  readonly inbound: Event[];
  readonly preToken: Event[];
  inboundAnswers(behaviour: Behaviour): void;
  preTokenAnswers(behaviour: Behaviour): void;
  /** Lets so much time pass, for the broker only. */
  pass(ms: number): void;
  readonly reported: string[];
  close(): Promise<void>;
}

export async function openRunningBroker(folder: DataFolder = openMemory()): Promise<RunningBroker> {
  const parts = Promise.withResolvers<SignInParts>();
  const server = createSignIn(parts.promise);
  const login = `http://127.0.0.1:${await listen(server, 0, "LOGIN_PORT")}`;
  const [inbound, preToken, reported]: [Event[], Event[], string[]] = [[], [], []];
  let passed = 0;
  let [inboundBehaviour, preTokenBehaviour]: Behaviour[] = [
    (event) => event,
    (event) => ({ ...event, response: { claimsAndScopeOverrideDetails: null } }),
  ];
  const broker = openBroker({
    login,
    folder,
    pool: { region: "us-east-1", userPoolId: POOL, client: templateClient(login), trigger: "", inboundTrigger: "" },
    key: await openSigningKey(folder),
    trigger: triggerOf(preToken, (event) => preTokenBehaviour?.(event)),
    inboundTrigger: triggerOf(inbound, (event) => inboundBehaviour?.(event)),
    testProviders: await openTestProviders({ login, folder }),
    report: (line) => reported.push(line),
    now: () => Date.now() + passed,
  });
  const bus = { name: "bailiwick-test", region: "us-east-1", account: "000000000000", addEvents: async () => {} };
  parts.resolve({ broker, bus, api: "http://127.0.0.1:1" });
  const cognito = new CognitoIdentityProviderClient({
    endpoint: login,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
  return {
    ...{ login, cognito, inbound, preToken, reported },
    inboundAnswers: (behaviour) => {
      inboundBehaviour = behaviour;
    },
    preTokenAnswers: (behaviour) => {
      preTokenBehaviour = behaviour;
    },
    pass: (ms) => {
      passed += ms;
    },
    async close() {
      cognito.destroy();
      await close(server);
    },
  };
}

function templateClient(login: string) {
  const settings = readClientSettings(
    {
      AllowedOAuthFlows: ["code"],
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthScopes: ["openid", "email"],
      CallbackURLs: [`${login}/`, CALLBACK],
      LogoutURLs: [CALLBACK],
    },
    () => false,
    "template",
  );
  return { ...settings, ClientId: TEMPLATE_CLIENT, branding: "template", created: 0, modified: 0 };
}

function triggerOf(events: Event[], behave: Behaviour) {
  return {
    async invoke(text: string): Promise<Outcome> {
      const event = JSON.parse(text);
      events.push(event);
      try {
        const answer = await behave(event);
        if (!(answer instanceof NoAnswer)) return { ok: true, payload: JSON.stringify(answer ?? null) };
        const { errorType } = answer;
        return { ok: false, thrown: false, error: { errorType, errorMessage: "Task timed out after 5.00 seconds" } };
      } catch (error) {
        const { name, message } = error as Error;
        return { ok: false, thrown: true, error: { errorType: name, errorMessage: message } };
      }
    },
  };
}

/** An error that a trigger throws, by its name. */
export function thrown(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

/** The client of an organization, as the service makes it. */
export function clientOf(providers: string[], more: Partial<CreateUserPoolClientCommandInput> = {}) {
  return {
    UserPoolId: POOL,
    ClientName: "org_acme",
    SupportedIdentityProviders: providers,
    CallbackURLs: [CALLBACK],
    LogoutURLs: [CALLBACK],
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ["code"],
    AllowedOAuthScopes: ["openid", "email"],
    ExplicitAuthFlows: ["ALLOW_REFRESH_TOKEN_AUTH"],
    ReadAttributes: ["email", "email_verified"],
    WriteAttributes: ["email"],
    ...more,
  } satisfies CreateUserPoolClientCommandInput;
}

/** Connects one of the two test providers under a name. */
export async function connect(
  { cognito, login }: RunningBroker,
  kind: "SAML" | "OIDC",
  name: string,
  details?: Record<string, string>,
): Promise<void> {
  const saml = { MetadataURL: `${login}/test-idp/saml/metadata` };
  const oidc = {
    client_id: "bailiwick",
    client_secret: "local",
    oidc_issuer: `${login}/test-idp/oidc`,
    authorize_scopes: "openid email profile",
    attributes_request_method: "GET",
  };
  await cognito.send(
    new CreateIdentityProviderCommand({
      UserPoolId: POOL,
      ProviderName: name,
      ProviderType: kind,
      ProviderDetails: details ?? (kind === "SAML" ? saml : oidc),
      AttributeMapping: kind === "SAML" ? { email: "email" } : { email: "email", username: "sub" },
    }),
  );
}

/** @returns the new client's id */
export async function createClient(
  { cognito }: RunningBroker,
  providers: string[],
  more?: Partial<CreateUserPoolClientCommandInput>,
): Promise<string> {
  const answer = await cognito.send(new CreateUserPoolClientCommand(clientOf(providers, more)));
  const ClientId = answer.UserPoolClient?.ClientId ?? "";
  await cognito.send(
    new CreateManagedLoginBrandingCommand({ UserPoolId: POOL, ClientId, UseCognitoProvidedValues: true }),
  );
  return ClientId;
}

export const VERIFIER = "v".repeat(43);

/** What a well-behaved client asks of `/oauth2/authorize`; `undefined` leaves a parameter out. */
export function authorizationOf(clientId: string, changes: Record<string, string | undefined> = {}): URLSearchParams {
  const usual = {
    client_id: clientId,
    redirect_uri: CALLBACK,
    response_type: "code",
    scope: "openid email",
    state: "a state & more",
    nonce: "n-1",
    code_challenge: createHash("sha256").update(VERIFIER).digest("base64url"),
    code_challenge_method: "S256",
  };
  const given = Object.entries({ ...usual, ...changes }).filter((it): it is [string, string] => it[1] !== undefined);
  return new URLSearchParams(given);
}

export function get(address: string): Promise<Response> {
  return fetch(address, { redirect: "manual" });
}

export function post(address: string, form: Record<string, string> | URLSearchParams): Promise<Response> {
  return fetch(address, { method: "POST", redirect: "manual", body: new URLSearchParams(form) });
}
