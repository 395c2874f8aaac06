/** An organization of a test's own, made through the API, and the people in it. */
import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { Answer, Client } from "./client.ts";

export interface Person {
  readonly userId: string;
  readonly email: string;
  readonly token: string;
}

export interface Acme {
  readonly orgId: string;
  readonly workspaceId: string;
  /** `/v1/orgs/…` */
  readonly O: string;
  /** The path of its workspace. */
  readonly W: string;
  /** Organization Manager, and Owner of the workspace. */
  readonly ann: Person;
}

/** Signs a person of the pool in, whom nobody has asked in anywhere yet. */
export async function makePerson(client: Client, name: string): Promise<Person> {
  const email = `${name}.${randomUUID()}@acme.example`;
  const token = await client.signIn(email);
  const { body } = await client.call(token, "GET /v1/me");
  return { userId: body.principal.id, email, token };
}

export async function makeAcme(client: Client): Promise<Acme> {
  const ann = await makePerson(client, "ann");
  const { id: orgId } = await done(client.call(ann.token, "POST /v1/orgs", { body: { name: "Acme" } }));
  const O = `/v1/orgs/${orgId}`;
  const workspaceId = await makeWorkspace(client, { O, ann }, "Production");
  return { orgId, workspaceId, O, W: `${O}/workspaces/${workspaceId}`, ann };
}

/** Another workspace, with every feature. @returns its id */
export async function makeWorkspace(
  client: Client,
  { O, ann }: Pick<Acme, "O" | "ann">,
  name: string,
): Promise<string> {
  const body = { name, features: ["case-management"] };
  return (await done(client.call(ann.token, `POST ${O}/workspaces`, { body }))).id;
}

/** Asks a person in, who comes, and gives them roles in the workspace. */
export async function admit(
  client: Client,
  acme: Acme,
  name: string,
  roleIds: readonly string[] = [],
): Promise<Person> {
  const email = `${name}.${randomUUID()}@acme.example`;
  const { id: userId } = await done(client.call(acme.ann.token, `POST ${acme.O}/users`, { body: { email } }));
  const token = await client.signIn(email);
  const person = { userId, email, token };
  if (roleIds.length > 0) await assign(client, acme, person, roleIds);
  return person;
}

export function assign(client: Client, { W, ann }: Acme, { userId }: Person, roleIds: readonly string[]) {
  return done(client.call(ann.token, `PUT ${W}/assignments/${userId}`, { body: { roleIds } }));
}

/** Makes a role of the workspace. @returns its id */
export async function makeRole(client: Client, { W, ann }: Acme, name: string, scopes: readonly string[]) {
  const role = await done(client.call(ann.token, `POST ${W}/roles`, { body: { name, scopes } }));
  return role.id as string;
}

/** Makes a resource of the workspace. @returns its id */
export async function makeResource(
  client: Client,
  { W, ann }: Pick<Acme, "W" | "ann">,
  name: string,
  type = "workflow",
): Promise<string> {
  return (await done(client.call(ann.token, `POST ${W}/resources/${type}`, { body: { name } }))).id;
}

/** The body of an answer that must be a success. */
export async function done(asked: Promise<Answer>) {
  const { status, text, body } = await asked;
  expect(status, text).toBeLessThan(300);
  return body;
}

/** An id of the right form of which there is nothing. */
export const absent = {
  orgId: "org_01jdexamp1e0000000000000ab",
  workspaceId: "wks_01jdexamp1e0000000000000ab",
  userId: "usr_01jdexamp1e0000000000000ab",
  roleId: "rol_01jdexamp1e0000000000000ab",
  ruleId: "rul_01jdexamp1e0000000000000ab",
  idpId: "idp_01jdexamp1e0000000000000ab",
  type: "acme.nothing",
  resourceId: "res_01jdexamp1e0000000000000ab",
  shareId: "shr_01jdexamp1e0000000000000ab",
} as const;
