/** Lists of API keys, and one key by its id. */
import type { ApiKey } from "../domain/api-keys.ts";
import { DAY } from "../domain/api-keys.ts";
import type { Facts } from "../domain/decide.ts";
import { refuseAbsent } from "../domain/errors.ts";
import type { KeyId, OrgId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { PlacedKey } from "../store/api-keys.ts";
import type { WorkspaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import { maySee } from "./api-key-standing.ts";
import { readThrough } from "./lists.ts";
import type { PageRequest } from "./route.ts";
import { showKey } from "./shown-api-key.ts";

/** How often one request looks for keys that the caller may see before it answers with a cursor. */
const LOOKS = 10;

/** The keys of the workspace that the caller may see. */
export function listKeysOf(store: Store, place: WorkspaceRef, page: PageRequest, { caller, now }: Seeing) {
  const { organization } = caller;
  return readThrough(
    page,
    (options) => store.apiKeys.list(place, options),
    async (rows) => {
      const found = await readKeys(store, rows, now);
      return found.map((one) => {
        if (one === undefined || !maySee(one.key, caller)) return undefined;
        return showKey(one.key, organization ?? {}, now, one.usedAt);
      });
    },
    { looks: LOOKS },
  );
}

/** All keys of an organization, wherever they are; those of workspaces that are gone are gone with them. */
export function listKeysOfOrganization(store: Store, orgId: OrgId, page: PageRequest, now: number) {
  return readThrough(
    page,
    (options) => store.apiKeys.list({ orgId }, options),
    async (rows) => {
      const ids = [...new Set(rows.map(({ place }) => place.workspaceId))];
      const [found, { organization, workspaces }] = await Promise.all([
        readKeys(store, rows, now),
        store.read({
          organization: store.organizations.at(orgId),
          workspaces: ids.map((id) => store.workspaces.at(orgId, id)),
        }),
      ]);
      const standing = new Set(workspaces.flatMap((workspace) => workspace?.id ?? []));
      return found.map((one) => {
        if (one === undefined || !standing.has(one.key.workspaceId)) return undefined;
        return showKey(one.key, organization ?? {}, now, one.usedAt);
      });
    },
    { looks: LOOKS },
  );
}

interface Seeing {
  readonly caller: Facts;
  readonly now: number;
}

/** A key of the workspace, whoever asks. @throws Refusal `not_found` where there is none, or none any more */
export async function findKey(
  store: Store,
  { orgId, workspaceId }: WorkspaceRef,
  keyId: KeyId,
  now: number,
): Promise<SeenKey> {
  const [key] = await readKeys(store, [{ keyId, place: { orgId, workspaceId } }], now);
  return key ?? refuseAbsent("API key");
}

interface SeenKey {
  readonly key: ApiKey;
  /** The hour in which it was used last. */
  readonly usedAt: string | undefined;
}

async function readKeys(store: Store, rows: readonly PlacedKey[], now: number): Promise<(SeenKey | undefined)[]> {
  const { keys, uses } = await store.read({
    keys: rows.map(({ keyId }) => store.apiKeys.at(keyId)),
    uses: rows.map(({ keyId }) => store.keyUses.at(keyId)),
  });
  return rows.map(({ place }, index) => {
    const key = keys[index];
    const isHere = key?.orgId === place.orgId && key.workspaceId === place.workspaceId;
    return isHere && !isForgotten(key, now) ? { key, usedAt: uses[index] } : undefined;
  });
}

/** Whether a revoked key has been seen for long enough, swept or not. */
function isForgotten({ revokedAt }: ApiKey, now: number): boolean {
  return revokedAt !== undefined && now >= revokedAt + limits.revokedKeyDays * DAY;
}
