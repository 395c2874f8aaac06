/**
 * The REST API as the template describes it: its resources, methods, authorizers and gateway responses. What this host does not
 * emulate is refused by name, so that nothing behaves differently here without anybody knowing.
 */
import type { Resource } from "./assembly.ts";
import type { Deployment } from "./deployment.ts";
import { type GatewayResponses, readGatewayResponses } from "./gateway-response.ts";
import { assertMayInvoke } from "./invoke-permission.ts";
import { referenceOf } from "./physical-names.ts";
import { asList, asNumber, asRecord, asText } from "./shape.ts";
import { StartRefusal } from "./start-refusal.ts";

export interface RestApi {
  readonly id: string;
  readonly region: string;
  readonly account: string;
  readonly stage: string;
  readonly stageVariables: ReadonlyMap<string, string> | undefined;
  readonly binaryMediaTypes: readonly string[];
  readonly methods: readonly Method[];
  readonly gatewayResponses: GatewayResponses;
}

export interface Method {
  /** `GET`, …, or `ANY`. */
  readonly httpMethod: string;
  readonly resourceId: string;
  /** E.g. `/v1/orgs/{orgId}`. */
  readonly resourcePath: string;
  readonly operationName: string | undefined;
  /** ARN of the authorizer's function; `undefined` for a public method. */
  readonly authorizer: string | undefined;
  /** ARN of the function that answers. */
  readonly integration: string;
  readonly timeoutMs: number;
}

const DEFAULT_TIMEOUT_MS = 29_000;

export function readRestApi(deployment: Deployment): RestApi {
  const api = deployment.only("AWS::ApiGateway::RestApi");
  const stage = deployment.only("AWS::ApiGateway::Stage");
  const id = referenceOf(api);
  if (deployment.property(stage, "RestApiId") !== id)
    throw new StartRefusal(`The stage ${stage.id} is of another API.`);
  const variables = deployment.property(stage, "Variables");
  const paths = readPaths(deployment, api);
  const authorizers = new Map(
    deployment.every("AWS::ApiGateway::Authorizer").map((it) => readAuthorizer(deployment, it)),
  );
  const model: RestApi = {
    id,
    region: api.stack.region,
    account: api.stack.account,
    stage: asText(deployment.property(stage, "StageName"), `${stage.id}.StageName`),
    stageVariables:
      variables === undefined
        ? undefined
        : new Map(Object.entries(asRecord(variables, "Variables")).map(([k, v]) => [k, String(v)])),
    binaryMediaTypes: asList(deployment.property(api, "BinaryMediaTypes") ?? [], "BinaryMediaTypes").map(String),
    methods: deployment.every("AWS::ApiGateway::Method").map((it) => readMethod(deployment, it, paths, authorizers)),
    gatewayResponses: readGatewayResponses(deployment),
  };
  for (const method of model.methods) {
    const path = `${method.httpMethod === "ANY" ? "*" : method.httpMethod}${method.resourcePath.replace(/\{[^}]*\}/g, "*")}`;
    assertMayInvoke(
      deployment,
      method.integration,
      "apigateway.amazonaws.com",
      `${executeArn(model)}/${model.stage}/${path}`,
    );
  }
  for (const [authorizerId, { arn, hasRole }] of authorizers) {
    if (hasRole) continue;
    assertMayInvoke(deployment, arn, "apigateway.amazonaws.com", `${executeArn(model)}/authorizers/${authorizerId}`);
  }
  return model;
}

/** The start of every method's ARN. */
export function executeArn({ region, account, id }: RestApi): string {
  return `arn:aws:execute-api:${region}:${account}:${id}`;
}

/** From a resource's id to its path. */
function readPaths(deployment: Deployment, api: Resource): ReadonlyMap<string, string> {
  const paths = new Map([[deployment.attribute(api, "RootResourceId"), "/"]]);
  const children = deployment.every("AWS::ApiGateway::Resource").map((resource) => ({
    id: referenceOf(resource),
    parent: asText(deployment.property(resource, "ParentId"), `${resource.id}.ParentId`),
    part: asText(deployment.property(resource, "PathPart"), `${resource.id}.PathPart`),
  }));
  for (let known = 0; known < paths.size; ) {
    known = paths.size;
    for (const { id, parent, part } of children) {
      const above = paths.get(parent);
      if (above !== undefined) paths.set(id, `${above === "/" ? "" : above}/${part}`);
    }
  }
  return paths;
}

function readMethod(
  deployment: Deployment,
  resource: Resource,
  paths: ReadonlyMap<string, string>,
  authorizers: ReadonlyMap<string, { readonly arn: string }>,
): Method {
  const { id } = resource;
  const resourceId = asText(deployment.property(resource, "ResourceId"), `${id}.ResourceId`);
  const resourcePath = paths.get(resourceId);
  if (resourcePath === undefined) throw new StartRefusal(`The method ${id} stands on a resource that has no path.`);
  const integration = asRecord(deployment.property(resource, "Integration"), `${id}.Integration`);
  if (integration.Type !== "AWS_PROXY") {
    throw new StartRefusal(`The method ${id} has a ${integration.Type} integration; this host knows AWS_PROXY.`);
  }
  const operationName = deployment.property(resource, "OperationName");
  return {
    httpMethod: asText(deployment.property(resource, "HttpMethod"), `${id}.HttpMethod`),
    resourceId,
    resourcePath,
    operationName: operationName === undefined ? undefined : String(operationName),
    authorizer: authorizerOf(deployment, resource, authorizers),
    integration: functionArnIn(asText(integration.Uri, `${id}.Integration.Uri`)),
    timeoutMs: asNumber(integration.TimeoutInMillis ?? DEFAULT_TIMEOUT_MS, `${id}.TimeoutInMillis`),
  };
}

function authorizerOf(
  deployment: Deployment,
  resource: Resource,
  authorizers: ReadonlyMap<string, { readonly arn: string }>,
): string | undefined {
  const type = deployment.property(resource, "AuthorizationType");
  if (type === "NONE") return undefined;
  if (type !== "CUSTOM")
    throw new StartRefusal(`The method ${resource.id} has the authorization type ${String(type)}.`);
  const authorizer = authorizers.get(String(deployment.property(resource, "AuthorizerId")));
  if (authorizer === undefined)
    throw new StartRefusal(`The method ${resource.id} names an authorizer that is not there.`);
  return authorizer.arn;
}

function readAuthorizer(deployment: Deployment, resource: Resource): [string, { arn: string; hasRole: boolean }] {
  const { id } = resource;
  const read = (name: string) => deployment.property(resource, name);
  if (read("Type") !== "REQUEST") throw new StartRefusal(`The authorizer ${id} is not of the type REQUEST.`);
  // Without the setting API Gateway keeps results for 300 s.
  if (Number(read("AuthorizerResultTtlInSeconds") ?? 300) !== 0) {
    throw new StartRefusal(`The authorizer ${id} keeps its results; that cache must be off.`);
  }
  if ((read("IdentitySource") ?? "") !== "") {
    throw new StartRefusal(`The authorizer ${id} has identity sources, which this host does not know.`);
  }
  const arn = functionArnIn(asText(read("AuthorizerUri"), `${id}.AuthorizerUri`));
  return [referenceOf(resource), { arn, hasRole: read("AuthorizerCredentials") !== undefined }];
}

/** `arn:aws:apigateway:<region>:lambda:path/2015-03-31/functions/<function's ARN>/invocations` */
function functionArnIn(uri: string): string {
  const arn = /^arn:aws:apigateway:[^:]*:lambda:path\/2015-03-31\/functions\/(.+)\/invocations$/.exec(uri)?.[1];
  if (arn === undefined) throw new StartRefusal(`${uri} does not name a function.`);
  return arn;
}
