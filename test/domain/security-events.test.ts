/** Which lines of a log are security events: a record is made of these, and whatever becomes a part of its key is an id. */
import { describe, expect, it } from "vitest";
import { readSecurityEvent } from "../../lib/domain/security-events.ts";

const USER = "usr_01jdexamp1e0000000000000ab";
const KEY = "key_01jdexamp1e0000000000000ab";
const ORG = "org_01jdexamp1e0000000000000ab";
const WKS = "wks_01jdexamp1e0000000000000ab";
const IDP = "idp_01jdexamp1e0000000000000ab";

const request = { requestId: "r-1", route: "GET /v1/me", ip: "192.0.2.7", userAgent: "x", place: { orgId: ORG } };
const user = { kind: "user", id: USER };
const denied = {
  event: "access.denied",
  ...request,
  principal: user,
  requiredScope: "role:read",
  knownIn: { orgId: ORG },
};
const refused = { event: "credential.refused", ...request, reason: "user.shut_out" };
const signIn = { event: "sign_in.refused", requestId: "r-2", reason: "Nothing gives you a role.", providerId: IDP };
const used = { event: "api_key.used", requestId: "r-3", keyId: KEY };

describe("a line is a security event", () => {
  it.each<[string, object]>([
    ["a denial", denied],
    ["a denial of somebody whom the organization does not know", { ...denied, knownIn: undefined }],
    ["a denial of a key", { ...denied, principal: { kind: "api-key", id: KEY, ownerId: USER } }],
    ["a denial on a path without parameters", { ...denied, place: undefined }],
    ["a refused credential of nobody", refused],
    ["a refused credential of somebody", { ...refused, principal: user, knownIn: { orgId: ORG, workspaceId: WKS } }],
    ["a refused sign-in", signIn],
    ["a refused sign-in of the pool itself", { ...signIn, providerId: undefined, subject: "s" }],
    ["a use of a key", used],
    ["one with more than that, as every line has", { ...denied, level: "INFO", service: "authorizer" }],
  ])("%s", (_, line) => {
    expect(readSecurityEvent(line)).toBe(line);
  });
});

describe("a line is none", () => {
  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a text", "access.denied"],
    ["a list", [denied]],
    ["another line", { message: "swept", done: 1, requestId: "r" }],
    ["an event that there is not", { ...denied, event: "access.allowed" }],
    ["an event named as what every object has", { ...denied, event: "constructor" }],
    ["an event that is no text", { ...denied, event: ["access.denied"] }],
    ["without a request", { ...denied, requestId: undefined }],
    ["a denial of nobody", { ...denied, principal: undefined }],
    ["a denial of somebody without an id", { ...denied, principal: { kind: "user", id: "mallory" } }],
    ["a denial of an id with more behind it", { ...denied, principal: { kind: "user", id: `${USER}#x` } }],
    ["a denial of a kind that there is not", { ...denied, principal: { kind: "robot", id: USER } }],
    ["a denial of a key without an owner", { ...denied, principal: { kind: "api-key", id: KEY } }],
    ["a denial of a key with a user's id", { ...denied, principal: { kind: "api-key", id: USER, ownerId: USER } }],
    ["a denial of no scope", { ...denied, requiredScope: undefined }],
    ["a denial in an organization that is none", { ...denied, knownIn: { orgId: "org_x" } }],
    ["a denial in a workspace that is none", { ...denied, knownIn: { orgId: ORG, workspaceId: "wks_x#y" } }],
    ["a denial in what is no place", { ...denied, knownIn: ORG }],
    ["a denial in nothing", { ...denied, knownIn: null }],
    ["a denial at no place", { ...denied, place: "org_x" }],
    ["a refused credential without a reason", { ...refused, reason: undefined }],
    ["a refused credential of somebody without an id", { ...refused, principal: "usr_x" }],
    ["a refused sign-in through what is no provider", { ...signIn, providerId: "okta" }],
    ["a refused sign-in of a subject that is no text", { ...signIn, subject: 7 }],
    ["a use of what is no key", { ...used, keyId: "bwk_x" }],
  ])("%s", (_, line) => {
    expect(readSecurityEvent(line)).toBeUndefined();
  });
});
