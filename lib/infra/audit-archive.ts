/**
 * What keeps the audit log from whoever may write the table: a bucket in which nothing is overwritten or deleted, and a key that signs.
 * Both stay when their stack goes, in every environment: evidence that can be taken away with a stack is none.
 */
import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { AnyPrincipal, Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { type IKey, Key, KeySpec, KeyUsage } from "aws-cdk-lib/aws-kms";
import { Bucket, ObjectLockRetention } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { CHECKPOINTS, ENTRIES } from "./archive-grants.ts";
import { privateBucket } from "./private-bucket.ts";
import type { TenantSettings } from "./tenant-settings.ts";

/** Days after which nothing that stands beside an object of its own is kept any longer. */
const LEFTOVER_DAYS = 7;

export class AuditArchive extends Construct {
  readonly bucket: Bucket;
  /** ECDSA on P-256: its private half never leaves KMS. */
  readonly signingKey: Key;

  /** @param encryptionKey of the table, which holds the same */
  constructor(scope: Construct, id: string, tenant: TenantSettings, encryptionKey: IKey) {
    super(scope, id);
    const { lockDays } = tenant.audit;
    const locked = Duration.days(lockDays);

    this.signingKey = new Key(this, "signing-key", {
      description: `Bailiwick ${tenant.name}: signs checkpoints and exports of the audit log`,
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy: RemovalPolicy.RETAIN,
    });

    this.bucket = new Bucket(this, "bucket", {
      ...privateBucket(encryptionKey),
      versioned: true,
      objectLockEnabled: true,
      // In compliance mode nobody can shorten it, not even who owns the account. Elsewhere there must be a way out of a mistake.
      objectLockDefaultRetention:
        tenant.environment === "production"
          ? ObjectLockRetention.compliance(locked)
          : ObjectLockRetention.governance(locked),
      lifecycleRules: [
        {
          abortIncompleteMultipartUploadAfter: Duration.days(LEFTOVER_DAYS),
          expiredObjectDeleteMarker: true,
        },
        // What a newer version hides is kept as long as its lock holds, and no longer.
        { noncurrentVersionExpiration: locked },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    for (const statement of keepEvidence(this.bucket)) this.bucket.addToResourcePolicy(statement);
    Validations.of(this.bucket).acknowledge({
      id: "AwsSolutions-S1",
      reason:
        "Who reads and writes it is told by CloudTrail's data events; a log of S3's own, which may be late or leave something out, would need a second bucket to be kept as well.",
    });
  }
}

/**
 * The lock keeps every version of an object, but not a newer one from hiding it. So whoever it is: a checkpoint, or a copy of entries,
 * is put only where there is none, never hidden by a delete marker, and no lock is got around.
 */
function keepEvidence(bucket: Bucket): PolicyStatement[] {
  const denied = {
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    resources: [CHECKPOINTS, ENTRIES].map((objects) => bucket.arnForObjects(objects)),
  };
  return [
    new PolicyStatement({
      ...denied,
      sid: "NothingReplacesEvidence",
      actions: ["s3:PutObject"],
      conditions: { Null: { "s3:if-none-match": "true" } },
    }),
    new PolicyStatement({
      ...denied,
      sid: "NoEvidenceIsDeleted",
      actions: ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"],
    }),
  ];
}
