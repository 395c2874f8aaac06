/** A share that ended with one of its workspaces, before anything was swept. */
import { beforeAll, describe, expect, it } from "vitest";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import { admit, done, makeAcme, makeWorkspace } from "./acme.ts";

let stored: TestStore;
beforeAll(async () => {
  stored = await openTestStore();
});

async function makeShareThatEnded(gone: "source" | "target", isAccepted: boolean) {
  const acme = await makeAcme(stored);
  const { api, ann, O, W } = acme;
  const T = `${O}/workspaces/${await makeWorkspace(acme, "South")}`;
  const ines = await admit(acme, "ines", "rol_owner");
  await done(api.call(ines, `PUT ${W}/resources/workflow/triage`, { body: { name: "Triage" } }));
  const offer = { resourceType: "workflow", resourceId: "triage", targetWorkspaceId: T.split("/").at(-1) };
  const { id } = await done(api.call(ines, `POST ${W}/shares`, { body: { ...offer, actions: ["read"] } }));
  if (isAccepted) await done(api.call(ann, `POST ${T}/shares/${id}/accept`));
  const [deleted, left] = gone === "source" ? [W, T] : [T, W];
  await done(api.call(ann, `POST ${deleted}/suspend`));
  await done(api.call(ann, `DELETE ${deleted}`));
  const entries = async () => (await done(api.call(ann, `GET ${left}/audit-log`))).items.length;
  return { api, ann, share: `${left}/shares/${id}`, entries };
}

describe("a share that ended with a workspace", () => {
  it.each([
    ["source", "accepted", "revoke"],
    ["target", "accepted", "revoke"],
    ["source", "pending", "revoke"],
    ["target", "pending", "revoke"],
    ["source", "pending", "deny"],
    ["source", "pending", "accept"],
  ] as const)("is over in what is shown and in what is refused: the %s deleted, %s, to %s", async (gone, was, how) => {
    const { api, ann, share, entries } = await makeShareThatEnded(gone, was === "accepted");
    expect((await api.call(ann, `GET ${share}`)).body.state).toBe("revoked");
    const before = await entries();
    const { status, body } = await api.call(ann, `POST ${share}/${how}`);
    expect([status, body.code]).toEqual([409, "share.state"]);
    expect(await entries()).toBe(before);
  });
});
