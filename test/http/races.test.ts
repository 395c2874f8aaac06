/** Many at once, over HTTP: different things never refuse each other, and the last of what must stay stays. */
import { beforeEach, describe, expect, inject, it } from "vitest";
import type { Acme, Person } from "./acme.ts";
import { admit, done, makeAcme } from "./acme.ts";
import { expectWholeChains } from "./chains.ts";
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

  it("leave an owner when two suspend each other in the organization and demote each other in the workspace at once", async () => {
    const bob = await admit(client, acme, "bob", ["rol_owner"]);
    const body = { roleIds: ["rol_organization-manager"] };
    await done(client.call(acme.ann.token, `PUT ${acme.O}/assignments/${bob.userId}`, { body }));
    // Suspending needs a manager who stays.
    const keeper = await admit(client, acme, "keeper");
    await done(client.call(acme.ann.token, `PUT ${acme.O}/assignments/${keeper.userId}`, { body }));
    const answers = await many(20, (index) => {
      const [who, whom] = index % 4 < 2 ? [acme.ann, bob] : [bob, acme.ann];
      return index % 2 === 0
        ? client.call(who.token, `PATCH ${acme.O}/users/${whom.userId}`, { body: { status: "suspended" } })
        : client.call(who.token, `DELETE ${acme.W}/assignments/${whom.userId}`);
    });
    expect(statusesOf(answers).filter((status) => ![200, 204, 401, 403, 404, 409].includes(status))).toEqual([]);
    const entered = await Promise.all([acme.ann, bob].map(({ token }) => client.call(token, `GET ${acme.W}/me`)));
    expect(entered.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  async function countOwners(): Promise<number> {
    const { items } = await done(client.call(acme.ann.token, `GET ${acme.W}/assignments`));
    return items.filter(({ grants }: { grants: { roleId: string }[] }) =>
      grants.some(({ roleId }) => roleId === "rol_owner"),
    ).length;
  }
});
