/**
 * A folder for what is to be gone with the service: in the machine's memory, where it has such a place. The engine can hold a table
 * without any file, but then nobody keeps its stream short (`stream-upkeep.ts`).
 */
import { accessSync, constants, mkdtempSync, readdirSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ScratchFolder {
  readonly path: string;
  remove(): void;
}

const NAME = "bailiwick-scratch";
/** Linux's file system in memory; in containers it often has room for 64 MB only. */
const IN_MEMORY = "/dev/shm";
const ENOUGH_BYTES = 1e9;

export function openScratchFolder(): ScratchFolder {
  const parent = hasRoom(IN_MEMORY) ? IN_MEMORY : tmpdir();
  removeLeftBehind(parent);
  const path = mkdtempSync(join(parent, `${NAME}-${process.pid}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function hasRoom(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize >= ENOUGH_BYTES;
  } catch {
    return false;
  }
}

/** Those of services that were killed. */
function removeLeftBehind(parent: string): void {
  for (const name of readdirSync(parent)) {
    const [, pid] = new RegExp(`^${NAME}-(\\d+)-`).exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process is one, too.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
