/**
 * The scope-evaluating authorizer: stands before every method that is not public. What it cannot judge it fails, which the
 * gateway answers as 503; it never allows by mistake, and it writes nothing.
 */
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import type { AccessByPath } from "../lib/api/access.ts";
import { listAccess } from "../lib/api/access.ts";
import { RoleCache } from "../lib/api/role-cache.ts";
import { SigningKeys } from "../lib/identity/signing-keys.ts";
import { verifyToken } from "../lib/identity/verify-token.ts";
import { openClient, openStore } from "../lib/store/store.ts";
import { allow, deny } from "./wiring/authorizer-answer.ts";
import { readSettings } from "./wiring/config.ts";
import { readHeaderValues } from "./wiring/header-values.ts";
import type { Judging } from "./wiring/judge-request.ts";
import { judgeRequest } from "./wiring/judge-request.ts";
import { logger } from "./wiring/logger.ts";
import { chooseRequestId } from "./wiring/request-id.ts";

/** Every route that is not public; put in when the bundle is made. */
declare const ROUTE_ACCESS: AccessByPath;

const settings = readSettings(["TABLE_NAME", "TOKEN_ISSUER", "TOKEN_CLIENT_IDS"]);
const profile = { issuer: settings.TOKEN_ISSUER, clientIds: settings.TOKEN_CLIENT_IDS };
const keys = new SigningKeys(profile.issuer, {
  reportFault: (fault) => logger.warn("the issuer's keys could not be read", { error: fault }),
});
const judging: Judging = {
  routes: listAccess(ROUTE_ACCESS),
  verify: (credential, now) => verifyToken(credential, profile, keys, now),
  store: openStore({ client: openClient(), name: settings.TABLE_NAME }),
  roles: new RoleCache(),
};

async function authorize(event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  const named = readHeaderValues(event.multiValueHeaders, "x-request-id");
  const requestId = chooseRequestId(named.length > 0 ? named.join() : undefined, event.requestContext.requestId);
  const told = { requestId, route: `${event.httpMethod} ${event.resource}` };
  const judgement = await judgeRequest(event, judging, Date.now()).catch((fault: unknown): never => {
    logger.error("a request could not be judged", { ...told, error: fault });
    // A new error, so that no fault can ever read "Unauthorized".
    throw new Error("The request could not be judged.");
  });
  switch (judgement.kind) {
    case "allowed":
      return allow(judgement.authorized, judgement.resource, requestId);
    case "denied": {
      const { userId } = judgement.principal;
      const { requiredScope } = judgement;
      logger.info("denied", { ...told, userId, requiredScope, place: event.pathParameters });
      return deny(userId, requiredScope, requestId);
    }
    case "unauthenticated": {
      const { reason, member, principal } = judgement;
      logger.info("unauthenticated", { ...told, reason, member, userId: principal?.userId });
      // The one text that the gateway answers with 401.
      throw new Error("Unauthorized");
    }
  }
}

export const handler = middy<APIGatewayRequestAuthorizerEvent, APIGatewayAuthorizerResult>()
  .use(injectLambdaContext(logger))
  .handler(authorize);
