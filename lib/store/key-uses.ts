/**
 * When an API key was used last, to the hour. Written from the log, behind the requests and never by them, so it stands apart from
 * the key, whose every change leaves an entry. Whoever deletes a key deletes it too, and it goes when a revoked key goes.
 */
import type { KeyId } from "../domain/ids.ts";
import type { Change } from "./changes.ts";
import { keys } from "./keys.ts";
import type { Ref } from "./table.ts";

export const keyUseItems = {
  /** The beginning of the hour, RFC 3339. */
  at: (keyId: KeyId): Ref<string> => ({ key: keys.keyUse(keyId), decode: (item) => item.usedAt as string }),

  /** @param before what was read; commits only if that still stands */
  move: (keyId: KeyId, before: string | undefined, usedAt: string): Change => ({
    kind: "update",
    key: keys.keyUse(keyId),
    set: { usedAt },
    when: before === undefined ? { lacks: ["usedAt"] } : { equals: { usedAt: before } },
  }),
};
