/** What an organization settles about sharing: a merge patch of its settings, beside its own item. */
import { beforeEach, describe, expect, it } from "vitest";
import { limits } from "../../lib/domain/limits.ts";
import type { StoreCall } from "../../lib/store/table.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admitManager, done, edit, makeAcme } from "./acme.ts";
import type { Answer } from "./in-process.ts";

const calls: StoreCall[] = [];
let acme: Acme;
beforeEach(async () => {
  acme = await makeAcme(await openTestStore({ observe: (call) => calls.push(call) }));
});

const patch = (settings: unknown, headers: Record<string, string> = { "if-match": "*" }): Promise<Answer> =>
  acme.api.call(acme.ann, `PATCH ${acme.O}`, { body: { settings }, headers });
const get = async () => (await done(acme.api.call(acme.ann, `GET ${acme.O}`))).settings;
const listEntries = async () =>
  (await done(acme.api.call(acme.ann, `GET ${acme.O}/audit-log?action=organization.updated&order=asc`))).items;
const pointers = ({ body }: Answer) => body.errors?.map(({ pointer }: { pointer: string }) => pointer);
const wks = (index: number) => `wks_${String(index).padStart(26, "0")}`;

describe("the settings", () => {
  it("are empty at first, and shown with the organization alone", async () => {
    expect(await get()).toEqual({});
    const { items } = await done(acme.api.call(acme.ann, "GET /v1/orgs"));
    expect(items[0].settings).toBeUndefined();
  });

  it.each<[string, object, object]>([
    ["sets a line", { sharing: { types: ["workflow"] } }, { sharing: { types: ["workflow"], targets: [wks(1)] } }],
    ["leaves the other line", { sharing: { targets: [] } }, { sharing: { types: ["case"], targets: [] } }],
    ["takes a line away", { sharing: { types: null } }, { sharing: { targets: [wks(1)] } }],
    ["takes both away", { sharing: { types: null, targets: null } }, { sharing: {} }],
    ["takes all of it away", { sharing: null }, {}],
    ["leaves all of it", {}, { sharing: { types: ["case"], targets: [wks(1)] } }],
    [
      "names each thing once",
      { sharing: { types: ["a", "b", "a"], targets: [wks(2), wks(2)] } },
      { sharing: { types: ["a", "b"], targets: [wks(2)] } },
    ],
    ["allows nothing", { sharing: { types: [] } }, { sharing: { types: [], targets: [wks(1)] } }],
  ])("a patch %s", async (_, body, wanted) => {
    await done(patch({ sharing: { types: ["case"], targets: [wks(1)] } }));
    const answer = await patch(body);
    expect([answer.status, answer.body.settings]).toEqual([200, wanted]);
    expect(await get()).toEqual(wanted);
  });

  it("stay as they are when the name is edited", async () => {
    await done(patch({ sharing: { types: ["case"] } }));
    const { settings, name } = await done(acme.api.call(acme.ann, `PATCH ${acme.O}`, edit({ name: "New" })));
    expect([settings, name, await get()]).toEqual([
      { sharing: { types: ["case"] } },
      "New",
      { sharing: { types: ["case"] } },
    ]);
  });

  it.each<[string, unknown, string[]]>([
    ["are null", null, ["/settings"]],
    ["are a list", [], ["/settings"]],
    ["have a line that there is not", { other: {} }, ["/settings/other"]],
    ["have a life of keys of no day", { keys: { maxLifetimeDays: 0 } }, ["/settings/keys/maxLifetimeDays"]],
    ["have a life of keys beyond ten years", { keys: { maxLifetimeDays: 3_651 } }, ["/settings/keys/maxLifetimeDays"]],
    ["have a rule of keys that there is not", { keys: { rotation: 1 } }, ["/settings/keys/rotation"]],
    ["keep the log too briefly", { audit: { retentionDays: 89 } }, ["/settings/audit/retentionDays"]],
    ["keep the log too long", { audit: { retentionDays: 3_651 } }, ["/settings/audit/retentionDays"]],
    ["keep the log for parts of a day", { audit: { retentionDays: 99.5 } }, ["/settings/audit/retentionDays"]],
    ["have a rule of sharing that there is not", { sharing: { users: [] } }, ["/settings/sharing/users"]],
    ["have types that are no list", { sharing: { types: "workflow" } }, ["/settings/sharing/types"]],
    ["have a type that cannot be one", { sharing: { types: ["workflow", "a b"] } }, ["/settings/sharing/types/1"]],
    ["have an empty type", { sharing: { types: [""] } }, ["/settings/sharing/types/0"]],
    [
      "have too long a type",
      { sharing: { types: ["t".repeat(limits.resourceTypeLength + 1)] } },
      ["/settings/sharing/types/0"],
    ],
    [
      "have a target that is no workspace's id",
      { sharing: { targets: [wks(1), "wks_x", "org_01jdexamp1e0000000000000ab"] } },
      ["/settings/sharing/targets/1", "/settings/sharing/targets/2"],
    ],
    [
      "have too many types",
      { sharing: { types: Array.from({ length: limits.sharingTypes + 1 }, (_, i) => `t${i}`) } },
      ["/settings/sharing/types"],
    ],
    [
      "have too many targets",
      { sharing: { targets: Array.from({ length: limits.sharingTargets + 1 }, (_, i) => wks(i)) } },
      ["/settings/sharing/targets"],
    ],
  ])("are refused where they %s", async (_, settings, at) => {
    const answer = await patch(settings);
    expect([answer.status, pointers(answer)]).toEqual([422, at]);
    expect([await get(), await listEntries()]).toEqual([{}, []]);
  });

  it("are edited under the organization's version, which they move", async () => {
    const { headers } = await acme.api.call(acme.ann, `GET ${acme.O}`);
    const etag = headers.etag ?? "";
    expect((await patch({ sharing: null }, {})).status).toBe(428);
    const next = await patch({ sharing: { types: [] } }, { "if-match": etag });
    expect([next.status, next.body.version]).toEqual([200, 2]);
    expect(next.headers.etag).not.toBe(etag);
    expect((await patch({ sharing: null }, { "if-match": etag })).status).toBe(412);
    expect(await get()).toEqual({ sharing: { types: [] } });
  });

  it("need organization:update, and organization:read to be seen", async () => {
    const reader = await admitManager(acme, "reader", ["organization:read"]);
    const writer = await admitManager(acme, "writer", ["organization:update"]);
    const body = { body: { settings: { sharing: { types: [] } } }, headers: { "if-match": "*" } };
    expect((await acme.api.call(reader, `PATCH ${acme.O}`, body)).body.requiredScope).toBe("organization:update");
    expect((await acme.api.call(writer, `GET ${acme.O}`)).body.requiredScope).toBe("organization:read");
    expect((await acme.api.call(writer, `PATCH ${acme.O}`, body)).status).toBe(200);
    expect((await acme.api.call(reader, `GET ${acme.O}`)).body.settings).toEqual({ sharing: { types: [] } });
  });
});

describe("the audit log", () => {
  it("tells what the settings were and are, where they were part of the change", async () => {
    await done(patch({ sharing: { types: ["case"] } }));
    await done(acme.api.call(acme.ann, `PATCH ${acme.O}`, edit({ name: "New" })));
    await done(patch({ sharing: { targets: [] } }));
    expect(
      (await listEntries()).map(({ before, after }: { before: object; after: object }) => [before, after]),
    ).toEqual([
      [
        { name: "Acme", labels: {}, settings: {} },
        { name: "Acme", labels: {}, settings: { sharing: { types: ["case"] } } },
      ],
      [
        { name: "Acme", labels: {} },
        { name: "New", labels: {} },
      ],
      [
        { name: "New", labels: {}, settings: { sharing: { types: ["case"] } } },
        { name: "New", labels: {}, settings: { sharing: { types: ["case"], targets: [] } } },
      ],
    ]);
  });
});

describe("the largest settings", () => {
  const types = Array.from({ length: limits.sharingTypes }, (_, index) =>
    `t${index}`.padEnd(limits.resourceTypeLength, "x"),
  );
  const targets = Array.from({ length: limits.sharingTargets }, (_, index) => wks(index));

  it("can be settled, and replaced by others as large", async () => {
    await done(patch({ sharing: { types, targets } }));
    const others = types.map((type) => type.replace("t", "u"));
    await done(patch({ sharing: { types: others } }));
    expect(await get()).toEqual({ sharing: { types: others, targets } });
  });

  it("make no decision dearer that is not about something shared", async () => {
    const price = async () => {
      calls.length = 0;
      await done(acme.api.call(acme.ann, `GET ${acme.W}/me`));
      return calls.map(({ units }) => units);
    };
    const before = await price();
    await done(patch({ sharing: { types, targets } }));
    expect(await price()).toEqual(before);
  });
});

it("a label of the organization or a workspace may be named as what every object has", async () => {
  const labels = { constructor: "x", toString: "y" };
  for (const at of [acme.O, acme.W]) {
    const answer = await acme.api.call(acme.ann, `PATCH ${at}`, edit({ labels }));
    expect([at, answer.status]).toEqual([at, 200]);
    expect((await done(acme.api.call(acme.ann, `GET ${at}`))).labels).toEqual(labels);
  }
});
