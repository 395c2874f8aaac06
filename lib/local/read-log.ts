/** Reads the files of an audit log, one after the other, as one log. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import type { ChainVerification } from "../domain/chain-verification.ts";
import type { ReadFile } from "../domain/export-verification.ts";
import { LineSplitter } from "./line-splitter.ts";
import { StartRefusal } from "./start-refusal.ts";
import { toShown } from "./verification-report.ts";

/** An entry is at most 400 KB as it is stored. */
const LONGEST_LINE = 16_000_000;
const CHUNK = 1_048_576;

/**
 * @param file its path; `-` is what is piped in
 * @param keepsEntries also tells what was in it; takes memory for each
 */
export async function readLog(
  file: string,
  verification: ChainVerification,
  keepsEntries: boolean,
): Promise<ReadFile & { readonly lines: number }> {
  const entries: ReadFile["entries"][number][] = [];
  let line = 0;
  const splitter = new LineSplitter((bytes) => {
    line++;
    const entry = verification.add(bytes);
    if (keepsEntries && entry !== undefined) entries.push({ ...entry, line });
  });
  const hash = createHash("sha256");
  const stream = file === "-" ? process.stdin : createReadStream(file, { highWaterMark: CHUNK });
  try {
    for await (const chunk of stream) {
      if (keepsEntries) hash.update(chunk);
      splitter.add(chunk);
      if (splitter.pending > LONGEST_LINE)
        throw new StartRefusal(`${toShown(file)} is no audit log: a line of it has no end.`);
    }
  } catch (error) {
    throw toRefusal(file, error);
  }
  splitter.end();
  return { name: basename(file), sha256: hash.digest("hex"), entries, lines: line };
}

/** What the operating system says of a file is the user's to mend; anything else is a defect of ours. */
export function toRefusal(file: string, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? new StartRefusal(`${toShown(file)} cannot be read: ${code}.`) : error;
}
