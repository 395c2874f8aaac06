/** Every route takes the query that the document describes, up to its limits, and no other. */
import { beforeAll, describe, expect, inject, it } from "vitest";
import type { Route } from "../../lib/api/route.ts";
import { routes } from "../../lib/api/routes.ts";
import type { Answer, Client } from "./client.ts";
import { openClient } from "./client.ts";
import { querySchemaOf } from "./documented.ts";
import { expectNothingStored } from "./nothing-stored.ts";
import type { Schema } from "./refusals-of-schema.ts";
import { listExtremes, listMisfits } from "./refusals-of-schema.ts";
import { openTable } from "./table-content.ts";
import type { Targets } from "./targets.ts";
import { callExample, makeTargets } from "./targets.ts";

type Query = Readonly<Record<string, string>>;

const service = inject("service");
const table = openTable(service);
let client: Client;
/** Where nothing is ever changed: every request is refused, or only reads. */
let quiet: Targets;

beforeAll(async () => {
  client = await openClient(service);
  quiet = await makeTargets(client);
});
expectNothingStored(table, () => quiet.acme);

const ask = (route: Route, query: Query | string): Promise<Answer> =>
  callExample(client, route, quiet, quiet.acme.ann.token, { query });

const nameOf = (route: Route) => `${route.method} ${route.path}`;

/** A query is texts alone, so that only its values can be wrong, not their types; a number is wrong as a text too. */
function listWrongQueries(name: string, schema: Schema): string[] {
  const wrong = [...listMisfits(schema, undefined)].filter(({ kind, value }) =>
    schema.type === "string" ? kind !== "a wrong type" : value !== null && typeof value !== "object",
  );
  return wrong.map(({ value }) => toSearch(name, value));
}

describe.each(routes.map((route) => [nameOf(route), route] as const))("%s", (_, route) => {
  const { properties = {} } = querySchemaOf(route);

  it("refuses a parameter that nobody knows, one that comes twice, and one with a wrong value, by its name", async () => {
    const asked = [
      ["unknown", toSearch("unknown", "1")] as const,
      ...Object.entries(properties).flatMap(([name, schema]) => {
        const twice = `${toSearch(name, "1")}&${toSearch(name, "1")}`;
        return [twice, ...listWrongQueries(name, schema)].map((search) => [name, search] as const);
      }),
    ];
    const seen = [];
    for (const [, search] of asked) {
      const { status, body } = await ask(route, search);
      const pointers = (body.errors ?? []).map(({ pointer }: { pointer: string }) => pointer);
      seen.push([search, status, body.code, [...new Set(pointers)]]);
    }
    expect(seen).toEqual(asked.map(([name, search]) => [search, 400, "request.malformed", [`/${name}`]]));
  });

  const extremes = Object.entries(properties).flatMap(([name, schema]) =>
    listExtremes(schema, undefined).map((value) => toSearch(name, value)),
  );
  if (extremes.length === 0) return;

  it("takes what is exactly at a limit", async () => {
    for (const search of extremes) {
      const answer = await ask(route, search);
      expect(answer.status, `${search}: ${answer.text}`).toBe(route.reply.status);
    }
  });
});

describe("a cursor", () => {
  const lists = routes.filter(({ list }) => list !== undefined);
  const cursors = new Map<Route, string>();

  beforeAll(async () => {
    for (const route of lists) {
      const { status, text, body } = await ask(route, { limit: "1" });
      expect(status, text).toBe(200);
      if (body.nextCursor !== undefined) cursors.set(route, body.nextCursor);
    }
    expect(cursors.size).toBeGreaterThan(1);
  });

  it.each(lists.map((route) => [nameOf(route), route] as const))(
    "is good for its own list only: %s",
    async (_, route) => {
      const own = cursors.get(route);
      if (own !== undefined) expect((await ask(route, { cursor: own })).status).toBe(200);
      const foreign = [...cursors].filter(([of]) => of !== route).map(([, cursor]) => cursor);
      for (const cursor of ["", "nonsense", ...(own === undefined ? [] : [`${own}A`]), ...foreign]) {
        const answer = await ask(route, { cursor });
        expect(answer, answer.text).toMatchObject({
          status: 400,
          body: { code: "request.malformed", errors: [{ pointer: "/cursor" }] },
        });
      }
    },
  );
});

function toSearch(name: string, value: unknown): string {
  return new URLSearchParams({ [name]: String(value) }).toString();
}
