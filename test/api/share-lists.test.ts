/** The list of shares is complete in either direction and every state, however the pages fall. */
import { beforeAll, describe, expect, it } from "vitest";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admit, assign, done, makeAcme, makeRole, makeWorkspace } from "./acme.ts";

interface Listed {
  readonly id: string;
  readonly state: string;
}

let acme: Acme;
/** The path of another workspace. */
let S: string;
/** What North offers, and what South offers to North, by the state that each is in. */
const outgoing = new Map<string, string[]>();
let incoming: string[];

beforeAll(async () => {
  acme = await makeAcme(await openTestStore());
  const { api, ann, O, W, workspace } = acme;
  const south = await makeWorkspace(acme, "South");
  S = `${O}/workspaces/${south}`;
  // Whoever may not accept there: what they offer waits.
  const pat = await admit(acme, "pat", await makeRole(acme, "Offerer", ["share:create", "workflow:read"]));
  const offer = async (who: typeof ann, from: string, resourceId: string, targetWorkspaceId: string) => {
    await done(api.call(ann, `PUT ${from}/resources/workflow/${resourceId}`, { body: { name: resourceId } }));
    const body = { resourceType: "workflow", resourceId, targetWorkspaceId, actions: ["read"] };
    return (await done(api.call(who, `POST ${from}/shares`, { body }))).id as string;
  };
  for (const state of ["pending", "accepted", "denied", "revoked"] as const) {
    const ids: string[] = [];
    for (const index of [1, 2, 3]) {
      const id = await offer(state === "accepted" ? ann : pat, W, `${state}-${index}`, south);
      if (state === "denied") await done(api.call(ann, `POST ${S}/shares/${id}/deny`));
      if (state === "revoked") await done(api.call(ann, `POST ${W}/shares/${id}/revoke`));
      ids.push(id);
    }
    outgoing.set(state, ids);
  }
  incoming = [await offer(ann, S, "theirs-1", workspace), await offer(ann, S, "theirs-2", workspace)];
});

/** Every row of a list, page by page. */
async function listAll(path: string, limit: number): Promise<Listed[]> {
  const rows: Listed[] = [];
  const separator = path.includes("?") ? "&" : "?";
  for (let cursor: string | undefined = "", pages = 0; cursor !== undefined; pages++) {
    const at: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const { items, nextCursor } = await done(acme.api.call(acme.ann, `GET ${path}${separator}limit=${limit}${at}`));
    expect(items.length).toBeLessThanOrEqual(limit);
    expect(pages).toBeLessThan(50);
    rows.push(...items);
    cursor = nextCursor;
  }
  return rows;
}

const idsOf = (rows: readonly Listed[]) => rows.map(({ id }) => id).sort();

describe.each([1, 2, 3, 100])("in pages of %i", (limit) => {
  it("each direction has its own shares, and without one the list has both", async () => {
    const offered = [...outgoing.values()].flat();
    expect(idsOf(await listAll(`${acme.W}/shares?direction=outgoing`, limit))).toEqual([...offered].sort());
    expect(idsOf(await listAll(`${acme.W}/shares?direction=incoming`, limit))).toEqual([...incoming].sort());
    expect(idsOf(await listAll(`${acme.W}/shares`, limit))).toEqual([...offered, ...incoming].sort());
    expect(idsOf(await listAll(`${S}/shares?direction=incoming`, limit))).toEqual([...offered].sort());
  });

  it.each(["pending", "accepted", "denied", "revoked"])("a filter by state keeps those that are %s", async (state) => {
    const rows = await listAll(`${acme.W}/shares?direction=outgoing&state=${state}`, limit);
    expect(idsOf(rows)).toEqual([...(outgoing.get(state) ?? [])].sort());
    expect(new Set(rows.map((row) => row.state))).toEqual(new Set([state]));
  });
});

describe("somebody who may read shares", () => {
  it("needs no more than that, and sees those of their own workspace only", async () => {
    const reader = await admit(acme, "vic", await makeRole(acme, "Reader of shares", ["share:read"]));
    const { items } = await done(acme.api.call(reader, `GET ${acme.W}/shares`));
    expect(items).toHaveLength(14);
    expect((await acme.api.call(reader, `GET ${S}/shares`)).status).toBe(403);
    await assign(acme, reader, [await makeRole(acme, "Reader of workflows", ["workflow:read"])]);
    expect(await acme.api.call(reader, `GET ${acme.W}/shares`)).toMatchObject({
      status: 403,
      body: { requiredScope: "share:read" },
    });
  });
});
