/** The REST API and its one stage: logged, throttled, measured, and answering in its own words. */
import { CfnOutput, RemovalPolicy, Validations } from "aws-cdk-lib";
import {
  EndpointType,
  LogGroupLogDestination,
  MethodLoggingLevel,
  RestApi,
  SecurityPolicy,
} from "aws-cdk-lib/aws-apigateway";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import type { Construct } from "constructs";
import { accessLogFormat } from "./access-log.ts";
import { addGatewayResponses } from "./gateway-responses.ts";
import { logGroup } from "./log-group.ts";
import type { TenantSettings } from "./tenant-settings.ts";

/** Makes the API, still without a method. */
export function restApi(scope: Construct, id: string, tenant: TenantSettings): RestApi {
  const api = new RestApi(scope, id, {
    restApiName: `bailiwick-${tenant.name}`,
    description: `Bailiwick ${tenant.name}`,
    endpointTypes: [EndpointType.REGIONAL],
    // One role for the whole account and region writes all logs of API Gateway, so it stays when this stack goes.
    cloudWatchRole: true,
    cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
    // Where there is a domain, the API has no second address.
    disableExecuteApiEndpoint: tenant.domain !== undefined,
    deployOptions: {
      stageName: "live",
      accessLogDestination: new LogGroupLogDestination(logGroup(scope, "access-log", tenant)),
      accessLogFormat,
      loggingLevel: MethodLoggingLevel.ERROR,
      // Would write whole requests, credentials included, into the log.
      dataTraceEnabled: false,
      metricsEnabled: true,
      tracingEnabled: tenant.tracing,
      throttlingRateLimit: tenant.throttling.rate,
      throttlingBurstLimit: tenant.throttling.burst,
    },
  });
  // CDK's own output of the address, which knows of no domain.
  api.node.tryRemoveChild("Endpoint");
  addAddress(scope, api, tenant.domain);
  addGatewayResponses(api);

  Validations.of(api).acknowledge(
    {
      id: "AwsSolutions-COG4",
      reason: "The scope authorizer verifies the pool's tokens and judges scopes too, which Cognito's cannot.",
    },
    {
      id: "AwsSolutions-APIG2",
      reason: "Each route's schema is checked in its function, which names every fault by its JSON pointer.",
    },
    {
      id: "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
      reason: "The account-wide role that API Gateway writes logs with is meant to have AWS's own policy.",
    },
  );
  return api;
}

/** The custom domain has an empty base path: the routes' paths are whole, from `/v1` and `/.well-known` on. */
function addAddress(scope: Construct, api: RestApi, domain: TenantSettings["domain"]): void {
  if (domain) {
    const { domainNameAliasDomainName } = api.addDomainName("domain", {
      domainName: domain.name,
      certificate: Certificate.fromCertificateArn(scope, "certificate", domain.certificateArn),
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    new CfnOutput(scope, "DomainTarget", {
      value: domainNameAliasDomainName,
      description: `Where the DNS record of ${domain.name} must point`,
    });
  }
  new CfnOutput(scope, "ApiUrl", { value: domain ? `https://${domain.name}` : api.urlForPath("/").replace(/\/$/, "") });
}
