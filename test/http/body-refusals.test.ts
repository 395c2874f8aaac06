/** Every route takes the bodies that the document describes, up to their limits, and no other. */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { routes } from "../../lib/api/routes.ts";
import { limits } from "../../lib/domain/limits.ts";
import { absent } from "./acme.ts";
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
    const [first = example, ...more] = listExtremes(schema, example);
    for (const [index, extreme] of [first, ...more].entries()) {
      // Each in a place of its own, since what it makes may be there only once.
      const at = await makeTargets(client);
      await prepareExample(client, route, at);
      const text = fillIds(JSON.stringify(extreme), at, route.path);
      const body = index === 0 ? padTo(limits.bodyBytes, text) : text;
      const answer = await callExample(client, route, at, at.acme.ann.token, { body });
      expect(answer.status, `${body.slice(0, 500)}: ${answer.text}`).toBe(route.reply.status);
    }
  });
});

/** Those whose rows are sent each for itself; others are made of what is said once for all. */
const withRows = routes.flatMap((route) => {
  if (!("each" in route)) return [];
  const [list = ""] = Object.keys(bodySchemaOf(route)?.properties ?? {});
  const isOfRows = bodySchemaOf(route)?.properties?.[list]?.items?.type === "object";
  return isOfRows ? [[route.path, route, list] as const] : [];
});

describe.each(withRows)("a row of %s", (_, route, list) => {
  it("is refused as a request of its own would be, by its pointer", async () => {
    const rows = [...listMisfits(bodySchemaOf(route.each) ?? {}, route.each.example.body)].filter(isRow);
    expect(rows.length).toBeGreaterThan(0);
    for (let start = 0; start < rows.length; start += limits.usersPerBulk) {
      const sent = rows.slice(start, start + limits.usersPerBulk);
      const body = { [list]: sent.map(({ value }) => value) };
      const answer = await callExample(client, route, quiet, quiet.acme.ann.token, { body });
      expect(
        answer.body.items.map(({ status, problem }: { status: number; problem?: Answer["body"] }) => [
          status,
          pointersOf(problem),
        ]),
      ).toEqual(sent.map(({ pointer }, index) => [422, [route.pointerOf(index, pointer)]]));
    }
  });
});

describe("an offer to many workspaces", () => {
  const offer = async (more: object) => {
    const body = { resourceType: "workflow", resourceId: quiet.ids.resourceId, actions: ["read"], ...more };
    const { W, ann } = quiet.acme;
    const answer = await client.call(ann.token, `POST ${W}/shares/bulk`, { body });
    expect(answer.status, answer.text).toBe(200);
    return answer.body.items.map(({ status, problem }: { status: number; problem?: Answer["body"] }) => [
      status,
      pointersOf(problem),
    ]);
  };

  it("is refused row by row for its targets, each by its place in the list", async () => {
    const targetWorkspaceIds = [quiet.ids.workspaceId, "nonsense", absent.workspaceId];
    const refused = (index: number) => [422, [`/targetWorkspaceIds/${index}`]];
    expect(await offer({ targetWorkspaceIds })).toEqual([refused(0), refused(1), refused(2)]);
  });

  it("is refused in each row for what is said once, by where it is said", async () => {
    const targetWorkspaceIds = [quiet.ids.otherWorkspaceId, quiet.ids.otherWorkspaceId];
    const refused = (pointer: string) => targetWorkspaceIds.map(() => [422, [pointer]]);
    expect(await offer({ targetWorkspaceIds, actions: ["read", "write"] })).toEqual(refused("/actions/1"));
    expect(await offer({ targetWorkspaceIds, resourceId: absent.resourceId })).toEqual(refused("/resourceId"));
    expect(await offer({ targetWorkspaceIds, expiresAt: "2000-01-01T00:00:00Z" })).toEqual(refused("/expiresAt"));
  });
});

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
