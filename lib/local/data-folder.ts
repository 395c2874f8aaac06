/**
 * Where an installation keeps what must survive a restart: keys, people, secrets, the table's file. One running service owns
 * it: the lock is SQLite's lock on a file, which the operating system takes away with the process, however that ends.
 */
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartRefusal } from "./start-refusal.ts";

export interface DataFolder {
  /** The path of a file in it; `undefined` where nothing is kept. */
  pathOf(name: string): string | undefined;
  read(name: string): string | undefined;
  /** Replaces the file whole or not at all. */
  write(name: string, text: string): void;
  append(name: string, text: string): void;
  remove(name: string): void;
  /** Lets the next one in. */
  close(): void;
}

/** @throws StartRefusal when another running service owns the folder. */
export function openDataFolder(folder: string): DataFolder {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pathOf = (name: string) => join(folder, name);
  const lock = takeLock(folder);
  const kept: DataFolder = {
    pathOf,
    read: (name) => readIfThere(pathOf(name)),
    write(name, text) {
      writeFileSync(pathOf(`${name}.new`), text, { mode: 0o600, flush: true });
      renameSync(pathOf(`${name}.new`), pathOf(name));
    },
    append: (name, text) => appendFileSync(pathOf(name), text, { mode: 0o600, flush: true }),
    remove: (name) => rmSync(pathOf(name), { force: true }),
    close: () => lock.close(),
  };
  kept.write("host.pid", String(process.pid));
  return kept;
}

/** Keeps nothing: everything is gone with the process. */
export function openMemory(): DataFolder {
  const files = new Map<string, string>();
  return {
    pathOf: () => undefined,
    read: (name) => files.get(name),
    write: (name, text) => files.set(name, text),
    append: (name, text) => files.set(name, (files.get(name) ?? "") + text),
    remove: (name) => files.delete(name),
    close: () => files.clear(),
  };
}

function takeLock(folder: string): DatabaseSync {
  const lock = new DatabaseSync(join(folder, "lock"), { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch {
    lock.close();
    const owner = readIfThere(join(folder, "host.pid")) ?? "unknown";
    throw new StartRefusal(
      `The data folder ${folder} is in use by another running service (process ${owner}): stop it first.`,
    );
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
