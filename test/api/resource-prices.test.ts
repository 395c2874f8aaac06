/** What resources and shares cost in serial round trips, with the judgement of the caller. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Acme } from "./acme.ts";
import type { PricedAcme } from "./priced-acme.ts";
import { makePricedAcme } from "./priced-acme.ts";
import { makeNeighbour, playbookRun, registerTypes, share } from "./resource-worlds.ts";

let acme: Acme;
let price: PricedAcme["price"];
let ask: PricedAcme["ask"];

beforeAll(async () => {
  ({ acme, price, ask } = await makePricedAcme());
});

describe("a list", () => {
  it("takes as few round trips of a type that the organization registered", async () => {
    await registerTypes(acme.api.host.store, acme.org, { ...playbookRun, persistence: "persistent" });
    const source = await makeNeighbour(acme, "North-East");
    for (const [at, id] of [
      [acme.W, "own"],
      [source.path, "theirs"],
    ]) {
      await price(`PUT ${at}/resources/acme.run/${id}`, { name: "Run" });
    }
    await share(acme, source.path, ["acme.run", "theirs"], acme.workspace, "read");
    const list = () => price(`GET ${acme.W}/resources/acme.run?limit=100`);
    await list();
    const { answer, trips } = await list();
    expect(answer.items).toHaveLength(2);
    expect(trips).toBeLessThanOrEqual(3);
  });
});

describe("a shared resource", () => {
  it("takes one round trip more than an own one, to read and to ask about, and an unknown id none", async () => {
    const source = await makeNeighbour(acme, "Source");
    await price(`PUT ${acme.W}/resources/runbook/own`, { name: "Own" });
    await price(`PUT ${source.path}/resources/runbook/theirs`, { name: "Theirs" });
    await share(acme, source.path, ["runbook", "theirs"], acme.workspace, "read");
    const ofOwn = await price(`GET ${acme.W}/resources/runbook/own`);
    const ofShared = await price(`GET ${acme.W}/resources/runbook/theirs`);
    expect([ofOwn.answer.shared, ofShared.answer.shared]).toEqual([undefined, expect.anything()]);
    expect([ofOwn.trips, ofShared.trips]).toEqual([2, 3]);
    const [own, shared, unknown] = [
      await ask(acme.W, ["runbook", "own"]),
      await ask(acme.W, ["runbook", "theirs"]),
      await ask(acme.W, ["runbook", "unknown"]),
    ];
    expect([own.answer.decision, shared.answer.decision, unknown.answer.decision]).toEqual([true, true, true]);
    expect([own.trips, shared.trips, unknown.trips]).toEqual([2, 3, 2]);
    expect(shared.units - own.units).toBe(3);
    expect(unknown.units).toBe(own.units);
  });
});
