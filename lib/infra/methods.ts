/** The API's methods: one for each route of the route table, on its area's function, and a catch-all. */
import { Validations } from "aws-cdk-lib";
import { AuthorizationType, type IAuthorizer, LambdaIntegration, type RestApi } from "aws-cdk-lib/aws-apigateway";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { Area } from "../api/route.ts";
import { routes } from "../api/routes.ts";

export type AreaFunctions = Readonly<Record<Area, { readonly lambda: IFunction }>>;

export function addMethods(api: RestApi, areas: AreaFunctions, authorizer: IAuthorizer): void {
  // One permission to invoke for each function, not two for each method: a stack has room for 500 resources.
  const onArea = (area: Area) => new LambdaIntegration(areas[area].lambda, { scopePermissionToMethod: false });

  for (const { method, path, area, access, operationId } of routes) {
    const resource = api.root.resourceForPath(path);
    if (access.kind === "public") {
      const open = resource.addMethod(method, onArea(area), {
        operationName: operationId,
        authorizationType: AuthorizationType.NONE,
      });
      acknowledgeOpen(open, "Public by the contract: it tells nothing of anybody.");
    } else {
      resource.addMethod(method, onArea(area), {
        operationName: operationId,
        authorizationType: AuthorizationType.CUSTOM,
        authorizer,
      });
    }
  }

  const catchAll = api.root
    .addResource("{proxy+}")
    .addMethod("ANY", onArea("meta"), { authorizationType: AuthorizationType.NONE });
  acknowledgeOpen(catchAll, "Answers 404 for every path that is no route.");
}

function acknowledgeOpen(method: Construct, reason: string): void {
  Validations.of(method).acknowledge({ id: "AwsSolutions-APIG4", reason }, { id: "AwsSolutions-COG4", reason });
}
