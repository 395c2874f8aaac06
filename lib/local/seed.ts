/**
 * The demonstration organization, made through the API as any client would make it. Each step carries an idempotency key, so a
 * start that was broken off half-way goes on where it was.
 */
import { asRecord, asText } from "./shape.ts";
import { fetchToken } from "./sign-in-client.ts";

export interface Seeded {
  readonly orgId: string;
  readonly workspaceId: string;
}

interface Place {
  readonly api: string;
  readonly login: string;
  readonly folder: { read(name: string): string | undefined; write(name: string, text: string): void };
}

/** Manager of the organization and Owner of the workspace. */
export const MANAGER = "ann@acme.example";
/** Viewer of the workspace, nothing in the organization. */
export const VIEWER = "vic@acme.example";

const FILE = "seed.json";

/** Does nothing where it was done before. */
export async function seed({ api, login, folder }: Place): Promise<Seeded> {
  const done = folder.read(FILE);
  if (done !== undefined) return JSON.parse(done);
  const token = await fetchToken(login, MANAGER);
  const create = async (path: string, key: string, body: object): Promise<string> => {
    const response = await fetch(`${api}${path}`, {
      method: "POST",
      headers: {
        Authorization: `Bearer ${token}`,
        "Content-Type": "application/json",
        "Idempotency-Key": `seed-${key}`,
      },
      body: JSON.stringify(body),
    });
    const answer = await response.text();
    if (!response.ok)
      throw new Error(`The demonstration cannot be made: POST ${path} answers ${response.status} ${answer}`);
    return asText(asRecord(JSON.parse(answer), path).id, `${path}: id`);
  };
  const orgId = await create("/v1/orgs", "organization", { name: "Acme" });
  const workspaceId = await create(`/v1/orgs/${orgId}/workspaces`, "workspace", { name: "Production" });
  const invitation = { email: VIEWER, displayName: "Vic", roleId: "rol_viewer", workspaceId };
  await create(`/v1/orgs/${orgId}/users`, "viewer", invitation);
  // Accepts the invitation.
  await fetchToken(login, VIEWER);
  const seeded: Seeded = { orgId, workspaceId };
  folder.write(FILE, JSON.stringify(seeded));
  return seeded;
}
