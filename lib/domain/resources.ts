/**
 * Resources: what the service holds for a workspace, of any type whose resources it keeps. A type and an id name one thing in a
 * workspace; `incarnation` tells it from one that was deleted before and had the same name.
 */
import type { MadeResourceId } from "./ids.ts";
import type { Labels } from "./places.ts";

/** What stands of a resource in lists and decisions; its attributes are bulky and stand beside it. */
export interface Resource {
  readonly type: string;
  readonly id: string;
  readonly incarnation: MadeResourceId;
  readonly name: string;
  readonly labels: Labels;
  readonly createdAt: string;
  readonly version: number;
  /** Of a transient one: milliseconds since 1970; gone from that millisecond on. */
  readonly expiresAt?: number;
}

/** What is there of a resource at a moment: a transient one that is over is not there, swept or not. */
export function findPresent(resource: Resource | undefined, now: number): Resource | undefined {
  const isOver = resource?.expiresAt !== undefined && now >= resource.expiresAt;
  return isOver ? undefined : resource;
}
