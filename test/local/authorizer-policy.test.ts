import { describe, expect, test } from "vitest";
import { matchesPattern } from "../../lib/local/arn-pattern.ts";
import { judge } from "../../lib/local/authorizer-policy.ts";

const arn = "arn:aws:execute-api:us-east-1:000000000000:abc/live/GET/v1/orgs/o1";

function answer(effect: string, resource: unknown, action: unknown = "execute-api:Invoke"): object {
  return {
    principalId: "p",
    policyDocument: { Version: "2012-10-17", Statement: [{ Effect: effect, Action: action, Resource: resource }] },
  };
}

describe("a pattern", () => {
  test.each([
    ["*", arn, true],
    [arn, arn, true],
    ["arn:aws:execute-api:*:*:abc/*/GET/*", arn, true],
    ["arn:aws:execute-api:us-east-?:000000000000:abc/live/GET/v1/orgs/o?", arn, true],
    ["arn:aws:execute-api:*/PUT/*", arn, false],
    [`${arn}/more`, arn, false],
    [arn.slice(0, -1), arn, false],
    ["", "", true],
    ["?", "", false],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "a-b-b", false],
  ])("%j against %j is %j", (pattern, text, expected) => {
    expect(matchesPattern(pattern, text)).toBe(expected);
  });

  test("with many stars takes no long time", () => {
    expect(matchesPattern("*a".repeat(50), `${"a".repeat(5000)}b`)).toBe(false);
  });
});

describe("a policy", () => {
  test("that allows this very method is an Allow, and its context becomes texts", () => {
    const verdict = judge({ ...answer("Allow", arn), context: { count: 3, yes: true, name: "x" } }, arn);
    expect(verdict).toEqual({
      kind: "allow",
      context: new Map([
        ["principalId", "p"],
        ["count", "3"],
        ["yes", "true"],
        ["name", "x"],
      ]),
    });
  });

  test.each<[string, object]>([
    ["of another method", answer("Allow", arn.replace("GET", "PUT"))],
    ["of another action", answer("Allow", arn, "s3:GetObject")],
    ["without statements", { principalId: "p", policyDocument: { Statement: [] } }],
  ])("%s allows nothing", (_, given) => {
    expect(judge(given, arn)).toMatchObject({ kind: "deny", explicit: false });
  });

  test("denies when any statement does, in whatever order", () => {
    const statements = [
      { Effect: "Deny", Action: "execute-api:*", Resource: "*" },
      { Effect: "Allow", Action: "execute-api:Invoke", Resource: [arn] },
    ];
    for (const Statement of [statements, statements.toReversed()]) {
      expect(judge({ principalId: "p", policyDocument: { Statement } }, arn)).toMatchObject({
        kind: "deny",
        explicit: true,
      });
    }
  });

  test.each<[string, unknown]>([
    ["nothing", null],
    ["a text", "Allow"],
    ["no principal", { policyDocument: { Statement: [] } }],
    ["no policy", { principalId: "p" }],
    ["a context with an object in it", { ...answer("Allow", arn), context: { a: {} } }],
    ["a context with null in it", { ...answer("Allow", arn), context: { a: null } }],
    ["an unknown effect", answer("Perhaps", arn)],
    ["a resource of more than 512 characters", answer("Allow", `${arn}${"x".repeat(512)}`)],
  ])("that is %s is broken", (_, given) => {
    expect(judge(given, arn)).toMatchObject({ kind: "broken" });
  });
});
