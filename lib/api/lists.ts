/** Pages of lists, from one range of the table or from several things in a row. */
import type { Page } from "../store/table.ts";
import type { PageRequest } from "./route.ts";

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

type Fetch<T> = (options: { limit: number; after?: string | undefined }) => Promise<Page<T>>;

/** One page of a range: the cursor holds the sort key to go on after. */
export async function readPage<T>(page: PageRequest, fetch: Fetch<T>): Promise<ListPage<T>> {
  const { items, next } = await fetch({ limit: page.limit, after: page.position as string | undefined });
  const values = items.map(({ value }) => value);
  return next === undefined ? { items: values } : { items: values, nextCursor: page.seal(next) };
}

/** How far a list looks through rows of which few may be shown. */
interface Looking {
  /** Rows looked at together; as many as the page lacks when absent, and then one look that shows something is enough. */
  readonly rows?: number | undefined;
  readonly looks: number;
}

/**
 * One page of a range of which not every row is shown. It may hold fewer than its limit: only a missing cursor ends the list.
 * @param show the rows as they are shown, with nothing in the place of those that are not
 */
export async function readThrough<T, R>(
  page: PageRequest,
  fetch: Fetch<T>,
  show: (values: readonly T[]) => Promise<readonly (R | undefined)[]>,
  { rows, looks }: Looking,
): Promise<ListPage<R>> {
  const items: R[] = [];
  let after = page.position as string | undefined;
  for (let look = 0; look < looks; look++) {
    const found = await fetch({ limit: rows ?? page.limit, after });
    const shown = await show(found.items.map(({ value }) => value));
    for (const [index, { sk }] of found.items.entries()) {
      const row = shown[index];
      after = sk;
      if (row !== undefined) items.push(row);
      const isLast = index === found.items.length - 1 && found.next === undefined;
      if (items.length === page.limit && !isLast) return { items, nextCursor: page.seal(after) };
    }
    if (found.next === undefined) return { items };
    after = found.next;
    if (rows === undefined && items.length > 0) break;
  }
  return { items, nextCursor: page.seal(after) };
}

interface RowPosition {
  readonly part: number;
  readonly after?: string | undefined;
}

/** One page of several ranges in a row, e.g. predefined roles, then org-managed ones, then the workspace's. */
export async function readRow<T>(page: PageRequest, parts: readonly Fetch<T>[]): Promise<ListPage<T>> {
  const { part: first, after: start } = (page.position ?? { part: 0 }) as RowPosition;
  const values: T[] = [];
  let after = start;
  for (let part = first; part < parts.length; part++) {
    const fetch = parts[part];
    if (fetch === undefined) break;
    if (values.length === page.limit) return { items: values, nextCursor: page.seal({ part, after }) };
    const { items, next } = await fetch({ limit: page.limit - values.length, after });
    values.push(...items.map(({ value }) => value));
    if (next !== undefined) return { items: values, nextCursor: page.seal({ part, after: next }) };
    after = undefined;
  }
  return { items: values };
}

/** A sorted list of names as a range: it goes on after the place where the last one stood, whether that is still there or not. */
export function fromSorted<T extends string>(all: readonly T[]): Fetch<T> {
  return async ({ limit, after }) => {
    const left = after === undefined ? all : all.filter((name) => name > after);
    const items = left.slice(0, limit).map((name) => ({ sk: name, value: name }));
    const last = items.at(-1)?.sk;
    return left.length > limit && last !== undefined ? { items, next: last } : { items };
  };
}

/** A list that stands in code and never shrinks, as a range: its positions are its names. */
export function fromCode<T>(all: readonly T[], nameOf: (value: T) => string): Fetch<T> {
  return async ({ limit, after }) => {
    const start = after === undefined ? 0 : all.findIndex((value) => nameOf(value) === after) + 1;
    const items = all.slice(start, start + limit).map((value) => ({ sk: nameOf(value), value }));
    const last = items.at(-1)?.sk;
    return start + limit < all.length && last !== undefined ? { items, next: last } : { items };
  };
}
