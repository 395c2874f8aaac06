/** A share that gives nothing while its source is suspended, or while the settings do not allow it, and gives again afterwards. */
import { beforeAll, describe, expect, it } from "vitest";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { done, edit, makeAcme, makeWorkspace } from "./acme.ts";

const TRIAGE = "resources/workflow/triage";

let stored: TestStore;
beforeAll(async () => {
  stored = await openTestStore();
});

interface World extends Acme {
  /** The path of the workspace that Triage is shared with. */
  readonly S: string;
  readonly share: string;
}

const toPath = ({ O }: Acme, workspaceId: string) => `${O}/workspaces/${workspaceId}`;

async function makeShared(): Promise<World> {
  const acme = await makeAcme(stored);
  const south = await makeWorkspace(acme, "South");
  await done(acme.api.call(acme.ann, `PUT ${acme.W}/${TRIAGE}`, { body: { name: "Triage" } }));
  return { ...acme, S: toPath(acme, south), share: (await done(offer(acme, acme.W, south))).id };
}

function offer({ api, ann }: Acme, from: string, targetWorkspaceId: string) {
  const body = { resourceType: "workflow", resourceId: "triage", targetWorkspaceId, actions: ["read"] };
  return api.call(ann, `POST ${from}/shares`, { body });
}

const setTypes = (types: readonly string[] | null) => edit({ settings: { sharing: { types } } });

describe.each<[string, (world: World) => Promise<unknown>, (world: World) => Promise<unknown>]>([
  [
    "its source is suspended",
    ({ api, ann, W }) => done(api.call(ann, `POST ${W}/suspend`)),
    ({ api, ann, W }) => done(api.call(ann, `POST ${W}/resume`)),
  ],
  [
    "the settings do not allow its type",
    ({ api, ann, O }) => done(api.call(ann, `PATCH ${O}`, setTypes(["runbook"]))),
    ({ api, ann, O }) => done(api.call(ann, `PATCH ${O}`, setTypes(null))),
  ],
])("while %s", (_why, pause, resume) => {
  it("a share keeps its id, so that there is one thing of that id afterwards", async () => {
    const world = await makeShared();
    const { api, ann, S } = world;
    await pause(world);
    expect((await api.call(ann, `GET ${S}/${TRIAGE}`)).status).toBe(404);
    for (const what of [`PUT ${S}/${TRIAGE}`, `POST ${S}/resources/workflow`]) {
      const body = what.startsWith("PUT") ? { name: "Ours" } : { id: "triage", name: "Ours" };
      expect((await api.call(ann, what, { body })).body.code).toBe("id.taken");
    }
    await resume(world);
    const { items } = await done(api.call(ann, `GET ${S}/resources/workflow`));
    expect(items.map(({ name }: { name: string }) => name)).toEqual(["Triage"]);
    expect((await api.call(ann, `GET ${S}/${TRIAGE}`)).body.name).toBe("Triage");
  });

  it("its id is free once the share is ended", async () => {
    const world = await makeShared();
    const { api, ann, S, share } = world;
    await pause(world);
    await done(api.call(ann, `POST ${S}/shares/${share}/revoke`));
    expect((await api.call(ann, `PUT ${S}/${TRIAGE}`, { body: { name: "Ours" } })).status).toBe(201);
    await resume(world);
    expect((await api.call(ann, `GET ${S}/${TRIAGE}`)).body).toMatchObject({ name: "Ours" });
  });

  it("its id is free once its resource is gone for good", async () => {
    const world = await makeShared();
    const { api, ann, S, W } = world;
    await pause(world);
    await done(api.call(ann, `POST ${W}/suspend`));
    await done(api.call(ann, `DELETE ${W}`));
    expect((await api.call(ann, `PUT ${S}/${TRIAGE}`, { body: { name: "Ours" } })).status).toBe(201);
  });
});

it("no other share is accepted into the id of one whose source is suspended", async () => {
  const world = await makeShared();
  const { api, ann, S, W } = world;
  const east = toPath(world, await makeWorkspace(world, "East"));
  await done(api.call(ann, `PUT ${east}/${TRIAGE}`, { body: { name: "Theirs" } }));
  await done(api.call(ann, `POST ${W}/suspend`));
  const south = S.split("/").at(-1) ?? "";
  expect((await offer(world, east, south)).body.code).toBe("id.taken");
  await done(api.call(ann, `POST ${W}/resume`));
  expect((await api.call(ann, `GET ${S}/${TRIAGE}`)).body.name).toBe("Triage");
});
