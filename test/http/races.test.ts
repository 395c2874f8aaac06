/** Many at once, over HTTP: different things never refuse each other, and the last of what must stay stays. */
import { beforeEach, describe, expect, inject, it } from "vitest";
import type { Acme, Person } from "./acme.ts";
import { admit, done, makeAcme } from "./acme.ts";
import { expectWholeChains, readLog } from "./chains.ts";
import type { Answer, Client } from "./client.ts";
import { openClient } from "./client.ts";

let client: Client;
let acme: Acme;

beforeEach(async () => {
  client = await openClient(inject("service"));
  acme = await makeAcme(client);
});

const many = <T>(length: number, make: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length }, (_, index) => make(index)));
const statusesOf = (answers: readonly Answer[]) => [...new Set(answers.map(({ status }) => status))].sort();

describe("races", () => {
  it("let 128 changes of different things in one workspace all succeed", async () => {
    const people = await many(28, (index) => admit(client, acme, `person${index}`));
    const { token } = acme.ann;
    const answers = await Promise.all([
      many(100, (index) =>
        client.call(token, `POST ${acme.W}/roles`, { body: { name: `Role ${index}`, scopes: ["workflow:read"] } }),
      ),
      many(people.length, (index) =>
        client.call(token, `PUT ${acme.W}/assignments/${people[index]?.userId}`, { body: { roleIds: ["rol_viewer"] } }),
      ),
    ]);
    expect(answers.map(statusesOf)).toEqual([[201], [200]]);
    await expectWholeChains(client, acme, answers.flat());
    const { items } = await done(client.call(token, `GET ${acme.W}/assignments?limit=100`));
    expect(items).toHaveLength(people.length + 1);
  });

  it("of 64 writers on one organization neither fork a chain nor lose an entry", async () => {
    const { token } = acme.ann;
    const answers = await many(64, async (writer) => {
      const own: Answer[] = [];
      for (let turn = 0; turn < 4; turn++) {
        const index = writer * 4 + turn;
        own.push(
          await client.call(token, `POST ${acme.O}/users`, { body: { email: `person${index}@acme.example` } }),
          await client.call(token, `POST ${acme.W}/resources/workflow`, { body: { name: `Workflow ${index}` } }),
        );
      }
      own.push(await client.call(token, `POST ${acme.O}/workspaces`, { body: { name: `Workspace ${writer}` } }));
      return own;
    });
    expect(statusesOf(answers.flat())).toEqual([201]);
    const places = await readPlacesOfRequests();
    for (const own of answers) {
      for (const [index, { headers, body }] of own.entries()) {
        const chains = index === 8 ? [acme.orgId, body.id] : [index % 2 === 0 ? acme.orgId : acme.workspaceId];
        expect(places.get(headers["x-request-id"] ?? "")).toEqual(chains.sort());
      }
    }
    expect(await done(client.call(token, `POST ${acme.O}/audit-log/verify`))).toMatchObject({ intact: true });
  });

  /** The chains in which each request left an entry, once for each entry; all chains are without a gap. */
  async function readPlacesOfRequests(): Promise<Map<string, string[]>> {
    const { items } = await done(client.call(acme.ann.token, `GET ${acme.O}/workspaces?limit=100`));
    const chains = [undefined, ...items.map(({ id }: { id: string }) => id)];
    const places = new Map<string, string[]>();
    for (const chain of chains) {
      const entries = await readLog(client, acme, chain);
      expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
      for (const { origin, ...entry } of entries) {
        places.set(origin.requestId, [...(places.get(origin.requestId) ?? []), entry.chain].sort());
      }
    }
    return places;
  }

  it("leave one owner when 50 demotions of two owners come at once", async () => {
    const bob = await admit(client, acme, "bob", ["rol_owner"]);
    const pairs: [Person, Person][] = [
      [acme.ann, bob],
      [bob, acme.ann],
      [bob, bob],
      [acme.ann, acme.ann],
    ];
    const answers = await many(50, (index) => {
      const [who, whom] = pairs[index % pairs.length] ?? [bob, bob];
      return client.call(who.token, `PUT ${acme.W}/assignments/${whom.userId}`, { body: { roleIds: ["rol_viewer"] } });
    });
    expect(statusesOf(answers).filter((status) => ![200, 403, 409].includes(status))).toEqual([]);
    expect(await countOwners()).toBe(1);
    await expectWholeChains(client, acme, answers);
  });

  it("leave an owner when one of two is suspended in the organization while the other is demoted in the workspace", async () => {
    const bob = await admit(client, acme, "bob", ["rol_owner"]);
    const keeper = await admit(client, acme, "keeper");
    const body = { roleIds: ["rol_organization-manager"] };
    await done(client.call(acme.ann.token, `PUT ${acme.O}/assignments/${keeper.userId}`, { body }));
    const suspend = (status: string) =>
      client.call(keeper.token, `PATCH ${acme.O}/users/${bob.userId}`, { body: { status } });
    const assignAnn = (roleIds: string[]) =>
      client.call(keeper.token, `PUT ${acme.W}/assignments/${acme.ann.userId}`, { body: { roleIds } });
    for (let times = 0; times < 10; times++) {
      const answers = await Promise.all([suspend("suspended"), assignAnn(["rol_viewer"])]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      await done(suspend("active"));
      await done(assignAnn(["rol_owner"]));
    }
  });

  async function countOwners(): Promise<number> {
    const { items } = await done(client.call(acme.ann.token, `GET ${acme.W}/assignments`));
    return items.filter(({ grants }: { grants: { roleId: string }[] }) =>
      grants.some(({ roleId }) => roleId === "rol_owner"),
    ).length;
  }
});
