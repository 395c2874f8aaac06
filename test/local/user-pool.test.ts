import { describe, expect, test } from "vitest";
import { functionOf } from "../../lib/local/function-definition.ts";
import { environmentFor } from "../../lib/local/function-environment.ts";
import { readUserPool } from "../../lib/local/user-pool.ts";
import { deploy, type TestApi } from "./test-assembly.ts";

const LOGIN = "http://127.0.0.1:4001";

const api = { functions: {}, methods: {} };
type Alter = NonNullable<TestApi["alter"]>;
type Template = Parameters<Alter>[0]["sign-in"];
const altered = (change: (resources: Template["Resources"]) => void) =>
  deploy({ ...api, alter: (templates) => change(templates["sign-in"].Resources) });
const propertiesOf = (resources: Template["Resources"], id: string) =>
  resources[id]?.Properties as Record<string, Record<string, unknown>>;

describe("the template's user pool", () => {
  test("is read with its triggers, and its client as Cognito would make it", () => {
    const pool = readUserPool(deploy(api), LOGIN);
    expect(pool).toMatchObject({
      region: "us-east-1",
      userPoolId: expect.stringMatching(/^us-east-1_[0-9a-z]{9}$/),
      trigger: expect.stringContaining(":function:test-sign-in-trigger"),
      inboundTrigger: expect.stringContaining(":function:test-sign-in-inbound"),
      client: { AccessTokenValidity: 60, RefreshTokenValidity: 30, SupportedIdentityProviders: ["COGNITO"] },
    });
  });

  test.each<[string, (resources: Template["Resources"]) => void, RegExp]>([
    [
      "without the inbound trigger",
      (resources) => delete propertiesOf(resources, "pool").LambdaConfig?.InboundFederation,
      /has no inbound-federation trigger/,
    ],
    [
      "without the pre-token trigger",
      (resources) => delete propertiesOf(resources, "pool").LambdaConfig?.PreTokenGenerationConfig,
      /has no pre-token-generation trigger of version 2/,
    ],
    [
      "whose inbound trigger nobody lets it call",
      (resources) => delete resources.inboundPermission,
      /No permission lets cognito-idp.amazonaws.com invoke test-sign-in-inbound/,
    ],
    [
      "with a client that Cognito would refuse",
      (resources) => Object.assign(propertiesOf(resources, "client"), { CallbackURLs: ["http://app.example/"] }),
      /Cognito would refuse the client client: http:\/\/app.example\/ cannot be one of the CallbackURLs/,
    ],
  ])("is refused %s", (_, change, sentence) => {
    expect(() => readUserPool(altered(change), LOGIN)).toThrow(sentence);
  });
});

describe("a function's environment", () => {
  const environmentWith = (environment: Record<string, string>) => {
    const deployment = deploy({ ...api, functions: { one: { code: "", environment } } });
    const around = {
      dynamodbEndpoint: "http://127.0.0.1:1",
      login: "http://127.0.0.1:2",
      archive: "http://127.0.0.1:3",
    };
    return environmentFor(functionOf(deployment, "test-api-one"), around);
  };

  test("leads Cognito's client to the local sign-in", () => {
    expect(environmentWith({}).AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER).toBe("http://127.0.0.1:2");
  });

  test("leads the clients of S3 and KMS to the local archive", () => {
    const environment = environmentWith({});
    expect(environment.AWS_ENDPOINT_URL_S3).toBe("http://127.0.0.1:3");
    expect(environment.AWS_ENDPOINT_URL_KMS).toBe("http://127.0.0.1:3");
  });

  test("lets metadata come from this machine, where the function fetches any, and is else the template's", () => {
    expect(environmentWith({ METADATA_ADDRESSES: "public", OTHER: "x" })).toMatchObject({
      METADATA_ADDRESSES: "any",
      OTHER: "x",
    });
    expect(environmentWith({})).not.toHaveProperty("METADATA_ADDRESSES");
  });
});
