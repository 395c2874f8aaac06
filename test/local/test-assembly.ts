/** Writes small cloud assemblies, laid out as CDK lays them out, around functions that a test brings along. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { readTenant } from "../../lib/local/assembly.ts";
import { openMemory } from "../../lib/local/data-folder.ts";
import { Deployment } from "../../lib/local/deployment.ts";
import { InstallationSecrets } from "../../lib/local/secrets.ts";

interface TestFunction {
  /** An ES module that exports `handler`. */
  readonly code: string;
  readonly timeout?: number;
  readonly environment?: Record<string, unknown>;
}

export interface TestApi {
  /** `"GET /v1/things/{id}"` to the names of its function and of its authorizer's function. */
  readonly methods: Record<string, { readonly function: string; readonly authorizer?: string }>;
  readonly functions: Record<string, TestFunction>;
  readonly gatewayResponses?: readonly Record<string, unknown>[];
  readonly restApi?: Record<string, unknown>;
  readonly stage?: Record<string, unknown>;
  /** Changes the finished templates, by the stack's name. */
  readonly alter?: (templates: Record<"data" | "sign-in" | "api", Template>) => void;
}

interface Template {
  Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }>;
  Outputs?: Record<string, unknown>;
}

/** Puts the person's name, made from the address, into the token. */
const plainTrigger: TestFunction = {
  code: `export const handler = async (event) => {
    const { email } = event.request.userAttributes;
    if (email.startsWith("refused")) throw Object.assign(new Error("The organization has locked you out"), { name: "SignInRefused" });
    event.response.claimsAndScopeOverrideDetails = { accessTokenGeneration: { claimsToAddOrOverride: { nick: email.split("@")[0] } } };
    return event;
  };`,
};

/** Lets everybody in. */
const openInbound: TestFunction = {
  code: "export const handler = async (event) => ({ ...event, response: { userAttributesToMap: {} } });",
};

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** Is gone when the tests of the file have run. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-test-"));
  made.push(folder);
  return folder;
}

/** @returns the assembly's folder; its tenant is called `example` */
export function writeAssembly(api: TestApi): string {
  const folder = temporaryFolder();
  const stage = join(folder, "assembly-example");
  mkdirSync(stage);
  const functions = { trigger: plainTrigger, inbound: openInbound, ...api.functions };
  const files: Record<string, unknown> = {};
  for (const [name, { code }] of Object.entries(functions)) {
    mkdirSync(join(folder, `asset.${name}`));
    writeFileSync(join(folder, `asset.${name}`, "index.mjs"), code);
    files[name] = { source: { path: `../asset.${name}`, packaging: "zip" } };
  }
  const templates = {
    data: dataTemplate(),
    "sign-in": signInTemplate(functions.trigger, functions.inbound),
    api: apiTemplate(api),
  };
  api.alter?.(templates);
  const artifacts: Record<string, unknown> = {
    assets: { type: "cdk:asset-manifest", properties: { file: "example.assets.json" } },
  };
  for (const [name, template] of Object.entries(templates)) {
    const templateFile = `${name}.template.json`;
    writeFileSync(join(stage, templateFile), JSON.stringify(template));
    artifacts[name] = {
      type: "aws:cloudformation:stack",
      environment: "aws://unknown-account/unknown-region",
      properties: { templateFile, stackName: `test-${name}` },
    };
  }
  writeFileSync(join(stage, "example.assets.json"), JSON.stringify({ files }));
  writeFileSync(join(stage, "manifest.json"), JSON.stringify({ artifacts }));
  const nested = {
    type: "cdk:cloud-assembly",
    properties: { directoryName: "assembly-example", displayName: "example" },
  };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify({ artifacts: { "assembly-example": nested } }));
  return folder;
}

/** The assembly as the local host reads it. */
export function deploy(api: TestApi): Deployment {
  const secrets = new InstallationSecrets(openMemory());
  return new Deployment(readTenant(writeAssembly(api), "example"), {
    providerUrl: "http://127.0.0.1:4001",
    secretOf: (secret, field) => secrets.valueOf(secret, field),
  });
}

function dataTemplate(): Template {
  return {
    Resources: {
      table: {
        Type: "AWS::DynamoDB::Table",
        Properties: {
          AttributeDefinitions: ["pk", "sk"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
          KeySchema: [
            { AttributeName: "pk", KeyType: "HASH" },
            { AttributeName: "sk", KeyType: "RANGE" },
          ],
          StreamSpecification: { StreamViewType: "NEW_AND_OLD_IMAGES" },
        },
      },
      secret: {
        Type: "AWS::SecretsManager::Secret",
        Properties: { GenerateSecretString: { PasswordLength: 40, ExcludePunctuation: true } },
      },
    },
    Outputs: {
      Table: { Value: { Ref: "table" }, Export: { Name: "data:table" } },
      Secret: { Value: { Ref: "secret" }, Export: { Name: "data:secret" } },
    },
  };
}

function signInTemplate(trigger: TestFunction, inbound: TestFunction): Template {
  return {
    Resources: {
      pool: {
        Type: "AWS::Cognito::UserPool",
        Properties: {
          LambdaConfig: {
            PreTokenGenerationConfig: { LambdaArn: arnOf("trigger"), LambdaVersion: "V2_0" },
            InboundFederation: { LambdaArn: arnOf("inbound"), LambdaVersion: "V1_0" },
          },
        },
      },
      client: {
        Type: "AWS::Cognito::UserPoolClient",
        Properties: {
          AllowedOAuthFlows: ["code"],
          AllowedOAuthFlowsUserPoolClient: true,
          AllowedOAuthScopes: ["openid", "email"],
          CallbackURLs: ["http://localhost:3000/callback"],
          AccessTokenValidity: 60,
          TokenValidityUnits: { AccessToken: "minutes" },
        },
      },
      trigger: lambda("trigger", trigger),
      permission: permission("trigger", "cognito-idp.amazonaws.com", { "Fn::GetAtt": ["pool", "Arn"] }),
      inbound: lambda("inbound", inbound),
      inboundPermission: permission("inbound", "cognito-idp.amazonaws.com", { "Fn::GetAtt": ["pool", "Arn"] }),
    },
    Outputs: {
      Issuer: { Value: { "Fn::GetAtt": ["pool", "ProviderURL"] }, Export: { Name: "sign-in:issuer" } },
    },
  };
}

function apiTemplate({ methods, functions, gatewayResponses = [], restApi = {}, stage = {} }: TestApi): Template {
  const Resources: Template["Resources"] = {
    api: { Type: "AWS::ApiGateway::RestApi", Properties: restApi },
    stage: { Type: "AWS::ApiGateway::Stage", Properties: { RestApiId: { Ref: "api" }, StageName: "live", ...stage } },
  };
  const source = {
    "Fn::Join": [
      "",
      ["arn:aws:execute-api:", { Ref: "AWS::Region" }, ":", { Ref: "AWS::AccountId" }, ":", { Ref: "api" }, "/*"],
    ],
  };
  for (const [name, definition] of Object.entries(functions)) {
    if (name === "trigger" || name === "inbound") continue;
    Resources[name] = lambda(name, definition);
    Resources[`${name}permission`] = permission(name, "apigateway.amazonaws.com", source);
    Resources[`${name}authorizer`] = {
      Type: "AWS::ApiGateway::Authorizer",
      Properties: {
        RestApiId: { Ref: "api" },
        Type: "REQUEST",
        AuthorizerResultTtlInSeconds: 0,
        AuthorizerUri: invocationOf(name),
      },
    };
  }
  for (const [route, target] of Object.entries(methods)) {
    const [httpMethod = "", path = ""] = route.split(" ");
    const id = `method${Object.keys(Resources).length}`;
    Resources[id] = {
      Type: "AWS::ApiGateway::Method",
      Properties: {
        RestApiId: { Ref: "api" },
        ResourceId: addPath(Resources, path),
        HttpMethod: httpMethod,
        AuthorizationType: target.authorizer === undefined ? "NONE" : "CUSTOM",
        ...(target.authorizer === undefined ? {} : { AuthorizerId: { Ref: `${target.authorizer}authorizer` } }),
        Integration: { Type: "AWS_PROXY", IntegrationHttpMethod: "POST", Uri: invocationOf(target.function) },
      },
    };
  }
  gatewayResponses.forEach((properties, at) => {
    Resources[`response${at}`] = {
      Type: "AWS::ApiGateway::GatewayResponse",
      Properties: { RestApiId: { Ref: "api" }, ...properties },
    };
  });
  return { Resources };
}

/** Adds the resources of a path. @returns a reference to the last of them */
function addPath(resources: Template["Resources"], path: string): unknown {
  let parent: unknown = { "Fn::GetAtt": ["api", "RootResourceId"] };
  let id = "path";
  for (const part of path.split("/").filter((it) => it !== "")) {
    id += `/${part}`;
    resources[id] ??= {
      Type: "AWS::ApiGateway::Resource",
      Properties: { RestApiId: { Ref: "api" }, ParentId: parent, PathPart: part },
    };
    parent = { Ref: id };
  }
  return parent;
}

function lambda(name: string, { timeout = 3, environment = {} }: TestFunction): Template["Resources"][string] {
  return {
    Type: "AWS::Lambda::Function",
    Properties: {
      Code: { S3Bucket: { "Fn::Join": ["", ["assets-", { Ref: "AWS::AccountId" }]] }, S3Key: `${name}.zip` },
      Handler: "index.handler",
      Runtime: "nodejs24.x",
      Timeout: timeout,
      MemorySize: 128,
      Environment: { Variables: environment },
    },
  };
}

function permission(name: string, principal: string, source: unknown): Template["Resources"][string] {
  return {
    Type: "AWS::Lambda::Permission",
    Properties: { Action: "lambda:InvokeFunction", FunctionName: arnOf(name), Principal: principal, SourceArn: source },
  };
}

function arnOf(name: string): unknown {
  return { "Fn::GetAtt": [name, "Arn"] };
}

function invocationOf(name: string): unknown {
  const region = { Ref: "AWS::Region" };
  return {
    "Fn::Join": [
      "",
      ["arn:aws:apigateway:", region, ":lambda:path/2015-03-31/functions/", arnOf(name), "/invocations"],
    ],
  };
}
