/** The log of one function or of the API. CloudFormation names it, so that a kept one never stands in the way of a new stack. */
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { removalPolicyOf } from "./keeping.ts";
import type { TenantSettings } from "./tenant-settings.ts";

export function logGroup(scope: Construct, id: string, tenant: TenantSettings): LogGroup {
  return new LogGroup(scope, id, { retention: tenant.logRetentionDays, removalPolicy: removalPolicyOf(tenant) });
}
