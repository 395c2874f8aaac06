import { expect, it } from "vitest";
import { ofType, type Resource, type SynthesizedStack, type SynthesizedTenant } from "../assembly.ts";

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal: unknown;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

export function archiveCases({ data, settings }: SynthesizedTenant): void {
  const [bucketId, bucket] = bucketNamed(data, "audit");
  const policy = policyOf(data, bucketId);
  const { Statement: statements } = policy.Properties.PolicyDocument as { readonly Statement: readonly Statement[] };
  const [tableKeyId] = ofType(data, "AWS::KMS::Key")[0] ?? [];
  const signingKeys = ofType(data, "AWS::KMS::Key").filter(([, { Properties }]) => "KeyUsage" in Properties);
  const byName = (sid: string) => statements.find(({ Sid }) => Sid === sid);
  const evidence = ["/checkpoints/*", "/entries/*"].map((objects) => ({
    "Fn::Join": ["", [{ "Fn::GetAtt": [bucketId, "Arn"] }, objects]],
  }));

  it("locks whatever is put into it, so that in production nobody at all can shorten it", () => {
    const isFinal = settings.environment === "production";
    expect(bucket.Properties).toMatchObject({
      VersioningConfiguration: { Status: "Enabled" },
      ObjectLockEnabled: true,
      ObjectLockConfiguration: {
        ObjectLockEnabled: "Enabled",
        Rule: {
          DefaultRetention: { Mode: isFinal ? "COMPLIANCE" : "GOVERNANCE", Days: settings.audit.lockDays },
        },
      },
    });
  });

  it("is encrypted with the table's key", () => {
    expect(bucket.Properties.BucketEncryption).toEqual({
      ServerSideEncryptionConfiguration: [
        {
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: {
            SSEAlgorithm: "aws:kms",
            KMSMasterKeyID: { "Fn::GetAtt": [tableKeyId, "Arn"] },
          },
        },
      ],
    });
  });

  it("is open to nobody outside, and to nobody without TLS 1.2", () => {
    expect(bucket.Properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
    });
    const conditions = statements.filter(({ Effect }) => Effect === "Deny").map(({ Condition }) => Condition);
    expect(conditions).toContainEqual({ Bool: { "aws:SecureTransport": "false" } });
    expect(conditions).toContainEqual({ NumericLessThan: { "s3:TlsVersion": 1.2 } });
    expect(statements.filter(({ Effect }) => Effect !== "Deny")).toEqual([]);
  });

  it("takes a checkpoint, and a copy of entries, only where there is none, from whomever", () => {
    expect(byName("NothingReplacesEvidence")).toEqual({
      Sid: "NothingReplacesEvidence",
      Effect: "Deny",
      Principal: { AWS: "*" },
      Action: "s3:PutObject",
      Resource: evidence,
      Condition: { Null: { "s3:if-none-match": "true" } },
    });
  });

  it("lets nobody delete either, hide it, or get around its lock", () => {
    expect(byName("NoEvidenceIsDeleted")).toEqual({
      Sid: "NoEvidenceIsDeleted",
      Effect: "Deny",
      Principal: { AWS: "*" },
      Action: ["s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion"],
      Resource: evidence,
    });
  });

  it("lets go of what newer versions hide when its lock has ended, and never of an object itself", () => {
    const { Rules } = bucket.Properties.LifecycleConfiguration as { readonly Rules: readonly object[] };
    expect(Rules).toContainEqual({
      Status: "Enabled",
      NoncurrentVersionExpiration: { NoncurrentDays: settings.audit.lockDays },
    });
    for (const rule of Rules) {
      for (const ending of ["Expiration", "ExpirationInDays", "ExpirationDate", "Transitions"]) {
        expect(rule).not.toHaveProperty(ending);
      }
    }
  });

  it("comes with one key that can do nothing but sign", () => {
    expect(signingKeys).toHaveLength(1);
    expect(signingKeys[0]?.[1].Properties).toMatchObject({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  });

  it("stays when its stack goes, key and all, in every environment", () => {
    for (const kept of [bucket, ...signingKeys.map(([, key]) => key)]) {
      expect(kept).toMatchObject({ DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
    }
  });

  it("is told of by the outputs, for whoever verifies by hand", () => {
    expect(data.outputs).toMatchObject({
      AuditBucketName: { Value: { Ref: bucketId } },
      AuditSigningKeyArn: { Value: { "Fn::GetAtt": [signingKeys[0]?.[0], "Arn"] } },
    });
  });
}

/** The bucket whose logical id begins so. */
export function bucketNamed(stack: SynthesizedStack, name: string): readonly [string, Resource] {
  const [found, ...more] = ofType(stack, "AWS::S3::Bucket").filter(([id]) => id.startsWith(name));
  if (found === undefined || more.length > 0) throw new Error(`There are not just one bucket ${name}`);
  return found;
}

export function policyOf(stack: SynthesizedStack, bucketId: string): Resource {
  const [found] = ofType(stack, "AWS::S3::BucketPolicy").filter(
    ([, { Properties }]) => (Properties.Bucket as { readonly Ref: string }).Ref === bucketId,
  );
  if (found === undefined) throw new Error(`There is no policy of the bucket ${bucketId}`);
  return found[1];
}
