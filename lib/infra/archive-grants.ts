/** What a function may do to the archive: to checkpoints or to copies of entries. By action, on these objects alone. */
import { Stack, Validations } from "aws-cdk-lib";
import { PolicyStatement, type PolicyStatementProps, type Role } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IBucket } from "aws-cdk-lib/aws-s3";

/** All objects that are checkpoints. */
export const CHECKPOINTS = "checkpoints/*";

/** All objects that are copies of entries. */
export const ENTRIES = "entries/*";

/**
 * - `make`: sign a checkpoint, put it where there is none. - `compare`: list and read checkpoints. Both know the public key. - `copy`:
 * put copies of entries, and see whether what lies there is one.
 */
export type ArchiveAccess = "make" | "compare" | "copy";

export interface LockedArchive {
  readonly bucket: Pick<IBucket, "bucketName" | "bucketArn" | "arnForObjects" | "stack">;
  readonly signingKey: Pick<IKey, "keyArn">;
}

interface Actions {
  readonly on: typeof CHECKPOINTS | typeof ENTRIES;
  readonly objects: readonly string[];
  readonly bucket: readonly string[];
  readonly signingKey: readonly string[];
  readonly encryptionKey: readonly string[];
}

const actions: Readonly<Record<ArchiveAccess, Actions>> = {
  make: {
    on: CHECKPOINTS,
    objects: ["s3:PutObject", "s3:GetObject"],
    bucket: [],
    signingKey: ["kms:Sign", "kms:GetPublicKey"],
    encryptionKey: ["kms:GenerateDataKey", "kms:Decrypt"],
  },
  compare: {
    on: CHECKPOINTS,
    objects: ["s3:GetObject"],
    bucket: ["s3:ListBucket"],
    signingKey: ["kms:GetPublicKey"],
    encryptionKey: ["kms:Decrypt"],
  },
  copy: {
    on: ENTRIES,
    objects: ["s3:PutObject", "s3:GetObject"],
    bucket: [],
    signingKey: [],
    encryptionKey: ["kms:GenerateDataKey", "kms:Decrypt"],
  },
};

/** @param encryptionKey what the bucket is encrypted with */
export function grantArchive(
  role: Role,
  access: ArchiveAccess,
  { bucket, signingKey }: LockedArchive,
  encryptionKey: Pick<IKey, "keyArn">,
): void {
  const { region, urlSuffix } = Stack.of(role);
  const granted = actions[access];
  const grant = (one: readonly string[], resource: string, conditions: PolicyStatementProps["conditions"] = {}) => {
    if (one.length === 0) return;
    role.addToPrincipalPolicy(new PolicyStatement({ actions: [...one], resources: [resource], conditions }));
  };
  grant(granted.objects, bucket.arnForObjects(granted.on));
  grant(granted.bucket, bucket.bucketArn, { StringLike: { "s3:prefix": granted.on } });
  grant(granted.signingKey, signingKey.keyArn);
  grant(granted.encryptionKey, encryptionKey.keyArn, {
    StringEquals: { "kms:ViaService": `s3.${region}.${urlSuffix}` },
  });
  // The check names a finding by the name under which the other stack exports the bucket.
  const exported = bucket.stack.resolve(bucket.stack.exportValue(bucket.bucketArn)) as { "Fn::ImportValue": string };
  Validations.of(role).acknowledge({
    id: `AwsSolutions-IAM5[Resource::${exported["Fn::ImportValue"]}/${granted.on}]`,
    reason: "Each is an object of its own; all of their kind, and nothing else, begin so.",
  });
}
