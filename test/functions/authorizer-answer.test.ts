import { describe, expect, it } from "vitest";
import { allow, deny } from "../../functions/wiring/authorizer-answer.ts";
import { nameMethod } from "../../functions/wiring/method-arn.ts";
import { chooseRequestId } from "../../functions/wiring/request-id.ts";
import type { UserId } from "../../lib/domain/ids.ts";
import { judge } from "../../lib/local/authorizer-policy.ts";

const api = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/live";
const userId = "usr_01jdexamp1e0000000000000ab" as UserId;
const authorized = { principal: { kind: "user", userId }, holdsScope: true, isWorkspaceAbsent: false } as const;

describe("the method that an allow is good for", () => {
  it.each([
    ["is named as it was called", "GET/v1/orgs/org_1/users", "GET/v1/orgs/org_1/users"],
    ["may be the root", "GET/", "GET/"],
    ["keeps what ids may hold", "PUT/v1/a.b_c~d-e:f%20", "PUT/v1/a.b_c~d-e:f%20"],
    ["never holds a star", "GET/v1/orgs/*", "GET/v1/orgs/?"],
    ["never holds many stars", "GET/v1/**/*", "GET/v1/??/?"],
    ["never begins a policy variable", "GET/v1/$" + "{aws:username}", "GET/v1/??aws:username?"],
    ["keeps a question mark as any one character", "GET/v1/a?b", "GET/v1/a?b"],
    ["holds plain characters only", "GET/v1/é\n\u{1f600}", "GET/v1/????"],
  ])("%s", (_, called, named) => {
    expect(nameMethod(`${api}/${called}`)).toBe(`${api}/${named}`);
  });

  it("is never one that is longer than a policy may name", () => {
    const longest = `${api}/GET/`.padEnd(512, "x");
    expect(nameMethod(longest)).toBe(longest);
    expect(nameMethod(`${longest}x`)).toBeUndefined();
  });

  it.each(["", "arn:aws:execute-api:eu-west-1:123456789012:api", `${api}/*/v1/orgs`, `${api}`])(
    "cannot be told from %j",
    (arn) => {
      expect(() => nameMethod(arn)).toThrow("methodArn");
    },
  );
});

describe("an allow, judged as the gateway does,", () => {
  const allowFor = (path: string) => allow(authorized, nameMethod(`${api}/${path}`) ?? "", "req-1");

  it("is good for the call that was judged", () => {
    for (const path of ["GET/v1/orgs/org_1", "GET/v1/orgs/*", "GET/v1/$" + "{x}", "GET/v1/é"]) {
      expect(judge(allowFor(path), `${api}/${path}`)).toMatchObject({ kind: "allow" });
    }
  });

  it.each([
    ["another method", "GET/v1/orgs/org_1", "PUT/v1/orgs/org_1"],
    ["a path below", "GET/v1/orgs/org_1", "GET/v1/orgs/org_1/users"],
    ["another organization, by a star in the path", "GET/v1/orgs/*", "GET/v1/orgs/org_2"],
    ["everything, by a star for the method's path", "GET/*", "GET/v1/orgs/org_2"],
    ["another method, by stars", "GET/**", "PUT/v1"],
  ])("is not good for %s", (_, called, other) => {
    expect(judge(allowFor(called), `${api}/${other}`)).toMatchObject({ kind: "deny" });
  });

  it("hands on who asks and what was found, as plain strings", () => {
    expect(allowFor("GET/v1/orgs/org_1").context).toEqual({
      principal: `{"kind":"user","userId":"${userId}"}`,
      holdsScope: "true",
      isWorkspaceAbsent: "false",
      requestId: "req-1",
    });
  });
});

describe("a denial", () => {
  it("tells the gateway's response all that it shows, and nothing about the place", () => {
    const denial = deny(userId, "workflow:run", "req-1");
    expect(denial.context).toEqual({
      code: "access.denied",
      title: "Access denied",
      detail: "You do not hold the scope that this needs here.",
      requiredScope: "workflow:run",
      requestId: "req-1",
    });
    expect(judge(denial, `${api}/GET/v1/orgs/${"x".repeat(600)}`)).toMatchObject({ kind: "deny", explicit: true });
  });
});

describe("a request's id", () => {
  it.each(["a", "A-1.b_c~d", "x".repeat(128)])("is the caller's %j", (named) => {
    expect(chooseRequestId(named, "made")).toBe(named);
  });

  it.each([undefined, "", "a b", "a\nb", "a,b", "é", '"', "x".repeat(129)])(
    "is the gateway's in place of %j",
    (named) => {
      expect(chooseRequestId(named, "made")).toBe("made");
    },
  );
});
