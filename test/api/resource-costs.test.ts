/** What resources and shares cost at the table where there are many: a page of a long list, and decisions beside thousands of shares. */
import { beforeAll, describe, expect, it } from "vitest";
import { makeIdMaker } from "../../lib/api/id-maker.ts";
import type { Acme } from "./acme.ts";
import { growSharedList, growShares } from "./large-tenant.ts";
import type { PricedAcme } from "./priced-acme.ts";
import { makePricedAcme } from "./priced-acme.ts";
import { makeNeighbour, share } from "./resource-worlds.ts";

const RESOURCES = 100_000;
const SHARES = 10_000;
const PAGE = 100;

let acme: Acme;
let price: PricedAcme["price"];
let ask: PricedAcme["ask"];
let tenant: Parameters<typeof growSharedList>[0];

beforeAll(async () => {
  const priced = await makePricedAcme();
  ({ acme, price, ask } = priced);
  tenant = { ...priced.test, org: acme.org };
});

describe(`a list of ${PAGE} out of ${RESOURCES}, a third of them shared by three workspaces`, () => {
  beforeAll(async () => {
    const sources = await Promise.all(["East", "South", "West"].map((name) => makeNeighbour(acme, name)));
    const ids = sources.map(({ id }) => id);
    await growSharedList(tenant, { target: acme.workspace, sources: ids, type: "workflow", count: RESOURCES });
  }, 120_000);

  interface Row {
    readonly id: string;
    readonly shared?: object;
  }

  it("takes three round trips and 60 units at most, page after page", async () => {
    let cursor = "";
    const seen: string[] = [];
    for (let read = 0; read < 5; read++) {
      const { answer, trips, units } = await price(`GET ${acme.W}/resources/workflow?limit=${PAGE}${cursor}`);
      expect(answer.items).toHaveLength(PAGE);
      const shared = answer.items.filter((row: Row) => row.shared !== undefined);
      expect([33, 34]).toContain(shared.length);
      expect(trips).toBeLessThanOrEqual(3);
      expect(units).toBeLessThanOrEqual(60);
      seen.push(...answer.items.map((row: Row) => row.id));
      cursor = `&cursor=${answer.nextCursor}`;
    }
    expect(seen).toEqual([...new Set(seen)].sort());
  });

  it("takes no more with bulky attributes, which stand beside what it reads", async () => {
    const { answer } = await price(`GET ${acme.W}/resources/workflow?limit=2`);
    for (const { id } of answer.items) {
      const { answer: one } = await price(`GET ${acme.W}/resources/workflow/${id}`);
      expect(JSON.stringify(one.attributes).length).toBeGreaterThan(20_000);
    }
  });
});

describe(`${SHARES} shares out of one workspace`, () => {
  it("change nothing in what a decision costs, in that workspace or in one that it shares with", async () => {
    const target = await makeNeighbour(acme, "Target");
    const source = await makeNeighbour(acme, "Generous");
    for (const id of ["kept", "given"]) await price(`PUT ${source.path}/resources/observable/${id}`, { name: id });
    await share(acme, source.path, ["observable", "given"], target.id, "read");
    const all = async () => {
      const asked = [
        await ask(source.path, ["observable", "given"]),
        await ask(source.path, ["observable", "kept"], "write"),
        await ask(target.path, ["observable", "given"]),
        await price(`GET ${source.path}/me`),
        await price(`GET ${target.path}/resources/observable/given`),
        await price(`GET ${source.path}/resources/observable/given`),
      ];
      return asked.map(({ trips, units }) => ({ trips, units }));
    };
    const before = await all();
    const newId = makeIdMaker(Date.now());
    const targets = Array.from({ length: SHARES }, () => newId("wks"));
    const given = { resourceType: "observable", resourceId: "given", sourceWorkspaceId: source.id };
    await growShares(
      tenant,
      targets.map((targetWorkspaceId) => ({ ...given, targetWorkspaceId })),
    );
    const { answer } = await price(`GET ${source.path}/shares?direction=outgoing&limit=100`);
    expect(answer.items).toHaveLength(100);
    expect(await all()).toEqual(before);
  }, 120_000);
});
