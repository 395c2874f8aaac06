import { ResponseType } from "aws-cdk-lib/aws-apigateway";
import { expect, it } from "vitest";
import { problemKinds } from "../../../lib/api/problem.ts";
import { refusalCodes } from "../../../lib/domain/errors.ts";
import { ofType, type SynthesizedTenant } from "../assembly.ts";

const answers: Readonly<Record<string, readonly [status: string, code: string]>> = {
  ACCESS_DENIED: ["403", "$context.authorizer.code"],
  UNAUTHORIZED: ["401", "unauthenticated"],
  INVALID_API_KEY: ["401", "unauthenticated"],
  MISSING_AUTHENTICATION_TOKEN: ["404", "not_found"],
  INVALID_SIGNATURE: ["404", "not_found"],
  EXPIRED_TOKEN: ["404", "not_found"],
  RESOURCE_NOT_FOUND: ["404", "not_found"],
  REQUEST_TOO_LARGE: ["413", "request.too_large"],
  UNSUPPORTED_MEDIA_TYPE: ["415", "request.media_type"],
  THROTTLED: ["429", "throttled"],
  QUOTA_EXCEEDED: ["429", "throttled"],
  WAF_FILTERED: ["429", "throttled"],
  BAD_REQUEST_BODY: ["400", "request.malformed"],
  BAD_REQUEST_PARAMETERS: ["400", "request.malformed"],
  DEFAULT_4XX: ["400", "request.malformed"],
  AUTHORIZER_FAILURE: ["503", "unavailable"],
  AUTHORIZER_CONFIGURATION_ERROR: ["503", "unavailable"],
  API_CONFIGURATION_ERROR: ["503", "unavailable"],
  INTEGRATION_FAILURE: ["503", "unavailable"],
  INTEGRATION_TIMEOUT: ["503", "unavailable"],
  DEFAULT_5XX: ["503", "unavailable"],
};

interface GatewayResponse {
  readonly ResponseType: string;
  readonly StatusCode: string;
  readonly ResponseParameters: Readonly<Record<string, string>>;
  readonly ResponseTemplates: Readonly<Record<string, string>>;
}

export function gatewayResponseCases({ api }: SynthesizedTenant): void {
  const responses = ofType(api, "AWS::ApiGateway::GatewayResponse").map(
    ([, { Properties }]) => Properties as unknown as GatewayResponse,
  );

  it("are set for every type that API Gateway has", () => {
    const known = Object.values(ResponseType).flatMap((type) =>
      type instanceof ResponseType ? [type.responseType] : [],
    );
    expect(responses.map(({ ResponseType: type }) => type).sort()).toEqual(known.sort());
    expect(known.sort()).toEqual(Object.keys(answers).sort());
  });

  it("are problems with the contract's status and code", () => {
    for (const { ResponseType: type, StatusCode, ResponseTemplates } of responses) {
      const { status, code } = bodyOf(ResponseTemplates);
      expect([type, StatusCode, code]).toEqual([type, ...(answers[type] ?? [])]);
      expect(String(status)).toBe(StatusCode);
    }
  });

  it("have all members of a problem, with the same title as everywhere", () => {
    for (const { ResponseTemplates } of responses) {
      const body = bodyOf(ResponseTemplates);
      const code = refusalCodes.find((known) => known === body.code);
      expect(body).toMatchObject({
        type: `urn:bailiwick:problem:${body.code}`,
        title: code ? problemKinds[code].title : "$context.authorizer.title",
        status: code ? problemKinds[code].status : 403,
        detail: expect.stringMatching(/./),
        requestId: expect.stringMatching(/^\$context\.(?:authorizer\.)?requestId$/),
      });
    }
  });

  it("never quote what API Gateway says of an error, since that can quote the credential", () => {
    for (const response of responses) expect(JSON.stringify(response)).not.toMatch(/\$?context\.error/);
  });

  it("are problem+json whatever is accepted, and are kept by nobody", () => {
    for (const { ResponseParameters, ResponseTemplates } of responses) {
      expect(Object.keys(ResponseTemplates)).toEqual(["application/json"]);
      expect(ResponseParameters).toMatchObject({
        "gatewayresponse.header.Content-Type": "'application/problem+json'",
        "gatewayresponse.header.Cache-Control": "'no-store'",
      });
    }
  });

  it("say when to try again, and which credential is wanted", () => {
    for (const { ResponseType: type, StatusCode, ResponseParameters } of responses) {
      const mayRetry = StatusCode === "429" || StatusCode === "503";
      // The firewall counts a minute; all others are a matter of the moment.
      const seconds = type === "WAF_FILTERED" ? "'60'" : "'1'";
      expect(ResponseParameters["gatewayresponse.header.Retry-After"]).toBe(mayRetry ? seconds : undefined);
      expect(ResponseParameters["gatewayresponse.header.WWW-Authenticate"]).toBe(
        StatusCode === "401" ? "'Bearer'" : undefined,
      );
    }
  });

  it.each([
    ["the stage's own rate", "THROTTLED", "'1'"],
    ["the firewall", "WAF_FILTERED", "'60'"],
  ])(
    "of a request too many, counted by %s, are the problem of the contract, and say when to come back",
    (_, type, after) => {
      const response = responses.find((one) => one.ResponseType === type);
      expect(response?.StatusCode).toBe("429");
      expect(bodyOf(response?.ResponseTemplates)).toEqual({
        type: "urn:bailiwick:problem:throttled",
        title: "Too many requests",
        status: 429,
        code: "throttled",
        detail: expect.stringContaining("too many requests"),
        requestId: "$context.requestId",
      });
      expect(response?.ResponseParameters).toEqual({
        "gatewayresponse.header.Content-Type": "'application/problem+json'",
        "gatewayresponse.header.Cache-Control": "'no-store'",
        "gatewayresponse.header.X-Request-ID": "method.request.header.X-Request-ID",
        "gatewayresponse.header.Retry-After": after,
      });
    },
  );

  it("carry the authorizer's own words and the scope that was missing in a denial", () => {
    const denial = responses.find(({ ResponseType: type }) => type === "ACCESS_DENIED");
    expect(bodyOf(denial?.ResponseTemplates)).toEqual({
      type: "urn:bailiwick:problem:$context.authorizer.code",
      title: "$context.authorizer.title",
      status: 403,
      code: "$context.authorizer.code",
      detail: "$context.authorizer.detail",
      requiredScope: "$context.authorizer.requiredScope",
      requestId: "$context.authorizer.requestId",
    });
    expect(denial?.ResponseParameters["gatewayresponse.header.X-Request-ID"]).toBe("context.authorizer.requestId");
  });

  it("echo the caller's request id where the authorizer has not settled one", () => {
    for (const { ResponseType: type, ResponseParameters } of responses) {
      if (type === "ACCESS_DENIED") continue;
      expect(ResponseParameters["gatewayresponse.header.X-Request-ID"]).toBe("method.request.header.X-Request-ID");
    }
  });
}

function bodyOf(templates: GatewayResponse["ResponseTemplates"] | undefined): Record<string, unknown> {
  return JSON.parse(templates?.["application/json"] ?? "null");
}
