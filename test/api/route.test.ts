/** What must not compile. `tsc -p .` holds it: where nothing is wrong, an error that is expected is one itself. */
import { expect, expectTypeOf, it } from "vitest";
import type { Outcome } from "../../lib/api/route.ts";
import { command, query } from "../../lib/api/route.ts";
import { routes } from "../../lib/api/routes.ts";
import type { EntryDraft } from "../../lib/domain/audit.ts";

const face = {
  method: "GET",
  path: "/v1/orgs/{orgId}",
  operationId: "test",
  summary: "A test's.",
  area: "meta",
  access: { kind: "signed-in" },
  reply: { status: 200 },
} as const;
const run = async () => ({});

it("a route without an example does not compile", () => {
  query({ ...face, example: {}, run });
  // @ts-expect-error -- there would be no test of it
  query({ ...face, run });
  // @ts-expect-error -- nor of a write
  command({ ...face, locks: "none", load: run, decide: () => ({ unchanged: {} }) });
  expect(routes.filter(({ example }) => example === undefined)).toEqual([]);
});

it("a route without a word on who may use it does not compile", () => {
  const { access: _access, ...open } = face;
  // @ts-expect-error -- the gateway would have nothing to ask
  query({ ...open, example: {}, run });
  expect(routes.filter(({ access }) => access === undefined)).toEqual([]);
});

it("a change without its audit entry does not compile", () => {
  expectTypeOf<{ changes: []; audit: [EntryDraft]; reply: object }>().toExtend<Outcome>();
  expectTypeOf<{ changes: []; reply: object }>().not.toExtend<Outcome>();
  expectTypeOf<{ changes: []; audit: []; reply: object }>().not.toExtend<Outcome>();
});
