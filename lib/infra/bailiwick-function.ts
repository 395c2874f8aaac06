/** One Lambda of the function table, with a role, a log group and grants of its own. */
import { Duration, Validations } from "aws-cdk-lib";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import type { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { grantArchive, type LockedArchive } from "./archive-grants.ts";
import type { Bundles } from "./bundles.ts";
import { type ExportDesk, grantExports } from "./export-grants.ts";
import { type FunctionName, type FunctionSetting, functionTable } from "./function-table.ts";
import { logGroup } from "./log-group.ts";
import { type ConfiguredPool, poolStatement } from "./pool-grants.ts";
import { type EncryptedTable, namesTable, tableStatements } from "./table-grants.ts";
import type { TenantSettings } from "./tenant-settings.ts";

export interface FunctionSurroundings {
  readonly tenant: TenantSettings;
  readonly bundles: Bundles;
  readonly data: EncryptedTable;
  /** Of a stack whose functions have to do with it. */
  readonly archive?: LockedArchive;
  /** Of a stack whose functions write exports or link to them. */
  readonly exports?: Pick<ExportDesk, "bucket">;
  /** Of a stack whose functions configure it. */
  readonly pool?: ConfiguredPool;
  /** The values of the settings that this stack's functions ask for. */
  readonly settings: Partial<Record<FunctionSetting, string>>;
}

/** The function of that name, made from its row in the function table. */
export class BailiwickFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly log: LogGroup;

  constructor(scope: Construct, name: FunctionName, around: FunctionSurroundings) {
    super(scope, name);
    const { tenant, bundles, data } = around;
    const row = functionTable[name];
    const log = logGroup(this, "log", tenant);
    this.log = log;
    // A role without managed policies: it writes to its own log and touches what its row says.
    const role = new Role(this, "role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    log.grantWrite(role);
    for (const statement of tableStatements(this, row.tableAccess, data)) role.addToPrincipalPolicy(statement);
    if (row.configuresPool) role.addToPrincipalPolicy(poolStatement(name, around.pool));
    if (row.archive) grantArchive(role, row.archive, archiveOf(name, around), data.key);
    if (row.exports) grantExports(role, row.exports, exportsOf(name, around));

    this.lambda = new LambdaFunction(this, "lambda", {
      description: `Bailiwick ${tenant.name}: ${row.purpose}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(bundleOf(bundles, name)),
      handler: "index.handler",
      memorySize: row.memory,
      timeout: Duration.seconds(row.timeoutSeconds),
      role,
      logGroup: log,
      loggingFormat: LoggingFormat.JSON,
      tracing: tenant.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
      environment: {
        LOG_LEVEL: "INFO",
        POWERTOOLS_SERVICE_NAME: name,
        ...(namesTable(row.tableAccess) ? { TABLE_NAME: data.table.tableName } : {}),
        ...settingsOf(name, around),
      },
    });
    if (tenant.tracing) {
      Validations.of(role).acknowledge({
        id: "AwsSolutions-IAM5[Resource::*]",
        reason: "X-Ray's PutTraceSegments and PutTelemetryRecords know no resource.",
      });
    }
  }
}

function archiveOf(name: FunctionName, { archive }: FunctionSurroundings): LockedArchive {
  if (archive === undefined) throw new Error(`The function ${name} knows checkpoints, but its stack no archive`);
  return archive;
}

function exportsOf(name: FunctionName, around: FunctionSurroundings): ExportDesk {
  const { exports, data } = around;
  if (exports === undefined) throw new Error(`The function ${name} knows exports, but its stack no bucket of them`);
  return { ...exports, signingKey: archiveOf(name, around).signingKey, encryptionKey: data.key };
}

function bundleOf(bundles: Bundles, name: FunctionName): string {
  const folder = bundles.get(name);
  if (folder === undefined) throw new Error(`There is no bundle of the function ${name}`);
  return folder;
}

function settingsOf(name: FunctionName, { settings }: FunctionSurroundings): Record<string, string> {
  return Object.fromEntries(
    functionTable[name].settings.map((setting) => {
      const value = settings[setting];
      if (value === undefined)
        throw new Error(`The function ${name} asks for ${setting}, which its stack does not set`);
      return [setting, value];
    }),
  );
}
