/** Compares what this host makes with an example of AWS's documentation, key by key and kind by kind, all the way down. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export function documented(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(import.meta.dirname, "../fixtures/aws", name), "utf8"));
}

/**
 * Where the two differ, as sentences. @param exceptions paths that may differ, each with its reason
 */
export function differences(
  example: unknown,
  made: unknown,
  exceptions: Readonly<Record<string, string>>,
  path = "",
): string[] {
  if (Object.hasOwn(exceptions, path)) return [];
  const [wanted, found] = [kindOf(example), kindOf(made)];
  if (wanted !== found) return [`${path} is ${found}, not ${wanted}`];
  if (wanted !== "object") return [];
  const left = example as Record<string, unknown>;
  const right = made as Record<string, unknown>;
  const below = (key: string) => (path === "" ? key : `${path}.${key}`);
  const unknown = Object.keys(right).filter(
    (key) => !Object.hasOwn(left, key) && !Object.hasOwn(exceptions, below(key)),
  );
  return [
    ...unknown.map((key) => `${below(key)} is not documented`),
    ...Object.keys(left).flatMap((key) =>
      Object.hasOwn(right, key) || Object.hasOwn(exceptions, below(key))
        ? differences(left[key], right[key], exceptions, below(key))
        : [`${below(key)} is missing`],
    ),
  ];
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}
