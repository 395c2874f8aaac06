/**
 * Where exports of the audit log are written. They are copies, and full of personal data: other than the archive, this bucket locks
 * nothing and keeps no versions, and lets everything go after some days.
 */
import { Duration, Validations } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Bucket } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { limits } from "../domain/limits.ts";
import { removalPolicyOf } from "./keeping.ts";
import { privateBucket } from "./private-bucket.ts";
import type { TenantSettings } from "./tenant-settings.ts";

/** @param encryptionKey of the table, which holds the same */
export function exportBucket(scope: Construct, id: string, tenant: TenantSettings, encryptionKey: IKey): Bucket {
  const bucket = new Bucket(scope, id, {
    ...privateBucket(encryptionKey),
    lifecycleRules: [
      { expiration: Duration.days(limits.exportDays), abortIncompleteMultipartUploadAfter: Duration.days(1) },
    ],
    removalPolicy: removalPolicyOf(tenant),
  });
  Validations.of(bucket).acknowledge({
    id: "AwsSolutions-S1",
    reason:
      "Who reads it is told by CloudTrail's data events, and who had an export made by the audit log itself; a log of S3's own would need a bucket to be kept as well.",
  });
  return bucket;
}
