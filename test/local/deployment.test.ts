import { describe, expect, test } from "vitest";
import { readTenant } from "../../lib/local/assembly.ts";
import { openMemory } from "../../lib/local/data-folder.ts";
import { Deployment } from "../../lib/local/deployment.ts";
import { functionOf } from "../../lib/local/function-definition.ts";
import { readRestApi } from "../../lib/local/rest-api.ts";
import { InstallationSecrets } from "../../lib/local/secrets.ts";
import { readTable } from "../../lib/local/table.ts";
import { readUserPool } from "../../lib/local/user-pool.ts";
import { deploy, type TestApi, writeAssembly } from "./test-assembly.ts";

const LOGIN = "http://127.0.0.1:4001";

const answering = { code: "export const handler = async () => ({ statusCode: 200 });" };
const base: TestApi = {
  functions: { answer: answering, gate: answering },
  methods: {
    "GET /v1/things/{id}": { function: "answer", authorizer: "gate" },
    "GET /v1/health": { function: "answer" },
  },
};

function environmentOf(environment: Record<string, unknown>, name = "answer"): ReadonlyMap<string, string> {
  const deployment = deploy({ ...base, functions: { ...base.functions, [name]: { ...answering, environment } } });
  return functionOf(deployment, `test-api-${name}`).environment;
}

describe("intrinsic functions", () => {
  test.each<[string, unknown, string]>([
    ["Ref of a table through an export of another stack", { "Fn::ImportValue": "data:table" }, "test-data-table"],
    [
      "GetAtt as a list",
      { "Fn::GetAtt": ["answer", "Arn"] },
      "arn:aws:lambda:us-east-1:000000000000:function:test-api-answer",
    ],
    [
      "GetAtt as a text",
      { "Fn::GetAtt": "answer.Arn" },
      "arn:aws:lambda:us-east-1:000000000000:function:test-api-answer",
    ],
    ["the provider URL of the pool", { "Fn::ImportValue": "sign-in:issuer" }, "http://127.0.0.1:4001"],
    ["Join", { "Fn::Join": ["-", ["a", { Ref: "AWS::Region" }, 3]] }, "a-us-east-1-3"],
    [
      "Sub with resources, attributes, variables and an escaped one",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own variables
      { "Fn::Sub": ["${AWS::Partition}/${answer}/${answer.Arn}/${x}/${!y}", { x: "X" }] },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own variables
      "aws/test-api-answer/arn:aws:lambda:us-east-1:000000000000:function:test-api-answer/X/${y}",
    ],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own variables
    ["Sub without variables", { "Fn::Sub": "${AWS::StackName}" }, "test-api"],
    ["Select and Split", { "Fn::Select": [1, { "Fn::Split": ["/", "a/b/c"] }] }, "b"],
  ])("%s", (_, expression, value) => {
    expect(environmentOf({ X: expression }).get("X")).toBe(value);
  });

  test("AWS::NoValue takes the entry away", () => {
    expect([...environmentOf({ X: { Ref: "AWS::NoValue" }, Y: "y" }).keys()]).toEqual(["Y"]);
  });

  test.each<[string, unknown, RegExp]>([
    ["a resource that is not there", { Ref: "nobody" }, /there is no resource nobody/],
    ["an export that is not there", { "Fn::ImportValue": "data:nothing" }, /No stack exports "data:nothing"/],
    ["an attribute that is not known", { "Fn::GetAtt": ["answer", "Colour"] }, /does not know Colour of answer/],
    ["a function that is not known", { "Fn::Base64": "x" }, /does not know Fn::Base64/],
    ["an index beyond the list", { "Fn::Select": [5, ["a"]] }, /beyond its list/],
    ["a value that is no text", ["a"], /Environment: X is not a text/],
  ])("%s is refused", (_, expression, complaint) => {
    expect(() => environmentOf({ X: expression })).toThrow(complaint);
  });
});

describe("secrets", () => {
  const reference = (rest: string) => ({
    "Fn::Join": ["", ["{{resolve:secretsmanager:", { "Fn::ImportValue": "data:secret" }, rest, "}}"]],
  });

  test.each([":SecretString:::", ":SecretString", ""])(
    "a dynamic reference ending %j becomes the installation's value",
    (rest) => {
      expect(environmentOf({ X: reference(rest) }).get("X")).toMatch(/^[A-Za-z0-9]{40}$/);
    },
  );

  test("stay the same over restarts and differ between installations", () => {
    const stacks = readTenant(writeAssembly(base), "example");
    const secret = new Deployment(stacks, { providerUrl: "", secretOf: () => "" }).only("AWS::SecretsManager::Secret");
    const folder = openMemory();
    const first = new InstallationSecrets(folder).valueOf(secret, undefined);
    expect(new InstallationSecrets(folder).valueOf(secret, undefined)).toBe(first);
    expect(new InstallationSecrets(openMemory()).valueOf(secret, undefined)).not.toBe(first);
  });

  test("a member of a JSON secret is picked", () => {
    const deployment = deploy({
      ...base,
      functions: {
        ...base.functions,
        answer: { ...answering, environment: { X: reference(":SecretString:password::") } },
      },
      alter: ({ data }) => {
        const how = {
          SecretStringTemplate: '{"user":"me"}',
          GenerateStringKey: "password",
          PasswordLength: 7,
          ExcludeCharacters: "abc",
        };
        data.Resources.secret = { Type: "AWS::SecretsManager::Secret", Properties: { GenerateSecretString: how } };
      },
    });
    expect(functionOf(deployment, "test-api-answer").environment.get("X")).toMatch(/^[^abc]{7}$/);
  });

  test("a reference to another kind of secret is refused", () => {
    expect(() => environmentOf({ X: "{{resolve:ssm:/some/parameter}}" })).toThrow(/does not know the reference/);
  });
});

describe("what would fail when deployed fails at the start", () => {
  const refused: [string, Partial<TestApi>, RegExp][] = [
    [
      "a method whose authorizer is gone",
      { alter: ({ api }) => void delete api.Resources.gateauthorizer },
      /there is no resource gateauthorizer/,
    ],
    [
      "a function that API Gateway may not invoke",
      { alter: ({ api }) => void delete api.Resources.answerpermission },
      /No permission lets apigateway/,
    ],
    [
      "an authorizer that API Gateway may not invoke",
      { alter: ({ api }) => void delete api.Resources.gatepermission },
      /No permission lets apigateway.* test-api-gate/,
    ],
    [
      "an authorizer whose results are kept",
      { alter: ({ api }) => set(api, "gateauthorizer", "AuthorizerResultTtlInSeconds", undefined) },
      /keeps its results/,
    ],
    [
      "an authorizer with identity sources",
      { alter: ({ api }) => set(api, "gateauthorizer", "IdentitySource", "method.request.header.X") },
      /identity sources/,
    ],
    [
      "an authorizer of tokens alone",
      { alter: ({ api }) => set(api, "gateauthorizer", "Type", "TOKEN") },
      /not of the type REQUEST/,
    ],
    ["a stage that is gone", { alter: ({ api }) => void delete api.Resources.stage }, /has no AWS::ApiGateway::Stage/],
    [
      "a gateway response with an unquoted constant",
      {
        gatewayResponses: [
          { ResponseType: "DEFAULT_4XX", ResponseParameters: { "gatewayresponse.header.X": "plain" } },
        ],
      },
      /API Gateway would refuse/,
    ],
  ];
  test.each(refused)("%s", (_, change, complaint) => {
    expect(() => readRestApi(deploy({ ...base, ...change }))).toThrow(complaint);
  });

  test("a bundle that is not in the assembly", () => {
    const deployment = deploy({ ...base, alter: ({ api }) => set(api, "answer", "Code", { S3Key: "other.zip" }) });
    expect(() => functionOf(deployment, "test-api-answer")).toThrow(/other\.zip .* is not in the assembly/);
  });

  test("an environment larger than Lambda takes", () => {
    expect(() => environmentOf({ X: "x".repeat(4096) })).toThrow(/4097 bytes; Lambda takes 4096/);
  });

  test("a pool without the trigger, or that may not invoke it", () => {
    expect(() =>
      readUserPool(deploy({ ...base, alter: (t) => set(t["sign-in"], "pool", "LambdaConfig", {}) }), LOGIN),
    ).toThrow(/no pre-token/);
    const alter: TestApi["alter"] = (templates) => void delete templates["sign-in"].Resources.permission;
    expect(() => readUserPool(deploy({ ...base, alter }), LOGIN)).toThrow(/No permission lets cognito-idp/);
  });

  test("a tenant that is not in the assembly", () => {
    expect(() => readTenant(writeAssembly(base), "other")).toThrow(/no tenant "other", only: example/);
  });
});

test("the API, the pool and the table are read as the template has them", () => {
  const deployment = deploy(base);
  expect(
    readRestApi(deployment).methods.map((it) => `${it.httpMethod} ${it.resourcePath} ${it.authorizer !== undefined}`),
  ).toEqual(["GET /v1/things/{id} true", "GET /v1/health false"]);
  expect(readUserPool(deployment, LOGIN)).toMatchObject({
    client: { AllowedOAuthScopes: ["openid", "email"], AccessTokenValidity: 60 },
    trigger: expect.stringMatching(/:test-sign-in-trigger$/),
  });
  expect(readTable(deployment)).toMatchObject({ name: "test-data-table", schema: { StreamSpecification: undefined } });
  expect(functionOf(deployment, "test-api-answer")).toMatchObject({
    timeout: 3,
    memory: 128,
    exportName: "handler",
    runtime: "nodejs24.x",
  });
});

test("the table has a stream where something reads it", () => {
  const reader = { Type: "AWS::Lambda::EventSourceMapping", Properties: {} };
  const deployment = deploy({ ...base, alter: ({ api }) => Object.assign(api.Resources, { reader }) });
  const stream = { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" };
  expect(readTable(deployment)).toMatchObject({ schema: { StreamSpecification: stream } });
});

function set(
  template: { Resources: Record<string, { Properties?: Record<string, unknown> }> },
  id: string,
  name: string,
  value: unknown,
): void {
  Object.assign(template.Resources[id]?.Properties ?? {}, { [name]: value });
}
