/** Where objects lie: as files of a folder, each under its key, or in memory. Whole or not at all, whenever the machine stops. */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What is known of an object without reading it. */
export interface ObjectSummary {
  readonly key: string;
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

export interface ObjectFiles {
  read(key: string): Promise<Buffer | undefined>;
  find(key: string): Promise<ObjectSummary | undefined>;
  /** @returns whether there was none; else nothing is written */
  writeNew(key: string, body: Buffer): Promise<boolean>;
  replace(key: string, body: Buffer): Promise<void>;
  remove(key: string): Promise<void>;
  /** In the order of their keys. */
  list(prefix: string): Promise<readonly ObjectSummary[]>;
}

const byKey = (a: { readonly key: string }, b: { readonly key: string }) => (a.key < b.key ? -1 : 1);

export function objectsInMemory(): ObjectFiles {
  const kept = new Map<string, { readonly body: Buffer; readonly modified: number }>();
  const put = (key: string, body: Buffer) => void kept.set(key, { body, modified: Date.now() });
  const summarize = (key: string) => {
    const one = kept.get(key);
    return one && { key, size: one.body.length, modified: one.modified };
  };
  return {
    read: async (key) => kept.get(key)?.body,
    find: async (key) => summarize(key),
    async writeNew(key, body) {
      if (kept.has(key)) return false;
      put(key, body);
      return true;
    },
    replace: async (key, body) => put(key, body),
    remove: async (key) => void kept.delete(key),
    list: async (prefix) =>
      [...kept.keys()]
        .filter((key) => key.startsWith(prefix))
        .flatMap((key) => summarize(key) ?? [])
        .sort(byKey),
  };
}

/** @param folder holds nothing else; what is being written lies beside it, under the same name with `.incoming` */
export function objectsInFolder(folder: string): ObjectFiles {
  const incoming = `${folder}.incoming`;
  // Left by a service that was stopped in the middle.
  rmSync(incoming, { recursive: true, force: true });
  const pathOf = (key: string) => join(folder, key);
  const write = async (key: string, body: Buffer): Promise<string> => {
    await mkdir(incoming, { recursive: true, mode: 0o700 });
    await mkdir(dirname(pathOf(key)), { recursive: true, mode: 0o700 });
    const file = join(incoming, randomUUID());
    await writeFile(file, body, { mode: 0o600, flush: true });
    return file;
  };
  const find = async (key: string) => {
    const found = await ifThere(stat(pathOf(key)));
    return found?.isFile() ? { key, size: found.size, modified: Math.trunc(found.mtimeMs) } : undefined;
  };
  return {
    read: (key) => ifThere(readFile(pathOf(key))),
    find,
    async writeNew(key, body) {
      const file = await write(key, body);
      try {
        await link(file, pathOf(key));
        return true;
      } catch (error) {
        if (codeOf(error) === "EEXIST") return false;
        throw error;
      } finally {
        await rm(file);
      }
    },
    async replace(key, body) {
      await rename(await write(key, body), pathOf(key));
    },
    remove: (key) => rm(pathOf(key), { force: true }),
    async list(prefix) {
      // No key below another folder begins so.
      const from = prefix.slice(0, prefix.lastIndexOf("/") + 1);
      const entries = await ifThere(readdir(pathOf(from), { recursive: true, withFileTypes: true }));
      const keys = (entries ?? [])
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
        .filter((key) => key.startsWith(prefix));
      const found = await Promise.all(keys.map(find));
      return found.filter((one) => one !== undefined).sort(byKey);
    },
  };
}

async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR" || codeOf(error) === "EISDIR") return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
