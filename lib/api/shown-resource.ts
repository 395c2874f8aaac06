/** A resource as clients see it: its own workspace's, or as it is shared with another one. */
import type { Attributes } from "../domain/attributes.ts";
import type { Workspace } from "../domain/places.ts";
import type { Resource } from "../domain/resources.ts";
import type { SharedResource } from "../domain/shares.ts";
import { toTime } from "./times.ts";

export function showResource(resource: Resource, attributes: Attributes | undefined) {
  return { ...showRow(resource), attributes: attributes ?? {} };
}

export function showRow({ type, id, name, labels, expiresAt, createdAt, version }: Resource) {
  return { type, id, name, labels, ...showEnd(expiresAt), createdAt, version };
}

/** Where a shared resource comes from, and what it may be used for. */
export function showOrigin({ shareId, actions, expiresAt }: SharedResource, { id, name }: Workspace) {
  return { shared: { shareId, from: { workspaceId: id, name }, actions, ...showEnd(expiresAt) } };
}

/** What an `If-Match` must name: the version, and of which of all that ever had the id. */
export function versionOfResource({ version, incarnation }: Resource): string {
  return `${version}-${incarnation.slice(-8)}`;
}

function showEnd(expiresAt: number | undefined): { expiresAt?: string } {
  return expiresAt === undefined ? {} : { expiresAt: toTime(expiresAt) };
}
