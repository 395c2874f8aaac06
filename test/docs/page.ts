/**
 * The documents as the tests see them. What can be derived from code stands between two marks, `<!-- name -->` and
 * `<!-- /name -->`; when the code has moved on, the failing test prints what must stand there now.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** Every page that a reader may open, as a path from the root of the repository. */
export const pages: readonly string[] = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name.replaceAll("\\", "/")}`),
].sort();

export function pathOf(page: string): string {
  return join(root, page);
}

export function readPage(page: string): string {
  return readFileSync(pathOf(page), "utf8");
}

/** What stands between the marks of a name. */
export function readMarked(page: string, name: string): string {
  const [, marked] = readPage(page).split(`<!-- ${name} -->\n`);
  const [text, rest] = (marked ?? "").split(`<!-- /${name} -->`);
  if (text === undefined || rest === undefined) throw new Error(`${page} has no marks of the name ${name}`);
  return text.trim();
}

/** Stands in a new row until somebody writes its sentence; no page may be left with it. */
const UNSAID = "(say what this is)";

/** @throws with the right text, ready to be pasted between the marks */
export function expectMarked(page: string, name: string, wanted: string): void {
  if (readMarked(page, name) === wanted.trim() && !wanted.includes(UNSAID)) return;
  throw new Error(
    `${page} is not true any more. Between <!-- ${name} --> and <!-- /${name} --> must stand:\n\n${wanted.trim()}\n`,
  );
}

/** The rows of the one table between the marks, each as its cells; the head is left out. */
function readRows(page: string, name: string): readonly (readonly string[])[] {
  const lines = readMarked(page, name)
    .split("\n")
    .filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

export function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/**
 * A table whose first columns come from code and whose last column is written by hand: what was written is kept, by the name in
 * the first column, and a new name asks for its sentence.
 */
export function withSentences(page: string, name: string, rows: readonly (readonly string[])[]): (readonly string[])[] {
  const written = new Map(readRows(page, name).map((cells) => [cells[0], cells.at(-1)]));
  return rows.map((cells) => [...cells, written.get(cells[0]) ?? UNSAID]);
}
