/** Audit entries as lines of a file: what the API gives, and what is archived and exported. */
import type { SealedEntry } from "./audit.ts";
import { escapeLineEnds } from "./json-lines.ts";

/** The text that was hashed, with the hash at its end: one line, without its line break. */
export function toEntryLine({ text, hash }: Pick<SealedEntry, "text" | "hash">): string {
  return escapeLineEnds(`${text.slice(0, -1)},"hash":"${hash}"}`);
}
