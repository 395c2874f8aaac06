import { randomUUID } from "node:crypto";
import { afterEach, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { openMemory } from "../../lib/local/data-folder.ts";
import type { Seeded } from "../../lib/local/seed.ts";
import { seed } from "../../lib/local/seed.ts";
import type { Client } from "./client.ts";
import { openClient } from "./client.ts";

const service = inject("service");
const realFetch = globalThis.fetch;
let client: Client;

beforeAll(async () => {
  client = await openClient(service);
});
afterEach(() => void vi.unstubAllGlobals());

interface Run {
  readonly seeded: Seeded | undefined;
  /** Requests sent. */
  readonly sent: number;
}

/**
 * Seeds for people of a domain of their own: the service is one for all tests, and the seed's addresses are always the same.
 * @param most requests after which it is broken off: the answer to the last is not heard, and nothing more is sent
 */
async function runSeed(domain: string, folder = openMemory(), most = Number.POSITIVE_INFINITY): Promise<Run> {
  const answers: Promise<Response>[] = [];
  vi.stubGlobal("fetch", async (url: string, init: { body: string }) => {
    if (answers.length >= most) throw new Error("broken off");
    const answer = realFetch(url, { ...init, body: init.body.replaceAll("@acme.example", `@${domain}`) });
    const count = answers.push(answer);
    if (count < most) return answer;
    await answer;
    throw new Error("broken off");
  });
  const seeded = await seed({ ...service, folder }).catch((error) => {
    if (most === Number.POSITIVE_INFINITY) throw error;
    return undefined;
  });
  await Promise.all(answers);
  vi.unstubAllGlobals();
  return { seeded, sent: answers.length };
}

const newDomain = () => `${randomUUID()}.example`;

/** Everything that stands in the organizations of the domain's Ann, by names instead of ids. */
async function readContent(domain: string) {
  const token = await client.signIn(`ann@${domain}`);
  const get = async (path: string) => (await client.call(token, `GET ${path}`)).body;
  const { items: organizations } = await get("/v1/orgs");
  return Promise.all(
    organizations.map(async ({ id, name }: { id: string; name: string }) => {
      const O = `/v1/orgs/${id}`;
      const { items: workspaces } = await get(`${O}/workspaces`);
      const { items: users } = await get(`${O}/users`);
      return {
        name,
        workspaces: await Promise.all(
          workspaces.map(async (workspace: { id: string; name: string; labels: object; features: string[] }) => ({
            name: workspace.name,
            labels: workspace.labels,
            features: workspace.features,
            roles: ownRoles((await get(`${O}/workspaces/${workspace.id}/roles`)).items, "workspace"),
            rules: await readRules(get, `${O}/workspaces/${workspace.id}/claim-rules`),
            resources: await readResources(get, `${O}/workspaces/${workspace.id}`),
            log: await readActions(get, `${O}/audit-log?limit=500&workspaceId=${workspace.id}`),
          })),
        ),
        roles: ownRoles((await get(`${O}/roles`)).items, "organization"),
        providers: (await get(`${O}/identity-providers`)).items.map(
          ({ name, protocol, status }: Record<string, string>) => `${name}: ${protocol}, ${status}`,
        ),
        rules: await readRules(get, `${O}/claim-rules`),
        keys: (await get(`${O}/api-keys`)).items.map(describeKey).sort(),
        users: Object.fromEntries(
          await Promise.all(
            users.map(async (user: { id: string; email: string; status: string }) => {
              const access = await get(`${O}/users/${user.id}/access`);
              return [user.email.split("@")[0], [user.status, ...describeAccess(access)]];
            }),
          ),
        ),
        log: await readActions(get, `${O}/audit-log?limit=500`),
      };
    }),
  );
}

/** In an order of their own: those that are made at once have theirs from chance. */
function ownRoles(roles: { name: string; managedBy: string; scopes: string[] }[], manager: string) {
  return roles
    .filter(({ managedBy }) => managedBy === manager)
    .map(({ name, scopes }) => `${name}: ${scopes.join(" ")}`)
    .sort();
}

type Get = (path: string) => Promise<{ items: Listed[] }>;

interface Listed {
  readonly type: string;
  readonly id: string;
  readonly shared?: { readonly from: { readonly name: string }; readonly actions: readonly string[] };
}

interface Access {
  readonly organization: { readonly grants: readonly { readonly roleName: string }[] };
  readonly workspaces: readonly { readonly name: string; readonly grants: readonly { readonly roleName: string }[] }[];
}

function describeAccess({ organization, workspaces }: Access): string[] {
  return [
    ...organization.grants.map(({ roleName }) => roleName),
    ...workspaces.flatMap(({ name, grants }) => grants.map(({ roleName }) => `${roleName} in ${name}`)),
  ];
}

async function readRules(get: (path: string) => Promise<{ items: { name: string }[] }>, path: string) {
  return (await get(path)).items.map(({ name }) => name);
}

/** Of each type that the demonstration has: `workflow triage`, and from where where it is not the workspace's own. */
async function readResources(get: Get, workspace: string) {
  const types = ["workflow", "step-integration", "workspace-variable", "runbook"];
  const lists = await Promise.all(types.map(async (type) => (await get(`${workspace}/resources/${type}`)).items));
  return lists.flat().map(({ type, id, shared }) => {
    const origin = shared === undefined ? "" : ` from ${shared.from.name} to ${shared.actions.join(" and ")}`;
    return `${type} ${id}${origin}`;
  });
}

function describeKey({ name, kind, scopes, ...more }: { name: string; kind: string; scopes: string[] }) {
  expect(more).toMatchObject({ state: "active" });
  return `${name}: ${kind}, ${scopes.join(" ")}${"secret" in more ? ", secret" : ""}`;
}

async function readActions(get: (path: string) => Promise<{ items: { action: string }[] }>, path: string) {
  return (await get(path)).items.map(({ action }) => action).sort();
}

describe("the demonstration organization", () => {
  it("is a provider with workspaces of its own and of its customers, and the people who work there", async () => {
    const domain = newDomain();
    const { seeded } = await runSeed(domain);
    const [acme, ...others] = await readContent(domain);
    expect(others).toEqual([]);
    expect(
      acme.workspaces.map(({ name, labels, features }: Record<string, unknown>) => [name, labels, features]),
    ).toEqual([
      ["Internal", { customer: "acme", environment: "production" }, []],
      ["North", { customer: "north", environment: "production" }, ["case-management"]],
      ["South Staging", { customer: "south", environment: "staging" }, []],
      ["South Production", { customer: "south", environment: "production" }, []],
    ]);
    expect(acme.roles).toEqual([
      expect.stringMatching(/^Content Engineer: /),
      expect.stringMatching(/^Tier 1 Analyst: /),
    ]);
    expect(acme.workspaces.map(({ roles }: { roles: string[] }) => roles)).toEqual([
      [],
      [],
      [],
      [expect.stringMatching(/^Change Approver: /)],
    ]);
    expect(acme.providers).toEqual(["Okta: saml, ready", "Entra: oidc, ready"]);
    expect([acme.rules, ...acme.workspaces.map(({ rules }: { rules: string[] }) => rules)]).toEqual([
      ["Everybody in EMEA"],
      [],
      ["Tier 2", "Tier 1"],
      ["SOC admins"],
      [],
    ]);
    const owner = ["Internal", "North", "South Staging", "South Production"].map((name) => `Owner in ${name}`);
    expect(acme.users).toEqual({
      ann: ["active", "Organization Manager", ...owner],
      vic: ["active", "Viewer in Internal"],
      otto: ["active", "Organization Viewer"],
      nora: ["active", "Owner in North"],
      tia: ["active", "Tier 1 Analyst in North", "Tier 1 Analyst in South Production"],
      eve: [
        "active",
        "Content Engineer in Internal",
        "Content Engineer in South Staging",
        "Viewer in South Production",
      ],
      sam: ["active", "Owner in South Staging", "Owner in South Production"],
      ben: ["active", "Tier 1 Analyst in North"],
      cleo: ["active", "Cases Contributor in North"],
      dan: ["active", "Cases Analyst in North"],
      finn: ["active", "Content Engineer in South Staging", "Operator in South Production"],
      pia: ["active", "Contributor in Internal"],
      joe: ["active", "Change Approver in South Production"],
      ivy: ["active", "Interact Only in North"],
      hugo: ["invited", "Operator in South Staging"],
    });
    expect(acme.workspaces.map(({ resources }: { resources: string[] }) => resources)).toEqual([
      ["workflow triage", "step-integration jira", "workspace-variable severity"],
      [
        "workflow triage from Internal to read and run",
        "step-integration jira from Internal to read and use",
        "runbook phishing",
      ],
      [],
      ["workflow triage from Internal to read and run"],
    ]);
    expect(acme.keys).toEqual([
      "Deployment pipeline: service, workflow:read workflow:write",
      "Pia's laptop: personal, workflow:read workflow:run",
    ]);
    const { body } = await client.call(await client.signIn(`vic@${domain}`), "GET /v1/me");
    expect(body.organizations).toMatchObject([
      { id: seeded?.orgId, roleIds: [], workspaces: [{ id: seeded?.workspaceId, roleIds: ["rol_viewer"] }] },
    ]);
  });

  it("lets a customer's analyst run the provider's workflow, and shows its secret to nobody", async () => {
    const domain = newDomain();
    const { seeded } = await runSeed(domain);
    const [tia, ann] = [await client.signIn(`tia@${domain}`), await client.signIn(`ann@${domain}`)];
    const { body: me } = await client.call(tia, "GET /v1/me");
    const O = `/v1/orgs/${seeded?.orgId}`;
    const north = me.organizations[0].workspaces.find(({ name }: { name: string }) => name === "North").id;
    const subject = { type: "user", id: me.principal.id };
    const ask = (name: string) =>
      client.call(tia, `POST ${O}/workspaces/${north}/access/v1/evaluation`, {
        body: { subject, action: { name }, resource: { type: "workflow", id: "triage" } },
      });
    expect((await ask("run")).body.decision).toBe(true);
    expect((await ask("write")).body.decision).toBe(false);
    const there = await client.call(ann, `GET ${O}/workspaces/${seeded?.workspaceId}/resources/step-integration/jira`);
    expect(there.body.attributes).toEqual({ url: "https://tickets.acme.example", token: { secret: true } });
  });

  it("is made once", async () => {
    const folder = openMemory();
    const domain = newDomain();
    const first = await runSeed(domain, folder);
    expect(await runSeed(domain, folder)).toEqual({ seeded: first.seeded, sent: 0 });
  });

  it("is the same, and nothing in it double, when each start was broken off one request after the one before", async () => {
    const whole = newDomain();
    const { sent } = await runSeed(whole);
    expect(sent).toBeGreaterThan(20);
    const broken = newDomain();
    const folder = openMemory();
    for (let most = 1; most <= sent; most++) {
      expect(await runSeed(broken, folder, most)).toEqual({ seeded: undefined, sent: most });
    }
    expect((await runSeed(broken, folder)).seeded).toBeDefined();
    expect(await readContent(broken)).toEqual(await readContent(whole));
  });
});
