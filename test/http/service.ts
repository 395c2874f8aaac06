/**
 * Starts the whole service once for the files of this folder: synthesized if need be, the deployable bundles behind the local
 * gateway, keeping nothing. Only runs in which one of these files takes part start it.
 */
import type { TestProject } from "vitest/node";
import { root, startLocal } from "../../lib/local/service.ts";
import { synthesizeIfChanged } from "../../lib/local/synthesis.ts";

export interface RunningService {
  readonly api: string;
  readonly login: string;
  /** Where its engine answers, and the table there: for what no route can make yet. */
  readonly endpoint: string;
  readonly tableName: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    service: RunningService;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await synthesizeIfChanged(root);
  const { api, login, engine, tableName, stop } = await startLocal({ port: 0, loginPort: 0, memory: true });
  project.provide("service", { api, login, endpoint: engine.endpoint, tableName });
  return stop;
}
