/**
 * `npm run demo:sso` shows on the running service how an identity provider's groups become roles, each time in a new organization.
 * Ends with exit code 1 at the first answer that is not as told.
 */
import type { Line } from "./demo-scene.ts";
import { perform } from "./demo-stage.ts";

const TIER2 = { all: [{ attribute: "groups", operator: "equals", values: ["SOC-Tier2"] }] };
const LEADS = { all: [{ attribute: "groups", operator: "equals", values: ["SOC-Leads"] }] };
const EMEA = { all: [{ attribute: "groups", operator: "equals", values: ["EMEA"] }] };
const ADMINS = { all: [{ attribute: "groups#cn", operator: "equals", values: ["SOC-Admins"] }] };

const story: readonly (Line | string)[] = [
  {
    who: "Ann",
    does: "makes an organization",
    request: "POST /v1/orgs",
    body: { name: "Acme" },
    status: 201,
    shows: { name: "Acme" },
    names: { org: "id" },
  },
  { who: "Ann", does: "makes a workspace in it", ...createWorkspace("North"), names: { north: "id" } },
  { who: "Ann", does: "makes another", ...createWorkspace("South"), names: { south: "id" } },
  {
    who: "Ann",
    does: "connects the SAML provider",
    request: "POST {O}/identity-providers",
    body: {
      name: "Okta",
      protocol: "saml",
      enabled: true,
      saml: { metadataUrl: "{login}/test-idp/saml/metadata" },
    },
    status: 201,
    shows: { status: "ready" },
    names: { okta: "id" },
  },

  "Rules say which groups are which roles; the first that matches decides",
  {
    who: "Ann",
    does: "lets admins own North",
    ...addRule("{N}", "SOC admins", ADMINS, "rol_owner"),
    names: { admins: "id" },
  },
  {
    who: "Ann",
    does: "lets leads build there",
    ...addRule("{N}", "SOC leads", LEADS, "rol_contributor"),
    names: { leads: "id" },
  },
  {
    who: "Ann",
    does: "lets tier 2 run things there",
    ...addRule("{N}", "SOC tier 2", TIER2, "rol_operator"),
    names: { tier2: "id" },
  },
  { who: "Ann", does: "lets EMEA look at South", ...addRule("{S}", "EMEA", EMEA, "rol_viewer"), names: { emea: "id" } },

  "Dana comes from the provider, where she is in SOC-Tier2 and EMEA",
  { who: "Dana", does: "signs in with a browser", request: "SIGN-IN {okta}", status: 200, shows: {} },
  {
    who: "Dana",
    does: "has, by one rule, a role in North",
    request: "GET {N}/me",
    status: 200,
    shows: { "roles.*.name": ["Operator"], "roles.0.source": "claim-rule:{tier2}" },
    names: { dana: "userId" },
  },
  {
    who: "Dana",
    does: "has, by another, one in South",
    request: "GET {S}/me",
    status: 200,
    shows: { "roles.*.name": ["Viewer"], "roles.0.source": "claim-rule:{emea}" },
  },
  {
    who: "Dana",
    does: "may run a workflow in North",
    request: "POST {N}/access/v1/evaluation",
    body: {
      subject: { type: "user", id: "{dana}" },
      action: { name: "run" },
      resource: { type: "workflow", id: "triage" },
    },
    status: 200,
    shows: { decision: true, "context.because.roleName": "Operator" },
  },
  {
    who: "Ann",
    does: "asks why",
    request: "POST {N}/claim-rules/simulate",
    body: { identityProviderId: "{okta}", userId: "{dana}" },
    status: 200,
    shows: { "rules.*.matched": [false, false, true], "rules.1.conditions.0.reason": "no element of groups does" },
  },

  "The provider moves her to another group",
  moveDana(["SOC-Leads"]),
  {
    who: "Dana",
    does: "holds what she held until she signs in",
    request: "GET {N}/me",
    status: 200,
    shows: { "roles.*.name": ["Operator"] },
  },
  { who: "Dana", does: "signs in again", request: "SIGN-IN {okta}", status: 200, shows: {} },
  {
    who: "Dana",
    does: "has another role in North",
    request: "GET {N}/me",
    status: 200,
    shows: { "roles.*.name": ["Contributor"], "roles.0.source": "claim-rule:{leads}" },
  },
  {
    who: "Dana",
    does: "has nothing left in South",
    request: "GET {S}/me",
    status: 403,
    shows: { code: "access.denied" },
  },
  {
    who: "Ann",
    does: "reads what changed, in one entry",
    request: "GET {O}/audit-log?limit=1",
    status: 200,
    shows: {
      "items.0.action": "assignment.replaced",
      "items.0.after.byRules": [
        { grants: [{ roleId: "rol_contributor", source: "claim-rule:{leads}" }], workspaceId: "{north}" },
      ],
    },
  },
  moveDana(["SOC-Tier2", "EMEA"]),

  "Whoever owns North by a rule tries other rules against everybody's last sign-in",
  { who: "Fay", does: "signs in; she is an admin", request: "SIGN-IN {okta}", status: 200, shows: {} },
  {
    who: "Fay",
    does: "owns North",
    request: "GET {N}/me",
    status: 200,
    shows: { "roles.*.name": ["Owner"] },
    names: { fay: "userId" },
  },
  { who: "Fay", does: "tries: leads only. Dana", ...tryLeadsOnly("{dana}"), shows: { added: [], removed: [] } },
  {
    who: "Fay",
    does: "tries the same for herself",
    ...tryLeadsOnly("{fay}"),
    shows: { added: [], removed: [{ workspaceId: "{north}", roleId: "rol_owner" }] },
  },
  {
    who: "Fay",
    does: "is kept from shutting herself out",
    request: "DELETE {N}/claim-rules/{admins}",
    status: 409,
    shows: { code: "lockout" },
  },
  { who: "Fay", does: "still owns North", request: "GET {N}/me", status: 200, shows: { "roles.*.name": ["Owner"] } },
  {
    who: "Ann",
    does: "switches the provider off",
    request: "PATCH {O}/identity-providers/{okta}",
    headers: { "If-Match": "*" },
    body: { enabled: false },
    status: 200,
    shows: { enabled: false },
  },
  {
    who: "Fay",
    does: "is shut out on her next request",
    request: "GET {N}/me",
    status: 401,
    shows: { code: "unauthenticated" },
  },
  {
    who: "Dana",
    does: "is not let in any more",
    request: "SIGN-IN {okta}",
    status: 403,
    shows: { detail: "This identity provider is switched off." },
  },
];

function createWorkspace(name: string) {
  return { request: "POST {O}/workspaces", body: { name }, status: 201, shows: { name } };
}

function addRule(place: string, name: string, when: object, roleId: string) {
  const body = { name, when, roleId };
  return { request: `POST ${place}/claim-rules`, body, status: 201, shows: { roleId } };
}

function moveDana(groups: readonly string[]): Line {
  return {
    who: "Okta",
    does: `puts Dana into ${groups.join(" and ")}`,
    request: "POST {login}/test-idp/people",
    body: { email: "dana@acme.example", claims: { groups } },
    status: 200,
    shows: { "claims.groups": groups },
  };
}

function tryLeadsOnly(userId: string) {
  const rules = [{ name: "SOC leads", when: LEADS, roleId: "rol_contributor" }];
  const body = { identityProviderId: "{okta}", userId, rules };
  return { request: "POST {N}/claim-rules/simulate", body, status: 200 };
}

await perform(story, { O: "/v1/orgs/{org}", N: "{O}/workspaces/{north}", S: "{O}/workspaces/{south}" });
