/** The whole service in a process of its own, to be killed and started again on the same folder and ports. */
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "../../lib/local/engine-process.ts";
import type { RunningService } from "./service.ts";

export class KillableService {
  /** What it keeps. */
  readonly folder: string = mkdtempSync(join(tmpdir(), "bailiwick-killable-"));
  readonly #ports: readonly number[];
  #process: ChildProcess | undefined;

  private constructor(ports: readonly number[]) {
    this.#ports = ports;
  }

  static async prepare(): Promise<KillableService> {
    return new KillableService([await findFreePort(), await findFreePort()]);
  }

  /** Resolves when all of it answers. */
  start(): Promise<RunningService> {
    const file = new URL("./service-process.ts", import.meta.url);
    const child = fork(file, [this.folder, ...this.#ports.map(String)], { execArgv: [] });
    this.#process = child;
    return new Promise((resolve, reject) => {
      child.once("message", (running) => resolve(running as RunningService));
      child.once("exit", (code) => reject(new Error(`the service ended with ${code} before it was ready`)));
    });
  }

  /** Of the engine that runs now; another one after a restart. */
  get enginePid(): number {
    return Number(readFileSync(join(this.folder, "engine.pid"), "utf8"));
  }

  /** What its functions logged so far. */
  readLog(): string {
    return readFileSync(join(this.folder, "functions.log"), "utf8");
  }

  /** The lines of a file of its data folder, so far. */
  readLines(file: string): string[] {
    return readFileSync(join(this.folder, file), "utf8")
      .split("\n")
      .filter((line) => line !== "");
  }

  /** Every file that it keeps, the table's among them, byte by byte. */
  readFiles(): Map<string, string> {
    const names = readdirSync(this.folder, { recursive: true, encoding: "utf8" });
    const files = names.filter((name) => statSync(join(this.folder, name)).isFile());
    return new Map(files.map((name) => [name, readFileSync(join(this.folder, name), "latin1")]));
  }

  /** As a power cut would: nobody is told, the engine is left behind. */
  async kill(): Promise<void> {
    const ended = this.#ended();
    this.#process?.kill("SIGKILL");
    await ended;
  }

  /** Ends it in good order, and removes what it kept. */
  async close(): Promise<void> {
    const ended = this.#ended();
    if (this.#process?.connected) this.#process.disconnect();
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  #ended(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => child.once("exit", () => resolve()));
  }
}
