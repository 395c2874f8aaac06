/**
 * Keeps an embedded DynamoDB engine running: at the same port for the whole life of the service, started again whenever it
 * dies, so that requests recover by themselves.
 */
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { DataFolder } from "./data-folder.ts";
import {
  endLeftBehind,
  engineProgram,
  findFreePort,
  forgetEngine,
  isAnswering,
  rememberEngine,
  sleep,
  spawnEngine,
} from "./engine-process.ts";
import { openScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { StartRefusal } from "./start-refusal.ts";

const FILE = "table.db";
const START_LIMIT_MS = 5_000;
/** Dying over and over, it is started again at most this often. */
const RESTART_PAUSE_MS = 500;

export interface Engine {
  readonly endpoint: string;
  /** Of the engine running now; changes when it is started again. `undefined` for a foreign endpoint. */
  readonly pid: number | undefined;
  /** Where an embedded engine keeps the table; `undefined` for a foreign endpoint. */
  readonly file: string | undefined;
  stop(): Promise<void>;
}

/** An engine that somebody else runs. */
export function foreignEngine(endpoint: string): Engine {
  return { endpoint, pid: undefined, file: undefined, stop: async () => {} };
}

/**
 * @param folder the owned data folder; where it keeps nothing, the engine's file is gone when the service ends
 * @param afterRestart called when a new engine answers in place of a dead one
 */
export async function startEngine(
  folder: DataFolder,
  report: (line: string) => void,
  afterRestart: () => Promise<void>,
): Promise<Engine> {
  const program = engineProgram();
  const kept = folder.pathOf(FILE);
  if (kept !== undefined) await endLeftBehind(folder, program, kept);
  const scratch = kept === undefined ? openScratchFolder() : undefined;
  const file = kept ?? join(scratch?.path ?? "", FILE);
  const keeper = new EngineKeeper(program, file, await findFreePort(), folder, scratch, report, afterRestart);
  await keeper.start();
  return keeper;
}

class EngineKeeper implements Engine {
  readonly endpoint: string;
  readonly file: string;
  readonly #spawn: () => ChildProcess;
  readonly #port: number;
  readonly #folder: DataFolder;
  readonly #scratch: ScratchFolder | undefined;
  readonly #report: (line: string) => void;
  readonly #afterRestart: () => Promise<void>;
  #child: ChildProcess | undefined;
  #startedAt = 0;
  #stopping = false;
  /** However this process ends, short of SIGKILL, the engine ends with it. */
  readonly #endWithHost = () => {
    this.#child?.kill("SIGKILL");
    this.#scratch?.remove();
  };

  constructor(
    program: string,
    file: string,
    port: number,
    folder: DataFolder,
    scratch: ScratchFolder | undefined,
    report: (line: string) => void,
    afterRestart: () => Promise<void>,
  ) {
    this.endpoint = `http://127.0.0.1:${port}`;
    this.#spawn = () => spawnEngine(program, port, file);
    this.#port = port;
    this.file = file;
    this.#folder = folder;
    this.#scratch = scratch;
    this.#report = report;
    this.#afterRestart = afterRestart;
    process.once("exit", this.#endWithHost);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    this.#startedAt = Date.now();
    const child = this.#spawn();
    this.#child = child;
    let complaint = "";
    child.stderr?.on("data", (output: Buffer) => {
      complaint = `${complaint}${output}`.slice(-1000);
    });
    const ended = new Promise<void>((resolve) => {
      child.once("error", (error) => {
        complaint = error.message;
        resolve();
      });
      child.once("exit", () => resolve());
    });
    if (child.pid !== undefined && this.#scratch === undefined) rememberEngine(this.#folder, child.pid);
    let dead = false;
    void ended.then(() => {
      dead = true;
    });
    while (!(await isAnswering(this.#port))) {
      if (dead || Date.now() - this.#startedAt > START_LIMIT_MS) {
        child.kill("SIGKILL");
        throw new StartRefusal(
          `The embedded DynamoDB engine does not start: ${complaint.trim() || "it does not answer"}`,
        );
      }
      await sleep(5);
    }
    void ended.then(() => this.#restart());
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    process.off("exit", this.#endWithHost);
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      child.kill("SIGTERM");
      const patience = setTimeout(() => child.kill("SIGKILL"), 2_000);
      await ended;
      clearTimeout(patience);
    }
    forgetEngine(this.#folder);
    this.#scratch?.remove();
  }

  async #restart(): Promise<void> {
    while (!this.#stopping) {
      this.#report("The embedded DynamoDB engine has ended; starting it again.");
      if (Date.now() - this.#startedAt < RESTART_PAUSE_MS) await sleep(RESTART_PAUSE_MS);
      if (this.#stopping) return;
      try {
        await this.start();
        break;
      } catch (error) {
        this.#complain(error);
      }
    }
    // Should it fail because this engine died as well, the next restart is already under way.
    if (!this.#stopping) await this.#afterRestart().catch((error: unknown) => this.#complain(error));
  }

  #complain(error: unknown): void {
    if (!this.#stopping) this.#report(error instanceof Error ? error.message : String(error));
  }
}
