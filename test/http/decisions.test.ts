/** The decision tables over HTTP: worlds made with calls, then the question put to the decision API, or the call itself made. */
import { beforeAll, describe, expect, inject, it } from "vitest";
import type { DecisionCase, ScopeCase } from "../decisions/cases.ts";
import { findHttpObstacle, splitCall } from "../decisions/cases.ts";
import { themes } from "../decisions/themes.ts";
import type { Client } from "./client.ts";
import { openClient } from "./client.ts";
import type { MadeWorld } from "./decision-worlds.ts";
import { makeWorld } from "./decision-worlds.ts";

type CallCase = Exclude<DecisionCase, ScopeCase>;

const statuses = { allowed: 200, unauthenticated: 401, "access.denied": 403, not_found: 404 } as const;

let client: Client;
beforeAll(async () => {
  client = await openClient(inject("service"));
});

describe.each(themes.map(({ theme, scenes }) => [theme, scenes] as const))("%s", (_theme, scenes) => {
  for (const { world, cases } of scenes) {
    const possible = cases.filter((asked) => findHttpObstacle(world, asked) === undefined);
    if (possible.length === 0) continue;

    describe("in a world made over HTTP", () => {
      let made: MadeWorld;
      beforeAll(async () => {
        made = await makeWorld(client, world);
      });
      it.each(possible.map((asked) => [asked.it, asked] as const))("%s", async (_sentence, asked) => {
        await (isCall(asked) ? checkCall(made, asked) : checkScope(made, asked));
      });
    });
  }
});

const isCall = (asked: DecisionCase): asked is CallCase => "calls" in asked;

async function checkCall(made: MadeWorld, { who, in: place, under, calls, answer }: CallCase): Promise<void> {
  const { method, path } = splitCall(calls);
  const ending = path.replace(/^\/v1\/orgs\/\{orgId\}(\/workspaces\/\{workspaceId\})?/, "");
  const { token } = await made.person(who);
  const given = await client.call(token, `${method} ${made.pathOf(place, under)}${ending}`);
  expect(given.status, given.text).toBe(statuses[answer]);
}

async function checkScope(made: MadeWorld, asked: ScopeCase): Promise<void> {
  const [type = "", name = ""] = asked.scope.split(":");
  const { token } = await made.person(asked.who);
  const body = {
    subject: await made.subject(asked.who),
    action: { name },
    resource: { type, id: "1" },
  };
  const what = `POST ${made.pathOf(asked.in, asked.under)}/access/v1/evaluation`;
  const { status, text, body: answer } = await client.call(made.founder.token, what, { body });
  expect(status, text).toBe(200);
  if ("deny" in asked) {
    expect(answer).toEqual({ decision: false, context: { missing: asked.scope, reason: asked.told ?? asked.deny } });
  } else {
    expect(answer.decision, text).toBe(true);
    expect([asked.allow].flat()).toContain(answer.context.because.roleName);
  }
  if (token === "") return;
  // Whoever asks about themselves is told the same, where they may ask at all.
  const own = await client.call(token, what, { body });
  if (own.status === 200) expect(own.body).toEqual(answer);
  else expect(answer.decision).toBe(false);
}
