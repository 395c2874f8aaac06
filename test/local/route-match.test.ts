import { describe, expect, test } from "vitest";
import type { Method } from "../../lib/local/rest-api.ts";
import { RouteTree } from "../../lib/local/route-match.ts";

const routes = [
  "GET /v1/orgs",
  "GET /v1/orgs/{orgId}",
  "GET /v1/orgs/{orgId}/roles/{roleId}",
  "PUT /v1/orgs/{orgId}/roles/order",
  "GET /v1/orgs/{orgId}/{thing}/special/case",
  "POST /v1/files/{path+}",
  "ANY /{proxy+}",
];
const tree = new RouteTree(
  routes.map((route): Method => {
    const [httpMethod = "", resourcePath = ""] = route.split(" ");
    return {
      httpMethod,
      resourcePath,
      resourceId: route,
      operationName: undefined,
      authorizer: undefined,
      integration: "f",
      timeoutMs: 1,
    };
  }),
);
const found = (method: string, path: string) => {
  const match = tree.find(method, path);
  return match && [match.method.resourceId, Object.fromEntries(match.pathParameters)];
};

describe("a request is matched as API Gateway matches it", () => {
  test.each<[string, string, string, object]>([
    ["a literal path", "/v1/orgs", "GET /v1/orgs", {}],
    ["a trailing slash does not count", "/v1/orgs/", "GET /v1/orgs", {}],
    ["a parameter takes one segment as it stands", "/v1/orgs/a%2Fb", "GET /v1/orgs/{orgId}", { orgId: "a%2Fb" }],
    ["several parameters", "/v1/orgs/o/roles/r", "GET /v1/orgs/{orgId}/roles/{roleId}", { orgId: "o", roleId: "r" }],
    [
      "a literal leads nowhere, so the parameter is tried",
      "/v1/orgs/o/roles/special/case",
      "GET /v1/orgs/{orgId}/{thing}/special/case",
      { orgId: "o", thing: "roles" },
    ],
    [
      "what leads nowhere is taken by the greedy path",
      "/v1/orgs/o/unknown",
      "ANY /{proxy+}",
      { proxy: "v1/orgs/o/unknown" },
    ],
    ["an empty segment is no parameter", "/v1/orgs//roles/r", "ANY /{proxy+}", { proxy: "v1/orgs//roles/r" }],
    ["a path with no method of its own is no resource to stop at", "/v1", "ANY /{proxy+}", { proxy: "v1" }],
  ])("%s", (_, path, resource, parameters) => {
    expect(found("GET", path)).toEqual([resource, parameters]);
  });

  test("a literal segment is preferred to a parameter, whatever the method", () => {
    expect(found("PUT", "/v1/orgs/o/roles/order")).toEqual(["PUT /v1/orgs/{orgId}/roles/order", { orgId: "o" }]);
    expect(found("GET", "/v1/orgs/o/roles/order")).toBeUndefined();
  });

  test("an unknown method of a known path is no match, even with a greedy path beside it", () => {
    expect(found("DELETE", "/v1/orgs")).toBeUndefined();
  });

  test("a deeper greedy path is preferred, and the root has no catch-all", () => {
    expect(found("POST", "/v1/files/a/b")).toEqual(["POST /v1/files/{path+}", { path: "a/b" }]);
    expect(found("GET", "/")).toBeUndefined();
  });
});
