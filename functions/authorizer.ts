/**
 * The scope-evaluating authorizer: stands before every method that is not public. What it cannot judge it fails, which the
 * gateway answers as 503; it never allows by mistake, and it writes nothing.
 */
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent, Context } from "aws-lambda";
import type { AccessByPath } from "../lib/api/access.ts";
import { listAccess } from "../lib/api/access.ts";
import { principalIdOf, toSecurityPrincipal } from "../lib/api/principal-ids.ts";
import { RoleCache } from "../lib/api/role-cache.ts";
import { limits } from "../lib/domain/limits.ts";
import type { AccessDenied, ApiKeyUsed, CredentialRefused } from "../lib/domain/security-events.ts";
import { KeyHasher } from "../lib/identity/key-credentials.ts";
import type { Principal } from "../lib/identity/principal.ts";
import { SigningKeys } from "../lib/identity/signing-keys.ts";
import { verifyToken } from "../lib/identity/verify-token.ts";
import { openDecidingStore } from "../lib/store/deciding-store.ts";
import { openClient } from "../lib/store/store.ts";
import { allow, deny } from "./wiring/authorizer-answer.ts";
import { readSettings } from "./wiring/config.ts";
import { readHeaderValues } from "./wiring/header-values.ts";
import { judgeRequest } from "./wiring/judge-request.ts";
import type { Judging } from "./wiring/judgement.ts";
import { KnownKeys } from "./wiring/known-keys.ts";
import { logger } from "./wiring/logger.ts";
import { chooseRequestId } from "./wiring/request-id.ts";

/** Every route that is not public; put in when the bundle is made. */
declare const ROUTE_ACCESS: AccessByPath;

const settings = readSettings(["TABLE_NAME", "TOKEN_ISSUER", "TOKEN_CLIENT_IDS", "API_KEY_PEPPER"]);
const profile = { issuer: settings.TOKEN_ISSUER, clientIds: settings.TOKEN_CLIENT_IDS };
const signingKeys = new SigningKeys(profile.issuer, {
  reportFault: (fault) => logger.warn("the issuer's keys could not be read", { error: fault }),
});
const judging: Judging = {
  routes: listAccess(ROUTE_ACCESS),
  verify: (credential, now) => verifyToken(credential, profile, signingKeys, now),
  keys: new KnownKeys(new KeyHasher(settings.API_KEY_PEPPER)),
  store: openDecidingStore({ client: openClient(), name: settings.TABLE_NAME }),
  roles: new RoleCache(),
};

/** Without middy, which every other function has: each request waits for this bundle to load, and it would do one thing here. */
export async function handler(
  event: APIGatewayRequestAuthorizerEvent,
  context: Context,
): Promise<APIGatewayAuthorizerResult> {
  logger.addContext(context);
  const named = readHeaderValues(event.multiValueHeaders, "x-request-id");
  const requestId = chooseRequestId(named.length > 0 ? named.join() : undefined, event.requestContext.requestId);
  const { sourceIp: ip, userAgent } = event.requestContext.identity;
  const told = {
    requestId,
    route: `${event.httpMethod} ${event.resource}`,
    ip,
    userAgent: (userAgent ?? "").slice(0, limits.userAgentLength),
    place: event.pathParameters,
  };
  const judgement = await judgeRequest(event, judging, Date.now()).catch((fault: unknown): never => {
    logger.error("a request could not be judged", { ...told, error: fault });
    // A new error, so that no fault can ever read "Unauthorized".
    throw new Error("The request could not be judged.");
  });
  switch (judgement.kind) {
    case "allowed": {
      tellUse(judgement.authorized.principal, requestId);
      return allow(judgement.authorized, judgement.resource, requestId);
    }
    case "denied": {
      const { principal, requiredScope, isScopeUnknown, knownIn } = judgement;
      const denied: AccessDenied = {
        event: "access.denied",
        ...told,
        principal: toSecurityPrincipal(principal),
        requiredScope,
        isScopeUnknown,
        knownIn,
      };
      logger.info("denied", { ...denied });
      return deny(principalIdOf(principal), requiredScope, requestId);
    }
    case "unauthenticated": {
      const { reason, member, principal, keyId, knownIn } = judgement;
      const refused: CredentialRefused = {
        event: "credential.refused",
        ...told,
        reason,
        member,
        keyId,
        principal: principal && toSecurityPrincipal(principal),
        knownIn,
      };
      logger.info("unauthenticated", { ...refused });
      // The one text that the gateway answers with 401.
      throw new Error("Unauthorized");
    }
  }
}

/** A use is a line of the log: whoever asks does not wait for it to be kept. */
function tellUse(principal: Principal, requestId: string): void {
  if (principal.kind !== "api-key" || !judging.keys.isFirstUse(principal.keyId, Date.now())) return;
  const used: ApiKeyUsed = { event: "api_key.used", requestId, keyId: principal.keyId };
  logger.info("an API key was used", { ...used });
}
