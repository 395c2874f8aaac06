/**
 * What must outlive every other stack: the single table, its key, the secrets that cursors are authenticated and API keys hashed with,
 * and the archive of the audit log. It depends on no other stack, so the table never has to move.
 */
import { CfnOutput, CrossStackReferences, ReferenceStrength, Stack, type StackProps, Validations } from "aws-cdk-lib";
import { AttributeType, BillingMode, StreamViewType, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import { Key } from "aws-cdk-lib/aws-kms";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { AuditArchive } from "./audit-archive.ts";
import { exportBucket } from "./export-bucket.ts";
import { isTerminationProtected, removalPolicyOf } from "./keeping.ts";
import type { TenantSettings } from "./tenant-settings.ts";

export class DataStack extends Stack {
  readonly table: Table;
  readonly key: Key;
  readonly cursorSecret: Secret;
  readonly apiKeyPepper: Secret;
  readonly archive: AuditArchive;
  readonly exports: Bucket;

  constructor(scope: Construct, id: string, tenant: TenantSettings, props: StackProps) {
    super(scope, id, { ...props, terminationProtection: isTerminationProtected(tenant) });
    const removalPolicy = removalPolicyOf(tenant);

    this.key = new Key(this, "key", {
      description: `Bailiwick ${tenant.name}: the table, its secrets, its archive and its exports`,
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

    this.apiKeyPepper = new Secret(this, "api-key-pepper", {
      description: `Bailiwick ${tenant.name}: what API keys are hashed with`,
      encryptionKey: this.key,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy,
    });
    Validations.of(this.apiKeyPepper).acknowledge({
      id: "AwsSolutions-SMG4",
      reason: "Only hashes made with it are kept: with another one, every API key of the deployment would be dead.",
    });

    this.archive = new AuditArchive(this, "audit", tenant, this.key);
    const { bucket, signingKey } = this.archive;
    this.exports = exportBucket(this, "exports", tenant, this.key);

    const secrets = [this.cursorSecret, this.apiKeyPepper];
    for (const kept of [this.table, this.key, ...secrets, bucket, signingKey, this.exports]) holdFast(kept);

    new CfnOutput(this, "TableName", { value: this.table.tableName });
    new CfnOutput(this, "AuditBucketName", { value: bucket.bucketName });
    new CfnOutput(this, "AuditSigningKeyArn", { value: signingKey.keyArn });
  }
}

/** As exports: CloudFormation then refuses to take away or replace what another stack still uses. */
function holdFast(resource: Construct): void {
  CrossStackReferences.of(resource).produce(ReferenceStrength.STRONG);
}
