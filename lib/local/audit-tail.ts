/**
 * `npm run audit:tail` follows the audit log of the service that runs here: the last ten entries, and then each as it is written.
 * `npm run -s audit:tail -- --json` gives the events as they are, one JSON object on each line.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { EVENTS_FILE } from "./event-bus.ts";
import { eventLine } from "./event-line.ts";
import { followLines } from "./line-tail.ts";
import { StartRefusal } from "./start-refusal.ts";

const USAGE = "Known flags: --json, and --folder <where the service keeps its data>";
const USUAL_FOLDER = join(import.meta.dirname, "../../.local");
/** Entries to begin with. */
const LAST = 10;

function readFlags() {
  try {
    const options = { json: { type: "boolean", default: false }, folder: { type: "string" } } as const;
    return parseArgs({ options }).values;
  } catch (error) {
    throw new StartRefusal(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

async function follow(folder: string, show: (json: string) => string | undefined): Promise<void> {
  const end = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => end.abort());
  // Whoever read the lines is gone, as after `| head`.
  process.stdout.on("error", () => process.exit(0));
  try {
    for await (const json of followLines(join(folder, EVENTS_FILE), LAST, end.signal)) {
      const line = show(json);
      if (line !== undefined) process.stdout.write(`${line}\n`);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new StartRefusal(
      `No service has run here that keeps its data: there is no ${EVENTS_FILE} in ${folder}. Start one with npm start (without --memory).`,
    );
  }
}

try {
  const { json, folder = USUAL_FOLDER } = readFlags();
  await follow(folder, json ? (line) => line : eventLine);
} catch (error) {
  if (!(error instanceof StartRefusal)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
