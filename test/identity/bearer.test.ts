import { describe, expect, it } from "vitest";
import { readBearer } from "../../lib/identity/bearer.ts";

describe("a bearer credential is taken from", () => {
  it.each([
    ["the scheme as it is written", "Bearer abc.def-_~+/"],
    ["a lower-case scheme", "bearer abc.def-_~+/"],
    ["an upper-case scheme", "BEARER abc.def-_~+/"],
    ["a scheme with spaces after it", "Bearer   abc.def-_~+/"],
  ])("%s", (_, value) => {
    expect(readBearer([value])).toBe("abc.def-_~+/");
  });
});

describe("no credential is taken from", () => {
  it.each([
    ["no header", [], "credential.absent"],
    ["two headers", ["Bearer abc", "Bearer def"], "credential.doubled"],
    ["the same header twice", ["Bearer abc", "Bearer abc"], "credential.doubled"],
    ["a good header after an empty one", ["", "Bearer abc"], "credential.doubled"],
    ["two credentials in one header", ["Bearer abc, Bearer def"], "credential.not_bearer"],
    ["two credentials after one scheme", ["Bearer abc def"], "credential.not_bearer"],
    ["an empty header", [""], "credential.not_bearer"],
    ["the scheme alone", ["Bearer"], "credential.not_bearer"],
    ["the scheme and a space", ["Bearer "], "credential.not_bearer"],
    ["the credential alone", ["abc.def.ghi"], "credential.not_bearer"],
    ["Basic", ["Basic YW5uOnNlY3JldA=="], "credential.not_bearer"],
    ["DPoP", ["DPoP abc"], "credential.not_bearer"],
    ["a scheme that only begins so", ["BearerX abc"], "credential.not_bearer"],
    ["a tab after the scheme", ["Bearer\tabc"], "credential.not_bearer"],
    ["a space before the scheme", [" Bearer abc"], "credential.not_bearer"],
    ["a space after the credential", ["Bearer abc "], "credential.not_bearer"],
    ["a newline after the credential", ["Bearer abc\n"], "credential.not_bearer"],
    ["a credential in quotes", ['Bearer "abc"'], "credential.not_bearer"],
    ["a parameter after the credential", ["Bearer abc;realm=x"], "credential.not_bearer"],
  ])("%s", (_, values, reason) => {
    expect(() => readBearer(values)).toThrow(expect.objectContaining({ name: "CredentialRefusal", reason }));
  });
});
