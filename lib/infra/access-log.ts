/** What the API's access log says of each request: nothing that the caller wrote, so no credential can be in it. */
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";

const fields = {
  time: "$context.requestTimeEpoch",
  requestId: "$context.requestId",
  method: "$context.httpMethod",
  route: "$context.resourcePath",
  status: "$context.status",
  latency: "$context.responseLatency",
  integrationStatus: "$context.integration.status",
  integrationLatency: "$context.integration.latency",
  authorizerStatus: "$context.authorizer.status",
  authorizerLatency: "$context.authorizer.latency",
  principal: "$context.authorizer.principalId",
  gatewayResponse: "$context.error.responseType",
  responseLength: "$context.responseLength",
  ip: "$context.identity.sourceIp",
};

export const accessLogFormat = AccessLogFormat.custom(JSON.stringify(fields));
