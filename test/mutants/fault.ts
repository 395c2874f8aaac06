/** Puts a fault into a file, and takes it out again. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mutant } from "./mutant.ts";

/** What a mutant makes of its file. @throws when its text does not stand there exactly once */
export function mutate(source: string, { file, text, instead }: Mutant): string {
  const parts = source.split(text);
  if (parts.length !== 2) throw new Error(`${file} holds this ${parts.length - 1} times, not once: ${text}`);
  if (text.includes("\n") || instead.includes("\n")) throw new Error(`more than one line: ${text}`);
  return parts.join(instead);
}

/** The fault stands in the copy of the work tree while the work lasts. */
export async function withFault<T>(copy: string, mutant: Mutant, work: () => Promise<T>): Promise<T> {
  const file = join(copy, mutant.file);
  const source = readFileSync(file, "utf8");
  writeFileSync(file, mutate(source, mutant));
  try {
    return await work();
  } finally {
    writeFileSync(file, source);
  }
}
