/** The function that works on exports, as a cold start loads it. */
import type { Context, DynamoDBRecord } from "aws-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { ExportId } from "../../lib/domain/ids.ts";
import type { ExportWorld } from "../api/export-world.ts";
import { ask, filesOf, openExportWorld, show } from "../api/export-world.ts";
import { SIGNING_KEY, surroundingsOf } from "../archive.ts";

let world: ExportWorld;
let run: (records: readonly DynamoDBRecord[], remaining?: number) => Promise<void>;
const logged: string[] = [];

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => logged.push(String(text)) > 0);
  }
  world = await openExportWorld();
  const surroundings = {
    ...surroundingsOf(world.archive.address),
    AWS_ENDPOINT_URL_DYNAMODB: world.opened.endpoint,
    AWS_ACCESS_KEY_ID: "local",
    TABLE_NAME: world.opened.tableName,
    EXPORT_BUCKET: "bailiwick-test-exports",
    AUDIT_SIGNING_KEY: SIGNING_KEY,
    POWERTOOLS_SERVICE_NAME: "exporter",
    LOG_LEVEL: "INFO",
  };
  for (const [name, value] of Object.entries(surroundings)) vi.stubEnv(name, value);
  vi.resetModules();
  const { handler } = await import("../../functions/exporter.ts");
  run = (Records, remaining = 180_000) => {
    const context = { awsRequestId: "lambda-1", getRemainingTimeInMillis: () => remaining } as Context;
    return (handler as unknown as (event: object, context: Context) => Promise<void>)({ Records }, context);
  };
});

beforeEach(() => {
  logged.length = 0;
});

afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const recordOf = (id: string): DynamoDBRecord => ({
  eventName: "MODIFY",
  dynamodb: { NewImage: { orgId: { S: world.acme.org }, id: { S: id }, exportStep: { N: "0" } } },
});

describe("the exporter", () => {
  it("does what the job says, whatever the record that brings it says, and however often", async () => {
    const [one, two] = [await ask(world), await ask(world, { actor: "nobody" })];
    await run([one, one, two, one].map(recordOf));
    for (const id of [one, two]) expect((await show(world, id)).state).toBe("ready");
    expect([...(await filesOf(world, one)).keys()]).toEqual(["manifest.json", "part-000001.jsonl"]);
    expect(logged).toEqual([]);
  });

  it("begins nothing when its own time is short, and fails, so that the record comes again", async () => {
    const id = await ask(world);
    await expect(run([recordOf(id)], 90_000)).rejects.toThrow("no time for 1 export");
    expect(await show(world, id)).toMatchObject({ state: "running", progress: { looked: 0 } });
    await run([recordOf(id)]);
    expect((await show(world, id)).state).toBe("ready");
  });

  it("takes no notice of records that name no job", async () => {
    await run([
      recordOf("exp_none"),
      recordOf("exp_01jdexamp1e0000000000000ab"),
      { eventName: "REMOVE", dynamodb: {} },
    ]);
    expect(logged).toEqual([]);
  });

  it("tells its operator of a step that failed, and has noted it in the job", async () => {
    const id: ExportId = await ask(world);
    await world.archive.exports.putNew(`exports/${world.acme.org}/${id}/part-000001.jsonl`, "no lines\n");
    await run([recordOf(id)]);
    expect(logged.map((line) => JSON.parse(line))).toMatchObject([
      { level: "ERROR", message: "a step of an export failed", orgId: world.acme.org, exportId: id },
    ]);
    const { store } = world.opened;
    const { job } = await store.read({ job: store.auditExports.at(world.acme.org, id) });
    expect(job).toMatchObject({ state: "running", step: 0, failures: 1 });
  });
});
