/** The authorizer's judgement of API keys: what it costs at the table, what is answered, and what the log says. */
import { randomBytes } from "node:crypto";
import type { APIGatewayAuthorizerResult } from "aws-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { judgeRequest } from "../../functions/wiring/judge-request.ts";
import type { Judgement, Judging } from "../../functions/wiring/judgement.ts";
import { RoleCache } from "../../lib/api/role-cache.ts";
import { routes } from "../../lib/api/routes.ts";
import type { ApiKey } from "../../lib/domain/api-keys.ts";
import type { KeyId } from "../../lib/domain/ids.ts";
import { makeId } from "../../lib/domain/ids.ts";
import { makeKeyCredential } from "../../lib/identity/key-credentials.ts";
import type { StoreCall } from "../../lib/store/table.ts";
import type { Acme } from "../api/acme.ts";
import { admit, done, edit, makeAcme, makeRole, makeWorkspace } from "../api/acme.ts";
import type { Caller } from "../api/in-process.ts";
import { makeKey } from "../api/keys.ts";
import { PLAYBOOK, register } from "../api/own-types.ts";
import { openTestStore } from "../engine.ts";
import { openKnownKeys } from "../identity/test-keys.ts";
import { eventOf, loadAuthorizer } from "./authorizer-world.ts";

const ME = "GET /v1/orgs/{orgId}/workspaces/{workspaceId}/me";
const ROLES = "GET /v1/orgs/{orgId}/workspaces/{workspaceId}/roles";
const DAY = 86_400_000;
const ABSENT = { orgId: "org_01jdexamp1e0000000000000ab", workspaceId: "wks_01jdexamp1e0000000000000ab" };

type Key = Awaited<ReturnType<typeof makeKey>>;

const clock = { now: Date.now() };
const calls: StoreCall[] = [];
const logged: string[] = [];
let acme: Acme;
/** Another organization, which settled that keys live a day at most, and its workspace. */
let globex: Acme;
let south: string;
let pat: Caller;
let personal: Key;
let service: Key;
let judging: Judging;
let authorizer: Awaited<ReturnType<typeof loadAuthorizer>>;

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => logged.push(String(text)) > 0);
  }
  const { store, endpoint, tableName } = await openTestStore({ observe: (call) => calls.push(call) });
  acme = await makeAcme({ store }, () => clock.now);
  globex = await makeAcme({ store }, () => clock.now);
  south = await makeWorkspace(acme, "South");
  pat = await admit(acme, "pat", "rol_operator");
  personal = await makeKey(acme, pat, { kind: "personal", scopes: ["workflow:read"] });
  service = await makeKey(acme, acme.ann, { kind: "service", scopes: ["workflow:read", "role:read"] });
  await settle(globex, 1);
  const judged = routes.filter(({ access }) => access.kind !== "public");
  const verify = async () => {
    throw new Error("no token is sent here");
  };
  judging = { routes: judged, verify, store, roles: new RoleCache(), keys: openKnownKeys() };
  authorizer = await loadAuthorizer({ endpoint, tableName, issuer: "https://issuer.example" });
});

beforeEach(() => {
  logged.length = 0;
  calls.length = 0;
  clock.now = Date.now();
  restart();
});

afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

/** A function that has not seen any key yet. */
function restart(): void {
  judging = { ...judging, roles: new RoleCache(), keys: openKnownKeys() };
}

const here = () => ({ orgId: acme.org as string, workspaceId: acme.workspace as string });
const settle = ({ api, ann, O }: Acme, maxLifetimeDays: number | null) =>
  done(api.call(ann, `PATCH ${O}`, edit({ settings: { keys: { maxLifetimeDays } } })));
const headersOf = (credential: string) => ({ Authorization: [`Bearer ${credential}`] });

/** @returns the judgement, with the calls that it made to the table */
async function ask(credential: string, call = ME, params: Readonly<Record<string, string>> = here()) {
  calls.length = 0;
  const judgement = await judgeRequest(eventOf(call, { params, headers: headersOf(credential) }), judging, clock.now);
  return { judgement, trips: calls.length, units: calls.map(({ units }) => units) };
}

const kindOf = ({ judgement }: { readonly judgement: Judgement }) => judgement.kind;

/** A key of nobody, and one of somebody with a secret that was never made: both in good form. */
const strange = (id: string) => makeKeyCredential(id as KeyId, randomBytes);
const nobodys = strange(makeId("key", Date.now(), randomBytes(10)));

describe("a service key costs", () => {
  it("one round trip: its own item and those of the two places", async () => {
    expect(await ask(service.secret)).toMatchObject({ judgement: { kind: "allowed" }, trips: 1, units: [3] });
    expect(await ask(service.secret, ROLES)).toMatchObject({ judgement: { kind: "allowed" }, trips: 1, units: [3] });
  });

  it("the same when it is denied", async () => {
    expect(await ask(service.secret, ROLES.replace("GET", "POST"))).toMatchObject({
      judgement: { kind: "denied" },
      trips: 1,
      units: [3],
    });
  });

  it("one more, of one unit, for a role of the workspace's own that is not at hand", async () => {
    const roleId = await makeRole(acme, "Pipelines", ["role:read"]);
    const key = await makeKey(acme, acme.ann, { kind: "service", scopes: ["*"], roleId });
    expect(await ask(key.secret, ROLES)).toMatchObject({ judgement: { kind: "allowed" }, trips: 2, units: [3, 1] });
    expect(await ask(key.secret, ROLES)).toMatchObject({ judgement: { kind: "allowed" }, trips: 1, units: [3] });
  });

  it("a look at where it is from, once, where no place is asked about", async () => {
    expect(await ask(service.secret, "GET /v1/me", {})).toMatchObject({ trips: 2, units: [1, 3] });
    expect(await ask(service.secret, "GET /v1/me", {})).toMatchObject({ trips: 1, units: [3] });
  });
});

describe("a personal key costs", () => {
  it("two round trips, and one once the function knows its person", async () => {
    expect(await ask(personal.secret)).toMatchObject({ judgement: { kind: "allowed" }, trips: 2, units: [3, 2] });
    expect(await ask(personal.secret)).toMatchObject({ judgement: { kind: "allowed" }, trips: 1, units: [5] });
  });

  it("the same where no place is asked about", async () => {
    expect(await ask(personal.secret, "GET /v1/me", {})).toMatchObject({
      judgement: { kind: "allowed" },
      trips: 2,
      units: [1, 5],
    });
    expect(await ask(personal.secret, "GET /v1/me", {})).toMatchObject({ trips: 1, units: [5] });
  });

  it("no more for each of many keys than for one", async () => {
    const others = await Promise.all(
      ["a", "b", "c"].map((name) => makeKey(acme, pat, { name, kind: "personal", scopes: ["workflow:read"] })),
    );
    for (const { secret } of others) await ask(secret);
    for (const { secret } of others) expect((await ask(secret)).trips).toBe(1);
  });
});

describe("what a warm function remembers of keys", () => {
  const MANY = 25_000;
  const manyIds = () => Array.from({ length: MANY }, () => makeId("key", Date.now(), randomBytes(10)));
  const keyOf = (id: KeyId): ApiKey => ({
    id,
    orgId: acme.org,
    workspaceId: acme.workspace,
    name: "",
    kind: "service",
    scopes: [],
    ownerId: acme.ann.userId,
    createdAt: "2026-11-26T09:00:00.000Z",
    secrets: [],
    version: 1,
  });

  it("is where at most 10,000 are from, and when at most 10,000 were used", () => {
    const { keys } = judging;
    const ids = manyIds();
    for (const id of ids) {
      keys.remember(keyOf(id));
      expect(keys.isFirstUse(id, clock.now)).toBe(true);
    }
    expect(ids.filter((id) => keys.originOf(id) !== undefined).length).toBeLessThanOrEqual(10_000);
    expect(keys.originOf(ids.at(-1) as KeyId)).toEqual({ orgId: acme.org, workspaceId: acme.workspace });
    // From the last one back, those that are still known come first.
    const known = ids.toReversed().findIndex((id) => keys.isFirstUse(id, clock.now));
    expect(known).toBeGreaterThan(0);
    expect(known).toBeLessThanOrEqual(10_000);
  });

  it("may be forgotten: the key is looked for again, and judged as before", async () => {
    for (const { secret } of [personal, service]) {
      await ask(secret, "GET /v1/me", {});
      const warm = await ask(secret, "GET /v1/me", {});
      for (const id of manyIds()) judging.keys.remember(keyOf(id));
      const cold = await ask(secret, "GET /v1/me", {});
      expect([warm.trips, cold.trips]).toEqual([1, 2]);
      expect(cold.judgement).toEqual(warm.judgement);
    }
  });
});

describe("what is no key costs", () => {
  it("nothing at the table when it was cut, added to, mistyped or changed in case", async () => {
    const { secret } = service;
    const edited = [
      secret.slice(0, -1),
      secret.slice(0, 40),
      `${secret}0`,
      secret.slice(0, 50) + (secret[50] === "x" ? "y" : "x") + secret.slice(51),
      secret.toLowerCase() === secret ? secret.toUpperCase() : secret.toLowerCase(),
      secret.replace("bwk_key", "bwk_kex"),
      "bwk_",
      "bwk_key_",
    ];
    for (const credential of edited) {
      const { judgement, trips } = await ask(credential);
      expect([judgement, trips]).toEqual([{ kind: "unauthenticated", reason: "api_key.malformed" }, 0]);
    }
  });

  it.each([
    ["where a place is asked about", ME, () => here(), [1, 1]],
    ["where none is", "GET /v1/me", () => ({}), [1, 1]],
  ])("one round trip, whether there is such a key or not, %s", async (_where, call, params, trips) => {
    const wrong = strange(service.id);
    const found = [await ask(nobodys, call, params()), await ask(wrong, call, params())];
    expect(found.map((one) => one.trips)).toEqual(trips);
    expect(found.map(({ judgement }) => judgement)).toMatchObject([
      { kind: "unauthenticated", reason: "key.absent" },
      { kind: "unauthenticated", reason: "key.secret_unknown" },
    ]);
  });

  it("the same when the function knows the key, and when it has a role of its own", async () => {
    const roleId = await makeRole(acme, "Own", ["role:read"]);
    const key = await makeKey(acme, acme.ann, { kind: "service", scopes: ["*"], roleId });
    for (const { id, secret } of [key, personal]) {
      expect((await ask(strange(id))).trips).toBe(1);
      await ask(secret);
      expect((await ask(strange(id))).trips).toBe(1);
    }
  });

  it("nothing of what the function remembers: who has no secret teaches it nothing", async () => {
    await ask(strange(personal.id));
    expect((await ask(personal.secret)).trips).toBe(2);
  });
});

describe("whatever is wrong with a key, the answer is the one 401", () => {
  async function refusalOf(credential: string, call = ME, params: Readonly<Record<string, string>> = here()) {
    const event = eventOf(call, { params, headers: headersOf(credential) });
    return authorizer(event).then(
      (answer) => answer.context ?? {},
      (error: Error) => `${error.name}: ${error.message}`,
    );
  }

  it.each<[string, () => Promise<string>]>([
    ["mistyped", async () => `${service.secret}0`],
    ["of nobody", async () => nobodys],
    ["with a wrong secret", async () => strange(personal.id)],
    [
      "revoked",
      async () => {
        const key = await makeKey(acme, pat, { kind: "personal", scopes: ["workflow:read"] });
        await done(acme.api.call(pat, `DELETE ${acme.W}/api-keys/${key.id}`));
        return key.secret;
      },
    ],
    [
      "expired",
      async () => {
        clock.now -= 2_000;
        const expiresAt = new Date(clock.now + 1_000).toISOString();
        return (await makeKey(acme, pat, { kind: "personal", scopes: ["workflow:read"], expiresAt })).secret;
      },
    ],
    [
      "rotated",
      async () => {
        const key = await makeKey(acme, pat, { kind: "personal", scopes: ["workflow:read"] });
        await done(acme.api.call(pat, `POST ${acme.W}/api-keys/${key.id}/rotate`, { body: {} }));
        return key.secret;
      },
    ],
  ])("%s", async (_how, make) => {
    const credential = await make();
    const places = [here(), { ...here(), workspaceId: south }, { ...here(), orgId: globex.org }, ABSENT];
    for (const params of places) expect(await refusalOf(credential, ME, params)).toBe("Error: Unauthorized");
    expect(await refusalOf(credential, "GET /v1/me", {})).toBe("Error: Unauthorized");
  });

  it("also where a key of another organization would be too old", async () => {
    clock.now -= 2 * DAY;
    const { secret } = await makeKey(acme, pat, { kind: "personal", scopes: ["workflow:read"] });
    const answers = [globex.org, ABSENT.orgId].map((orgId) => refusalOf(secret, ME, { ...here(), orgId }));
    const [known, absent] = await Promise.all(answers);
    expect(known).toMatchObject({ code: "access.denied" });
    expect(known).toEqual(absent);
  });
});

describe("a key where it is not from", () => {
  const bytes = ({ policyDocument, context }: APIGatewayAuthorizerResult) =>
    JSON.stringify({ policyDocument, context });

  it.each([
    ["service", () => service],
    ["personal", () => personal],
  ])("is denied as a user without standing is, there or not: a %s one", async (_kind, keyOf) => {
    const answers = new Map<string, string>();
    // The function that is asked twice knows the key the second time.
    for (const turn of ["cold", "warm"]) {
      for (const [name, params] of Object.entries({
        "another workspace": { ...here(), workspaceId: south },
        "an absent workspace": { ...here(), workspaceId: ABSENT.workspaceId },
        "a malformed workspace": { ...here(), workspaceId: "nonsense" },
        "another organization": { orgId: globex.org as string, workspaceId: globex.workspace as string },
        "its workspace under another organization": { ...here(), orgId: globex.org as string },
        "an absent organization": ABSENT,
        "a malformed organization": { ...here(), orgId: "nonsense" },
        "a path in its place": { ...here(), orgId: `${acme.org}#USER` },
      })) {
        const event = eventOf(ME, { params, headers: headersOf(keyOf().secret) });
        answers.set(`${turn}: ${name}`, await authorizer(event).then(bytes, String));
      }
    }
    expect([...answers.values()].filter((answer) => answer !== [...answers.values()][0])).toEqual([]);
    expect(answers.size).toBe(16);
    expect([...answers.values()][0]).toContain('"code":"access.denied"');
  });

  it("is told nothing of the organization that it is from, either", async () => {
    for (const path of ["", "/workspaces", "/users", "/roles", "/audit-log", "/api-keys", "/scopes"]) {
      expect([path, kindOf(await ask(service.secret, `GET /v1/orgs/{orgId}${path}`))]).toEqual([path, "denied"]);
      expect([path, kindOf(await ask(personal.secret, `GET /v1/orgs/{orgId}${path}`))]).toEqual([path, "denied"]);
    }
  });

  it("is dead there too when its person is shut out, whether the function knows them or not", async () => {
    const sue = await admit(acme, "sue", "rol_operator");
    const key = await makeKey(acme, sue, { kind: "personal", scopes: ["workflow:read"] });
    await ask(key.secret);
    const suspend = (status: string) =>
      done(acme.api.call(acme.ann, `PATCH ${acme.O}/users/${sue.userId}`, { body: { status } }));
    await suspend("suspended");
    const elsewhere = { ...here(), workspaceId: south };
    for (const params of [here(), elsewhere]) {
      expect(kindOf(await ask(key.secret, ME, params))).toBe("unauthenticated");
      restart();
      expect(kindOf(await ask(key.secret, ME, params))).toBe("unauthenticated");
    }
  });
});

describe("where no place is named", () => {
  it("a key is somebody, wherever a user is, and makes no organization", async () => {
    const { judgement } = await ask(service.secret, "GET /v1/me", {});
    expect(judgement).toMatchObject({
      kind: "allowed",
      authorized: {
        holdsScope: false,
        principal: {
          ...{ kind: "api-key", keyId: service.id, keyKind: "service", ownerId: acme.ann.userId },
          ...{ orgId: acme.org, workspaceId: acme.workspace },
        },
      },
    });
    expect(JSON.stringify(judgement)).not.toContain("bwk_");
    expect((await acme.api.call(service, "POST /v1/orgs", { body: { name: "Mine" } })).status).toBe(403);
  });
});

describe("the log", () => {
  const lines = () =>
    logged
      .join("")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as object);

  it("names the key and whose it is when it is denied", async () => {
    await authorizer(eventOf(ROLES, { params: here(), headers: headersOf(personal.secret) }));
    expect(lines()).toContainEqual(
      expect.objectContaining({
        message: "denied",
        principal: { kind: "api-key", id: personal.id, ownerId: pat.userId },
        requiredScope: "role:read",
      }),
    );
  });

  it.each([
    ["key.secret_unknown", () => strange(service.id), () => service.id],
    ["key.absent", () => nobodys, () => nobodys.slice(4, 34)],
  ])("names the key that was meant, and says why it is refused: %s", async (reason, credentialOf, idOf) => {
    for (const [call, params] of [
      [ME, here()],
      ["GET /v1/me", {}],
    ] as const) {
      logged.length = 0;
      const asked = authorizer(eventOf(call, { params, headers: headersOf(credentialOf()) }));
      await expect(asked).rejects.toThrow("Unauthorized");
      expect(lines()).toContainEqual(expect.objectContaining({ message: "unauthenticated", reason, keyId: idOf() }));
    }
  });

  it("says of another organization's own types what it says of such that there are not, and looks for none", async () => {
    const RESOURCES = "GET /v1/orgs/{orgId}/workspaces/{workspaceId}/resources/{type}";
    const at = ({ org, workspace }: Acme, type: string) => ({ orgId: org, workspaceId: workspace, type });
    await done(register(globex));
    await ask(service.secret, ME);
    for (const type of [PLAYBOOK, "acme.nothing"]) {
      const { judgement, trips } = await ask(service.secret, RESOURCES, at(globex, type));
      expect([type, judgement, trips]).toMatchObject([type, { kind: "denied", isScopeUnknown: true }, 1]);
      for (const credential of [nobodys, strange(service.id)]) {
        expect([type, (await ask(credential, RESOURCES, at(globex, type))).trips]).toEqual([type, 1]);
      }
    }
    await done(register(acme));
    const own = await ask(service.secret, RESOURCES, at(acme, PLAYBOOK));
    expect(own).toMatchObject({ judgement: { kind: "denied", isScopeUnknown: false }, trips: 2 });
    restart();
    expect((await ask(strange(service.id), RESOURCES, at(acme, PLAYBOOK))).trips).toBe(1);
  });

  it("says no part of a credential, whatever becomes of it", async () => {
    const revoked = await makeKey(acme, pat, { kind: "personal", scopes: ["workflow:read"] });
    await done(acme.api.call(pat, `DELETE ${acme.W}/api-keys/${revoked.id}`));
    const credentials = [service.secret, personal.secret, revoked.secret, nobodys, `${service.secret}0`];
    for (const credential of credentials) {
      for (const [call, params] of [
        [ME, here()],
        [ROLES, here()],
        ["GET /v1/me", {}],
        [ME, ABSENT],
      ] as const) {
        await authorizer(eventOf(call, { params, headers: headersOf(credential) })).catch(() => {});
      }
    }
    const all = logged.join("");
    expect(all).toContain(revoked.id);
    for (const credential of credentials) {
      const secret = credential.slice(35);
      for (let at = 0; at + 8 <= secret.length; at++) expect(all).not.toContain(secret.slice(at, at + 8));
    }
  });
});
