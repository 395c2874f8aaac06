import { expect, it } from "vitest";
import { ofType, type SynthesizedTenant, theOnly } from "../assembly.ts";

export function dataCases({ data, settings }: SynthesizedTenant): void {
  const table = theOnly(data, "AWS::DynamoDB::Table");
  const [[keyId, key] = []] = ofType(data, "AWS::KMS::Key");
  const secrets = ofType(data, "AWS::SecretsManager::Secret").map(([, secret]) => secret);

  it("is one table of pk and sk, without any index", () => {
    expect(ofType(data, "AWS::DynamoDB::Table")).toHaveLength(1);
    expect(table.Properties).toMatchObject({
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
      ],
    });
    expect(Object.keys(table.Properties).filter((property) => property.endsWith("Indexes"))).toEqual([]);
  });

  it("is paid by request, streams whole changes, and forgets what has expired", () => {
    expect(table.Properties).toMatchObject({
      BillingMode: "PAY_PER_REQUEST",
      StreamSpecification: { StreamViewType: "NEW_AND_OLD_IMAGES" },
      TimeToLiveSpecification: { AttributeName: "expires", Enabled: true },
    });
  });

  it("can be restored to any point in time and cannot be deleted", () => {
    expect(table.Properties).toMatchObject({
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: true,
    });
  });

  it("is encrypted, the secrets included, with a key of its own that is renewed every year", () => {
    const keyArn = { "Fn::GetAtt": [keyId, "Arn"] };
    expect(table.Properties.SSESpecification).toEqual({ SSEEnabled: true, SSEType: "KMS", KMSMasterKeyId: keyArn });
    for (const { Properties } of secrets) expect(Properties.KmsKeyId).toEqual(keyArn);
    expect(key?.Properties.EnableKeyRotation).toBe(true);
  });

  it("makes the secrets itself: what cursors are authenticated with, and what API keys are hashed with", () => {
    expect(secrets).toHaveLength(2);
    for (const { Properties } of secrets) expect(Properties.GenerateSecretString).toMatchObject({ PasswordLength: 64 });
  });

  it(
    settings.environment === "development" ? "goes with its stack in development" : "stays when its stack goes",
    () => {
      const policy = settings.environment === "development" ? "Delete" : "Retain";
      for (const resource of [table, key, ...secrets]) {
        expect(resource).toMatchObject({ DeletionPolicy: policy, UpdateReplacePolicy: policy });
      }
    },
  );
}
