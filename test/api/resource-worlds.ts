/** What tests of resources and shares begin with: a second workspace, shares between the two, and types of one's own. */
import { randomUUID } from "node:crypto";
import type { OrgId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { OwnType } from "../../lib/domain/own-types.ts";
import type { Store } from "../../lib/store/store.ts";
import type { Acme } from "./acme.ts";
import { done, makeWorkspace } from "./acme.ts";

/** The path of another workspace of the organization. */
export async function makeNeighbour(
  acme: Acme,
  name: string,
): Promise<{ readonly id: WorkspaceId; readonly path: string }> {
  const id = await makeWorkspace(acme, name);
  return { id, path: `${acme.O}/workspaces/${id}` };
}

/** Shares something of one workspace with another, whose Owner shares it. @returns the share's id */
export async function share(
  { api, ann }: Pick<Acme, "api" | "ann">,
  from: string,
  [resourceType, resourceId]: readonly [string, string],
  targetWorkspaceId: WorkspaceId,
  ...actions: readonly string[]
): Promise<string> {
  const body = { resourceType, resourceId, targetWorkspaceId, actions };
  return (await done(api.call(ann, `POST ${from}/shares`, { body }))).id;
}

/** A transient type that can be shared, which no built-in one is. */
export const playbookRun: OwnType = {
  name: "acme.run",
  description: "Runs of playbooks",
  actions: ["read", "write", "run"].map((name) => ({ name, description: name })),
  shareable: true,
  persistence: "transient",
  predefinedRoles: [],
  createdAt: new Date(0).toISOString(),
  version: 1,
};

/** Registers types beneath the API. */
export async function registerTypes(store: Store, orgId: OrgId, ...types: readonly OwnType[]): Promise<void> {
  const changes = [
    ...store.ownTypes.replace(orgId, { version: 1, types }),
    ...types.map(({ name, version }) => store.ownTypes.register(orgId, name, version)),
  ];
  await store.commit(changes, randomUUID(), async () => false);
}
