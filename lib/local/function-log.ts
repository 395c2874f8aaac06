/** Where the functions' output goes: a file of the data folder, or the terminal when asked; otherwise nowhere. */
import { createWriteStream } from "node:fs";
import type { DataFolder } from "./data-folder.ts";

const FILE = "functions.log";

export interface FunctionLog {
  write(functionName: string, output: Buffer): void;
  /** A line of the host itself. */
  note(line: string): void;
  close(): Promise<void>;
}

export function openFunctionLog(folder: DataFolder, toTerminal: boolean): FunctionLog {
  const file = folder.pathOf(FILE);
  const stream = toTerminal ? process.stderr : file === undefined ? undefined : createWriteStream(file, { flags: "a" });
  return {
    write: (_, output) => void stream?.write(output),
    note: (line) => void stream?.write(`${line}\n`),
    close: () =>
      new Promise((resolve) => {
        if (stream === undefined || stream === process.stderr) resolve();
        else stream.end(() => resolve());
      }),
  };
}
