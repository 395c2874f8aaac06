/**
 * What a demonstration does with files, none of which the service ever sees again: in a folder of their own, gone when the process
 * ends. Each deed has an outcome as an answer of the service has: a status, which is an exit code here, and a body.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openScratchFolder } from "./scratch-folder.ts";

export interface FileOutcome {
  /** Of the process; 0 is good. */
  readonly status: number;
  readonly body: unknown;
}

const VERIFIER = join(import.meta.dirname, "audit-verify.ts");
const BROKEN = "broken ";

export class DemoFiles {
  #folder: string | undefined;

  write(name: string, text: string): void {
    writeFileSync(this.#pathOf(name), text);
  }

  /** Runs `npm run audit:verify` on a file. @param rest the file's name, then options */
  verify([name = "", ...options]: readonly string[]): FileOutcome {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--no-warnings", VERIFIER, this.#pathOf(name), ...options],
      { encoding: "utf8" },
    );
    const lines = stdout.split("\n").filter((line) => line !== "");
    const broken = lines.filter((line) => line.startsWith(BROKEN)).map((line) => JSON.parse(line.slice(BROKEN.length)));
    const says = lines.filter((line) => !line.startsWith(BROKEN));
    return { status: status ?? 1, body: { broken, says, ...(stderr === "" ? {} : { error: stderr }) } };
  }

  /** Puts one byte into the place of another, as `4s/Viewer/Viewez/` says it of line 4. */
  edit([name = "", edit = ""]: readonly string[]): FileOutcome {
    const [, line, from = "", to = ""] = /^(\d+)s\/([^/]+)\/([^/]+)\/$/.exec(edit) ?? [];
    const lines = readFileSync(this.#pathOf(name), "utf8").split("\n");
    const index = Number(line) - 1;
    const before = lines[index] ?? "";
    const after = before.replace(from, to);
    const bytes = countDifferences(Buffer.from(before), Buffer.from(after));
    this.write(name, lines.with(index, after).join("\n"));
    return { status: bytes === 1 ? 0 : 1, body: { bytes } };
  }

  #pathOf(name: string): string {
    if (this.#folder === undefined) {
      const folder = openScratchFolder();
      process.on("exit", () => folder.remove());
      this.#folder = folder.path;
    }
    return join(this.#folder, name);
  }
}

function countDifferences(before: Buffer, after: Buffer): number {
  const longer = before.length > after.length ? before : after;
  return longer.filter((_, at) => before[at] !== after[at]).length;
}
