/** `npm start` in a process of its own, in a folder of its own: what is measured is what people run. */
import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface RunningService {
  readonly api: string;
  readonly login: string;
  /** From the command to its `ready`, in milliseconds. */
  readonly readyAfter: number;
  /** Resident memory of the host and of the engine that it started, in bytes. */
  readMemory(): { readonly host: number; readonly engine: number };
  stop(): Promise<void>;
}

/** @param folder a copy of the work tree; what it holds of earlier starts decides how much there is to do */
export async function startService(folder: string): Promise<RunningService> {
  const started = performance.now();
  // What `npm start` runs, without npm in between, so that the process is the service's own.
  const { scripts }: { scripts: { start: string } } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const child = spawn("sh", ["-c", scripts.start.replace("node ", `exec "${process.execPath}" `)], {
    cwd: folder,
    env: { ...process.env, PORT: "0", LOGIN_PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  // However the measurement ends, the service does not outlive it.
  process.once("exit", () => child.kill("SIGTERM"));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const ready = await readReadyLine(child.stdout, ended);
  return {
    ...ready,
    readyAfter: performance.now() - started,
    readMemory: () => readMemory(child.pid ?? 0),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function readReadyLine(output: NodeJS.ReadableStream, ended: Promise<void>): Promise<{ api: string; login: string }> {
  return new Promise((resolve, reject) => {
    createInterface({ input: output }).on("line", (line) => {
      if (line.startsWith("ready ")) resolve(JSON.parse(line.slice("ready ".length)));
    });
    void ended.then(() => reject(new Error("npm start ended before it was ready")));
  });
}

function readMemory(pid: number): { host: number; engine: number } {
  const processes = execFileSync("ps", ["-A", "-o", "pid=,ppid=,rss="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const sum = (isMeant: (pid: number, parent: number) => boolean) =>
    processes.reduce(
      (all, [id = 0, parent = 0, kilobytes = 0]) => all + (isMeant(id, parent) ? kilobytes * 1_024 : 0),
      0,
    );
  return { host: sum((id) => id === pid), engine: sum((_id, parent) => parent === pid) };
}
