/** Audit entries as others get them: the API's answers, lines of files, details of events. */
import type { SealedEntry } from "./audit.ts";
import { escapeLineEnds } from "./json-lines.ts";

type Hashed = Pick<SealedEntry, "text" | "hash">;

/** The very text that was hashed, with the hash at its end. */
export function toEntryJson({ text, hash }: Hashed): string {
  return `${text.slice(0, -1)},"hash":"${hash}"}`;
}

/** The same as one line, without its line break. */
export function toEntryLine(entry: Hashed): string {
  return escapeLineEnds(toEntryJson(entry));
}
