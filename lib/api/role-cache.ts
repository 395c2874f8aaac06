/**
 * Custom roles that a warm function has read, each under the policy version of its place. An edit of any role moves the
 * policy, so a kept role is never asked for again once it is stale. A role that is gone is kept as gone.
 */
import type { RoleId } from "../domain/ids.ts";
import type { CustomRole, ReplacedRole } from "../domain/roles.ts";

/** At most so many roles; a few KB each. */
const MOST = 5_000;

export class RoleCache {
  readonly #roles = new Map<string, CustomRole | ReplacedRole | "gone">();

  get(placeId: string, policy: number, roleId: RoleId): CustomRole | ReplacedRole | "gone" | undefined {
    return this.#roles.get(`${placeId} ${policy} ${roleId}`);
  }

  keep(placeId: string, policy: number, roleId: RoleId, role: CustomRole | ReplacedRole | undefined): void {
    if (this.#roles.size >= MOST) this.#roles.clear();
    this.#roles.set(`${placeId} ${policy} ${roleId}`, role ?? "gone");
  }
}
