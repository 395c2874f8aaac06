/**
 * What `Ref` and `Fn::GetAtt` of a resource give on one machine: names as AWS would make them, derived from the stack and the
 * logical id, so that they are the same after a restart. The one thing that is not as on AWS is the user pool's provider URL:
 * it is where the local sign-in answers.
 */
import { createHash } from "node:crypto";
import type { Resource } from "./assembly.ts";
import { StartRefusal } from "./start-refusal.ts";

/** What `Ref` gives. `nameProperty` is the resource's own name where the template sets one. */
export function referenceOf(resource: Resource): string {
  const { stack, type } = resource;
  switch (type) {
    case "AWS::Cognito::UserPool":
      return `${stack.region}_${shortId(resource, 9)}`;
    case "AWS::Cognito::UserPoolClient":
      return shortId(resource, 26);
    case "AWS::ApiGateway::RestApi":
      return shortId(resource, 10);
    case "AWS::ApiGateway::Resource":
    case "AWS::ApiGateway::Authorizer":
    case "AWS::ApiGateway::Deployment":
      return shortId(resource, 6);
    case "AWS::KMS::Key":
      return shortId(resource, 32);
    case "AWS::S3::Bucket":
      // As AWS makes it: lower case, at most 63 characters.
      return `${ownName(resource, "BucketName").toLowerCase().slice(0, 56)}-${shortId(resource, 6)}`;
    case "AWS::SecretsManager::Secret":
      return arn(resource, "secretsmanager", `secret:${ownName(resource, "Name")}-${shortId(resource, 6)}`);
    case "AWS::Lambda::Function":
      return ownName(resource, "FunctionName");
    case "AWS::DynamoDB::Table":
    case "AWS::DynamoDB::GlobalTable":
      return ownName(resource, "TableName");
    case "AWS::ApiGateway::Stage":
      return ownName(resource, "StageName");
    case "AWS::Events::Rule":
    case "AWS::Events::EventBus":
      return ownName(resource, "Name");
    case "AWS::IAM::Role":
      return ownName(resource, "RoleName");
    case "AWS::Logs::LogGroup":
      return ownName(resource, "LogGroupName");
    default:
      throw new StartRefusal(`${stack.name}: the local host does not know what Ref of ${resource.id} (${type}) gives.`);
  }
}

/** What `Fn::GetAtt` gives. @param providerUrl where the local sign-in answers */
export function attributeOf(resource: Resource, attribute: string, providerUrl: string): string {
  const name = () => referenceOf(resource);
  switch (`${resource.type}.${attribute}`) {
    case "AWS::Cognito::UserPool.ProviderURL":
      return providerUrl;
    case "AWS::Cognito::UserPool.ProviderName":
      return providerUrl.replace(/^https?:\/\//, "");
    case "AWS::Cognito::UserPool.Arn":
      return arn(resource, "cognito-idp", `userpool/${name()}`);
    case "AWS::Lambda::Function.Arn":
      return arn(resource, "lambda", `function:${name()}`);
    case "AWS::DynamoDB::Table.Arn":
    case "AWS::DynamoDB::GlobalTable.Arn":
      return arn(resource, "dynamodb", `table/${name()}`);
    case "AWS::DynamoDB::Table.StreamArn":
      // The engine's own name for the stream says when it was made; this one stays.
      return arn(resource, "dynamodb", `table/${name()}/stream/2026-01-01T00:00:00.000`);
    case "AWS::Events::EventBus.Arn":
      return arn(resource, "events", `event-bus/${name()}`);
    case "AWS::SQS::Queue.Arn":
      return arn(resource, "sqs", ownName(resource, "QueueName"));
    case "AWS::KMS::Key.Arn":
      return arn(resource, "kms", `key/${name()}`);
    case "AWS::S3::Bucket.Arn":
      return `arn:aws:s3:::${name()}`;
    case "AWS::Events::Rule.Arn":
      return arn(resource, "events", `rule/${name()}`);
    case "AWS::Logs::LogGroup.Arn":
      return arn(resource, "logs", `log-group:${name()}:*`);
    case "AWS::IAM::Role.Arn":
      return `arn:aws:iam::${resource.stack.account}:role/${name()}`;
    case "AWS::ApiGateway::RestApi.RootResourceId":
      return shortId({ ...resource, id: `${resource.id}/` }, 10);
    case "AWS::Cognito::UserPool.UserPoolId":
    case "AWS::Cognito::UserPoolClient.ClientId":
    case "AWS::ApiGateway::RestApi.RestApiId":
    case "AWS::ApiGateway::Resource.ResourceId":
    case "AWS::ApiGateway::Authorizer.AuthorizerId":
    case "AWS::KMS::Key.KeyId":
    case "AWS::SecretsManager::Secret.Id":
      return name();
    default:
      throw new StartRefusal(
        `${resource.stack.name}: the local host does not know ${attribute} of ${resource.id} (${resource.type}).`,
      );
  }
}

function arn({ stack }: Resource, service: string, rest: string): string {
  return `arn:aws:${service}:${stack.region}:${stack.account}:${rest}`;
}

function ownName({ stack, id, properties }: Resource, property: string): string {
  const written = properties[property];
  return typeof written === "string" ? written : `${stack.name}-${id}`;
}

/** Lower-case letters and digits, as most of AWS's own ids. */
function shortId({ stack, id }: Resource, length: number): string {
  const digest = createHash("sha256").update(`${stack.name}/${id}`).digest("hex");
  return BigInt(`0x${digest}`).toString(36).padStart(length, "0").slice(0, length);
}
