/**
 * What must outlive every other stack: the single table, its key, and the secret that authenticates cursors. It depends on no
 * other stack, so the table never has to move.
 */
import { CfnOutput, CrossStackReferences, ReferenceStrength, Stack, type StackProps, Validations } from "aws-cdk-lib";
import { AttributeType, BillingMode, StreamViewType, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import { Key } from "aws-cdk-lib/aws-kms";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { isTerminationProtected, removalPolicyOf } from "./keeping.ts";
import type { TenantSettings } from "./tenant-settings.ts";

export class DataStack extends Stack {
  readonly table: Table;
  readonly key: Key;
  readonly cursorSecret: Secret;

  constructor(scope: Construct, id: string, tenant: TenantSettings, props: StackProps) {
    super(scope, id, { ...props, terminationProtection: isTerminationProtected(tenant) });
    const removalPolicy = removalPolicyOf(tenant);

    this.key = new Key(this, "key", {
      description: `Bailiwick ${tenant.name}: the table and its secret`,
      enableKeyRotation: true,
      removalPolicy,
    });

    this.table = new Table(this, "table", {
      partitionKey: { name: "pk", type: AttributeType.STRING },
      sortKey: { name: "sk", type: AttributeType.STRING },
      timeToLiveAttribute: "expires",
      billingMode: BillingMode.PAY_PER_REQUEST,
      stream: StreamViewType.NEW_AND_OLD_IMAGES,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.key,
      deletionProtection: true,
      removalPolicy,
    });

    this.cursorSecret = new Secret(this, "cursor-secret", {
      description: `Bailiwick ${tenant.name}: authenticates list cursors`,
      encryptionKey: this.key,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy,
    });
    Validations.of(this.cursorSecret).acknowledge({
      id: "AwsSolutions-SMG4",
      reason:
        "Functions get the secret when they are deployed; rotating it between deployments would refuse every open cursor.",
    });

    for (const kept of [this.table, this.key, this.cursorSecret]) holdFast(kept);

    new CfnOutput(this, "TableName", { value: this.table.tableName });
  }
}

/** As exports: CloudFormation then refuses to take away or replace what another stack still uses. */
function holdFast(resource: Construct): void {
  CrossStackReferences.of(resource).produce(ReferenceStrength.STRONG);
}
