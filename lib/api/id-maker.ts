/** Makes new ids from the host's randomness, so that what decides has neither a clock nor randomness of its own. */
import { randomBytes } from "node:crypto";
import type { IdPrefix } from "../domain/ids.ts";
import { ID_RANDOM_BYTES, makeId } from "../domain/ids.ts";

export type IdMaker = <P extends IdPrefix>(prefix: P) => ReturnType<typeof makeId<P>>;

/** @param now milliseconds since 1970 */
export function makeIdMaker(now: number): IdMaker {
  return (prefix) => makeId(prefix, now, randomBytes(ID_RANDOM_BYTES));
}
