/** What a warm function keeps of roles, rules and types is bounded, however many it has seen, and forgetting costs a read and no more. */
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { RoleCache } from "../../lib/api/role-cache.ts";
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import type { IdPrefix } from "../../lib/domain/ids.ts";
import { makeId } from "../../lib/domain/ids.ts";
import type { StoreCall } from "../../lib/store/table.ts";
import { openTestStore } from "../engine.ts";
import { admit, done, makeAcme, makeRole } from "./acme.ts";
import { PLAYBOOK, playbook, register } from "./own-types.ts";

const MANY = 12_000;
const idsOf = <P extends IdPrefix>(prefix: P, count: number) =>
  Array.from({ length: count }, () => makeId(prefix, Date.now(), randomBytes(10)));

describe("a warm function keeps", () => {
  it("at most 5,000 roles, the last one read among them", () => {
    const cache = new RoleCache();
    const ids = idsOf("rol", MANY);
    for (const id of ids) cache.keep("wks_1", 1, id, undefined);
    const kept = ids.filter((id) => cache.get("wks_1", 1, id) !== undefined);
    expect(kept.length).toBeLessThanOrEqual(5_000);
    expect(kept.at(-1)).toBe(ids.at(-1));
  });

  it("at most 5,000 marks of rules, the last one read among them", () => {
    const cache = new RoleCache();
    const ids = idsOf("rul", MANY);
    for (const id of ids) cache.keepRule("wks_1", 1, id, undefined);
    const kept = ids.filter((id) => cache.getRule("wks_1", 1, id) !== undefined);
    expect(kept.length).toBeLessThanOrEqual(5_000);
    expect(kept.at(-1)).toBe(ids.at(-1));
  });

  it("the types of at most 100 organizations, those of the last one among them", () => {
    const cache = new RoleCache();
    const ids = idsOf("org", 250);
    for (const id of ids) cache.keepCatalogue(id, 1, builtInCatalogue);
    const kept = ids.filter((id) => cache.getCatalogue(id, 1) !== undefined);
    expect(kept.length).toBeLessThanOrEqual(100);
    expect(kept.at(-1)).toBe(ids.at(-1));
  });
});

it("what was forgotten is read again, and answered as before", async () => {
  const calls: StoreCall[] = [];
  const { store } = await openTestStore({ observe: (call) => calls.push(call) });
  const acme = await makeAcme({ store });
  await done(register(acme, { ...playbook, predefinedRoles: { Viewer: ["read"] } }));
  const vic = await admit(acme, "vic", "rol_viewer", await makeRole(acme, "Runner", [`${PLAYBOOK}:run`]));
  const { roles } = acme.api.host;
  const ask = async () => {
    calls.length = 0;
    const { scopes } = await done(acme.api.call(vic, `GET ${acme.W}/me`));
    return { scopes, trips: calls.length };
  };
  await ask();
  const warm = await ask();
  expect(warm.scopes).toEqual(expect.arrayContaining([`${PLAYBOOK}:read`, `${PLAYBOOK}:run`]));
  for (const id of idsOf("rol", MANY)) roles.keep("wks_1", 1, id, undefined);
  for (const id of idsOf("org", 250)) roles.keepCatalogue(id, 1, builtInCatalogue);
  const cold = await ask();
  expect(cold.scopes).toEqual(warm.scopes);
  expect(cold.trips).toBeGreaterThan(warm.trips);
  expect(await ask()).toEqual(warm);
});
