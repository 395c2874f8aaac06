/** What was answered to a POST that named an `Idempotency-Key`: kept for 24 hours, in the same transaction as its change. */
import type { OrgId, UserId } from "../domain/ids.ts";
import type { Change } from "./changes.ts";
import type { Key } from "./keys.ts";
import { keys } from "./keys.ts";
import type { Ref } from "./table.ts";

export interface KeptAnswer {
  /** Hash of the request's body: the same key with another body is refused. */
  readonly bodyHash: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The answer's JSON text. */
  readonly body: string;
  /** Epoch seconds. */
  readonly expires: number;
}

interface Asked {
  /** Absent for what stands outside any organization. */
  readonly orgId?: OrgId | undefined;
  readonly principal: string;
  /** `<method> <path>`, with the ids in it. */
  readonly route: string;
  readonly key: string;
}

export const idempotencyItems = {
  at: (asked: Asked): Ref<KeptAnswer> => ({
    key: keyOf(asked),
    decode: (item) => item as unknown as KeptAnswer,
  }),

  keep: (asked: Asked, answer: KeptAnswer, nowSeconds: number): Change => ({
    kind: "put",
    key: keyOf(asked),
    item: { ...answer },
    when: { absentOrExpired: nowSeconds },
  }),

  /** The answer as it turned out in the end, in place of the one that was kept with the change. */
  amend: (asked: Asked, answer: KeptAnswer): Change => ({
    kind: "put",
    key: keyOf(asked),
    item: { ...answer },
    when: { equals: { bodyHash: answer.bodyHash } },
  }),
};

function keyOf({ orgId, principal, route, key }: Asked): Key {
  return orgId === undefined
    ? keys.personIdempotency(principal as UserId, route, key)
    : keys.idempotency(orgId, principal, route, key);
}
