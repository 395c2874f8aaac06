/**
 * An organization's own client of the user pool, through which its identity providers sign people in. Made and kept by the
 * service: whatever a template says of a client would take away the providers that it does not know.
 */
import type {
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommandInput,
  UserPoolClientType,
} from "@aws-sdk/client-cognito-identity-provider";
import {
  CreateManagedLoginBrandingCommand,
  CreateUserPoolClientCommand,
  DeleteUserPoolClientCommand,
  DescribeManagedLoginBrandingByClientCommand,
  DescribeUserPoolClientCommand,
  ListUserPoolClientsCommand,
  UpdateUserPoolClientCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { poolNameOf } from "../domain/identity-providers.ts";
import type { OrgId, ProviderId } from "../domain/ids.ts";
import { isAbsence, persist } from "./calls.ts";

const CLIENTS_AT_ONCE = 60;

export interface ClientPool {
  readonly client: CognitoIdentityProviderClient;
  readonly userPoolId: string;
  readonly callbackUrls: readonly string[];
}

type ClientSettings = Omit<CreateUserPoolClientCommandInput, "UserPoolId">;

/** All of it each time: an update sets back whatever it does not name. */
function settingsOf(orgId: OrgId, providers: readonly ProviderId[], callbackUrls: readonly string[]): ClientSettings {
  return {
    ClientName: orgId,
    SupportedIdentityProviders: providers.map(poolNameOf).sort(),
    CallbackURLs: [...callbackUrls],
    LogoutURLs: [...callbackUrls],
    AllowedOAuthFlowsUserPoolClient: true,
    AllowedOAuthFlows: ["code"],
    // Never `aws.cognito.signin.user.admin`, with which people could edit their own attributes.
    AllowedOAuthScopes: ["openid", "email"],
    ExplicitAuthFlows: ["ALLOW_REFRESH_TOKEN_AUTH"],
    EnableTokenRevocation: true,
    PreventUserExistenceErrors: "ENABLED",
    AccessTokenValidity: 60,
    IdTokenValidity: 60,
    RefreshTokenValidity: 43_200,
    TokenValidityUnits: { AccessToken: "minutes", IdToken: "minutes", RefreshToken: "minutes" },
    ReadAttributes: ["email", "email_verified"],
    // The pool may write what it maps only where the client may.
    WriteAttributes: ["email"],
  };
}

/**
 * Makes the client as it is to be. Without a provider there is none: a client has to serve at least one.
 * @param known its id, where it is known; it is looked for by its name where that was lost
 * @returns its id
 */
export async function configureClient(
  pool: ClientPool,
  orgId: OrgId,
  known: string | undefined,
  providers: readonly ProviderId[],
  until: number,
): Promise<string | undefined> {
  if (providers.length === 0) {
    if (known !== undefined) await removeClient(pool, known, until);
    return undefined;
  }
  const settings = settingsOf(orgId, providers, pool.callbackUrls);
  const id = (await updateClient(pool, known, settings, until)) ?? (await adoptClient(pool, orgId, settings, until));
  const clientId = id ?? (await createClient(pool, settings, until));
  await addBranding(pool, clientId, until);
  return clientId;
}

/** How the client differs from what it is to be. */
export async function inspectClient(
  pool: ClientPool,
  orgId: OrgId,
  known: string | undefined,
  providers: readonly ProviderId[],
  until: number,
): Promise<string[]> {
  if (providers.length === 0) return known === undefined ? [] : ["The client serves no provider any more."];
  const found = known === undefined ? undefined : await describeClient(pool, known, until);
  if (known === undefined || found === undefined) return ["The user pool does not have the organization's client."];
  const wanted = Object.entries(settingsOf(orgId, providers, pool.callbackUrls));
  const differences = wanted
    .filter(([name, value]) => !isSame(found[name as keyof UserPoolClientType], value))
    .map(([name]) => `The client's ${name} in the user pool is another one.`);
  return (await hasBranding(pool, known, until))
    ? differences
    : [...differences, "The client's sign-in page is missing."];
}

/** Lists have no order there. */
function isSame(a: unknown, b: unknown): boolean {
  const fold = (value: unknown) => {
    if (Array.isArray(value)) return JSON.stringify([...value].sort());
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    return JSON.stringify(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
  };
  return fold(a) === fold(b);
}

/** @returns undefined where there is no such client any more */
async function updateClient(
  { client, userPoolId }: ClientPool,
  clientId: string | undefined,
  settings: ClientSettings,
  until: number,
): Promise<string | undefined> {
  if (clientId === undefined) return undefined;
  const command = () => new UpdateUserPoolClientCommand({ UserPoolId: userPoolId, ClientId: clientId, ...settings });
  const answer = await orAbsent(persist(until, (options) => client.send(command(), options)));
  return answer === undefined ? undefined : clientId;
}

/** One that was made and whose id was lost before it was kept. */
async function adoptClient(pool: ClientPool, orgId: OrgId, settings: ClientSettings, until: number) {
  let token: string | undefined;
  do {
    const command = new ListUserPoolClientsCommand({
      UserPoolId: pool.userPoolId,
      MaxResults: CLIENTS_AT_ONCE,
      NextToken: token,
    });
    const page = await persist(until, (options) => pool.client.send(command, options));
    const found = page.UserPoolClients?.find(({ ClientName }) => ClientName === orgId);
    if (found?.ClientId !== undefined) return updateClient(pool, found.ClientId, settings, until);
    token = page.NextToken;
  } while (token !== undefined);
  return undefined;
}

/** Not sent again when nobody knows what became of it: two clients would have the name. The next time finds it by that name. */
async function createClient({ client, userPoolId }: ClientPool, settings: ClientSettings, until: number) {
  const command = () => new CreateUserPoolClientCommand({ UserPoolId: userPoolId, GenerateSecret: false, ...settings });
  const answer = await persist(until, (options) => client.send(command(), options), false);
  const id = answer.UserPoolClient?.ClientId;
  if (id === undefined) throw new Error("The user pool made a client without an id.");
  return id;
}

async function removeClient({ client, userPoolId }: ClientPool, clientId: string, until: number): Promise<void> {
  const command = () => new DeleteUserPoolClientCommand({ UserPoolId: userPoolId, ClientId: clientId });
  await orAbsent(persist(until, (options) => client.send(command(), options)));
}

async function describeClient({ client, userPoolId }: ClientPool, clientId: string, until: number) {
  const command = () => new DescribeUserPoolClientCommand({ UserPoolId: userPoolId, ClientId: clientId });
  return (await orAbsent(persist(until, (options) => client.send(command(), options))))?.UserPoolClient;
}

/** Managed login shows a client nothing until it has a branding of its own. */
async function addBranding({ client, userPoolId }: ClientPool, clientId: string, until: number): Promise<void> {
  const command = () =>
    new CreateManagedLoginBrandingCommand({
      UserPoolId: userPoolId,
      ClientId: clientId,
      UseCognitoProvidedValues: true,
    });
  try {
    await persist(until, (options) => client.send(command(), options));
  } catch (error) {
    if ((error as { readonly name?: string }).name !== "ManagedLoginBrandingExistsException") throw error;
  }
}

async function hasBranding({ client, userPoolId }: ClientPool, clientId: string, until: number): Promise<boolean> {
  const command = () => new DescribeManagedLoginBrandingByClientCommand({ UserPoolId: userPoolId, ClientId: clientId });
  return (await orAbsent(persist(until, (options) => client.send(command(), options)))) !== undefined;
}

async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}
