/** What holds for every route of the table, whichever routes there are. */
import { beforeAll, describe, expect, inject, it } from "vitest";
import { nameScope, requiredScopeOf } from "../../lib/api/access.ts";
import type { Route } from "../../lib/api/route.ts";
import { isWrite } from "../../lib/api/route.ts";
import { routes } from "../../lib/api/routes.ts";
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import type { Level } from "../../lib/domain/scopes.ts";
import type { Person } from "./acme.ts";
import { makePerson } from "./acme.ts";
import type { Client } from "./client.ts";
import { openClient } from "./client.ts";
import type { Targets } from "./targets.ts";
import { admitHolder, callExample, makeTargets, prepareExample, TYPE, withOwnKey } from "./targets.ts";

const service = inject("service");
let client: Client;
/** Where nothing is ever changed by a route under test. */
let quiet: Targets;
let stranger: Person;

beforeAll(async () => {
  client = await openClient(service);
  quiet = await makeTargets(client);
  stranger = await makePerson(client, "stranger");
});

const nameOf = ({ method, path }: Route) => `${method} ${path}`;

describe.each(routes.map((route) => [nameOf(route), route] as const))("%s", (_, route) => {
  const access = nameScope(route.access, { type: TYPE });
  /** What a route changes is nobody else's, and stands as its example needs it. */
  const placeOfExample = async () => {
    if (!isWrite(route)) return quiet;
    const targets = await makeTargets(client);
    await prepareExample(client, route, targets);
    return targets;
  };

  if (access.kind === "public") {
    it("asks for no credential, and minds none", async () => {
      expect((await callExample(client, route, quiet, undefined)).status).toBe(route.reply.status);
      expect((await callExample(client, route, quiet, "nonsense")).status).toBe(route.reply.status);
    });
    return;
  }

  it("answers 401 to whoever has no credential", async () => {
    expect((await callExample(client, route, quiet, undefined)).status).toBe(401);
  });

  if (access.kind === "signed-in") {
    it("is open to any valid credential", async () => {
      const answer = await callExample(client, route, quiet, (await makePerson(client, "anybody")).token);
      expect(answer.status, answer.text).toBe(route.reply.status);
      expect(answer.headers["consistency-token"] !== undefined).toBe("decide" in route);
    });
    return;
  }

  it("answers 403 with its scope to whoever has no standing", async () => {
    const answer = await callExample(client, route, quiet, stranger.token);
    expect(answer).toMatchObject({
      status: 403,
      body: { code: "access.denied", requiredScope: requiredScopeOf(access) },
    });
  });

  if (access.kind === "member") {
    it("does its example for a member", async () => {
      const { level, scope } = access;
      const member = await admitHolder(client, quiet.acme, { [level]: scope === undefined ? [] : [scope] });
      const answer = await callExample(client, route, quiet, member.token);
      expect(answer.status, answer.text).toBe(route.reply.status);
    });
    return;
  }

  const ways: [Level, string][] = [[access.level, access.scope]];
  if (access.orOrganization !== undefined) ways.push(["organization", access.orOrganization]);

  it.each(ways)("does its example for whoever holds, at %s level, nothing but %s", async (level, scope) => {
    const at = await placeOfExample();
    // Nobody hands on what they do not hold: beside the route's own scope, exactly that.
    const holder = await admitHolder(client, at.acme, { [level]: [scope, ...(route.example.handsOn ?? [])] });
    const answer = await callExample(client, route, await withOwnKey(client, route, at, holder), holder.token);
    expect(answer.status, answer.text).toBe(route.reply.status);
    if ("each" in route) {
      for (const { status } of answer.body.items) expect(status, answer.text).toBe(route.each.reply.status);
    }
    expect(answer.headers["consistency-token"] !== undefined).toBe("decide" in route);
  });

  it("answers 403 to whoever holds every other scope", async () => {
    const all = access.orScope === undefined ? ways : [...ways, [access.level, access.orScope] as const];
    const others = (level: Level) =>
      builtInCatalogue.scopes
        .filter((scope) => scope.level === level && !all.some(([own, name]) => own === level && name === scope.name))
        .map(({ name }) => name);
    const holder = await admitHolder(client, quiet.acme, {
      workspace: others("workspace"),
      organization: others("organization"),
    });
    const answer = await callExample(client, route, quiet, holder.token);
    expect(answer).toMatchObject({ status: 403, body: { code: "access.denied", requiredScope: access.scope } });
  });
});
