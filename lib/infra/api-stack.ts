/** What callers reach: the functions of every area, the authorizer, and the REST API before them; and who tidies up behind them. */
import { Stack, type StackProps } from "aws-cdk-lib";
import type { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { scopeAuthorizer } from "./authorizer.ts";
import { BailiwickFunction } from "./bailiwick-function.ts";
import type { Bundles } from "./bundles.ts";
import { runEveryMinute } from "./every-minute.ts";
import type { FunctionName } from "./function-table.ts";
import { addMethods } from "./methods.ts";
import { restApi } from "./rest-api.ts";
import type { EncryptedTable } from "./table-grants.ts";
import type { TenantSettings } from "./tenant-settings.ts";

export interface ApiStackProps extends StackProps {
  readonly tenant: TenantSettings;
  readonly bundles: Bundles;
  readonly data: EncryptedTable & { readonly cursorSecret: Secret };
  readonly signIn: { readonly issuer: string; readonly clientId: string };
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
    };
    const functionOf = (name: FunctionName) =>
      new BailiwickFunction(this, name, { tenant, bundles, data, settings }).lambda;

    const api = restApi(this, "rest", tenant);
    const authorizer = scopeAuthorizer(this, functionOf("authorizer"));
    const areas = {
      directory: functionOf("directory"),
      access: functionOf("access"),
      decisions: functionOf("decisions"),
      audit: functionOf("audit"),
      meta: functionOf("meta"),
    };
    addMethods(api, areas, authorizer);
    runEveryMinute(this, "sweep", functionOf("sweeper"));
  }
}
