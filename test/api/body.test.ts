/** What a refused body is told: words for whoever wrote it, at the place where it is wrong. */
import { describe, expect, it } from "vitest";
import { validate } from "../../lib/api/body.ts";
import { createProviderSchema } from "../../lib/api/provider-bodies.ts";
import { Refusal } from "../../lib/domain/errors.ts";

function faultsOf(value: unknown) {
  try {
    validate(createProviderSchema, value);
  } catch (error) {
    if (error instanceof Refusal) return error.fields.errors;
    throw error;
  }
  return [];
}

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
