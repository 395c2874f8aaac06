/**
 * `npm run measure` prints what this machine makes of the service, with the bars beside the numbers. It judges nothing: a machine that
 * is busy with other things misses bars. Everything runs in a copy of the work tree, which is gone afterwards.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fetchToken } from "../lib/local/sign-in-client.ts";
import { copyWorkTree } from "../test/work-copy.ts";
import { measureBundles } from "./bundles.ts";
import { measureChanges } from "./changes.ts";
import { Client } from "./client.ts";
import { measureDecision } from "./decision.ts";
import { measureHolders } from "./holders.ts";
import type { Measured } from "./number.ts";
import { toLine } from "./number.ts";
import { measureRequests } from "./requests.ts";
import { measureResources } from "./resources.ts";
import { measureRules } from "./rules.ts";
import { startService } from "./service.ts";
import { measureSignIns } from "./sign-ins.ts";
import { measureVerification } from "./verification.ts";

const BENCH = "bench@acme.example";
/** Milliseconds without work before memory is looked at. */
const IDLE = 5_000;

const folder = mkdtempSync(join(tmpdir(), "bailiwick-measure-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
process.once("SIGINT", () => process.exit(1));
console.log(
  `${availableParallelism()} cores, Node ${process.version}; other work on them when this began: ${loadavg()[0]?.toFixed(1)}`,
);
copyWorkTree(join(import.meta.dirname, ".."), folder);
await measureService();
print(await measureDecision());
print(await measureHolders());
print(await measureResources());
print(measureRules());
print(measureVerification());
print(measureBundles());

async function measureService(): Promise<void> {
  const fresh = await startService(folder);
  print([{ what: "ready from a fresh clone", value: fresh.readyAfter / 1_000, unit: " s", bar: { most: 20 } }]);
  await fresh.stop();
  const service = await startService(folder);
  try {
    print([{ what: "ready when nothing changed", value: service.readyAfter / 1_000, unit: " s", bar: { most: 4 } }]);
    await new Promise((resolve) => setTimeout(resolve, IDLE));
    const { host, engine } = service.readMemory();
    print([
      { what: "memory when idle, host and engine", value: (host + engine) / 1e6, unit: " MB", bar: { most: 400 } },
      { what: "memory when idle, of that the engine", value: engine / 1e6, unit: " MB" },
    ]);
    const token = await fetchToken(service.login, BENCH);
    print(await measureRequests(service.api, token, await makeOwnAccess(service.api, token)));
    print(await measureSignIns(service.api, service.login, token));
    print(await measureChanges(service.api, token));
  } finally {
    await service.stop();
  }
}

/** A workspace of one's own. @returns the path that tells what one may do there */
async function makeOwnAccess(api: string, token: string): Promise<string> {
  const client = new Client(api, token, 1);
  const org = await client.demand("POST", "/v1/orgs", { name: "Bench" });
  const workspace = await client.demand("POST", `/v1/orgs/${org.id}/workspaces`, { name: "Production" });
  client.close();
  return `/v1/orgs/${org.id}/workspaces/${workspace.id}/me`;
}

function print(numbers: readonly Measured[]): void {
  for (const number of numbers) console.log(toLine(number));
}
