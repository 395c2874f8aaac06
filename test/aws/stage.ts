/** A workspace, and a SAML provider of this program's own that serves it: made for the check, and taken away after it. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
  ListUserPoolClientsCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { openMemory } from "../../lib/local/data-folder.ts";
import { openTestKeys } from "../../lib/local/test-keys.ts";
import { TestSamlProvider } from "../../lib/local/test-saml-provider.ts";
import type { Deployment } from "./deployment.ts";
import type { Removals } from "./removals.ts";
import type { Settings } from "./settings.ts";
import { stringForms } from "./string-forms.ts";

const PATIENCE_MS = 60_000;

export interface Stage {
  readonly workspaceId: string;
  readonly providerId: string;
  /** What the pool calls it. */
  readonly providerName: string;
  readonly saml: TestSamlProvider;
  readonly clientId: string;
  readonly redirectUri: string;
}

export async function makeStage(
  settings: Settings,
  deployment: Deployment,
  pool: CognitoIdentityProviderClient,
  removals: Removals,
): Promise<Stage> {
  const keys = openTestKeys(openMemory());
  const saml = new TestSamlProvider(settings.login, () => keys);
  const name = `verify-aws ${new Date().toISOString()}`;
  const { id: workspaceId } = await deployment.call("POST", "/workspaces", { name });
  removals.add(`workspace ${workspaceId}`, async () => {
    await deployment.call("POST", `/workspaces/${workspaceId}/suspend`, {});
    await deployment.call("DELETE", `/workspaces/${workspaceId}`);
  });
  const { id: providerId } = await deployment.call("POST", "/identity-providers", {
    name,
    protocol: "saml",
    workspaceIds: [workspaceId],
    saml: { metadataXml: await saml.metadata() },
    attributeMapping: Object.fromEntries(stringForms.map(({ attribute, claim }) => [attribute, claim])),
  });
  const path = `/identity-providers/${providerId}`;
  removals.add(`identity provider ${providerId}`, () => deployment.call("DELETE", path));
  await awaitReady(deployment, path);
  const client = await findClient(pool, settings);
  return { workspaceId, providerId, providerName: providerId.replace("_", ""), saml, ...client };
}

async function awaitReady(deployment: Deployment, path: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const { status, statusReason } = await deployment.call("GET", path);
    if (status === "ready") return;
    if (status === "failed" || Date.now() > end) throw new Error(`The provider is ${status}: ${statusReason ?? ""}`);
    await sleep(1_000);
  }
}

/** The organization's own client, which the service has made. It stays, as does every organization's. */
async function findClient(pool: CognitoIdentityProviderClient, { userPoolId: UserPoolId, orgId }: Settings) {
  let NextToken: string | undefined;
  do {
    const page = await pool.send(
      new ListUserPoolClientsCommand({ UserPoolId, MaxResults: 60, ...(NextToken === undefined ? {} : { NextToken }) }),
    );
    const ClientId = page.UserPoolClients?.find(({ ClientName }) => ClientName === orgId)?.ClientId;
    if (ClientId !== undefined) {
      const { UserPoolClient } = await pool.send(new DescribeUserPoolClientCommand({ UserPoolId, ClientId }));
      const redirectUri = UserPoolClient?.CallbackURLs?.[0];
      if (redirectUri === undefined) throw new Error("The organization's client has no callback address.");
      return { clientId: ClientId, redirectUri };
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  throw new Error(`The pool has no client ${orgId}.`);
}
