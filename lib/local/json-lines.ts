/**
 * A file of the data folder that lines of JSON are added to; a text in memory where nothing is kept. Nobody waits for the disk: a
 * line is safe from the death of the service, though not from a power cut.
 */
import { appendFileSync, closeSync, fstatSync, openSync, readSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import type { DataFolder } from "./data-folder.ts";

/** Resolves when the values are there, one line for each. */
export type AddLines = (values: readonly object[]) => Promise<void>;

/** What a terminal, or a program that reads lines, may take for something else than text, though JSON does not mind it. */
const MISLEADING = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

export function openJsonLines(folder: DataFolder, name: string): AddLines {
  const file = folder.pathOf(name);
  if (file !== undefined) endTornLine(file);
  return async (values) => {
    const text = values.map((value) => `${escapeMisleading(JSON.stringify(value))}\n`).join("");
    if (file === undefined) folder.append(name, text);
    else await appendFile(file, text, { mode: 0o600 });
  };
}

function escapeMisleading(json: string): string {
  return json.replace(MISLEADING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Makes the file; a line that was broken off by the death of the service does not spoil the next one. */
function endTornLine(file: string): void {
  const descriptor = openSync(file, "a+", 0o600);
  const { size } = fstatSync(descriptor);
  const last = Buffer.alloc(1);
  if (size > 0) readSync(descriptor, last, 0, 1, size - 1);
  closeSync(descriptor);
  if (size > 0 && last.toString() !== "\n") appendFileSync(file, "\n");
}
