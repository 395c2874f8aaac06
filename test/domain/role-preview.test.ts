/** What an edit of a role comes to for one holder: exactly the difference of what the model says they hold before and after. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import { previewEdit } from "../../lib/domain/role-preview.ts";
import type { Level } from "../../lib/domain/scopes.ts";
import { modelExpand } from "../model/model.ts";
import { patternAt } from "./almost-allowed.ts";
import { makeRole } from "./facts.ts";

it("loses nothing that another role still gives, and gains nothing that one gave already", () => {
  const edited = makeRole("edited", "workspace", ["workflow:read", "workflow:run", "case:read"]);
  const other = makeRole("other", "workspace", ["workflow:*"]);
  const effect = previewEdit([edited, other], edited, ["workflow:publish", "step:run"], builtInCatalogue);
  expect(effect).toEqual({ gains: ["step:run"], loses: ["case:read"] });
});

it("is the difference between what the model says is held before and after: for any roles and any edit", () => {
  const anyPatterns = (level: Level) =>
    fc.array(fc.oneof({ weight: 1, arbitrary: fc.constant("*") }, { weight: 9, arbitrary: patternAt(level) }), {
      maxLength: 5,
    });
  for (const level of ["workspace", "organization"] as const) {
    const law = fc.property(
      anyPatterns(level),
      anyPatterns(level),
      fc.array(anyPatterns(level), { maxLength: 3 }),
      (scopes, after, others) => {
        const edited = makeRole("edited", level, scopes);
        const beside = others.map((patterns, index) => makeRole(`other-${index}`, level, patterns));
        // The model holds scopes of days to come too; a preview is of today.
        const expand = (patterns: readonly string[]) =>
          [...modelExpand(level, patterns, builtInCatalogue.scopes)].filter((name) =>
            builtInCatalogue.names(level).has(name),
          );
        const has = expand([...after, ...others.flat()]);
        const had = expand([...scopes, ...others.flat()]);
        expect(previewEdit([edited, ...beside], edited, after, builtInCatalogue)).toEqual({
          gains: has.filter((name) => !had.includes(name)).sort(),
          loses: had.filter((name) => !has.includes(name)).sort(),
        });
      },
    );
    fc.assert(law, { numRuns: 500 });
  }
});
