/** Work that is done once, however often a change is tried. */
import type { Loading } from "./route.ts";

/** The first work is done, and every other gets what came of it. */
export function makeOnce(): Loading["once"] {
  let done: Promise<unknown> | undefined;
  return <T>(work: () => Promise<T>) => {
    done ??= work();
    return done as Promise<T>;
  };
}
