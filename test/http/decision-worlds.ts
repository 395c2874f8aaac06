/** Makes a world of the decision tables with HTTP calls alone, as its people would have come to it. */
import { randomUUID } from "node:crypto";
import { features } from "../../lib/domain/predefined-roles.ts";
import type { World } from "../decisions/world.ts";
import { isWorkspacePath } from "../decisions/world.ts";
import type { Person } from "./acme.ts";
import { absent, done, makePerson } from "./acme.ts";
import type { Client } from "./client.ts";

type GrantLine = World["grants"][number];

export interface MadeWorld {
  /** Owner of every workspace and Manager of every organization, beside whoever the world names. */
  readonly founder: Person;
  /** Somebody by their name, or a key, whose id stands for theirs; who is not in the world is made a stranger. */
  person(who: string): Promise<Person>;
  /** How they are named in a question. */
  subject(who: string): Promise<{ readonly type: "user" | "api-key"; readonly id: string }>;
  /** The path of a place. @param under the organization that the path is to name, where that is another one */
  pathOf(place: string, under?: string): string;
}

const organizationOf = (path: string) => path.split("/")[0] ?? path;
const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);

export async function makeWorld(client: Client, world: World): Promise<MadeWorld> {
  const { grants, organizations = {}, workspaces = {}, users = {}, roles = {}, keys = {} } = world;
  const founder = await makePerson(client, "founder");
  const tell = (what: string, body: object, headers = {}) => done(client.call(founder.token, what, { body, headers }));
  const members = new Set([...grants.map((line) => `${organizationOf(line.in)}/${line.who}`), ...Object.keys(users)]);
  const placesNamed = [
    ...grants.map((line) => line.in),
    ...Object.keys(workspaces),
    ...Object.keys(roles).map(parentOf),
  ];
  const paths = new Map<string, string>();

  for (const name of new Set([...placesNamed, ...members, ...Object.keys(organizations)].map(organizationOf))) {
    paths.set(name, `/v1/orgs/${(await tell("POST /v1/orgs", { name })).id}`);
  }
  for (const place of new Set(placesNamed.filter(isWorkspacePath))) {
    // Everything is switched on until the roles are given.
    const path = `${paths.get(organizationOf(place))}/workspaces`;
    paths.set(place, `${path}/${(await tell(`POST ${path}`, { name: nameOf(place), features })).id}`);
  }

  const people = new Map<string, Promise<Person>>();
  const salt = randomUUID();
  const emailOf = (who: string) => `${who}.${salt}@people.example`;
  const signIn = async (who: string): Promise<Person> => {
    const token = await client.signIn(emailOf(who));
    const { principal } = await done(client.call(token, "GET /v1/me"));
    return { userId: principal.id, email: emailOf(who), token };
  };
  const person = (who: string): Promise<Person> => {
    const known = people.get(who) ?? signIn(who);
    people.set(who, known);
    return known;
  };
  for (const member of members) {
    const email = emailOf(nameOf(member));
    const { id: userId } = await tell(`POST ${paths.get(organizationOf(member))}/users`, { email });
    // Whoever is to stay invited never signs in.
    if (users[member]?.status === "invited") people.set(nameOf(member), Promise.resolve({ userId, email, token: "" }));
  }

  const roleIds = new Map<string, string>();
  for (const [path, { scopes }] of Object.entries(roles)) {
    roleIds.set(path, (await tell(`POST ${paths.get(parentOf(path))}/roles`, { name: nameOf(path), scopes })).id);
  }
  const predefined = new Map<string, string>();
  const anyOrganization = [...paths.values()][0];
  const { items } = await done(client.call(founder.token, `GET ${anyOrganization}/roles?limit=100`));
  for (const { id, name } of items) predefined.set(name, id);
  for (const lines of groupGrants(grants)) {
    const [{ who, in: place, expiresIn }] = lines;
    const end = expiresIn === undefined ? {} : { expiresAt: new Date(Date.now() + expiresIn).toISOString() };
    const body = { roleIds: lines.map(({ is }) => roleIds.get(`${place}/${is}`) ?? predefined.get(is)), ...end };
    await tell(`PUT ${paths.get(place)}/assignments/${(await person(who)).userId}`, body);
  }

  const keyNames = new Set(Object.keys(keys).map(nameOf));
  for (const [path, { of, kind, scopes, role, isRevoked }] of Object.entries(keys)) {
    const at = `${paths.get(parentOf(path))}/api-keys`;
    const roleId = role && (roleIds.get(`${parentOf(path)}/${role}`) ?? predefined.get(role));
    const body = { name: nameOf(path), kind, scopes, ...(roleId === undefined ? {} : { roleId }) };
    const { token: by } = kind === "personal" ? await person(of) : founder;
    const { id, secret } = await done(client.call(by, `POST ${at}`, { body }));
    people.set(nameOf(path), Promise.resolve({ userId: id, email: "", token: secret }));
    if (isRevoked) await done(client.call(founder.token, `DELETE ${at}/${id}`));
  }

  for (const place of new Set(placesNamed.filter(isWorkspacePath))) {
    const wanted = workspaces[place]?.features ?? [];
    await tell(`PATCH ${paths.get(place)}`, { features: wanted }, { "If-Match": "*" });
    if (workspaces[place]?.status === "suspended") await tell(`POST ${paths.get(place)}/suspend`, {});
  }
  for (const [path, { status }] of Object.entries(users)) {
    if (status !== "suspended") continue;
    const { userId } = await person(nameOf(path));
    await tell(`PATCH ${paths.get(organizationOf(path))}/users/${userId}`, { status });
  }

  return {
    founder,
    person,
    async subject(who) {
      return { type: keyNames.has(who) ? "api-key" : "user", id: (await person(who)).userId };
    },
    pathOf(place, under = organizationOf(place)) {
      const organization = paths.get(under) ?? `/v1/orgs/${absent.orgId}`;
      if (!isWorkspacePath(place)) return organization;
      return `${organization}/workspaces/${nameOf(paths.get(place) ?? absent.workspaceId)}`;
    },
  };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** What one person is given in one place, which is one call. */
function groupGrants(grants: readonly GrantLine[]): [GrantLine, ...GrantLine[]][] {
  const groups = new Map<string, [GrantLine, ...GrantLine[]]>();
  for (const line of grants) {
    const group = groups.get(`${line.in} ${line.who}`);
    if (group === undefined) groups.set(`${line.in} ${line.who}`, [line]);
    else group.push(line);
  }
  return [...groups.values()];
}
