/** Somebody plants in the table what looks like a workspace and is none, with a chain of its own: it is told of, and never signed. */
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { NO_HASH, seal } from "../../lib/domain/audit.ts";
import type { EntryId, WorkspaceId } from "../../lib/domain/ids.ts";
import { keys } from "../../lib/store/keys.ts";
import type { CheckpointWorld } from "./checkpoint-world.ts";
import { addEntries, openCheckpointWorld } from "./checkpoint-world.ts";

const planted = "nobody" as WorkspaceId;
let world: CheckpointWorld;

beforeAll(async () => {
  world = await openCheckpointWorld();
  await world.round();
  const { acme, opened } = world;
  const place = { orgId: acme.org, workspaceId: planted };
  const { seq, text, hash } = seal(
    { seq: 0, hash: NO_HASH },
    {
      id: "aud_01k8z0000000000000000000a1" as EntryId,
      chain: planted,
      at: new Date().toISOString(),
      action: "workspace.created",
      actor: { kind: "user", id: "usr_1" },
      target: { type: "workspace", id: planted },
      origin: { ip: "", userAgent: "", requestId: "" },
      outcome: "success",
    },
  );
  for (const item of [
    { ...keys.place(place), id: planted, seq, hash },
    { ...keys.auditEntry(place, seq), seq, text, hash },
  ]) {
    await opened.client.send(new PutCommand({ TableName: opened.tableName, Item: item }));
  }
});
afterAll(() => world.close());

it("keeps no checkpoint from being made, and from being believed", async () => {
  for (const name of ["One", "Two"]) {
    await addEntries(world, name);
    const { made, breaks, failed } = await world.round();
    expect({ made, failed }).toEqual({ made: 1, failed: [] });
    expect(breaks).toEqual([{ orgId: world.acme.org, chain: planted, seq: 1 }]);
  }
  const { chains } = world.checkpoints.manifest(3);
  expect(chains.map(({ chain }) => chain)).toEqual([world.acme.org, world.acme.workspace]);
});

it("is found by verification", async () => {
  expect(await world.verify()).toMatchObject({ intact: false, brokenAt: { chain: planted, seq: 1 } });
});
