/** Starts one embedded engine in memory for the whole run, unless DYNAMODB_ENDPOINT names another. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    endpoint: string;
  }
}

export async function setup(project: TestProject): Promise<() => void> {
  const named = process.env.DYNAMODB_ENDPOINT;
  if (named !== undefined) {
    project.provide("endpoint", named);
    return () => {};
  }
  const { endpoint, stop } = await startEngine();
  project.provide("endpoint", endpoint);
  return stop;
}

/** An engine of one's own, for tests that kill it. */
export async function startEngine(
  port?: number,
): Promise<{ endpoint: string; port: number; stop: () => void; pid: number }> {
  const at = port ?? (await findFreePort());
  const folder = dirname(createRequire(import.meta.url).resolve("@dynoxide/linux-x64/package.json"));
  const child = spawn(join(folder, "dynoxide"), ["--host", "127.0.0.1", "--port", String(at)], { stdio: "ignore" });
  const endpoint = `http://127.0.0.1:${at}`;
  for (let tries = 0; ; tries++) {
    const isUp = await fetch(endpoint, { method: "POST" }).then(
      () => true,
      () => false,
    );
    if (isUp) return { endpoint, port: at, stop: () => void child.kill("SIGKILL"), pid: child.pid ?? 0 };
    if (tries === 200) throw new Error("the embedded engine did not start");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
