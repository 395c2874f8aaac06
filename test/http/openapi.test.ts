import { beforeAll, describe, expect, inject, it } from "vitest";
import { requiredScopeOf } from "../../lib/api/access.ts";
import { routes } from "../../lib/api/routes.ts";
import type { OpenApiDocument } from "./contract.ts";

const service = inject("service");
let document: OpenApiDocument & Record<string, unknown>;

beforeAll(async () => {
  document = (await (await fetch(`${service.api}/v1/openapi.json`)).json()) as typeof document;
});

describe("the OpenAPI document", () => {
  it("is one of version 3.1 and describes itself", () => {
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info).toEqual({
      title: expect.any(String),
      version: expect.any(String),
      description: expect.any(String),
    });
    expect(document.security).toEqual([{ bearer: [] }]);
  });

  it("knows every route and no other, each under an id of its own", () => {
    const described = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
    const ids = routes.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))("describes %s", (_, route) => {
    // biome-ignore lint/suspicious/noExplicitAny: a document as any client reads it
    const operation = document.paths[route.path]?.[route.method.toLowerCase()] as any;
    const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const parameters: { in: string; name: string; required?: boolean; schema?: object }[] = operation.parameters ?? [];
    expect(parameters.filter((one) => one.in === "path").map(({ name }) => name)).toEqual(inPath);
    expect(parameters.filter((one) => one.in === "path").every(({ required }) => required === true)).toBe(true);
    expect(parameters.every(({ schema }) => schema !== undefined)).toBe(true);
    expect(parameters.some(({ name }) => name === "cursor")).toBe(route.list !== undefined);
    expect(operation.responses[route.reply.status]).toBeDefined();
    expect(operation.responses.default.content["application/problem+json"].schema).toEqual({
      $ref: "#/components/schemas/Problem",
    });
    expect(operation.requestBody !== undefined).toBe(route.body !== undefined);
    if (route.access.kind === "public") expect(operation.security).toEqual([]);
    else expect(operation["x-required-scope"]).toBe(requiredScopeOf(route.access));
  });

  it("refers to nothing that it does not hold", () => {
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g);
    for (const [, path = ""] of references) {
      const found = path
        .split("/")
        .reduce<unknown>((node, step) => (node as Record<string, unknown>)?.[step], document);
      expect(found, path).toBeDefined();
    }
  });
});
