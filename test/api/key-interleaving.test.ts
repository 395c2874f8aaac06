/**
 * What takes a key's right away, between the key's request and each call that it makes to the store: from the moment it is answered,
 * nothing that the key asked for is done, although the authorizer had let it through.
 */
import { beforeEach, describe, expect, it } from "vitest";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admit, assign, done, edit, makeAcme, makeRole, makeSharedRole } from "./acme.ts";
import type { Caller, TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";
import { layer } from "./interleaved.ts";
import { acceptInvitation } from "./invitations.ts";
import { makeKey } from "./keys.ts";
import { admitThroughProvider, enableProviders } from "./provider-people.ts";

const DAY = 86_400_000;
const clock = { now: Date.now() };

/** Happens once, before the slow API's call to the store that comes after so many. */
let meanwhile: { passing: number; readonly happens: () => Promise<unknown> } | undefined;

const interrupt = layer(async (command, send) => {
  const due = meanwhile;
  if (due !== undefined && due.passing-- === 0) {
    meanwhile = undefined;
    await due.happens();
  }
  return send(command);
});

let acme: Acme;
/** A table beside which a call goes slowly. */
let slowly: TestApi;
let pat: Caller;

beforeEach(async () => {
  clock.now = Date.now();
  await openWorld();
});

async function openWorld(): Promise<void> {
  const { store, tableName } = await openTestStore();
  acme = await makeAcme({ store }, () => clock.now);
  slowly = openTestApi((await openTestStore({ tableName, wrap: interrupt })).store, () => clock.now);
  pat = await admit(acme, "pat", "rol_operator");
}

const call = (who: Caller, what: string, body?: object) => acme.api.call(who, what, body === undefined ? {} : { body });
const personal = () => makeKey(acme, pat, { kind: "personal", scopes: ["interaction:write"] });
const service = (more: object = {}) =>
  makeKey(acme, acme.ann, { kind: "service", scopes: ["interaction:write"], ...more });

type Key = Awaited<ReturnType<typeof makeKey>>;

interface Taking {
  readonly name: string;
  readonly make: () => Promise<Key>;
  readonly take: (key: Key) => Promise<unknown>;
  readonly refused: 401 | 403;
}

const settle = (body: object) => done(acme.api.call(acme.ann, `PATCH ${acme.O}`, edit({ settings: body })));
let roleId: string;
let other: string;

const takings: readonly Taking[] = [
  {
    name: "a personal key is revoked",
    make: personal,
    take: (key) => done(call(pat, `DELETE ${acme.W}/api-keys/${key.id}`)),
    refused: 401,
  },
  {
    name: "a service key is revoked",
    make: service,
    take: (key) => done(call(acme.ann, `DELETE ${acme.W}/api-keys/${key.id}`)),
    refused: 401,
  },
  {
    name: "its person is suspended",
    make: personal,
    take: () => done(call(acme.ann, `PATCH ${acme.O}/users/${pat.userId}`, { status: "suspended" })),
    refused: 401,
  },
  {
    name: "its person is deleted",
    make: personal,
    take: () => done(call(acme.ann, `DELETE ${acme.O}/users/${pat.userId}`)),
    refused: 401,
  },
  {
    name: "its person is deleted and comes back with all that they held",
    make: personal,
    take: async () => {
      await done(call(acme.ann, `DELETE ${acme.O}/users/${pat.userId}`));
      const body = { email: pat.email, roleId: "rol_owner", workspaceId: acme.workspace };
      await done(call(acme.ann, `POST ${acme.O}/users`, body));
      await acceptInvitation(acme.api.host.store, acme.org, pat.userId);
    },
    refused: 401,
  },
  ...[true, false].map(
    (isAsked): Taking => ({
      name: `the provider that ${isAsked ? "its person" : "somebody without any key"} came through is disabled`,
      make: async () => {
        const pia = await admitThroughProvider(acme);
        await assign(acme, pia, ["rol_operator"]);
        if (!isAsked) return { ...pia, id: "", secret: pia.userId };
        return makeKey(acme, pia, { kind: "personal", scopes: ["interaction:write"] });
      },
      take: () => enableProviders(acme, []),
      refused: 401,
    }),
  ),
  {
    name: "its person loses the role",
    make: personal,
    take: () => assign(acme, pat, ["rol_viewer"]),
    refused: 403,
  },
  {
    name: "its person loses the role that they have from the organization",
    make: async () => {
      roleId = await makeSharedRole(acme, "Shared", ["interaction:*", "api-key:*"]);
      await assign(acme, pat, [roleId]);
      return personal();
    },
    take: () => done(acme.api.call(acme.ann, `PATCH ${acme.O}/roles/${roleId}`, edit({ scopes: ["case:read"] }))),
    refused: 403,
  },
  {
    name: "its role loses the scope",
    make: async () => {
      roleId = await makeRole(acme, "Own", ["interaction:*"]);
      return service({ roleId });
    },
    take: () => done(acme.api.call(acme.ann, `PATCH ${acme.W}/roles/${roleId}`, edit({ scopes: ["case:read"] }))),
    refused: 403,
  },
  {
    name: "its role, which is the organization's, loses the scope",
    make: async () => {
      roleId = await makeSharedRole(acme, "Shared", ["interaction:*"]);
      return service({ roleId });
    },
    take: () => done(acme.api.call(acme.ann, `PATCH ${acme.O}/roles/${roleId}`, edit({ scopes: ["case:read"] }))),
    refused: 403,
  },
  ...(["workspace", "organization"] as const).map(
    (level): Taking => ({
      name: `its role of the ${level} is deleted for another one with less`,
      make: async () => {
        const make = level === "workspace" ? makeRole : makeSharedRole;
        [roleId, other] = [await make(acme, "First", ["interaction:*"]), await make(acme, "Second", ["case:read"])];
        return service({ roleId });
      },
      take: async () => {
        const at = level === "workspace" ? acme.W : acme.O;
        await done(call(acme.ann, `DELETE ${at}/roles/${roleId}?reassignTo=${other}`));
      },
      refused: 403,
    }),
  ),
  {
    name: "another secret takes the place of the one that is used",
    make: service,
    take: (key) => done(call(acme.ann, `POST ${acme.W}/api-keys/${key.id}/rotate`, {})),
    refused: 401,
  },
  {
    name: "another secret takes the place of the one before the one before",
    make: async () => {
      const key = await service();
      await done(call(acme.ann, `POST ${acme.W}/api-keys/${key.id}/rotate`, { overlapSeconds: 60 }));
      return key;
    },
    take: (key) => done(call(acme.ann, `POST ${acme.W}/api-keys/${key.id}/rotate`, { overlapSeconds: 60 })),
    refused: 401,
  },
  {
    name: "the organization lets no key be so old any more",
    make: async () => {
      const key = await service();
      clock.now += 2 * DAY;
      return key;
    },
    take: () => settle({ keys: { maxLifetimeDays: 1 } }),
    refused: 401,
  },
  {
    name: "the organization lets keys be less old than it did",
    make: async () => {
      await settle({ keys: { maxLifetimeDays: 30 } });
      const key = await personal();
      clock.now += 2 * DAY;
      return key;
    },
    take: () => settle({ keys: { maxLifetimeDays: 1 } }),
    refused: 401,
  },
  {
    name: "its workspace is suspended",
    make: service,
    take: () => done(call(acme.ann, `POST ${acme.W}/suspend`)),
    refused: 403,
  },
];

describe("what a key asks for is not done once it is answered that", () => {
  it.each(takings)("$name", async ({ make, take, refused }) => {
    let tried = 0;
    for (let passing = 0; ; passing++) {
      if (passing > 0) await openWorld();
      clock.now = Date.now();
      const key = await make();
      meanwhile = { passing, happens: () => take(key) };
      const answer = await slowly.call(key, `POST ${acme.W}/resources/interaction`, {
        body: { id: "by-key", name: "X" },
      });
      const isMet = meanwhile === undefined;
      meanwhile = undefined;
      if (!isMet) {
        expect(answer.status).toBe(201);
        break;
      }
      tried++;
      expect([passing, answer.status]).toEqual([passing, refused]);
      expect([passing, await entriesOf("by-key")]).toEqual([passing, []]);
    }
    // One for the authorizer, and at least three for the command.
    expect(tried).toBeGreaterThanOrEqual(4);
  });

  it("nor is somebody invited, which locks the organization and only takes a turn of the key's workspace", async () => {
    let tried = 0;
    for (let passing = 0; ; passing++) {
      if (passing > 0) await openWorld();
      const key = await makeKey(acme, acme.ann, { kind: "service", scopes: ["user-permission:write", "case:read"] });
      const readers = await makeRole(acme, "Readers", ["case:read"]);
      meanwhile = { passing, happens: () => done(call(acme.ann, `DELETE ${acme.W}/api-keys/${key.id}`)) };
      const body = { email: "new@acme.example", roleIds: [readers] };
      const answer = await slowly.call(key, `POST ${acme.W}/users`, { body });
      const isMet = meanwhile === undefined;
      meanwhile = undefined;
      const { items } = await done(call(acme.ann, `GET ${acme.O}/users?email=new@acme.example`));
      expect([passing, answer.status, items.length]).toEqual([passing, ...(isMet ? [401, 0] : [201, 1])]);
      if (!isMet) break;
      tried++;
    }
    expect(tried).toBeGreaterThanOrEqual(4);
  });

  /** What stands in the log of a thing. */
  async function entriesOf(id: string): Promise<string[]> {
    const chain = `${acme.O}/audit-log?workspaceId=${acme.workspace}&target=${id}`;
    return (await done(call(acme.ann, `GET ${chain}`))).items.map(({ action }: { action: string }) => action);
  }
});
