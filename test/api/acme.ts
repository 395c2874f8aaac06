/** An organization made through the API in process, the people in it, and everything that stands in its table. */
import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { expect } from "vitest";
import type { Archive } from "../../lib/api/checkpoints.ts";
import type { OrgId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { Level } from "../../lib/domain/scopes.ts";
import type { UserPool } from "../../lib/pool/user-pool.ts";
import type { PlaceRef } from "../../lib/store/keys.ts";
import type { TestStore } from "../engine.ts";
import type { Answer, Caller, Sent, TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";
import { acceptInvitation } from "./invitations.ts";

export interface Acme {
  readonly api: TestApi;
  /** Organization Manager, and Owner of each workspace that she makes. */
  readonly ann: Caller;
  readonly org: OrgId;
  readonly workspace: WorkspaceId;
  /** `/v1/orgs/…` */
  readonly O: string;
  /** The path of its first workspace. */
  readonly W: string;
  readonly place: PlaceRef;
}

/** @param now the clock that every request is judged by. @param pool for the routes that configure one, @param archive for those that look into one */
export async function makeAcme(
  { store }: Pick<TestStore, "store">,
  now?: () => number,
  pool?: UserPool,
  archive?: Archive,
): Promise<Acme> {
  const api = openTestApi(store, now, pool, archive);
  const ann = await api.person("ann@acme.example");
  const org: OrgId = (await done(api.call(ann, "POST /v1/orgs", { body: { name: "Acme" } }))).id;
  const O = `/v1/orgs/${org}`;
  const workspace = await makeWorkspace({ api, ann, O }, "North");
  return {
    api,
    ann,
    org,
    workspace,
    O,
    W: `${O}/workspaces/${workspace}`,
    place: { orgId: org, workspaceId: workspace },
  };
}

export async function makeWorkspace(
  { api, ann, O }: Pick<Acme, "api" | "ann" | "O">,
  name: string,
): Promise<WorkspaceId> {
  return (await done(api.call(ann, `POST ${O}/workspaces`, { body: { name } }))).id;
}

/** Asks somebody in, who accepts, and gives them roles in the first workspace. */
export async function admit(acme: Acme, name: string, ...roleIds: readonly string[]): Promise<Caller> {
  const { api, ann, org, O } = acme;
  const email = `${name}@acme.example`;
  const { id } = await done(api.call(ann, `POST ${O}/users`, { body: { email } }));
  await acceptInvitation(api.host.store, org, id);
  const person = { userId: id, email };
  if (roleIds.length > 0) await assign(acme, person, roleIds);
  return person;
}

export function assign({ api, ann, W }: Acme, { userId }: Caller, roleIds: readonly string[], at = W) {
  return done(api.call(ann, `PUT ${at}/assignments/${userId}`, { body: { roleIds } }));
}

/** Makes a role of the workspace. @returns its id */
export async function makeRole(
  { api, ann, W }: Acme,
  name: string,
  scopes: readonly string[],
  at = W,
): Promise<string> {
  return (await done(api.call(ann, `POST ${at}/roles`, { body: { name, scopes } }))).id;
}

/** Makes an org-managed role. @returns its id */
export async function makeSharedRole(
  { api, ann, O }: Acme,
  name: string,
  scopes: readonly string[],
  level: Level = "workspace",
): Promise<string> {
  return (await done(api.call(ann, `POST ${O}/roles`, { body: { name, scopes, level } }))).id;
}

/** Somebody of the organization who holds exactly these organization scopes. */
export async function admitManager(acme: Acme, name: string, scopes: readonly string[]): Promise<Caller> {
  const person = await admit(acme, name);
  const roleId = await makeSharedRole(acme, `Exactly ${name}`, scopes, "organization");
  await done(acme.api.call(acme.ann, `PUT ${acme.O}/assignments/${person.userId}`, { body: { roleIds: [roleId] } }));
  return person;
}

export const edit = (body: object): Sent => ({ body, headers: { "if-match": "*" } });

/** The scopes that somebody has in a workspace; none for whoever has no standing there. */
export async function scopesOf({ api, W }: Acme, who: Caller, at = W): Promise<string[]> {
  const { status, body } = await api.call(who, `GET ${at}/me`);
  return status === 200 ? body.scopes : [];
}

/** The body of an answer that must be a success. */
export async function done(asked: Promise<Answer>) {
  const { status, body } = await asked;
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  return body;
}

/** Everything in the table, by its keys. */
export async function readTable({ client, tableName }: TestStore): Promise<Map<string, Record<string, unknown>>> {
  const items = new Map<string, Record<string, unknown>>();
  let from: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: tableName, ConsistentRead: true, ExclusiveStartKey: from as never }),
    );
    for (const item of page.Items ?? []) items.set(`${item.pk} ${item.sk}`, item);
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return items;
}
