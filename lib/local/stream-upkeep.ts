/**
 * Keeps the embedded engine's stream cheap and short. The engine looks through all of its records for the largest number at each
 * write, and never forgets one: after some thousand changes each further one would take longer than all else in a request, and
 * secrets would stay in records long after their items are gone. This gives it an index to look into, and takes away what has been
 * read; AWS forgets a stream's records after a day.
 */
import { DatabaseSync } from "node:sqlite";

/** So many records are taken away at once while more are coming. */
const CADENCE = 1_000;
/** Milliseconds, when the service starts; later on nobody waits for the engine. */
const PATIENCE = 2_000;

export interface StreamUpkeep {
  /** Tells that this record and all before it have been read. */
  noteRead(number: string): void;
  /** Takes away what has been read; for when nothing else is to be done. */
  tidy(): void;
  close(): void;
}

/**
 * @param file where the engine keeps the table
 * @param report told when the engine's file is not as this knows it; the stream then works without
 */
export function openStreamUpkeep(file: string, table: string, report: (line: string) => void): StreamUpkeep {
  const database = new DatabaseSync(file, { timeout: PATIENCE });
  try {
    // Nothing here may wait for the disk: what is lost in a power cut is read and taken away again.
    database.exec("PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0; PRAGMA secure_delete = ON");
    database.exec(
      "CREATE INDEX IF NOT EXISTS bailiwick_stream_order ON _stream_records (table_name, CAST(sequence_number AS INTEGER))",
    );
    database.exec("PRAGMA busy_timeout = 0");
    return new OpenUpkeep(database, table, report);
  } catch (error) {
    report(`The stream of ${file} is left as it is: ${String(error)}`);
    database.close();
    return { noteRead: () => {}, tidy: () => {}, close: () => {} };
  }
}

class OpenUpkeep implements StreamUpkeep {
  readonly #database: DatabaseSync;
  readonly #table: string;
  readonly #report: (line: string) => void;
  #read = 0;
  #taken = 0;

  constructor(database: DatabaseSync, table: string, report: (line: string) => void) {
    this.#database = database;
    this.#table = table;
    this.#report = report;
  }

  noteRead(number: string): void {
    this.#read = Number(number);
    if (this.#read - this.#taken >= CADENCE) this.tidy();
  }

  tidy(): void {
    if (this.#read <= this.#taken) return;
    const [table, read] = [this.#table, this.#read];
    try {
      const ofTable = "table_name = ? AND CAST(sequence_number AS INTEGER)";
      this.#database.prepare(`DELETE FROM _stream_records WHERE ${ofTable} < ?`).run(table, read);
      // The engine counts on from its last record, so that one stays, empty.
      this.#database
        .prepare(`UPDATE _stream_records SET new_image = '{}', old_image = NULL WHERE ${ofTable} = ?`)
        .run(table, read);
      this.#taken = read;
    } catch (error) {
      if (!isBusy(error)) this.#report(`The stream cannot be shortened: ${String(error)}`);
    }
  }

  close(): void {
    this.tidy();
    this.#database.close();
  }
}

/** SQLITE_BUSY: the engine is writing; the next time will do. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === 5;
}
