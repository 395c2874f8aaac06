/**
 * A second statement of the rule of the audit log, to be held against `lib/domain`. It imports nothing of ours, and it is slow: it parses
 * everything, sorts everything, and hashes what it wrote itself.
 */
import { createHash } from "node:crypto";

const sort = (value: unknown): unknown =>
  typeof value !== "object" || value === null
    ? value
    : Array.isArray(value)
      ? value.map(sort)
      : new Map(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, member]) => [name, sort(member)]),
        );

const write = (value: unknown): string =>
  value instanceof Map
    ? `{${[...value].map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`).join(",")}}`
    : Array.isArray(value)
      ? `[${value.map(write).join(",")}]`
      : JSON.stringify(value);

/** Where the first line stands that does not continue its chain, in a file whose numbers go up; -1 where all do. */
export function modelBreak(lines: readonly string[]): number {
  const heads = new Map<string, { seq: number; hash: string }>();
  return lines.findIndex((line) => {
    try {
      const { hash, ...rest } = JSON.parse(line);
      const head = heads.get(rest.chain) ?? {
        seq: rest.seq - 1,
        hash: rest.seq === 1 ? "0".repeat(64) : rest.prevHash,
      };
      heads.set(rest.chain, { seq: rest.seq, hash });
      const digest = createHash("sha256")
        .update(write(sort(rest)))
        .digest("hex");
      return digest !== hash || rest.seq !== head.seq + 1 || rest.prevHash !== head.hash;
    } catch {
      return true;
    }
  });
}
