/** Resources and shares, as their users live through them. */
import { beforeAll, describe, expect, it } from "vitest";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admit, assign, done, edit, makeAcme, makeWorkspace, scopesOf } from "./acme.ts";

let acme: Acme;
let south: string;
let S: string;
beforeAll(async () => {
  acme = await makeAcme(await openTestStore());
  south = await makeWorkspace(acme, "South");
  S = `${acme.O}/workspaces/${south}`;
});

describe("a resource", () => {
  it("is made, read, edited and deleted, and its secret is never seen", async () => {
    const { api, ann, W } = acme;
    const body = {
      name: "Jira",
      labels: { team: "soc" },
      attributes: { url: "https://x", token: { secret: true, value: "s3cret" } },
    };
    const made = await api.call(ann, `PUT ${W}/resources/step-integration/jira`, { body });
    expect(made).toMatchObject({
      status: 201,
      body: { id: "jira", version: 1, attributes: { url: "https://x", token: { secret: true } } },
    });
    expect(JSON.stringify(made)).not.toContain("s3cret");
    const got = await api.call(ann, `GET ${W}/resources/step-integration/jira`);
    expect(got.body).toEqual(made.body);
    const edited = await api.call(
      ann,
      `PATCH ${W}/resources/step-integration/jira`,
      edit({ attributes: { url: null, port: 1 } }),
    );
    expect(edited.body).toMatchObject({ version: 2, attributes: { port: 1, token: { secret: true } } });
    expect((await api.call(ann, `GET ${W}/resources/step-integration`)).body.items).toHaveLength(1);
    expect((await api.call(ann, `GET ${W}/resources/nope`)).status).toBe(404);
    expect((await api.call(ann, `GET ${W}/resources/role`)).status).toBe(404);
  });

  it("is shared, used and revoked", async () => {
    const { api, ann, W } = acme;
    await done(api.call(ann, `PUT ${W}/resources/workflow/triage`, { body: { name: "Triage" } }));
    const share = await api.call(ann, `POST ${W}/shares`, {
      body: { resourceType: "workflow", resourceId: "triage", targetWorkspaceId: south, actions: ["read", "run"] },
    });
    expect(share).toMatchObject({ status: 201, body: { state: "accepted" } });
    const got = await api.call(ann, `GET ${S}/resources/workflow/triage`);
    expect(got).toMatchObject({
      status: 200,
      body: { shared: { from: { workspaceId: acme.workspace, name: "North" }, actions: ["read", "run"] } },
    });
    expect((await api.call(ann, `GET ${S}/resources/workflow`)).body.items).toMatchObject([
      { id: "triage", shared: {} },
    ]);
    const ask = (name: string) =>
      api.call(ann, `POST ${S}/access/v1/evaluation`, {
        body: {
          subject: { type: "user", id: ann.userId },
          action: { name },
          resource: { type: "workflow", id: "triage" },
        },
      });
    expect((await ask("run")).body.decision).toBe(true);
    expect((await ask("write")).body).toMatchObject({ decision: false, context: { reason: "share.action" } });
    expect((await api.call(ann, `PATCH ${S}/resources/workflow/triage`, edit({ name: "x" }))).status).toBe(403);
    expect((await api.call(ann, `PUT ${S}/resources/workflow/triage`, { body: { name: "x" } })).body.code).toBe(
      "id.taken",
    );
    expect((await api.call(ann, `DELETE ${W}/resources/workflow/triage`)).body).toMatchObject({
      code: "resource.in_use",
      usedBy: [
        { kind: "workspace", id: south },
        { kind: "share", id: share.body.id },
      ],
    });
    expect((await api.call(ann, `GET ${S}/shares?direction=incoming`)).body.items).toHaveLength(1);
    expect((await api.call(ann, `POST ${S}/shares/${share.body.id}/revoke`)).body.state).toBe("revoked");
    expect((await ask("run")).body.decision).toBe(false);
    expect((await api.call(ann, `GET ${S}/resources/workflow/triage`)).status).toBe(404);
    expect((await api.call(ann, `DELETE ${W}/resources/workflow/triage`)).status).toBe(204);
    expect(api.faults).toEqual([]);
  });
});

describe("a resource of an own type", () => {
  it("is made, shared and used by whoever's role the type speaks of", async () => {
    const { api, ann, O, W } = acme;
    const playbook = {
      description: "Playbooks.",
      actions: [{ name: "read" }, { name: "write" }, { name: "run" }],
      shareable: true,
      predefinedRoles: { Viewer: ["read"], Operator: ["run"] },
    };
    expect((await api.call(ann, `PUT ${O}/resource-types/acme.playbook`, { body: playbook })).status).toBe(201);
    const catalogue = await done(api.call(ann, `GET ${O}/scopes`));
    const own = catalogue.items.filter(({ origin }: { origin: string }) => origin === "custom");
    expect(own.map(({ name }: { name: string }) => name)).toEqual([
      "acme.playbook:read",
      "acme.playbook:run",
      "acme.playbook:write",
    ]);
    await done(api.call(ann, `PUT ${W}/resources/acme.playbook/phishing`, { body: { name: "Phishing" } }));
    const body = { resourceType: "acme.playbook", resourceId: "phishing", targetWorkspaceId: south };
    const shared = await api.call(ann, `POST ${W}/shares`, { body: { ...body, actions: ["read", "run"] } });
    expect(shared).toMatchObject({ status: 201, body: { state: "accepted" } });

    const [vic, oz] = [await admit(acme, "vic"), await admit(acme, "oz")];
    await assign(acme, vic, ["rol_viewer"], S);
    await assign(acme, oz, ["rol_operator"], S);
    expect(await scopesOf(acme, vic, S)).toContain("acme.playbook:read");
    expect(await scopesOf(acme, oz, S)).toContain("acme.playbook:run");
    expect(await scopesOf(acme, ann, S)).toContain("acme.playbook:write");
    const mayRun = async (who: { userId: string }) => {
      const subject = { type: "user", id: who.userId };
      const resource = { type: "acme.playbook", id: "phishing" };
      const asked = { subject, action: { name: "run" }, resource };
      return (await done(api.call(ann, `POST ${S}/access/v1/evaluation`, { body: asked }))).decision;
    };
    expect([await mayRun(vic), await mayRun(oz)]).toEqual([false, true]);
    expect((await api.call(vic, `GET ${S}/resources/acme.playbook/phishing`)).body.shared.from.name).toBe("North");
    expect((await api.call(vic, `GET ${S}/resources/acme.playbook`)).body.items).toHaveLength(1);

    const without = (...names: string[]) => playbook.actions.filter(({ name }) => !names.includes(name));
    const edited = { ...playbook, actions: without("run"), predefinedRoles: {} };
    const headers = { "if-match": "*" };
    const refused = await api.call(ann, `PUT ${O}/resource-types/acme.playbook`, { body: edited, headers });
    expect(refused.body).toMatchObject({ code: "resource.in_use", usedBy: [{ kind: "share", id: shared.body.id }] });
    // What the type does not let be shared any more, no share gives.
    const closed = { ...playbook, shareable: ["read"] };
    await done(api.call(ann, `PUT ${O}/resource-types/acme.playbook`, { body: closed, headers }));
    expect(await mayRun(oz)).toBe(false);
    await done(api.call(ann, `POST ${S}/shares/${shared.body.id}/revoke`));
    await done(api.call(ann, `PUT ${O}/resource-types/acme.playbook`, { body: edited, headers }));
    expect(await scopesOf(acme, oz, S)).not.toContain("acme.playbook:run");
    expect((await api.call(ann, `DELETE ${O}/resource-types/acme.playbook`)).body).toMatchObject({
      code: "resource.in_use",
      usedBy: [{ kind: "workspace", id: acme.workspace }],
    });
    await done(api.call(ann, `DELETE ${W}/resources/acme.playbook/phishing`));
    expect((await api.call(ann, `DELETE ${O}/resource-types/acme.playbook`)).status).toBe(204);
    expect((await api.call(ann, `GET ${W}/resources/acme.playbook`)).status).toBe(404);
    expect(api.faults).toEqual([]);
  });
});
