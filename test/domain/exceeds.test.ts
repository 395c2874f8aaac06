/** No amplification: what a change gives is judged by what the giver holds; taking away is free. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import type { Gift, Giver } from "../../lib/domain/exceeds.ts";
import { exceeds } from "../../lib/domain/exceeds.ts";
import type { Level, Pattern } from "../../lib/domain/scopes.ts";
import { modelExceeds } from "../model/model.ts";

const holding = (...workspace: Pattern[]): Giver => ({ workspace, organization: [], mayGrantAnyWorkspaceRole: false });
const manager: Giver = { workspace: [], organization: ["*"], mayGrantAnyWorkspaceRole: true };

const gift = (
  patterns: readonly Pattern[],
  expiresAt?: number,
  key = "rol_given",
  level: Level = "workspace",
): Gift => ({
  key,
  level,
  patterns,
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

const allOfWorkflow = builtInCatalogue.scopes
  .filter((scope) => scope.level === "workspace" && scope.resourceType === "workflow")
  .map((scope) => scope.name);

interface Line {
  readonly it: string;
  readonly giver: Giver;
  readonly before?: readonly Gift[];
  readonly after: readonly Gift[];
  /** What is beyond the giver; nothing when the change is fine. */
  readonly beyond: readonly Pattern[];
}

const lines: Readonly<Record<string, readonly Line[]>> = {
  "creating a role": [
    {
      it: "gives what its maker holds",
      giver: holding("case:read"),
      after: [gift(["case:read"])],
      beyond: [],
    },
    {
      it: "names every scope that its maker does not hold, sorted, and no other",
      giver: holding("case:read"),
      after: [gift(["workflow:run", "case:read", "case:write"])],
      beyond: ["case:write", "workflow:run"],
    },
    { it: "may be of an empty role", giver: holding(), after: [gift([])], beyond: [] },
    {
      it: "is nothing for somebody who holds nothing",
      giver: holding(),
      after: [gift(["case:read"])],
      beyond: ["case:read"],
    },
  ],
  "a wider pattern": [
    { it: "`*` covers `t:*`", giver: holding("*"), after: [gift(["workflow:*"])], beyond: [] },
    { it: "`*` covers `t:a`", giver: holding("*"), after: [gift(["workflow:run"])], beyond: [] },
    { it: "`*` covers `*`", giver: holding("*"), after: [gift(["*"])], beyond: [] },
    { it: "`t:*` covers `t:a`", giver: holding("workflow:*"), after: [gift(["workflow:run"])], beyond: [] },
    { it: "`t:*` covers `t:*`", giver: holding("workflow:*"), after: [gift(["workflow:*"])], beyond: [] },
    { it: "`t:*` does not cover `*`", giver: holding("workflow:*"), after: [gift(["*"])], beyond: ["*"] },
    { it: "`t:a` does not cover `t:*`", giver: holding("step:run"), after: [gift(["step:*"])], beyond: ["step:*"] },
    {
      it: "all actions of a type do not cover `t:*`, which also means those to come",
      giver: holding(...allOfWorkflow),
      after: [gift(["workflow:*"])],
      beyond: ["workflow:*"],
    },
    {
      it: "all scopes there are do not cover `*`",
      giver: holding(...builtInCatalogue.scopes.map((scope) => `${scope.resourceType}:*`)),
      after: [gift(["*"])],
      beyond: ["*"],
    },
    {
      it: "`t:*` does not cover a type that begins alike",
      giver: holding("workflow:*"),
      after: [gift(["workflow-run:read"])],
      beyond: ["workflow-run:read"],
    },
  ],
  "editing a role": [
    {
      it: "judges the whole new set when the scopes change",
      giver: holding("case:read"),
      before: [gift(["workflow:run"])],
      after: [gift(["workflow:run", "case:read"])],
      beyond: ["workflow:run"],
    },
    {
      it: "does not judge scopes that stay as they were, in whatever order",
      giver: holding(),
      before: [gift(["workflow:run", "case:read"])],
      after: [gift(["case:read", "workflow:run"])],
      beyond: [],
    },
    {
      it: "is not fooled by a scope that stands twice where another one stood",
      giver: holding(),
      before: [gift(["workflow:run", "case:read"])],
      after: [gift(["case:read", "case:read"])],
      beyond: ["case:read"],
    },
    {
      it: "does not pass a set of the same size with another scope in it",
      giver: holding("case:read"),
      before: [gift(["case:read", "workflow:run"])],
      after: [gift(["case:read", "workflow:publish"])],
      beyond: ["workflow:publish"],
    },
    {
      it: "may empty a role",
      giver: holding(),
      before: [gift(["workflow:run"])],
      after: [gift([])],
      beyond: [],
    },
    {
      it: "narrows to what the editor holds",
      giver: holding("case:read"),
      before: [gift(["*"])],
      after: [gift(["case:read"])],
      beyond: [],
    },
  ],
  "assigning roles": [
    {
      it: "does not judge a role that was held before",
      giver: holding("case:read"),
      before: [gift(["*"], undefined, "rol_owner")],
      after: [gift(["*"], undefined, "rol_owner"), gift(["case:read"])],
      beyond: [],
    },
    {
      it: "judges a new role although one of the same contents was held",
      giver: holding(),
      before: [gift(["case:read"], undefined, "rol_one")],
      after: [gift(["case:read"], undefined, "rol_two")],
      beyond: ["case:read"],
    },
    {
      it: "judges a role of the same id at the other level",
      giver: holding("*"),
      before: [gift(["*"])],
      after: [gift(["*"], undefined, "rol_given", "organization")],
      beyond: ["*"],
    },
    {
      it: "takes everything away freely",
      giver: holding(),
      before: [gift(["*"]), gift(["a:b"])],
      after: [],
      beyond: [],
    },
  ],
  "the end of a grant": [
    {
      it: "a later end is given anew",
      giver: holding(),
      before: [gift(["case:read"], 1_000)],
      after: [gift(["case:read"], 1_001)],
      beyond: ["case:read"],
    },
    {
      it: "no end in place of one is given anew",
      giver: holding(),
      before: [gift(["case:read"], 1_000)],
      after: [gift(["case:read"])],
      beyond: ["case:read"],
    },
    {
      it: "the same end is not",
      giver: holding(),
      before: [gift(["case:read"], 1_000)],
      after: [gift(["case:read"], 1_000)],
      beyond: [],
    },
    {
      it: "an earlier one is taking away",
      giver: holding(),
      before: [gift(["case:read"], 1_000)],
      after: [gift(["case:read"], 999)],
      beyond: [],
    },
    {
      it: "an end where there was none is taking away",
      giver: holding(),
      before: [gift(["case:read"])],
      after: [gift(["case:read"], 1)],
      beyond: [],
    },
    {
      it: "is extended by whoever holds what it gives",
      giver: holding("case:*"),
      before: [gift(["case:read"], 1_000)],
      after: [gift(["case:read"])],
      beyond: [],
    },
  ],
  "`workspace-role:grant`": [
    { it: "gives any workspace role", giver: manager, after: [gift(["*"])], beyond: [] },
    {
      it: "gives no organization scope that its holder lacks",
      giver: { ...manager, organization: ["workspace-role:grant"] },
      after: [gift(["user:write"], undefined, "rol_o", "organization")],
      beyond: ["user:write"],
    },
    {
      it: "cannot give itself to others unless held",
      giver: holding("*"),
      after: [gift(["workspace-role:grant"], undefined, "rol_o", "organization")],
      beyond: ["workspace-role:grant"],
    },
  ],
  levels: [
    {
      it: "`*` in a workspace gives nothing of the organization",
      giver: holding("*"),
      after: [gift(["user:read"], undefined, "rol_o", "organization")],
      beyond: ["user:read"],
    },
    {
      it: "`*` in the organization gives nothing of a workspace",
      giver: { workspace: [], organization: ["*"], mayGrantAnyWorkspaceRole: false },
      after: [gift(["user:read"])],
      beyond: ["user:read"],
    },
  ],
};

describe("no amplification", () => {
  for (const [theme, cases] of Object.entries(lines)) {
    describe(theme, () => {
      for (const line of cases) {
        it(line.it, () => {
          expect(exceeds(line.giver, line.before ?? [], line.after)).toEqual(line.beyond);
          expect(modelExceeds(line.giver, line.before ?? [], line.after, builtInCatalogue.scopes)).toEqual(
            new Set(line.beyond),
          );
        });
      }
    });
  }
});

/** Few types and few ids, so that what is held and what is given meet often. */
const pattern = fc.constantFrom("*", "case:*", "case:read", "case:write", "workflow:*", "workflow:read", "step:run");
const organizationPattern = fc.constantFrom("*", "user:*", "user:read", "workspace:list", "workspace-role:grant");
const end = fc.constantFrom(undefined, 1_000, 1_001, 2_000);

const anyGift: fc.Arbitrary<Gift> = fc.oneof(
  fc
    .tuple(fc.constantFrom("rol_a", "rol_b", "rol_c"), fc.array(pattern, { maxLength: 3 }), end)
    .map(([key, patterns, expiresAt]) => gift(patterns, expiresAt, key)),
  fc
    .tuple(fc.constantFrom("rol_d", "rol_a"), fc.array(organizationPattern, { maxLength: 2 }), end)
    .map(([key, patterns, expiresAt]) => gift(patterns, expiresAt, key, "organization")),
);

const anyGiver: fc.Arbitrary<Giver> = fc.record({
  workspace: fc.array(pattern, { maxLength: 4 }),
  organization: fc.array(organizationPattern, { maxLength: 3 }),
  mayGrantAnyWorkspaceRole: fc.nat({ max: 5 }).map((choice) => choice === 0),
});

/** A change: some gifts stay, some live shorter or longer, some are new. */
const anyChange = fc
  .record({
    before: fc.array(anyGift, { maxLength: 3 }),
    keep: fc.array(fc.tuple(fc.nat(), end), { maxLength: 2 }),
    added: fc.array(anyGift, { minLength: 1, maxLength: 2 }),
  })
  .map(({ before, keep, added }) => {
    const kept = keep.flatMap(([index, expiresAt]) => {
      const old = before[index % (before.length || 1)];
      return old === undefined ? [] : [gift(old.patterns, expiresAt ?? old.expiresAt, old.key, old.level)];
    });
    return { before, after: [...kept, ...added] };
  });

describe("no amplification, for all givers and changes", () => {
  it("agrees with the model, and 30 to 70 % of the changes pass", () => {
    const runs = 4_000;
    let passed = 0;
    const law = fc.property(anyGiver, anyChange, (giver, { before, after }) => {
      const beyond = exceeds(giver, before, after);
      if (beyond.length === 0) passed++;
      expect(new Set(beyond)).toEqual(modelExceeds(giver, before, after, builtInCatalogue.scopes));
      expect(beyond).toEqual([...new Set(beyond)].sort());
    });
    fc.assert(law, { numRuns: runs });
    const share = Math.round((100 * passed) / runs);
    console.info(`changes: ${share} % of ${runs} are within what the giver holds`);
    expect(share).toBeGreaterThanOrEqual(30);
    expect(share).toBeLessThanOrEqual(70);
  });

  it("lets everybody take away anything", () => {
    const law = fc.property(anyGiver, fc.array(anyGift, { maxLength: 4 }), fc.nat(), (giver, before, bits) => {
      const after = before.filter((_, index) => (bits >> index) % 2 === 0);
      expect(exceeds(giver, before, after)).toEqual([]);
    });
    fc.assert(law, { numRuns: 1_000 });
  });

  it("refuses a detour wherever it refuses the straight way", () => {
    const law = fc.property(anyGiver, anyChange, anyChange, (giver, { before, after }, aside) => {
      if (exceeds(giver, before, after).length === 0) return;
      for (const between of [aside.after, [...after, ...aside.before], [...before, ...aside.after]]) {
        const steps = [...exceeds(giver, before, between), ...exceeds(giver, between, after)];
        expect(steps).not.toEqual([]);
      }
    });
    fc.assert(law, { numRuns: 1_000 });
  });

  it("gives somebody who holds more at least as much", () => {
    const law = fc.property(anyGiver, pattern, anyChange, (giver, more, { before, after }) => {
      const richer = { ...giver, workspace: [...giver.workspace, more] };
      expect(exceeds(giver, before, after)).toEqual(expect.arrayContaining(exceeds(richer, before, after)));
    });
    fc.assert(law, { numRuns: 1_000 });
  });
});
