/** Use through a share: live facts, of which one thing at a time is otherwise; and laws for all of them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { builtInCatalogue, makeCatalogue } from "../../lib/domain/catalogue.ts";
import type { Facts } from "../../lib/domain/decide.ts";
import { decide } from "../../lib/domain/decide.ts";
import type { MadeResourceId, OrgId, ShareId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { ShareLapse } from "../../lib/domain/liveness.ts";
import { findShareLapse, isRest } from "../../lib/domain/liveness.ts";
import type { OwnType } from "../../lib/domain/own-types.ts";
import type { Workspace } from "../../lib/domain/places.ts";
import type { Resource } from "../../lib/domain/resources.ts";
import type { SharedResource } from "../../lib/domain/shares.ts";
import type { ResourceFacts, UseLapse } from "../../lib/domain/use.ts";
import { findStanding, findUseLapse } from "../../lib/domain/use.ts";
import { acme, makeFacts, makeGrant, makeRole, NOW, rolesOf, soc } from "./facts.ts";

const north: Workspace = { ...soc, id: "wks_north" as WorkspaceId, name: "North", features: [] };
const east = "wks_east" as WorkspaceId;

const source: Resource = {
  type: "workflow",
  id: "triage",
  incarnation: "res_1" as MadeResourceId,
  name: "Triage",
  labels: {},
  createdAt: "2026-11-01T00:00:00.000Z",
  version: 1,
};
const anotherOne = { ...source, incarnation: "res_2" as MadeResourceId };

const shared: SharedResource = {
  shareId: "shr_1" as ShareId,
  resourceType: "workflow",
  resourceId: "triage",
  incarnation: source.incarnation,
  sourceWorkspaceId: north.id,
  actions: ["read", "run"],
  state: "accepted",
};

/** The SOC uses a workflow of North's. */
const live = {
  workspaceId: soc.id,
  own: undefined,
  shared,
  source,
  sourceWorkspace: north,
  settings: undefined,
} as const satisfies ResourceFacts;
const place = { now: NOW, organization: acme, catalogue: builtInCatalogue };

interface FlipCase {
  readonly it: string;
  readonly facts: Partial<ResourceFacts>;
  readonly place?: Partial<typeof place>;
  readonly lapse: ShareLapse | undefined;
}

const flips: readonly FlipCase[] = [
  { it: "a live share gives", facts: {}, lapse: undefined },
  { it: "a revoked one gives nothing", facts: { shared: { ...shared, state: "revoked" } }, lapse: "share.revoked" },
  {
    it: "it gives a millisecond before its end",
    facts: { shared: { ...shared, expiresAt: NOW + 1 } },
    lapse: undefined,
  },
  { it: "it gives nothing at its end", facts: { shared: { ...shared, expiresAt: NOW } }, lapse: "share.expired" },
  {
    it: "it gives nothing after its end",
    facts: { shared: { ...shared, expiresAt: NOW - 1 } },
    lapse: "share.expired",
  },
  { it: "its source workspace is gone", facts: { sourceWorkspace: undefined }, lapse: "share.source_absent" },
  {
    it: "its source workspace is another organization's",
    facts: { sourceWorkspace: { ...north, orgId: "org_globex" as OrgId } },
    lapse: "share.source_absent",
  },
  {
    it: "another workspace was read as its source",
    facts: { sourceWorkspace: { ...north, id: east } },
    lapse: "share.source_absent",
  },
  {
    it: "its organization is gone",
    facts: {},
    place: { organization: undefined as never },
    lapse: "share.source_absent",
  },
  { it: "its resource was deleted", facts: { source: undefined }, lapse: "resource.absent" },
  { it: "its resource was deleted and made again", facts: { source: anotherOne }, lapse: "resource.absent" },
  { it: "its resource has a millisecond left", facts: { source: { ...source, expiresAt: NOW + 1 } }, lapse: undefined },
  {
    it: "its resource is over at this millisecond",
    facts: { source: { ...source, expiresAt: NOW } },
    lapse: "resource.absent",
  },
  {
    it: "its source workspace is suspended",
    facts: { sourceWorkspace: { ...north, status: "suspended" } },
    lapse: "share.source_suspended",
  },
  {
    it: "the organization lets no such type be shared any more",
    facts: { settings: { sharing: { types: ["case"] } } },
    lapse: "share.switched_off",
  },
  {
    it: "the organization lets nothing be shared any more",
    facts: { settings: { sharing: { types: [] } } },
    lapse: "share.switched_off",
  },
  {
    it: "the organization lets nothing be shared with the workspace any more",
    facts: { settings: { sharing: { targets: [east] } } },
    lapse: "share.switched_off",
  },
  {
    it: "the organization lets it be shared with the workspace",
    facts: { settings: { sharing: { types: ["workflow"], targets: [soc.id] } } },
    lapse: undefined,
  },
  {
    it: "the policy asks about the target, not about the source",
    facts: { settings: { sharing: { targets: [north.id] } } },
    lapse: "share.switched_off",
  },
  {
    it: "what is over for good is told before what may come back",
    facts: {
      source: undefined,
      sourceWorkspace: { ...north, status: "suspended" },
      settings: { sharing: { types: [] } },
    },
    lapse: "resource.absent",
  },
];

describe("a share, of which one thing at a time is otherwise", () => {
  it.each(flips)("$it", ({ facts, place: other, lapse }) => {
    const about = { ...live, ...facts };
    expect(findShareLapse(about.shared ?? shared, about, { ...place, ...other })).toBe(lapse);
    expect(findUseLapse("read", about, { ...place, ...other })).toBe(lapse);
    const standing = lapse === undefined ? "shared" : isRest(lapse) ? "resting" : "ended";
    expect(findStanding(about, { ...place, ...other })).toBe(standing);
    expect(["share.source_suspended", "share.switched_off"].includes(lapse ?? "")).toBe(standing === "resting");
  });
});

interface UseCase {
  readonly it: string;
  readonly facts: Partial<ResourceFacts>;
  readonly action?: string;
  readonly standing: ReturnType<typeof findStanding>;
  readonly lapse: UseLapse | undefined;
}

const own = { ...source, incarnation: "res_own" as MadeResourceId };
const ended = { ...shared, state: "revoked" } as const;

const uses: readonly UseCase[] = [
  { it: "an action that is shared", facts: {}, action: "run", standing: "shared", lapse: undefined },
  {
    it: "an action that is not shared",
    facts: { shared: { ...shared, actions: ["read"] } },
    action: "run",
    standing: "shared",
    lapse: "share.action",
  },
  { it: "writing, which is not shared", facts: {}, action: "write", standing: "shared", lapse: "share.action" },
  {
    it: "writing, which some share names and no type lets anybody share",
    facts: { shared: { ...shared, actions: ["read", "write"] } },
    action: "write",
    standing: "shared",
    lapse: "share.action",
  },
  { it: "an action that there is not", facts: {}, action: "fly", standing: "shared", lapse: "share.action" },
  {
    it: "an id that nobody here knows",
    facts: { shared: undefined },
    action: "write",
    standing: "unknown",
    lapse: undefined,
  },
  { it: "what is one's own", facts: { own, shared: undefined }, action: "write", standing: "own", lapse: undefined },
  {
    it: "what is one's own, under the id of a share that is over",
    facts: { own, shared: ended },
    action: "write",
    standing: "own",
    lapse: undefined,
  },
  {
    it: "what is one's own and has a millisecond left",
    facts: { own: { ...own, expiresAt: NOW + 1 }, shared: ended },
    action: "write",
    standing: "own",
    lapse: undefined,
  },
  {
    it: "what was one's own a millisecond ago, and nobody else's",
    facts: { own: { ...own, expiresAt: NOW }, shared: undefined },
    action: "write",
    standing: "unknown",
    lapse: undefined,
  },
  {
    it: "what was one's own, under the id of a share that is over",
    facts: { own: { ...own, expiresAt: NOW }, shared: ended },
    standing: "ended",
    lapse: "share.revoked",
  },
  {
    it: "what was one's own, under the id of a live share",
    facts: { own: { ...own, expiresAt: NOW } },
    action: "write",
    standing: "shared",
    lapse: "share.action",
  },
  {
    it: "an id known through a share that is over",
    facts: { shared: ended },
    action: "write",
    standing: "ended",
    lapse: "share.revoked",
  },
];

describe("what keeps an action from being done", () => {
  it.each(uses)("$it", ({ facts, action = "read", standing, lapse }) => {
    expect(findStanding({ ...live, ...facts }, place)).toBe(standing);
    expect(findUseLapse(action, { ...live, ...facts }, place)).toBe(lapse);
  });

  const playbook: OwnType = {
    name: "acme.playbook",
    description: "Playbooks",
    actions: ["read", "run", "write"].map((name) => ({ name, description: name })),
    shareable: true,
    persistence: "persistent",
    predefinedRoles: [],
    createdAt: "2026-11-01T00:00:00.000Z",
    version: 1,
  };
  const sharedPlaybook = { ...live, shared: { ...shared, resourceType: "acme.playbook" } };
  const inCatalogue = (...types: readonly OwnType[]) => ({ ...place, catalogue: makeCatalogue(types) });

  it("an action that its type lets nobody share any more is not given by a share that names it", () => {
    expect(findUseLapse("run", sharedPlaybook, inCatalogue(playbook))).toBeUndefined();
    const narrower = { ...playbook, shareable: ["read"] };
    expect(findUseLapse("run", sharedPlaybook, inCatalogue(narrower))).toBe("share.action");
    expect(findUseLapse("read", sharedPlaybook, inCatalogue(narrower))).toBeUndefined();
    expect(findUseLapse("read", sharedPlaybook, inCatalogue({ ...playbook, shareable: false }))).toBe("share.action");
  });

  it("a share of a type that is gone gives nothing", () => {
    expect(findUseLapse("read", sharedPlaybook, inCatalogue())).toBe("share.action");
  });
});

const reader = makeRole("reader", "workspace", ["workflow:read"]);
const anything = makeRole("anything", "workspace", ["*"]);
const manager = makeRole("manager", "organization", ["*"]);
const factsOf = (resource: ResourceFacts | undefined, ...roles: readonly Parameters<typeof makeGrant>[0][]): Facts => ({
  ...makeFacts(...roles),
  ...(resource === undefined ? {} : { resource }),
});
const ask = (action: string, facts: Facts) => decide({ level: "workspace", scope: `workflow:${action}` }, facts);

describe("a decision about a shared thing", () => {
  it("asks for the scope first, whatever is shared", () => {
    expect(ask("run", factsOf(live, reader))).toEqual({
      allow: false,
      missing: "workflow:run",
      reason: "scope.missing",
    });
    expect(ask("run", factsOf(live, manager))).toMatchObject({ allow: false, reason: "scope.missing" });
  });

  it("rests on the role in the workspace", () => {
    expect(ask("read", factsOf(live, reader))).toMatchObject({ allow: true, because: { role: { id: "reader" } } });
  });

  it("denies what the share does not give even to whoever holds everything", () => {
    expect(ask("write", factsOf(live, anything))).toEqual({
      allow: false,
      missing: "workflow:write",
      reason: "share.action",
    });
    expect(ask("read", factsOf({ ...live, shared: ended }, anything))).toMatchObject({ reason: "share.revoked" });
  });

  it("is about one thing: without one, scopes alone decide", () => {
    expect(ask("write", factsOf(undefined, anything)).allow).toBe(true);
  });

  it("is denied in a suspended workspace, however live the share", () => {
    const facts = { ...factsOf(live, anything), workspace: { ...soc, status: "suspended" as const } };
    expect(ask("read", facts)).toMatchObject({ allow: false, reason: "workspace.suspended" });
  });
});

/** Mostly what lets a share live. */
const mostly = <T>(good: readonly T[], bad: readonly T[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...good) }, fc.constantFrom(...bad));
const moment = mostly([undefined, NOW + 1], [NOW - 1, NOW]);

/** Facts about a thing, mostly almost live. */
const thingArb: fc.Arbitrary<ResourceFacts> = fc
  .record({
    own: mostly([undefined], [own]),
    ownEnd: moment,
    shared: mostly([true], [false]),
    state: mostly<SharedResource["state"]>(["accepted"], ["revoked"]),
    end: moment,
    actions: fc.subarray(["read", "run", "write", "publish"]),
    source: mostly([source], [anotherOne, undefined]),
    sourceEnd: moment,
    sourceWorkspace: mostly([north], [{ ...north, status: "suspended" as const }, undefined]),
    types: mostly([undefined, ["workflow"]], [["case"], []]),
    targets: mostly([undefined, [soc.id]], [[east], []]),
  })
  .map((made) => ({
    workspaceId: soc.id,
    own: made.own && withEnd(made.own, made.ownEnd),
    shared: made.shared ? withEnd({ ...shared, state: made.state, actions: made.actions }, made.end) : undefined,
    source: made.source && withEnd(made.source, made.sourceEnd),
    sourceWorkspace: made.sourceWorkspace,
    settings: {
      sharing: {
        ...(made.types === undefined ? {} : { types: made.types }),
        ...(made.targets === undefined ? {} : { targets: made.targets }),
      },
    },
  }));

function withEnd<T extends object>(thing: T, expiresAt: number | undefined): T & { expiresAt?: number } {
  return expiresAt === undefined ? thing : { ...thing, expiresAt };
}

const roleArb = fc
  .subarray(["*", "workflow:*", "workflow:read", "workflow:run", "workflow:write", "case:read"])
  .map((scopes) => makeRole(`role ${scopes.join(" ")}`, "workspace", scopes));
const actionArb = fc.constantFrom("read", "run", "write", "publish", "fly");

describe("for all things, roles and actions", () => {
  it("a thing only ever takes away: nobody may do to it what the scope alone would not let them do", () => {
    const law = fc.property(thingArb, roleArb, actionArb, (resource, role, action) => {
      const byScope = ask(action, factsOf(undefined, role));
      const decision = ask(action, factsOf(resource, role));
      if (!byScope.allow) expect(decision).toEqual(byScope);
      if (decision.allow) expect(decision).toEqual(byScope);
    });
    fc.assert(law, { numRuns: 2_000 });
  });

  it("denies by default: without a role nobody uses anything, however live the share", () => {
    const law = fc.property(thingArb, actionArb, (resource, action) => {
      expect(ask(action, factsOf(resource))).toMatchObject({ allow: false });
    });
    fc.assert(law, { numRuns: 1_000 });
  });

  it("a share never widens what its source holds: use needs the very thing there, now, and an action it names", () => {
    let used = 0;
    const law = fc.property(thingArb, actionArb, (resource, action) => {
      const isUsed = ask(action, factsOf(resource, anything)).allow && findStanding(resource, place) === "shared";
      if (!isUsed) return;
      used++;
      const { source: there, sourceWorkspace, shared: through } = resource;
      expect(through?.actions).toContain(action);
      expect(["read", "run"]).toContain(action);
      expect(there?.incarnation).toBe(through?.incarnation);
      expect(there?.expiresAt ?? Number.POSITIVE_INFINITY).toBeGreaterThan(NOW);
      expect(sourceWorkspace).toMatchObject({ id: through?.sourceWorkspaceId, status: "active" });
    });
    fc.assert(law, { numRuns: 6_000 });
    expect(used).toBeGreaterThan(50);
  });

  it("taking anything from the facts of a share never gives: source, its workspace, the share's actions", () => {
    const law = fc.property(
      thingArb,
      actionArb,
      fc.constantFrom("source", "sourceWorkspace", "actions"),
      (resource, action, gone) => {
        const before = ask(action, factsOf(resource, anything)).allow;
        const { shared: through } = resource;
        const less = gone === "actions" ? { shared: through && { ...through, actions: [] } } : { [gone]: undefined };
        if (ask(action, factsOf({ ...resource, ...less }, anything)).allow) expect(before).toBe(true);
      },
    );
    fc.assert(law, { numRuns: 2_000 });
  });

  it("does not mind the order of roles and grants, nor that they stand there twice", () => {
    const law = fc.property(thingArb, fc.array(roleArb, { maxLength: 4 }), actionArb, (resource, roles, action) => {
      const facts = factsOf(resource, ...roles);
      const turned = [...roles, ...roles].reverse();
      const same = { ...facts, workspaceGrants: turned.map((role) => makeGrant(role)), roles: rolesOf(...turned) };
      expect(ask(action, same).allow).toBe(ask(action, facts).allow);
    });
    fc.assert(law, { numRuns: 1_000 });
  });

  it("is own, shared, resting, over or unknown, and only own and unknown things are judged by scopes alone", () => {
    const seen = new Set<string>();
    const law = fc.property(thingArb, actionArb, (resource, action) => {
      const standing = findStanding(resource, place);
      seen.add(standing);
      const lapse = findUseLapse(action, resource, place);
      if (standing === "own" || standing === "unknown") expect(lapse).toBeUndefined();
      if (standing === "resting" || standing === "ended") expect(lapse).toBeDefined();
      if (standing === "shared") expect([undefined, "share.action"]).toContain(lapse);
    });
    fc.assert(law, { numRuns: 2_000 });
    expect([...seen].sort()).toEqual(["ended", "own", "resting", "shared", "unknown"]);
  });
});
