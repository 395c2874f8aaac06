/** One tenant: one table, one user pool and one API, in three stacks whose references run data -> sign-in -> api. */
import { Stage, Tags } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { ApiStack } from "./api-stack.ts";
import type { Bundles } from "./bundles.ts";
import { DataStack } from "./data-stack.ts";
import { SignInStack } from "./sign-in-stack.ts";
import type { TenantSettings } from "./tenant-settings.ts";

export class TenantStage extends Stage {
  constructor(scope: Construct, tenant: TenantSettings, bundles: Bundles) {
    const { name, account, region } = tenant;
    super(scope, name, { env: { ...(account ? { account } : {}), ...(region ? { region } : {}) } });
    const data = new DataStack(this, "data", tenant, { stackName: `bailiwick-${name}-data` });
    const signIn = new SignInStack(this, "sign-in", { stackName: `bailiwick-${name}-sign-in`, tenant, bundles, data });
    new ApiStack(this, "api", { stackName: `bailiwick-${name}-api`, tenant, bundles, data, signIn });
    Tags.of(this).add("bailiwick:tenant", name);
    Tags.of(this).add("bailiwick:environment", tenant.environment);
  }
}
