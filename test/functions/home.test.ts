import { beforeAll, describe, expect, it } from "vitest";
import { judgeRequest } from "../../functions/wiring/judge-request.ts";
import { RoleCache } from "../../lib/api/role-cache.ts";
import { routes } from "../../lib/api/routes.ts";
import type { OrgId, ProviderId } from "../../lib/domain/ids.ts";
import type { Caller, TestApi } from "../api/in-process.ts";
import { openTestApi } from "../api/in-process.ts";
import { openTestStore } from "../engine.ts";
import { eventOf } from "./authorizer-world.ts";

let api: TestApi;
let ann: Caller;
let acme: OrgId;
let globex: OrgId;

beforeAll(async () => {
  const { store } = await openTestStore();
  api = openTestApi(store);
  ann = await api.person("ann@acme.example");
  const make = async (name: string) => (await api.call(ann, "POST /v1/orgs", { body: { name } })).body.id;
  acme = await make("Acme");
  globex = await make("Globex");
});

/** Asks for an organization with a token that says where its user belongs, or nothing about it. */
async function ask(orgId: OrgId, home: OrgId | undefined): Promise<string> {
  const place = home === undefined ? {} : { home: { orgId: home, providerId: "idp_acme" as ProviderId } };
  const verify = async () => ({ kind: "user" as const, userId: ann.userId, ...place });
  const event = eventOf("GET /v1/orgs/{orgId}", { params: { orgId }, headers: { Authorization: ["Bearer x"] } });
  const judging = { routes, verify, store: api.host.store, roles: new RoleCache() };
  return (await judgeRequest(event, judging, Date.now())).kind;
}

describe("a token that came through an identity provider", () => {
  it("is good in that provider's organization, and in no other, whoever its user is there", async () => {
    expect(await ask(acme, acme)).toBe("allowed");
    expect(await ask(globex, acme)).toBe("denied");
    expect([await ask(acme, undefined), await ask(globex, undefined)]).toEqual(["allowed", "allowed"]);
  });
});
