/**
 * The end of a share holds for the very next request: eight connections never stop asking, by evaluation and by reading, before it
 * ends, while it does and after; none that is sent after the acknowledgement gets through.
 */
import { beforeAll, describe, expect, inject, it } from "vitest";
import type { Acme, Person } from "./acme.ts";
import { admit, assign, done, makeAcme, makeRole, makeWorkspace } from "./acme.ts";
import type { Client } from "./client.ts";
import { openClient } from "./client.ts";

const CONNECTIONS = 8;
/** Attempts that are answered between one change and the next. */
const BETWEEN = 400;

let client: Client;
/** Where the resource is, and where it is used. */
let source: Acme;
let target: Acme;
let vic: Person;
let shareId: string;

beforeAll(async () => {
  client = await openClient(inject("service"));
  source = await makeAcme(client);
  const workspaceId = await makeWorkspace(client, source, "Target");
  target = { ...source, workspaceId, W: `${source.O}/workspaces/${workspaceId}` };
  vic = await admit(client, target, "vic");
  await assign(client, target, vic, [await makeRole(client, target, "Runner", ["workflow:read", "workflow:run"])]);
  await makeTriage();
  await share();
});

const tell = (what: string, body: object = {}) =>
  done(client.call(source.ann.token, what, { body, headers: what.startsWith("PATCH") ? { "If-Match": "*" } : {} }));
const makeTriage = () => tell(`POST ${source.W}/resources/workflow`, { id: "triage", name: "Triage" });
const share = async () => {
  const offer = { resourceType: "workflow", resourceId: "triage", targetWorkspaceId: target.workspaceId };
  const { id, state } = await tell(`POST ${source.W}/shares`, { ...offer, actions: ["read", "run"] });
  expect(state).toBe("accepted");
  shareId = id;
};
const settle = (sharing: object | null) => tell(`PATCH ${source.O}`, { settings: { sharing } });

interface Change {
  readonly name: string;
  readonly end: () => Promise<unknown>;
  readonly restore: () => Promise<unknown>;
  readonly attempts: number;
}

const changes: readonly Change[] = [
  {
    name: "a share that is revoked, and given again",
    end: () => tell(`POST ${target.W}/shares/${shareId}/revoke`),
    restore: share,
    attempts: 10_000,
  },
  {
    name: "a source that is suspended, and resumed",
    end: () => tell(`POST ${source.W}/suspend`),
    restore: () => tell(`POST ${source.W}/resume`),
    attempts: 1_600,
  },
  {
    name: "a resource that is deleted with force, and made and shared again",
    end: () => tell(`DELETE ${source.W}/resources/workflow/triage?force=true`),
    restore: async () => {
      await makeTriage();
      await share();
    },
    attempts: 1_600,
  },
  {
    name: "a type that the organization does not let be shared, and lets again",
    end: () => settle({ types: ["runbook"] }),
    restore: () => settle(null),
    attempts: 1_600,
  },
];

/** Whether the use goes through; nothing when the answer is none of those that there may be. */
type Attempt = () => Promise<boolean | string>;

const attempts: readonly Attempt[] = [
  async () => {
    const body = {
      subject: { type: "user", id: vic.userId },
      action: { name: "run" },
      resource: { type: "workflow", id: "triage" },
    };
    const answer = await client.call(vic.token, `POST ${target.W}/access/v1/evaluation`, { body });
    return answer.status === 200 ? answer.body.decision : `evaluation ${answer.status}`;
  },
  async () => {
    const { status } = await client.call(vic.token, `GET ${target.W}/resources/workflow/triage`);
    return status === 200 || status === 404 ? status === 200 : `GET ${status}`;
  },
];

/** What counts at a moment: use, no use, or either while a change is under way. */
type Right = boolean | "either";

describe.each(changes)("$name", ({ end, restore, attempts: most }) => {
  it("is felt by every request that is sent after the answer", async () => {
    /** Grows with each change that is begun and each that is acknowledged. */
    let epoch = 0;
    let right: Right = true;
    let isDone = false;
    const counts = { through: 0, refused: 0, during: 0 };
    const wrong: string[] = [];
    const ask = async (first: number) => {
      for (let nth = first; !isDone; nth++) {
        const [before, expected] = [epoch, right];
        const outcome = await (attempts[nth % attempts.length] as Attempt)();
        if (typeof outcome === "string") wrong.push(outcome);
        else if (before !== epoch || expected === "either") counts.during++;
        else if (outcome === expected) counts[outcome ? "through" : "refused"]++;
        else wrong.push(`${outcome ? "use" : "no use"} where ${expected ? "use" : "no use"} was acknowledged`);
      }
    };
    const sum = () => counts.through + counts.refused + counts.during + wrong.length;
    const untilAsked = async (more: number) => {
      for (const before = sum(); sum() < before + more; ) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    const change = async (make: () => Promise<unknown>, then: boolean) => {
      [epoch, right] = [epoch + 1, "either"];
      await make();
      [epoch, right] = [epoch + 1, then];
      await untilAsked(BETWEEN);
    };
    const asking = Array.from({ length: CONNECTIONS }, (_, nth) => ask(nth));
    await untilAsked(BETWEEN);
    while (sum() < most) {
      await change(end, false);
      await change(restore, true);
    }
    isDone = true;
    await Promise.all(asking);
    expect(wrong).toEqual([]);
    expect(sum()).toBeGreaterThanOrEqual(most);
    expect(counts.through).toBeGreaterThan(most / 4);
    expect(counts.refused).toBeGreaterThan(most / 4);
    expect(counts.during).toBeGreaterThan(0);
  }, 120_000);
});
