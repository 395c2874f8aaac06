/** Follows a file that lines are added to, as `tail -f` does. */
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds from one look to the next. */
const EVERY = 200;
/** So much of the end is looked through for the lines to begin with; an event has at most a quarter of a megabyte. */
const LOOKED_AT = 4 * 1024 * 1024;
const CHUNK = 256 * 1024;

/**
 * Gives the last lines, and then each that is added, until the signal comes. A file that became shorter is read anew.
 * @throws with the code ENOENT where there is no such file
 */
export async function* followLines(file: string, last: number, end: AbortSignal): AsyncGenerator<string> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - LOOKED_AT);
    const lines = new LineReader(handle, start);
    const first = await lines.read();
    // What the reading begins with, beyond the file's own beginning, is the rest of a line.
    yield* (start > 0 ? first.slice(1) : first).slice(-last);
    while (!end.aborted) {
      await sleep(EVERY, undefined, { signal: end }).catch(() => {});
      yield* await lines.read();
    }
  } finally {
    await handle.close();
  }
}

class LineReader {
  readonly #handle: FileHandle;
  #position: number;
  /** The bytes of a line that has no end yet. */
  #rest = Buffer.alloc(0);

  constructor(handle: FileHandle, position: number) {
    this.#handle = handle;
    this.#position = position;
  }

  /** Every line that has come to its end. */
  async read(): Promise<string[]> {
    const { size } = await this.#handle.stat();
    if (size < this.#position) {
      this.#position = 0;
      this.#rest = Buffer.alloc(0);
    }
    const lines: string[] = [];
    while (this.#position < size) {
      const { buffer, bytesRead } = await this.#handle.read(Buffer.alloc(CHUNK), 0, CHUNK, this.#position);
      if (bytesRead === 0) break;
      this.#position += bytesRead;
      const bytes = Buffer.concat([this.#rest, buffer.subarray(0, bytesRead)]);
      const ended = bytes.lastIndexOf("\n") + 1;
      this.#rest = bytes.subarray(ended);
      if (ended > 0)
        lines.push(
          ...bytes
            .subarray(0, ended - 1)
            .toString()
            .split("\n"),
        );
    }
    return lines;
  }
}
