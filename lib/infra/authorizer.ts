/** The gate that every route but the public ones stands behind. */
import { Duration } from "aws-cdk-lib";
import { type IAuthorizer, RequestAuthorizer } from "aws-cdk-lib/aws-apigateway";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";

/**
 * Asked for every single request: a kept answer would be given before our code could see that a role was taken away. Without
 * identity sources, so that a request without a credential reaches it too and gets the same 401 as every other bad one.
 */
export function scopeAuthorizer(scope: Construct, handler: IFunction): IAuthorizer {
  return new RequestAuthorizer(scope, "scope-authorizer", {
    handler,
    identitySources: [],
    resultsCacheTtl: Duration.seconds(0),
  });
}
