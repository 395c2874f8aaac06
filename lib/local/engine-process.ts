/** The embedded DynamoDB engine as a child process: where its program is, how it is started, and how one left behind is found. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import type { DataFolder } from "./data-folder.ts";
import { StartRefusal } from "./start-refusal.ts";

const PID_FILE = "engine.pid";

/** @throws StartRefusal on a platform whose engine is not installed. */
export function engineProgram(): string {
  const name = `@dynoxide/${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), "dynoxide");
  } catch {
    throw new StartRefusal(
      `The embedded DynamoDB engine ${name} is not installed. Install it, or set DYNAMODB_ENDPOINT to a DynamoDB Local.`,
    );
  }
}

export function spawnEngine(program: string, port: number, file: string): ChildProcess {
  return spawn(program, ["--host", "127.0.0.1", "--port", String(port), "--db-path", file], {
    stdio: ["ignore", "ignore", "pipe"],
    // Ctrl-C in the terminal is for the host, which ends the engine after the requests under way.
    detached: true,
  });
}

export function rememberEngine(folder: DataFolder, pid: number): void {
  folder.write(PID_FILE, String(pid));
}

export function forgetEngine(folder: DataFolder): void {
  folder.remove(PID_FILE);
}

/**
 * Ends the engine of a service that was killed: two of them on one file would both write. Only to be called by the owner of
 * the folder. The process is ended only if it really is an engine on this folder's file.
 */
export async function endLeftBehind(folder: DataFolder, program: string, file: string): Promise<void> {
  const pid = Number(folder.read(PID_FILE) ?? 0);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const command = commandOf(pid);
  if (command.includes(program) && command.includes(file)) {
    process.kill(pid, "SIGKILL");
    for (let waited = 0; commandOf(pid) !== ""; waited += 10) {
      if (waited > 5_000) throw new StartRefusal(`The engine left behind (process ${pid}) does not end.`);
      await sleep(10);
    }
  }
  forgetEngine(folder);
}

/** A port that is free at the moment. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === "object" ? address.port : 0));
    });
  });
}

export function isAnswering(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The command line of a process; empty when there is none, or it has ended and nobody has collected it yet. */
function commandOf(pid: number): string {
  if (existsSync("/proc/self/cmdline")) {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    } catch {
      return "";
    }
  }
  try {
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return "";
  }
}
