/** What a function may do to exports: write them and sign what is in them, or read them for whoever it gives a link. */
import { Stack, Validations } from "aws-cdk-lib";
import { PolicyStatement, type PolicyStatementProps, type Role } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IBucket } from "aws-cdk-lib/aws-s3";

/** All files of exports. */
const EXPORTS = "exports/*";

/** - `write`: put a file where there is none, read what is there, sign. - `link`: read, which is what a link lets others do. */
export type ExportAccess = "write" | "link";

export interface ExportDesk {
  readonly bucket: Pick<IBucket, "bucketName" | "bucketArn" | "arnForObjects" | "stack">;
  readonly signingKey: Pick<IKey, "keyArn">;
  /** What the bucket is encrypted with. */
  readonly encryptionKey: Pick<IKey, "keyArn">;
}

const actions = {
  write: {
    objects: ["s3:PutObject", "s3:GetObject"],
    signingKey: ["kms:Sign", "kms:GetPublicKey"],
    encryptionKey: ["kms:GenerateDataKey", "kms:Decrypt"],
  },
  link: { objects: ["s3:GetObject"], signingKey: [], encryptionKey: ["kms:Decrypt"] },
} as const satisfies Record<ExportAccess, object>;

export function grantExports(
  role: Role,
  access: ExportAccess,
  { bucket, signingKey, encryptionKey }: ExportDesk,
): void {
  const { region, urlSuffix } = Stack.of(role);
  const granted = actions[access];
  const grant = (one: readonly string[], resource: string, conditions: PolicyStatementProps["conditions"] = {}) => {
    if (one.length === 0) return;
    role.addToPrincipalPolicy(new PolicyStatement({ actions: [...one], resources: [resource], conditions }));
  };
  grant(granted.objects, bucket.arnForObjects(EXPORTS));
  grant(granted.signingKey, signingKey.keyArn);
  grant(granted.encryptionKey, encryptionKey.keyArn, {
    StringEquals: { "kms:ViaService": `s3.${region}.${urlSuffix}` },
  });
  // The check names a finding by the name under which the other stack exports the bucket.
  const exported = bucket.stack.resolve(bucket.stack.exportValue(bucket.bucketArn)) as { "Fn::ImportValue": string };
  Validations.of(role).acknowledge({
    id: `AwsSolutions-IAM5[Resource::${exported["Fn::ImportValue"]}/${EXPORTS}]`,
    reason: "Each file is an object of its own; all of them, and nothing else, begin so.",
  });
}
