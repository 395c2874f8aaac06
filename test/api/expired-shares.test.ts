/** What time has ended is not ended again when its resource or one of its workspaces goes: no log tells it, and it shows as over. */
import { beforeEach, describe, expect, it } from "vitest";
import { sweepAll } from "../../lib/api/sweep.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { done, makeAcme, makeWorkspace } from "./acme.ts";

const HOUR = 3_600_000;

let acme: Acme;
let S: string;
let now: number;
beforeEach(async () => {
  // So long ago that no request sweeps, and what has an end is over for the sweeper.
  now = Date.now() - 1_000 * HOUR;
  acme = await makeAcme(await openTestStore(), () => now);
  S = `${acme.O}/workspaces/${await makeWorkspace(acme, "South")}`;
  await make();
});

const call = async (what: string, body?: object) => {
  const path = what.replace(" W", ` ${acme.W}`).replace(" S", ` ${S}`);
  return done(acme.api.call(acme.ann, path, body === undefined ? {} : { body }));
};
const make = () => call("PUT W/resources/workflow/triage", { name: "Triage" });
const share = async (expiresIn?: number): Promise<string> => {
  const { id } = await call("POST W/shares", {
    resourceType: "workflow",
    resourceId: "triage",
    targetWorkspaceId: S.slice(-30),
    actions: ["read"],
    ...(expiresIn === undefined ? {} : { expiresAt: new Date(now + expiresIn).toISOString() }),
  });
  return id;
};
const entriesOf = async (side: "W" | "S") => {
  const { items } = await call(`GET ${side}/audit-log?action=share.revoked`);
  return items.map(({ target }: { target: { id: string } }) => target.id);
};
const sweepEverything = () => sweepAll(acme.api.host.store, Date.now(), Date.now() + 10_000);

describe("a share that was over before its resource was deleted", () => {
  it("stays over, and no log says that it was revoked", async () => {
    const id = await share(HOUR);
    now += HOUR;
    await call("DELETE W/resources/workflow/triage");
    await sweepEverything();
    for (const side of ["W", "S"] as const) {
      expect(await call(`GET ${side}/shares/${id}`), side).toMatchObject({ state: "expired" });
      expect(await entriesOf(side), side).toEqual([]);
    }
  });

  it("keeps nothing from being made and shared anew", async () => {
    await share(HOUR);
    now += HOUR;
    await call("DELETE W/resources/workflow/triage");
    await make();
    expect(await call(`GET W/shares/${await share()}`)).toMatchObject({ state: "accepted" });
    await call("GET S/resources/workflow/triage");
    expect((await call("GET W/shares?state=expired")).items).toHaveLength(1);
  });

  it("is told from one that was not: that one is revoked, and the target's log says so", async () => {
    const id = await share();
    await call("DELETE W/resources/workflow/triage?force=true");
    await sweepEverything();
    expect(await call(`GET S/shares/${id}`)).toMatchObject({ state: "revoked" });
    expect(await entriesOf("S")).toEqual([id]);
  });
});

describe("a share that was over before its source was deleted", () => {
  it("stays over, and the target's log does not say that it was revoked", async () => {
    const id = await share(HOUR);
    now += HOUR;
    await done(acme.api.call(acme.ann, `POST ${acme.W}/suspend`));
    await done(acme.api.call(acme.ann, `DELETE ${acme.W}`));
    await sweepEverything();
    expect(await call(`GET S/shares/${id}`)).toMatchObject({ state: "expired" });
    expect(await entriesOf("S")).toEqual([]);
  });
});
