/**
 * Copies of audit entries in the bucket, put there when they are written: what the table lets go for its age is still there.
 *
 * `entries/<organization>/<chain>/<first seq>-<last seq>.jsonl`, one entry on each line, as the API gives it. Entries come at least
 * once, so two objects may hold the same one; by its `seq` it is known.
 */
import type { WrittenEntry } from "../domain/audit.ts";
import { toEntryLine } from "../domain/entry-lines.ts";
import type { Bucket } from "./bucket.ts";

/** Characters of one object, and objects put at once. */
const OBJECT_LENGTH = 4_000_000;
const AT_ONCE = 4;

/** Entries of one chain that follow each other, as the lines of one object. */
interface Part {
  readonly entries: WrittenEntry[];
  readonly lines: string[];
  length: number;
}

interface Unarchived {
  readonly entry: WrittenEntry;
  readonly reason: string;
}

interface EntryArchive {
  /**
   * Archives entries, each at least once. Never rejects.
   * @param until milliseconds since 1970: nothing is begun after it
   * @returns those that are not there
   */
  consume(entries: readonly WrittenEntry[], until: number): Promise<readonly Unarchived[]>;
}

export function openEntryArchive(bucket: Pick<Bucket, "putNew" | "read">): EntryArchive {
  return {
    async consume(entries, until) {
      const waiting = divide(entries).values();
      const left: Unarchived[] = [];
      const work = async () => {
        for (const part of waiting) {
          const reason = Date.now() < until ? await put(bucket, part) : "There was no time left.";
          if (reason !== undefined) left.push(...part.entries.map((entry) => ({ entry, reason })));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      return left;
    },
  };
}

function divide(entries: readonly WrittenEntry[]): Part[] {
  const parts: Part[] = [];
  const open = new Map<string, Part>();
  for (const entry of entries) {
    const chain = chainOf(entry);
    const line = `${toEntryLine(entry)}\n`;
    const last = open.get(chain);
    const follows = last?.entries.at(-1)?.seq === entry.seq - 1;
    if (last !== undefined && follows && last.length + line.length <= OBJECT_LENGTH) {
      last.entries.push(entry);
      last.lines.push(line);
      last.length += line.length;
    } else {
      const part = { entries: [entry], lines: [line], length: line.length };
      parts.push(part);
      open.set(chain, part);
    }
  }
  return parts;
}

/**
 * @returns why it is not there; nothing when it is, be it from an earlier delivery. What else lies under its name was put there by
 * somebody else, and the bucket's lock keeps it: that is for a person to look at.
 */
async function put(bucket: Pick<Bucket, "putNew" | "read">, { entries, lines }: Part): Promise<string | undefined> {
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const key = `entries/${first.orgId}/${chainOf(first)}/${sequence(first.seq)}-${sequence(last.seq)}.jsonl`;
  try {
    const body = lines.join("");
    const isThere = (await bucket.putNew(key, body)) === "put" || (await bucket.read(key)) === body;
    return isThere ? undefined : "Something else lies under its name.";
  } catch (error) {
    const { name, message } = ((error as Error).cause ?? error) as Error;
    return `${name}: ${message}`;
  }
}

function chainOf({ orgId, workspaceId }: WrittenEntry): string {
  return workspaceId ?? orgId;
}

function sequence(seq: number): string {
  return String(seq).padStart(12, "0");
}
