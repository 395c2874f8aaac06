/** No engine on one machine ever answers with an old state, so what is asked of DynamoDB is looked at itself. */
import { beforeAll, expect, it } from "vitest";
import type { Store } from "../../lib/store/store.ts";
import { openTestStore } from "../engine.ts";
import { newIds } from "./contract.ts";
import type { SentCommand } from "./watched.ts";
import { watch } from "./watched.ts";

const sent: SentCommand[] = [];
const { orgId, workspaceId, userId, roleId } = newIds();
const place = { orgId, workspaceId };
const options = { limit: 1 };
let store: Store;

beforeAll(async () => {
  ({ store } = await openTestStore({ wrap: (client) => watch(client, sent) }));
});

it("every read by key is strongly consistent, in each of its batches", async () => {
  sent.length = 0;
  await store.read({ found: Array.from({ length: 101 }, () => store.users.at(orgId, newIds().userId)) });
  const batches = sent.flatMap(({ input }) => Object.values(input.RequestItems) as { ConsistentRead?: boolean }[]);
  expect(batches.map(({ ConsistentRead }) => ConsistentRead)).toEqual([true, true]);
});

it.each<[string, () => Promise<unknown>]>([
  ["workspaces", () => store.workspaces.list(orgId, options)],
  ["roles", () => store.roles.list(place, options)],
  ["users", () => store.users.list(orgId, options)],
  ["users of an address", () => store.users.listByEmail(orgId, "ann@acme.example", options)],
  ["members", () => store.assignments.listMembers(place, options)],
  ["assignments of a user", () => store.assignments.listOfUser(orgId, userId)],
  ["holders of a role", () => store.assignments.listHolders(orgId, roleId)],
  ["holders of a role in one place", () => store.assignments.listHolders(orgId, roleId, place)],
  ["audit entries", () => store.places.listEntries(place, options)],
  ["audit entries after one", () => store.places.listEntriesAfter(place, 0, 1)],
  ["a person's organizations", () => store.persons.listOrganizations(userId, options)],
  ["a person's invitations", () => store.persons.listInvitations(userId)],
])("the list of %s is strongly consistent", async (_what, list) => {
  sent.length = 0;
  await list();
  expect(sent.map(({ name, input }) => [name, input.ConsistentRead, input.IndexName])).toEqual([
    ["QueryCommand", true, undefined],
  ]);
});
