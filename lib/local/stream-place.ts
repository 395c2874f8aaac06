/**
 * How far an event source has come in each shard of a stream, kept over restarts. It is written when the work is done, so that after
 * the death of the service some of it may be done again and none is left out.
 */
import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import type { DataFolder } from "./data-folder.ts";
import { isRecord } from "./shape.ts";

/** The record that was done last, or that the shard has come to its end. */
type Progress = { readonly after: string } | "ended";

export class StreamPlace {
  readonly #file: string | undefined;
  #stream = "";
  #shards = new Map<string, Progress>();

  /** @param name of the event source */
  constructor(folder: DataFolder, name: string) {
    this.#file = folder.pathOf(`stream-${name}.json`);
    const kept = this.#file === undefined ? undefined : read(this.#file);
    if (kept === undefined) return;
    this.#stream = kept.stream;
    this.#shards = new Map(Object.entries(kept.shards));
  }

  /** Of a stream that was made again nothing is done yet. */
  enter(stream: string): void {
    if (stream === this.#stream) return;
    this.#stream = stream;
    this.#shards.clear();
  }

  of(shard: string): Progress | undefined {
    return this.#shards.get(shard);
  }

  async set(shard: string, progress: Progress): Promise<void> {
    this.#shards.set(shard, progress);
    await this.#write();
  }

  /** Forgets the shards that the stream no longer has. */
  keepOnly(shards: ReadonlySet<string>): void {
    for (const shard of this.#shards.keys()) if (!shards.has(shard)) this.#shards.delete(shard);
  }

  /** Replaces the file whole or not at all. Nobody waits for the disk: what a power cut takes is done once more. */
  async #write(): Promise<void> {
    if (this.#file === undefined) return;
    const text = JSON.stringify({ stream: this.#stream, shards: Object.fromEntries(this.#shards) });
    await writeFile(`${this.#file}.new`, text, { mode: 0o600 });
    await rename(`${this.#file}.new`, this.#file);
  }
}

function read(file: string): { readonly stream: string; readonly shards: Record<string, Progress> } | undefined {
  try {
    const kept: unknown = JSON.parse(readFileSync(file, "utf8"));
    const isWhole = isRecord(kept) && typeof kept.stream === "string" && isRecord(kept.shards);
    return isWhole ? { stream: kept.stream as string, shards: kept.shards as Record<string, Progress> } : undefined;
  } catch {
    // Not there, or torn by a power cut: everything that is still in the stream is done again.
    return undefined;
  }
}
