/** What a stream of lines comes to: a count for each minute, principal and scope, and nothing of strangers. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KeyId, OrgId, ProviderId, UserId, WorkspaceId } from "../../lib/domain/ids.ts";
import { limits } from "../../lib/domain/limits.ts";
import type { SecurityEvent } from "../../lib/domain/security-events.ts";
import type { LoggedEvent } from "../../lib/domain/security-records.ts";
import { countAmongOthers, countEvents, findKeyUses } from "../../lib/domain/security-records.ts";

const T = Date.parse("2026-12-01T10:15:30.000Z");
const MINUTE = "2026-12-01T10:15:00.000Z";
const org = "org_01jdexamp1e0000000000000ab" as OrgId;
const globex = "org_01jdexamp1e0000000000000cd" as OrgId;
const workspaceId = "wks_01jdexamp1e0000000000000ab" as WorkspaceId;
const idp = "idp_01jdexamp1e0000000000000ab" as ProviderId;
const key = "key_01jdexamp1e0000000000000ab" as KeyId;
const ann = { kind: "user", id: "usr_01jdexamp1e0000000000000ab" as UserId } as const;
const bob = { kind: "user", id: "usr_01jdexamp1e0000000000000cd" as UserId } as const;
const homes = new Map([[idp, org]]);

let made = 0;
const at = (time: number, event: SecurityEvent): LoggedEvent => ({ id: `${made++}`, at: time, event });
const request = { requestId: "r", route: "GET /x", ip: "", userAgent: "", place: { orgId: org } };
const denied = (more: Partial<Extract<SecurityEvent, { event: "access.denied" }>> = {}): SecurityEvent => ({
  event: "access.denied",
  ...request,
  principal: ann,
  requiredScope: "role:read",
  knownIn: { orgId: org },
  ...more,
});
const refused = (more: Partial<Extract<SecurityEvent, { event: "credential.refused" }>> = {}): SecurityEvent => ({
  event: "credential.refused",
  ...request,
  reason: "user.shut_out",
  ...more,
});
const signIn = (subject?: string, providerId: ProviderId | undefined = idp): SecurityEvent => ({
  event: "sign_in.refused",
  requestId: "s",
  reason: "No.",
  providerId,
  subject,
});
const records = (...events: SecurityEvent[]) =>
  countEvents(
    events.map((event) => at(T, event)),
    homes,
  );

describe("denials", () => {
  it("of one principal for want of one scope in one minute are one record, with the first and the last request", () => {
    const lines = [
      at(T, denied({ requestId: "first", knownIn: { orgId: org, workspaceId } })),
      at(T + 1_000, denied({ requestId: "second" })),
      at(T + 29_999, denied({ requestId: "last" })),
    ];
    expect(countEvents(lines, homes)).toEqual([
      {
        orgId: org,
        of: ["access.denied", ann.id, "role:read"],
        record: {
          kind: "access.denied",
          at: MINUTE,
          principal: ann,
          requiredScope: "role:read",
          workspaceId,
          count: 3,
          firstRequestId: "first",
          lastRequestId: "last",
        },
      },
    ]);
  });

  it.each<[string, LoggedEvent]>([
    ["in another minute", at(T + 30_000, denied())],
    ["of another principal", at(T, denied({ principal: bob }))],
    ["for want of another scope", at(T, denied({ requiredScope: "role:write" }))],
    ["in another organization", at(T, denied({ knownIn: { orgId: globex } }))],
  ])("%s are another one", (_, other) => {
    const both = countEvents([at(T, denied()), other], homes);
    expect(both.map(({ record }) => record.count)).toEqual([1, 1]);
    expect(new Set(both.map(({ orgId, of, record }) => JSON.stringify([orgId, record.at, of]))).size).toBe(2);
  });

  it("of scopes that there are not are one record, however many are named, which names none of them", () => {
    const named = Array.from({ length: 50 }, (_, i) => denied({ requiredScope: `x${i}:read`, isScopeUnknown: true }));
    const [one, ...more] = records(...named);
    expect(more).toEqual([]);
    expect(one).toMatchObject({ of: ["access.denied", ann.id], record: { count: 50 } });
    expect(one?.record).not.toHaveProperty("requiredScope");
  });

  it("of somebody whom the organization does not know are none, wherever they try", () => {
    expect(records(denied({ knownIn: undefined }), denied({ knownIn: undefined, place: { orgId: globex } }))).toEqual(
      [],
    );
  });

  it("say no workspace but one of the organization, whatever the path names", () => {
    for (const place of [null, { orgId: org }, { orgId: org, workspaceId }, { orgId: org, workspaceId: "wks_x#y" }]) {
      expect(records(denied({ place }))[0]?.record).not.toHaveProperty("workspaceId");
    }
  });

  it("of a key name its owner, too", () => {
    const principal = { kind: "api-key", id: key, ownerId: bob.id } as const;
    expect(records(denied({ principal }))).toMatchObject([
      { of: ["access.denied", key, "role:read"], record: { principal } },
    ]);
  });
});

describe("refused credentials", () => {
  it("of nobody are no record", () => {
    expect(records(refused(), refused({ knownIn: { orgId: org } }), refused({ principal: ann }))).toEqual([]);
  });

  it("of somebody whom the organization knows are one for each reason", () => {
    const both = records(
      refused({ principal: ann, knownIn: { orgId: org } }),
      refused({ principal: ann, knownIn: { orgId: org } }),
      refused({ principal: ann, knownIn: { orgId: org }, reason: "api_key.revoked" }),
    );
    expect(both.map(({ of, record }) => [...of, record.reason, record.count])).toEqual([
      ["credential.refused", ann.id, "user.shut_out", "user.shut_out", 2],
      ["credential.refused", ann.id, "api_key.revoked", "api_key.revoked", 1],
    ]);
  });
});

describe("refused sign-ins", () => {
  it("are counted by provider and subject, in the provider's organization", () => {
    const [dana, erin] = records(signIn("dana"), signIn("erin"), signIn("dana"));
    expect(dana).toMatchObject({ orgId: org, record: { identityProviderId: idp, subject: "dana", count: 2 } });
    expect(erin).toMatchObject({ orgId: org, record: { subject: "erin", count: 1 } });
  });

  it("through no provider, or one that nobody has, are none", () => {
    const gone = "idp_01jdexamp1e0000000000000zz" as ProviderId;
    const pool: SecurityEvent = { event: "sign_in.refused", requestId: "s", reason: "No.", subject: "a" };
    expect(records(pool, signIn("a", gone))).toEqual([]);
  });

  it("whose subject is not known are counted among the others", () => {
    const [one] = records(signIn(undefined), signIn(undefined));
    expect(one).toMatchObject({ of: ["sign_in.refused", idp, "others"], record: { count: 2 } });
    expect(one?.record).not.toHaveProperty("subject");
  });

  it("have no more names in a minute than there are slots, whatever subjects come", () => {
    const all = records(...Array.from({ length: 3_000 }, (_, i) => signIn(`subject-${i}`)));
    expect(all).toHaveLength(3_000);
    const names = new Set(all.map(({ of }) => of.join()));
    expect(names.size).toBe(limits.refusedSubjects);
    expect(countAmongOthers(all[0] as never)).toMatchObject({ of: ["sign_in.refused", idp, "others"] });
    expect(countAmongOthers(all[0] as never).record).not.toHaveProperty("subject");
  });

  it("keep of a subject no more than a provider may call somebody", () => {
    expect(records(signIn("x".repeat(10_000)))[0]?.record.subject).toHaveLength(256);
  });
});

describe("uses of keys", () => {
  it("are told to the hour, the last one for each key, in whatever order the lines come", () => {
    const use = (time: string): LoggedEvent =>
      at(Date.parse(time), { event: "api_key.used", requestId: "r", keyId: key });
    const lines = [use("2026-12-01T11:59:59.999Z"), use("2026-12-01T12:00:00.000Z"), use("2026-12-01T09:00:00.000Z")];
    expect([...findKeyUses(lines)]).toEqual([[key, "2026-12-01T12:00:00.000Z"]]);
    expect([...findKeyUses([...lines].reverse())]).toEqual([[key, "2026-12-01T12:00:00.000Z"]]);
    expect(countEvents(lines, homes)).toEqual([]);
  });
});

describe("counting", () => {
  const principals = fc.constantFrom(ann, bob);
  const scopes = fc.constantFrom("role:read", "role:write", "user:read");
  const lines = fc.array(fc.tuple(fc.integer({ min: 0, max: 180_000 }), principals, scopes), { maxLength: 60 });

  it("loses nothing and adds nothing, and the order of the lines changes no count", () => {
    const law = fc.property(lines, (drawn) => {
      const all = drawn.map(([after, principal, requiredScope]) => at(T + after, denied({ principal, requiredScope })));
      const counts = (some: readonly LoggedEvent[]) =>
        new Map(countEvents(some, homes).map(({ of, record }) => [[record.at, ...of].join(), record.count]));
      const forward = counts(all);
      expect([...forward.values()].reduce((sum, count) => sum + count, 0)).toBe(all.length);
      expect(counts([...all].reverse())).toEqual(forward);
    });
    fc.assert(law, { numRuns: 200 });
  });
});
