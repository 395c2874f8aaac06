/** What callers reach: the functions of every area, the authorizer, and the REST API before them; and who tidies up behind them. */
import { Duration, Stack, type StackProps } from "aws-cdk-lib";
import type { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { scopeAuthorizer } from "./authorizer.ts";
import { BailiwickFunction } from "./bailiwick-function.ts";
import type { Bundles } from "./bundles.ts";
import { toSetting } from "./declared-providers.ts";
import type { FunctionName } from "./function-table.ts";
import { addMethods } from "./methods.ts";
import type { ConfiguredPool } from "./pool-grants.ts";
import { restApi } from "./rest-api.ts";
import { runByTheClock } from "./schedule.ts";
import type { EncryptedTable } from "./table-grants.ts";
import type { TenantSettings } from "./tenant-settings.ts";

export interface ApiStackProps extends StackProps {
  readonly tenant: TenantSettings;
  readonly bundles: Bundles;
  readonly data: EncryptedTable & { readonly cursorSecret: Secret };
  readonly signIn: { readonly issuer: string; readonly clientId: string; readonly pool: ConfiguredPool };
}

export class ApiStack extends Stack {
  constructor(scope: Construct, id: string, { tenant, bundles, data, signIn, ...props }: ApiStackProps) {
    super(scope, id, props);
    const settings = {
      TOKEN_ISSUER: signIn.issuer,
      TOKEN_CLIENT_IDS: signIn.clientId,
      // A dynamic reference: the value itself is in no template.
      CURSOR_SECRET: data.cursorSecret.secretValue.unsafeUnwrap(),
      ORGANIZATION_CREATION: tenant.organizationCreation,
      USER_POOL_ID: signIn.pool.userPoolId,
      CALLBACK_URLS: JSON.stringify(tenant.signIn.callbackUrls),
      // In AWS nothing is fetched from a private address, whoever asks; no tenant can say otherwise.
      METADATA_ADDRESSES: "public",
      DECLARED_PROVIDERS: toSetting(tenant.identityProviders),
    };
    const functionOf = (name: FunctionName) =>
      new BailiwickFunction(this, name, { tenant, bundles, data, pool: signIn.pool, settings }).lambda;

    const api = restApi(this, "rest", tenant);
    const authorizer = scopeAuthorizer(this, functionOf("authorizer"));
    const areas = {
      directory: functionOf("directory"),
      access: functionOf("access"),
      federation: functionOf("federation"),
      resources: functionOf("resources"),
      sharing: functionOf("sharing"),
      decisions: functionOf("decisions"),
      audit: functionOf("audit"),
      meta: functionOf("meta"),
    };
    addMethods(api, areas, authorizer);
    runByTheClock(this, "sweep", Duration.minutes(1), functionOf("sweeper"));
    runByTheClock(this, "reconcile", Duration.hours(1), functionOf("reconciler"));
  }
}
