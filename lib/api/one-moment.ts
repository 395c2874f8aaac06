/** Several reads are no snapshot: what shows that the world moved between them is read anew. */
import { Refusal } from "../domain/errors.ts";

const MOST_STARTS = 3;

/**
 * Reads until what was read is of one moment.
 * @throws Refusal `unavailable` where the world moves each time
 */
export async function ofOneMoment<T>(read: () => Promise<T | "moved">): Promise<T> {
  for (let start = 0; start < MOST_STARTS; start++) {
    const found = await read();
    if (found !== "moved") return found;
  }
  throw new Refusal("unavailable", "Roles are being edited faster than they can be read; try again.");
}
