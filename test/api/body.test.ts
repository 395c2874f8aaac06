/** What a refused body is told: words for whoever wrote it, at the place where it is wrong. */
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { readBody, validate } from "../../lib/api/body.ts";
import type { HttpRequest } from "../../lib/api/exchange.ts";
import { createProviderSchema } from "../../lib/api/provider-bodies.ts";
import { Refusal } from "../../lib/domain/errors.ts";
import { limits } from "../../lib/domain/limits.ts";

function refusalOf(read: () => unknown) {
  try {
    read();
  } catch (error) {
    if (error instanceof Refusal) return error.fields.errors;
    throw error;
  }
  return [];
}

const faultsOf = (value: unknown) => refusalOf(() => validate(createProviderSchema, value));

const saml = { name: "Okta", protocol: "saml" };

describe("a body that is refused", () => {
  it.each([
    ["what is not there is missing", { protocol: "saml" }, "/name", "This is missing."],
    [
      "also within",
      { ...saml, oidc: { issuer: "https://a.example", clientId: "c" } },
      "/oidc/clientSecret",
      "This is missing.",
    ],
    [
      "a name says why it cannot be one",
      { ...saml, attributeMapping: { "a#b": "c" } },
      "/attributeMapping/a#b",
      "No control characters and no number sign.",
    ],
  ])("%s", (_, body, pointer, detail) => {
    expect(faultsOf(body)).toEqual([{ pointer, detail }]);
  });
});

describe("what no schema sees", () => {
  const headers = new Map([["content-type", "application/json"]]);
  const read = (body: string) => readBody({ method: "POST", headers, body } as unknown as HttpRequest, z.unknown());
  const nested = (depth: number) => `${"[".repeat(depth)}1${"]".repeat(depth)}`;

  it.each([
    ["a number beyond numbers", '{"free": [0, 1e999]}', "/free/1", "The number is too large."],
    ["one beyond them on the other side", '{"free": -1e999}', "/free", "The number is too large."],
    ["a name that every object has", '{"__proto__": {"a": 1}}', "/__proto__", "This name cannot be used."],
    ["the same within", '{"free": [{"__proto__": 1}]}', "/free/0/__proto__", "This name cannot be used."],
    ["half a character in a name", '{"free": {"a\\ud800": 1}}', "/free/a\ufffd", "This name cannot be used."],
    ["half a character in a text", '["\\udfff"]', "/0", "The text holds half a character (a lone surrogate)."],
    [
      "nesting beyond its limit",
      nested(limits.bodyDepth + 1),
      "/0".repeat(limits.bodyDepth + 1),
      `Nesting may be ${limits.bodyDepth} deep.`,
    ],
  ])("is refused where it stands: %s", (_what, body, pointer, detail) => {
    expect(refusalOf(() => read(body))).toEqual([{ pointer, detail }]);
  });

  it.each([nested(limits.bodyDepth), '{"free": [1e308, -0, "\\ud83d\\ude00", {"proto": null, "constructor": 1}]}'])(
    "is nothing that a body may well hold: %#",
    (body) => {
      expect(read(body)).toEqual(JSON.parse(body));
    },
  );
});
