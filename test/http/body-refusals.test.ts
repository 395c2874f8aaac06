/** Every route takes the bodies that the document describes, up to their limits, and no other. */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { routes } from "../../lib/api/routes.ts";
import { limits } from "../../lib/domain/limits.ts";
import type { Answer, Client } from "./client.ts";
import { openClient } from "./client.ts";
import { answeredMembersOf, bodySchemaOf } from "./documented.ts";
import { expectNothingStored } from "./nothing-stored.ts";
import type { Misfit } from "./refusals-of-schema.ts";
import { listExtremes, listMisfits, listUnbounded, misfitKinds } from "./refusals-of-schema.ts";
import { openTable } from "./table-content.ts";
import type { Targets } from "./targets.ts";
import { callExample, fillIds, makeTargets, prepareExample } from "./targets.ts";

const service = inject("service");
const table = openTable(service);
let client: Client;
/** Where nothing is ever changed: every request is refused. */
let quiet: Targets;

beforeAll(async () => {
  client = await openClient(service);
  quiet = await makeTargets(client);
});
expectNothingStored(table, () => quiet.acme);

afterAll(async () => {
  const { body } = await client.call(quiet.acme.ann.token, "GET /v1/orgs");
  expect(body.items.map(({ id }: { id: string }) => id)).toEqual([quiet.acme.orgId]);
});

const withBody = routes.flatMap((route) => {
  const schema = bodySchemaOf(route);
  return schema === undefined ? [] : [[`${route.method} ${route.path}`, route, schema] as const];
});

describe.each(withBody)("%s", (_, route, schema) => {
  const example = route.example.body ?? {};
  const refusal = route.invalidBody === undefined ? [422, "request.invalid"] : [400, route.invalidBody];
  // Receivers of AuthZEN ignore members that they do not know.
  const isStrict = route.invalidBody === undefined;
  const misfits = [...listMisfits(schema, example)].filter(
    ({ kind }) => isStrict || kind !== "a member that nobody knows",
  );

  describe("refuses", () => {
    const send = (body: unknown, headers = route.example.headers) =>
      callExample(client, route, quiet, quiet.acme.ann.token, {
        body: typeof body === "string" ? body : JSON.stringify(body),
        ...(headers === undefined ? {} : { headers }),
      });

    const kinds = misfitKinds.filter((kind) => misfits.some((misfit) => misfit.kind === kind));
    it.each(kinds)("%s, by its pointer", async (kind) => {
      await expectRefused(
        misfits.filter((misfit) => misfit.kind === kind),
        (body) => send(JSON.stringify(body)),
        refusal,
      );
    });

    const serverOwned = answeredMembersOf(route).filter((name) => schema.properties?.[name] === undefined);
    if (isStrict && serverOwned.length > 0) {
      it("what only the server sets, by its pointer", async () => {
        const owned = serverOwned.map((name) => ({ pointer: `/${name}`, value: { ...Object(example), [name]: "x" } }));
        await expectRefused(owned, send, refusal);
      });
    }

    it("what is no JSON, no application/json, or too large, each by its code", async () => {
      const text = JSON.stringify(example);
      const codes = async (...asked: Promise<Answer>[]) =>
        (await Promise.all(asked)).map(({ status, body }) => [status, body.code]);
      const tooLarge = padTo(limits.bodyBytes + 1, text);
      const plain = { ...route.example.headers, "Content-Type": "text/plain" };
      expect(await codes(send(text.slice(1)), send(text, plain), send(tooLarge))).toEqual([
        [400, "request.malformed"],
        [415, "request.media_type"],
        [413, "request.too_large"],
      ]);
    });
  });

  it("says how large each text, list and map may be", () => {
    expect([...listUnbounded(schema)]).toEqual([]);
  });

  it("takes what is exactly at its limits", async () => {
    const at = await makeTargets(client);
    await prepareExample(client, route, at);
    const [first = example, ...more] = listExtremes(schema, example);
    const largest = padTo(limits.bodyBytes, fillIds(JSON.stringify(first), at, route.path));
    for (const body of [largest, ...more.map((one) => JSON.stringify(one))]) {
      const answer = await callExample(client, route, at, at.acme.ann.token, { body });
      expect(answer.status, `${body.slice(0, 500)}: ${answer.text}`).toBe(route.reply.status);
    }
  });
});

describe.each(routes.filter((route) => "each" in route).map((route) => [route.path, route] as const))(
  "a row of %s",
  (_, route) => {
    it("is refused as a request of its own would be, by its pointer", async () => {
      const rows = [...listMisfits(bodySchemaOf(route.each) ?? {}, route.each.example.body)].filter(isRow);
      expect(rows.length).toBeGreaterThan(0);
      const [list = ""] = Object.keys(route.body === undefined ? {} : (bodySchemaOf(route)?.properties ?? {}));
      for (let start = 0; start < rows.length; start += limits.usersPerBulk) {
        const sent = rows.slice(start, start + limits.usersPerBulk);
        const body = { [list]: sent.map(({ value }) => value) };
        const answer = await callExample(client, route, quiet, quiet.acme.ann.token, { body });
        expect(
          answer.body.items.map(({ status, problem }: { status: number; problem?: Answer["body"] }) => [
            status,
            pointersOf(problem),
          ]),
        ).toEqual(sent.map(({ pointer }, index) => [422, [`${route.pointer}/${index}${pointer}`]]));
      }
    });
  },
);

function padTo(bytes: number, text: string): string {
  return text + " ".repeat(bytes - Buffer.byteLength(text));
}

/** Only an object is a row: anything else is a fault of the whole request. */
function isRow({ value }: Misfit): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function expectRefused(
  misfits: readonly Pick<Misfit, "pointer" | "value">[],
  send: (body: unknown) => Promise<Answer>,
  [status, code]: readonly unknown[],
): Promise<void> {
  const seen = [];
  for (const { value } of misfits) {
    const answer = await send(value);
    seen.push([JSON.stringify(value), answer.status, answer.body.code, pointersOf(answer.body)]);
  }
  expect(seen).toEqual(misfits.map(({ pointer, value }) => [JSON.stringify(value), status, code, [pointer]]));
}

/** Several faults of one member are one pointer. */
function pointersOf(problem: Answer["body"]): string[] {
  return [...new Set<string>((problem?.errors ?? []).map(({ pointer }: { pointer: string }) => pointer))];
}
