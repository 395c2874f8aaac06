import { expect, it } from "vitest";
import { limits } from "../../../lib/domain/limits.ts";
import type { SynthesizedTenant } from "../assembly.ts";
import { bucketNamed, policyOf } from "./archive.ts";
import { functionNamed, mappingOf } from "./audit-events.ts";

export function auditExportCases({ data, api, settings }: SynthesizedTenant): void {
  const [bucketId, bucket] = bucketNamed(data, "exports");
  const [auditId] = bucketNamed(data, "audit");
  const [lambdaId, lambda] = functionNamed(api, "exporter");
  const mapping = mappingOf(api, lambdaId);

  it("lie in a bucket of their own that keeps them for some days, in one version, and locks nothing", () => {
    expect(bucketId).not.toBe(auditId);
    expect(bucket.Properties).not.toHaveProperty("ObjectLockEnabled");
    expect(bucket.Properties).not.toHaveProperty("ObjectLockConfiguration");
    expect(bucket.Properties).not.toHaveProperty("VersioningConfiguration");
    expect(bucket.Properties.LifecycleConfiguration).toEqual({
      Rules: [
        {
          Status: "Enabled",
          ExpirationInDays: limits.exportDays,
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
        },
      ],
    });
    expect(bucket.DeletionPolicy).toBe(settings.environment === "development" ? "Delete" : "Retain");
  });

  it("are encrypted with the table's key, and open to nobody outside", () => {
    expect(JSON.stringify(bucket.Properties.BucketEncryption)).toContain('"SSEAlgorithm":"aws:kms"');
    expect(bucket.Properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
    });
    const { Statement } = policyOf(data, bucketId).Properties.PolicyDocument as { readonly Statement: Denial[] };
    expect(Statement.map(({ Effect, Condition }) => [Effect, Condition])).toEqual([
      ["Deny", { Bool: { "aws:SecureTransport": "false" } }],
      ["Deny", { NumericLessThan: { "s3:TlsVersion": 1.2 } }],
    ]);
  });

  it("are written by a function that knows this bucket", () => {
    const { Variables } = lambda.Properties.Environment as { readonly Variables: Record<string, unknown> };
    expect(Variables.EXPORT_BUCKET).toEqual({ "Fn::ImportValue": expect.stringContaining(bucketId) });
  });

  it("are worked on whenever a job that runs is put into the table, and at nothing else", () => {
    const { Filters } = mapping.FilterCriteria as { Filters: { Pattern: string }[] };
    expect(Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual([
      { dynamodb: { NewImage: { exportStep: { N: [{ exists: true }] }, state: { S: ["running"] } } } },
    ]);
    expect(mapping).toMatchObject({
      StartingPosition: "TRIM_HORIZON",
      ParallelizationFactor: 1,
      BisectBatchOnFunctionError: true,
      MaximumRecordAgeInSeconds: 6 * 3_600,
    });
  });
}

interface Denial {
  readonly Effect: string;
  readonly Condition: unknown;
}
