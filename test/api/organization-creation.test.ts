/** Who may make an organization, which no scope says. */
import { beforeAll, describe, expect, it } from "vitest";
import { openTestStore, type TestStore } from "../engine.ts";
import { makeAcme, readTable } from "./acme.ts";
import { type Caller, openTestApi, type TestApi } from "./in-process.ts";
import { makeKey } from "./keys.ts";
import { admitThroughProvider } from "./provider-people.ts";

let opened: TestStore;
let open: TestApi;
let closed: TestApi;
let ann: Caller;
let key: Caller;
let federated: Caller;

beforeAll(async () => {
  opened = await openTestStore();
  const acme = await makeAcme(opened);
  open = acme.api;
  closed = openTestApi(opened.store, Date.now, undefined, undefined, { organizationCreation: "closed" });
  ann = acme.ann;
  key = await makeKey(acme, ann, { kind: "personal", scopes: ["workflow:read"] });
  federated = await admitThroughProvider(acme);
});

const make = (api: TestApi, who: Caller | undefined, body: unknown) => api.call(who, "POST /v1/orgs", { body });

describe("making an organization", () => {
  it("is for any person of the pool where the deployment is open", async () => {
    expect((await make(open, ann, { name: "Mine" })).status).toBe(201);
  });

  it.each([
    ["nobody where it is closed", () => ({ api: closed, who: ann })],
    ["no key, though its person may", () => ({ api: open, who: key })],
    ["nobody who came through an organization's provider", () => ({ api: open, who: federated })],
  ])("is for %s, and that is said before anything of the body", async (_, asking) => {
    const { api, who } = asking();
    const before = await readTable(opened);
    for (const body of [{ name: "Mine" }, { name: 7 }, "{"]) {
      const { status, body: problem } = await make(api, who, body);
      expect([status, problem]).toMatchObject([403, { code: "access.denied", requiredScope: "organization:create" }]);
    }
    expect(await readTable(opened)).toEqual(before);
  });

  it("asks for a credential before all that", async () => {
    expect((await make(closed, undefined, "{")).status).toBe(401);
  });
});
