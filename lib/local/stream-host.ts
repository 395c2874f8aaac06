/** Follows the table's stream for every event source of the template, and keeps the stream short behind them. */
import type { DataFolder } from "./data-folder.ts";
import type { Engine } from "./engine.ts";
import type { EventSource } from "./event-sources.ts";
import type { FunctionPool } from "./function-pool.ts";
import { openJsonLines } from "./json-lines.ts";
import { StreamPlace } from "./stream-place.ts";
import { followStream } from "./stream-reader.ts";
import { openStreamUpkeep, type StreamUpkeep } from "./stream-upkeep.ts";
import { TableStream } from "./table-stream.ts";

/** Stands in for the queues that are told of records that were given up: one line for each message. */
const FAILURES_FILE = "undelivered.jsonl";

interface StreamHostParts {
  readonly sources: readonly EventSource[];
  readonly engine: Pick<Engine, "endpoint" | "file">;
  readonly tableName: string;
  readonly folder: DataFolder;
  /** The pool of a function by its ARN. */
  readonly poolOf: (arn: string) => Pick<FunctionPool, "invoke" | "rest">;
  readonly report: (line: string) => void;
}

/** @returns ends all of it */
export function followStreams({ sources, engine, tableName, folder, poolOf, report }: StreamHostParts) {
  if (sources.length === 0) return async () => {};
  const upkeep = engine.file === undefined ? undefined : openStreamUpkeep(engine.file, tableName, report);
  const tell = openJsonLines(folder, FAILURES_FILE);
  const noteRead = noteReadByAll(sources, upkeep);
  const ends = sources.map((source) =>
    followStream({
      source,
      stream: new TableStream(engine.endpoint, tableName),
      place: new StreamPlace(folder, source.id),
      noteRead: (number) => noteRead(source, number),
      rest: () => upkeep?.tidy(),
      pool: poolOf(source.target),
      tellFailure: (message) => tell([{ queue: source.failureQueue, message }]),
      report,
    }),
  );
  return async () => {
    await Promise.all(ends.map((end) => end()));
    upkeep?.close();
  };
}

/** What one source has read another one may still need. */
function noteReadByAll(sources: readonly EventSource[], upkeep: StreamUpkeep | undefined) {
  const read = new Map<EventSource, string>();
  return (source: EventSource, number: string) => {
    read.set(source, number);
    if (read.size < sources.length) return;
    upkeep?.noteRead([...read.values()].reduce((least, one) => (Number(one) < Number(least) ? one : least)));
  };
}
