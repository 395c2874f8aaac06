/** What a function that configures the user pool may do to it: by action, on this pool alone. */
import { PolicyStatement } from "aws-cdk-lib/aws-iam";

/** Every operation that `lib/pool` uses, and no other. */
const poolActions = [
  "CreateIdentityProvider",
  "DescribeIdentityProvider",
  "UpdateIdentityProvider",
  "DeleteIdentityProvider",
  "ListUserPoolClients",
  "CreateUserPoolClient",
  "DescribeUserPoolClient",
  "UpdateUserPoolClient",
  "DeleteUserPoolClient",
  "CreateManagedLoginBranding",
  "DescribeManagedLoginBrandingByClient",
];

export interface ConfiguredPool {
  readonly userPoolId: string;
  readonly userPoolArn: string;
}

/** @throws when the function's stack names no pool */
export function poolStatement(name: string, pool: ConfiguredPool | undefined): PolicyStatement {
  if (pool === undefined) throw new Error(`The function ${name} configures a user pool, which its stack does not name`);
  return new PolicyStatement({
    actions: poolActions.map((action) => `cognito-idp:${action}`),
    resources: [pool.userPoolArn],
  });
}
