/** What holds for every route of the table, whichever routes there are. */
import { beforeAll, describe, expect, inject, it } from "vitest";
import { requiredScopeOf } from "../../lib/api/access.ts";
import { makeIdMaker } from "../../lib/api/id-maker.ts";
import type { Route } from "../../lib/api/route.ts";
import { routes } from "../../lib/api/routes.ts";
import type { OrgId, RoleId } from "../../lib/domain/ids.ts";
import { builtInCatalogue } from "../../lib/domain/resource-types.ts";
import type { Level } from "../../lib/domain/scopes.ts";
import type { Acme, Person } from "./acme.ts";
import { admit, assign, done, makeAcme, makePerson, makeRole } from "./acme.ts";
import type { Answer, Client } from "./client.ts";
import { openClient } from "./client.ts";
import { openTable } from "./table-content.ts";

const service = inject("service");
const { store } = openTable(service);
let client: Client;
/** Where nothing is ever changed by a route under test. */
let quiet: Acme;
let stranger: Person;

beforeAll(async () => {
  client = await openClient(service);
  quiet = await makeAcmeWithTargets();
  stranger = await makePerson(client, "stranger");
});

const nameOf = ({ method, path }: Route) => `${method} ${path}`;
const isCommand = (route: Route) => "decide" in route;

/** What the examples speak of: a workspace, a user who holds a role everywhere, a role that nobody holds. */
const targetsIn = new Map<Acme, Readonly<Record<string, string>>>();

async function makeAcmeWithTargets(): Promise<Acme> {
  const acme = await makeAcme(client);
  const { userId } = await admit(client, acme, "target", ["rol_viewer"]);
  const body = { roleIds: ["rol_organization-viewer"] };
  await done(client.call(acme.ann.token, `PUT ${acme.O}/assignments/${userId}`, { body }));
  const roleId = await makeRole(client, acme, "Target", []);
  targetsIn.set(acme, { orgId: acme.orgId, workspaceId: acme.workspaceId, userId, roleId });
  return acme;
}

/** Calls a route with its own example, on what stands in `at`. */
function callExample(route: Route, at: Acme, { token }: { token?: string | undefined }): Promise<Answer> {
  const { body, query, headers } = route.example;
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => targetsIn.get(at)?.[name] ?? name);
  const search = query === undefined ? "" : `?${new URLSearchParams(query)}`;
  return client.call(token, `${route.method} ${path}${search}`, {
    body,
    ...(headers === undefined ? {} : { headers }),
  });
}

/** Somebody in `at` who holds exactly these scopes. */
async function admitHolder(at: Acme, scopes: Partial<Record<Level, readonly string[]>>): Promise<Person> {
  const person = await admit(client, at, "holder");
  if (scopes.workspace !== undefined) {
    const roleId = await makeRole(client, at, `Exactly ${person.userId}`, scopes.workspace);
    await assign(client, at, person, [roleId]);
  }
  if (scopes.organization !== undefined) {
    const body = { roleIds: [await makeOrganizationRole(at.orgId as OrgId, scopes.organization)] };
    await done(client.call(at.ann.token, `PUT ${at.O}/assignments/${person.userId}`, { body }));
  }
  return person;
}

/** No route makes org-managed roles yet. */
async function makeOrganizationRole(orgId: OrgId, scopes: readonly string[]): Promise<RoleId> {
  const id = makeIdMaker(Date.now())("rol");
  const role = {
    id,
    name: `Exactly ${id}`,
    description: "",
    level: "organization" as const,
    scopes: [...scopes],
    managedBy: "organization" as const,
    createdAt: new Date().toISOString(),
    version: 1,
    policy: 0,
  };
  await store.commit(store.roles.create({ orgId }, role), id, async () => false);
  return id;
}

describe.each(routes.map((route) => [nameOf(route), route] as const))("%s", (_, route) => {
  const { access } = route;
  const placeOfExample = () => (isCommand(route) ? makeAcmeWithTargets() : quiet);

  if (access.kind === "public") {
    it("asks for no credential, and minds none", async () => {
      expect((await callExample(route, quiet, {})).status).toBe(route.reply.status);
      expect((await callExample(route, quiet, { token: "nonsense" })).status).toBe(route.reply.status);
    });
    return;
  }

  it("answers 401 to whoever has no credential", async () => {
    expect((await callExample(route, quiet, {})).status).toBe(401);
  });

  if (access.kind === "signed-in") {
    it("is open to any valid credential", async () => {
      const answer = await callExample(route, quiet, await makePerson(client, "anybody"));
      expect(answer.status, answer.text).toBe(route.reply.status);
      expect(answer.headers["consistency-token"] !== undefined).toBe(isCommand(route));
    });
    return;
  }

  it("answers 403 with its scope to whoever has no standing", async () => {
    const answer = await callExample(route, quiet, stranger);
    expect(answer).toMatchObject({
      status: 403,
      body: { code: "access.denied", requiredScope: requiredScopeOf(access) },
    });
  });

  if (access.kind === "member") {
    it("does its example for a member", async () => {
      const { level, scope } = access;
      const member = await admitHolder(quiet, { [level]: scope === undefined ? [] : [scope] });
      const answer = await callExample(route, quiet, member);
      expect(answer.status, answer.text).toBe(route.reply.status);
    });
    return;
  }

  const ways: [Level, string][] = [[access.level, access.scope]];
  if (access.orOrganization !== undefined) ways.push(["organization", access.orOrganization]);

  it.each(ways)("does its example for whoever holds, at %s level, nothing but %s", async (level, scope) => {
    const at = await placeOfExample();
    const answer = await callExample(route, at, await admitHolder(at, { [level]: [scope] }));
    expect(answer.status, answer.text).toBe(route.reply.status);
    expect(answer.headers["consistency-token"] !== undefined).toBe(isCommand(route));
  });

  it("answers 403 to whoever holds every other scope", async () => {
    const others = (level: Level) =>
      builtInCatalogue
        .filter((scope) => scope.level === level && !ways.some(([own, name]) => own === level && name === scope.name))
        .map(({ name }) => name);
    const holder = await admitHolder(quiet, { workspace: others("workspace"), organization: others("organization") });
    const answer = await callExample(route, quiet, holder);
    expect(answer).toMatchObject({ status: 403, body: { code: "access.denied", requiredScope: access.scope } });
  });
});
