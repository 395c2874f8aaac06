/** The engine killed, the engine frozen, the whole service killed: answers stay quick, and what was acknowledged stays. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OrgId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { Acme } from "./acme.ts";
import { done, makeAcme, makeWorkspace } from "./acme.ts";
import type { Client } from "./client.ts";
import { openClient } from "./client.ts";
import { KillableService } from "./killable-service.ts";
import { CONNECTIONS, Load } from "./load.ts";
import { openTable } from "./table-content.ts";

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let service: KillableService;
let client: Client;
let acme: Acme;
let workspaceIds: string[];

beforeAll(async () => {
  service = await KillableService.prepare();
  client = await openClient(await service.start());
  acme = await makeAcme(client);
  // So many that the connections hardly wait for each other: what counts here is the engine's absence.
  workspaceIds = [];
  for (let index = 0; index < CONNECTIONS / 2; index++) {
    workspaceIds.push(await makeWorkspace(client, acme, `Workspace ${index}`));
  }
  // Loading every thread of every function is no matter of resilience.
  const load = new Load(client, acme, workspaceIds);
  await load.untilWritten(2 * CONNECTIONS);
  await load.stop();
});

afterAll(() => service.close());

/** Within two seconds, either done or told to come again. */
function expectQuick({ answers }: Load): void {
  const statuses = new Set(answers.map(({ answer }) => answer.status));
  expect([...statuses].filter((status) => ![200, 201, 503].includes(status))).toEqual([]);
  expect(Math.max(...answers.map(({ answer }) => answer.milliseconds))).toBeLessThan(2_000);
}

describe("the engine", () => {
  it("killed under load is back by itself, and nothing acknowledged is lost", async () => {
    const load = new Load(client, acme, workspaceIds);
    for (let times = 0; times < 2; times++) {
      await load.untilWritten(10);
      const { enginePid } = service;
      process.kill(enginePid, "SIGKILL");
      await load.untilWritten(10);
      expect(service.enginePid).not.toBe(enginePid);
    }
    await load.stop();
    expect(load.unanswered).toBe(0);
    expectQuick(load);
    await load.expectKept();
  });

  it("frozen for three seconds lets every request know within two, and goes on where it was", async () => {
    const load = new Load(client, acme, workspaceIds);
    await load.untilWritten(10);
    const frozenAt = performance.now();
    process.kill(service.enginePid, "SIGSTOP");
    await sleep(3_000);
    process.kill(service.enginePid, "SIGCONT");
    const thawedAt = performance.now();
    await load.untilWritten(10);
    await load.stop();
    const during = load.answers.filter(({ answer, at }) => at < thawedAt && at - answer.milliseconds > frozenAt);
    expect(new Set(during.map(({ answer }) => answer.status))).toEqual(new Set([503]));
    expect(load.unanswered).toBe(0);
    expectQuick(load);
    await load.expectKept();
  });
});

describe("the whole service", () => {
  it("killed in the middle of writes has everything that it acknowledged when it is started again", async () => {
    const load = new Load(client, acme, workspaceIds);
    await load.untilWritten(20);
    await service.kill();
    const killedAt = performance.now();
    await service.start();
    await load.untilWritten(10);
    await load.stop();
    expect(load.unanswered).toBeGreaterThan(0);
    expect(load.answers.some(({ at }) => at < killedAt)).toBe(true);
    // Tokens of before, too: the load never signed in again.
    await load.expectKept();
  });

  it("killed right after a workspace was deleted sweeps what stood in it soon after its next start", async () => {
    const { ann, O, orgId } = acme;
    const workspaceId = await makeWorkspace(client, acme, "Doomed");
    await done(client.call(ann.token, `POST ${O}/workspaces/${workspaceId}/suspend`));
    await done(client.call(ann.token, `DELETE ${O}/workspaces/${workspaceId}`));
    await service.kill();
    const { store } = openTable(await service.start());
    const place = { orgId: orgId as OrgId, workspaceId: workspaceId as WorkspaceId };
    const remains = async () => [
      ...(await store.sweeps.list(place.orgId)),
      ...(await store.assignments.listMembers(place, { limit: 10 })).items,
    ];
    expect(await remains()).toHaveLength(2);
    await expect.poll(remains, { timeout: 8_000, interval: 100 }).toEqual([]);
  });
});
