/** An API Gateway event in, the pipeline, an API Gateway result out. */
import middy from "@middy/core";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import type { Host } from "../../lib/api/host.ts";
import { serve } from "../../lib/api/pipeline.ts";
import type { Route } from "../../lib/api/route.ts";
import { toDenial } from "./denial-line.ts";
import { toHttpRequest } from "./gateway-event.ts";
import { logger } from "./logger.ts";

export function makeRouteHandler(routes: readonly Route[], host: Omit<Host, "reportFault" | "reportDenial">) {
  return middy(async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
    const request = toHttpRequest(event);
    const { requestId } = request.origin;
    const reportFault = (fault: unknown) => logger.error("fault", { requestId, error: fault as Error });
    const reportDenial = (requiredScope: string) => logger.info("denied", { ...toDenial(request, requiredScope) });
    const told = { ...host, reportFault, reportDenial };
    const { status, headers, body } = await serve(routes, request, told, Date.now());
    return { statusCode: status, headers: { ...headers }, body };
  });
}
