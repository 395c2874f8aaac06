/** What callers reach: the functions of every area, the authorizer, and the REST API before them; and who works behind them. */
import { Duration, Stack, type StackProps } from "aws-cdk-lib";
import type { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { Alarms } from "./alarms.ts";
import type { LockedArchive } from "./archive-grants.ts";
import { auditEventBus, followEntries } from "./audit-events.ts";
import { followExports } from "./audit-exports.ts";
import { scopeAuthorizer } from "./authorizer.ts";
import { BailiwickFunction } from "./bailiwick-function.ts";
import type { Bundles } from "./bundles.ts";
import { watchCheckpoints } from "./checkpoint-alarms.ts";
import { toSetting } from "./declared-providers.ts";
import type { ExportDesk } from "./export-grants.ts";
import { protectStage } from "./firewall.ts";
import type { FunctionName } from "./function-table.ts";
import { addMethods } from "./methods.ts";
import type { ConfiguredPool } from "./pool-grants.ts";
import { restApi } from "./rest-api.ts";
import { runByTheClock } from "./schedule.ts";
import { recordSecurityEvents, type SecurityLogs, watchSecurityEvents } from "./security-log.ts";
import type { EncryptedTable } from "./table-grants.ts";
import type { TenantSettings } from "./tenant-settings.ts";

export interface ApiStackProps extends StackProps {
  readonly tenant: TenantSettings;
  readonly bundles: Bundles;
  readonly data: EncryptedTable & {
    readonly cursorSecret: Secret;
    readonly apiKeyPepper: Secret;
    readonly archive: LockedArchive;
    readonly exports: ExportDesk["bucket"];
  };
  readonly signIn: {
    readonly issuer: string;
    readonly clientId: string;
    readonly pool: ConfiguredPool;
    readonly logs: SecurityLogs["signIns"];
  };
}

export class ApiStack extends Stack {
  constructor(scope: Construct, id: string, { tenant, bundles, data, signIn, ...props }: ApiStackProps) {
    super(scope, id, props);
    const bus = auditEventBus(this, tenant);
    const settings = {
      TOKEN_ISSUER: signIn.issuer,
      TOKEN_CLIENT_IDS: signIn.clientId,
      // A dynamic reference: the value itself is in no template.
      CURSOR_SECRET: data.cursorSecret.secretValue.unsafeUnwrap(),
      API_KEY_PEPPER: data.apiKeyPepper.secretValue.unsafeUnwrap(),
      ORGANIZATION_CREATION: tenant.organizationCreation,
      USER_POOL_ID: signIn.pool.userPoolId,
      CALLBACK_URLS: JSON.stringify(tenant.signIn.callbackUrls),
      // In AWS nothing is fetched from a private address, whoever asks; no tenant can say otherwise.
      METADATA_ADDRESSES: "public",
      DECLARED_PROVIDERS: toSetting(tenant.identityProviders),
      AUDIT_BUCKET: data.archive.bucket.bucketName,
      AUDIT_SIGNING_KEY: data.archive.signingKey.keyArn,
      EVENT_BUS_NAME: bus.eventBusName,
      EXPORT_BUCKET: data.exports.bucketName,
    };
    const buckets = { archive: data.archive, exports: { bucket: data.exports } };
    const around = { tenant, bundles, data, pool: signIn.pool, ...buckets, settings };
    const made = (name: FunctionName) => new BailiwickFunction(this, name, around);
    const functionOf = (name: FunctionName) => made(name).lambda;

    const api = restApi(this, "rest", tenant);
    const judge = made("authorizer");
    const authorizer = scopeAuthorizer(this, judge.lambda);
    const areas = {
      directory: made("directory"),
      access: made("access"),
      federation: made("federation"),
      resources: made("resources"),
      sharing: made("sharing"),
      decisions: made("decisions"),
      audit: made("audit"),
      meta: made("meta"),
    };
    addMethods(api, areas, authorizer);
    runByTheClock(this, "sweep", Duration.minutes(1), functionOf("sweeper"));
    const checkpoint = functionOf("checkpoint");
    runByTheClock(this, "checkpoints", Duration.hours(1), checkpoint);
    runByTheClock(this, "reconcile", Duration.hours(1), functionOf("reconciler"));
    protectStage(this, "firewall", api, tenant);
    const { meta, ...serving } = areas;
    const denials = Object.values(serving).map(({ log }) => log);
    const logs = { authorizer: judge.log, denials, signIns: signIn.logs };
    const alarms = new Alarms(this, tenant);
    watchSecurityEvents(this, logs, tenant, alarms);
    watchCheckpoints(alarms, checkpoint);
    recordSecurityEvents(this, logs, functionOf("security-log"));
    followEntries(this, data.table, functionOf("stream"), { bus, alarms });
    followExports(this, data.table, functionOf("exporter"));
  }
}
