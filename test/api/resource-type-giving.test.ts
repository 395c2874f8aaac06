/** Nobody gives by an own resource type what they do not hold, nor by a predefined role what such a type puts into it. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import type { RoleId } from "../../lib/domain/ids.ts";
import { findPredefinedRole } from "../../lib/domain/predefined-roles.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admit, admitManager, assign, done, edit, makeAcme, makeRole, scopesOf } from "./acme.ts";
import type { Caller } from "./in-process.ts";
import { PLAYBOOK, playbook, register, replace, without } from "./own-types.ts";

let test: TestStore;
let now: number;
let acme: Acme;

beforeAll(async () => {
  test = await openTestStore();
});

beforeEach(async () => {
  now = Date.now();
  acme = await makeAcme(test, () => now);
});

const get = (path: string, by: Caller = acme.ann) => done(acme.api.call(by, `GET ${path}`));
/** The scopes of own types that somebody has in a workspace. */
const ownScopesOf = async (who: Caller, at = acme.W) =>
  (await scopesOf(acme, who, at)).filter((one) => one.includes("."));

describe("what a type gives", () => {
  const scopesToAdmin = ["resource-type:write", "resource-type:read"];

  it("by predefined roles is given by whoever may give any role in a workspace", async () => {
    const tess = await admitManager(acme, "tess", scopesToAdmin);
    const beyond = { status: 403, body: { code: "grant.exceeds_own" } };
    const answer = await register(acme, playbook, PLAYBOOK, tess);
    expect(answer).toMatchObject(beyond);
    expect(answer.body.errors).toEqual(
      [`${PLAYBOOK}:read`, `${PLAYBOOK}:run`].map((detail) => ({ pointer: "/predefinedRoles", detail })),
    );
    const bare = { ...playbook, predefinedRoles: { Owner: ["read"] } };
    await done(register(acme, bare, PLAYBOOK, tess));
    expect(await replace(acme, { ...playbook, predefinedRoles: { Viewer: ["read"] } }, tess)).toMatchObject(beyond);
    await done(replace(acme, playbook));
    // What is there already is not given anew; taking away is free.
    await done(replace(acme, { ...playbook, description: "Ours." }, tess));
    await done(replace(acme, { ...playbook, predefinedRoles: { Operator: ["run"] } }, tess));
    expect(await replace(acme, playbook, tess)).toMatchObject(beyond);
    const both = await admitManager(acme, "both", [...scopesToAdmin, "workspace-role:grant"]);
    await done(replace(acme, playbook, both));
  });

  it("is refused before what is in use is told", async () => {
    await done(register(acme));
    await makeRole(acme, "Runner", [`${PLAYBOOK}:run`]);
    const tess = await admitManager(acme, "tess", scopesToAdmin);
    const body = { ...without("run"), predefinedRoles: { Contributor: ["read"] } };
    expect((await replace(acme, body, tess)).body.code).toBe("grant.exceeds_own");
  });

  it("is read by readers and written by writers alone", async () => {
    const reader = await admitManager(acme, "reader", ["resource-type:read"]);
    expect((await register(acme, playbook, PLAYBOOK, reader)).body).toMatchObject({
      code: "access.denied",
      requiredScope: "resource-type:write",
    });
    const nobody = await admit(acme, "nobody", "rol_owner");
    expect((await acme.api.call(nobody, `GET ${acme.O}/resource-types`)).body.requiredScope).toBe("resource-type:read");
    expect((await get(`${acme.O}/resource-types`, reader)).items).toEqual([]);
  });

  describe("to a predefined role is given by whoever gives that role", () => {
    let pat: Caller;
    let vic: Caller;
    const operator = findPredefinedRole("rol_operator" as RoleId)?.scopes ?? [];
    const cases = builtInCatalogue.predefinedRoles.filter(({ needs }) => needs !== undefined);
    const beyond = { status: 403, body: { code: "grant.exceeds_own", errors: [{ detail: `${PLAYBOOK}:run` }] } };

    beforeEach(async () => {
      vic = await admit(acme, "vic");
      const admin = ["user-permission:write", "claim-mapping:write", "role:write", "workspace:update"];
      pat = await admit(
        acme,
        "pat",
        await makeRole(acme, "Exactly", [
          ...new Set([...operator, ...cases.flatMap(({ scopes }) => scopes), ...admin]),
        ]),
      );
    });

    /** Each way of giving, without own types a success. */
    const ways: [string, () => Promise<[string, object]>][] = [
      ["assigns it", async () => [`PUT W/assignments/${vic.userId}`, { roleIds: ["rol_operator"] }]],
      ["adds somebody", async () => ["POST W/users", { email: "new@acme.example", roleIds: ["rol_operator"] }]],
      ["makes a rule of it", async () => ["POST W/claim-rules", { name: "A", when, roleId: "rol_operator" }]],
      ["copies it", async () => ["POST W/roles/rol_operator/duplicate", { name: "Copy" }]],
      ["has it take another one's place", async () => [await heldRole(), {}]],
      ["switches on what it needs", async () => ["PATCH W", { features: ["case-management"] }]],
    ];
    const when = { any: [{ attribute: "groups", operator: "equals", values: ["SOC"] }] };

    async function heldRole(): Promise<string> {
      const roleId = await makeRole(acme, "Doomed", []);
      await assign(acme, vic, [roleId]);
      return `DELETE W/roles/${roleId}?reassignTo=rol_operator`;
    }

    it.each(ways)("and who %s", async (_, make) => {
      await done(acme.api.call(acme.ann, `PATCH ${acme.W}`, edit({ features: [] })));
      const lines = { Operator: ["run"], "Cases Viewer": ["run"] };
      await done(register(acme, { ...playbook, predefinedRoles: lines }));
      const [what, body] = await make();
      const sent = { DELETE: {}, PATCH: edit(body) }[what.split(" ")[0] ?? ""] ?? { body };
      const call = () => acme.api.call(pat, what.replace("W", acme.W), sent);
      expect(await call()).toMatchObject(beyond);
      await done(replace(acme, { ...playbook, predefinedRoles: {} }));
      expect((await call()).status).toBeLessThan(300);
    });

    it("and who invites into it, or asks in through the organization", async () => {
      const wes = await admitManager(acme, "wes", ["user:write"]);
      await assign(acme, wes, [await makeRole(acme, "As an Operator", operator)]);
      await done(register(acme));
      const body = { email: "new@acme.example", roleId: "rol_operator", workspaceId: acme.workspace };
      expect((await acme.api.call(wes, `POST ${acme.O}/users`, { body })).body.code).toBe("grant.exceeds_own");
      await done(replace(acme, { ...playbook, predefinedRoles: {} }));
      await done(acme.api.call(wes, `POST ${acme.O}/users`, { body }));
    });

    it("and one who holds it gives it on", async () => {
      await assign(acme, pat, ["rol_operator", await makeRole(acme, "Gives", ["user-permission:write"])]);
      await done(register(acme));
      await done(
        acme.api.call(pat, `PUT ${acme.W}/assignments/${vic.userId}`, { body: { roleIds: ["rol_operator"] } }),
      );
      expect(await ownScopesOf(vic)).toEqual([`${PLAYBOOK}:read`, `${PLAYBOOK}:run`]);
    });

    it("and a role that names it is made by who holds it", async () => {
      await done(register(acme));
      const make = (scope: string) =>
        acme.api.call(pat, `POST ${acme.W}/roles`, { body: { name: "Own", scopes: [scope] } });
      expect(await make(`${PLAYBOOK}:run`)).toMatchObject(beyond);
      expect((await make(`${PLAYBOOK}:*`)).body.code).toBe("grant.exceeds_own");
    });
  });
});
