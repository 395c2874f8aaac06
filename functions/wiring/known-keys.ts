/** What a warm authorizer remembers of API keys, to spare a round trip and lines of its log; what they may do is read each time. */
import type { ApiKey } from "../../lib/domain/api-keys.ts";
import type { KeyId, OrgId, UserId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { KeyHasher } from "../../lib/identity/key-credentials.ts";

/** Keys of which a warm function remembers where they are from and whom they act as: neither ever changes, and a round trip is spared. */
const REMEMBERED = 10_000;
const HOUR = 3_600_000;

/** Where a key is from; for a personal one, its person as well. */
interface Origin {
  readonly orgId: OrgId;
  readonly workspaceId: WorkspaceId;
  readonly userId?: UserId;
}

/** What a warm function knows of keys. */
export class KnownKeys {
  readonly hasher: KeyHasher;
  readonly #origins = new Map<KeyId, Origin>();
  /** The hour in which each was told to be used. */
  readonly #told = new Map<KeyId, number>();

  constructor(hasher: KeyHasher) {
    this.hasher = hasher;
  }

  originOf(keyId: KeyId): Origin | undefined {
    return this.#origins.get(keyId);
  }

  /** Whether this hour's use of a key is still to be told. @param now milliseconds since 1970 */
  isFirstUse(keyId: KeyId, now: number): boolean {
    const hour = Math.floor(now / HOUR);
    if (this.#told.get(keyId) === hour) return false;
    if (this.#told.size >= REMEMBERED) this.#told.clear();
    this.#told.set(keyId, hour);
    return true;
  }

  remember(key: ApiKey): void {
    if (this.#origins.size >= REMEMBERED) this.#origins.clear();
    this.#origins.set(key.id, toOrigin(key));
  }
}

/** What of a key never changes. */
export function toOrigin({ kind, orgId, workspaceId, ownerId }: ApiKey): Origin {
  return { orgId, workspaceId, ...(kind === "personal" ? { userId: ownerId } : {}) };
}
