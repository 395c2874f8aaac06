/** Every command at its largest, as it is committed on the engine: what the limits let through fits one transaction. */
import { beforeAll, describe, expect, it } from "vitest";
import { routes } from "../../lib/api/routes.ts";
import { limits } from "../../lib/domain/limits.ts";
import { openTestStore } from "../engine.ts";
import type { SentCommand } from "../store/watched.ts";
import { watch } from "../store/watched.ts";
import type { CommandWorld } from "./every-command.ts";
import { commandsOf, makeCommandWorld } from "./every-command.ts";
import type { TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";

/** Operations that DynamoDB takes in one transaction. */
const MOST = 100;

const sent: SentCommand[] = [];
let api: TestApi;
let world: CommandWorld;

beforeAll(async () => {
  const { store } = await openTestStore({ wrap: (client) => watch(client, sent) });
  api = openTestApi(store);
  world = await makeCommandWorld(api);
});

describe("the largest transaction", () => {
  it("is asked of every command that there is", () => {
    const commands = routes.filter((route) => "decide" in route).map(({ operationId }) => operationId);
    expect(Object.keys(commandsOf(world, api)).sort()).toEqual(commands.sort());
  });

  it("of all is a user's every role replaced, and is within DynamoDB's limit", async () => {
    const counts = new Map<string, number>();
    for (const [operationId, make] of Object.entries(commandsOf(world, api))) {
      const [call, body] = await make();
      const headers = { "if-match": "*", "idempotency-key": "k" };
      sent.length = 0;
      const { status } = await api.call(world.ann, call, { body, headers });
      expect([operationId, status < 300]).toEqual([operationId, true]);
      const commits = sent.filter(({ name }) => name === "TransactWriteCommand");
      expect([operationId, commits.length]).toEqual([operationId, 1]);
      counts.set(operationId, commits[0]?.input.TransactItems.length);
    }
    // For each role a row taken, a row put and a guard; the assignment, the member's row, the user, the place, its entry, the gate;
    // and what the caller is and holds in the organization, which the change does not lock.
    expect(Math.max(...counts.values())).toBe(3 * limits.rolesPerUserAndPlace + 8);
    expect(counts.get("replaceAssignment")).toBe(Math.max(...counts.values()));
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(MOST);
    // Each secret given and each taken away; the resource, its attributes, its activity, the place, its entry; and, as above, what
    // the caller is and holds.
    expect(counts.get("putResource")).toBe(2 * limits.secretsPerResource + 7);
  });
});
