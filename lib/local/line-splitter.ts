/** Cuts what is read from a file into lines, without making texts of them; `\n` and `\r\n` end a line. */

const LINE_FEED = 0x0a;
const RETURN = 0x0d;

export class LineSplitter {
  readonly #take: (line: Buffer) => void;
  #rest: readonly Buffer[] = [];
  #restLength = 0;

  constructor(take: (line: Buffer) => void) {
    this.#take = take;
  }

  /** Bytes of the line that has not ended yet. */
  get pending(): number {
    return this.#restLength;
  }

  add(chunk: Buffer): void {
    let from = 0;
    for (let to = chunk.indexOf(LINE_FEED); to !== -1; to = chunk.indexOf(LINE_FEED, from)) {
      const end = chunk.subarray(from, to);
      this.#pass(this.#restLength === 0 ? end : Buffer.concat([...this.#rest, end]));
      if (this.#restLength > 0) this.#clear();
      from = to + 1;
    }
    if (from === chunk.length) return;
    this.#rest = [...this.#rest, chunk.subarray(from)];
    this.#restLength += chunk.length - from;
  }

  /** The last line may have no end. */
  end(): void {
    if (this.#restLength > 0) this.#pass(Buffer.concat(this.#rest));
    this.#clear();
  }

  #clear(): void {
    this.#rest = [];
    this.#restLength = 0;
  }

  #pass(line: Buffer): void {
    this.#take(line.at(-1) === RETURN ? line.subarray(0, -1) : line);
  }
}
