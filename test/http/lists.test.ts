import { beforeAll, describe, expect, inject, it } from "vitest";
import type { Acme } from "./acme.ts";
import { admit, assign, done, makeAcme, makeResource, makeRole, makeWorkspace } from "./acme.ts";
import type { Client } from "./client.ts";
import { openClient } from "./client.ts";
import { connectProvider } from "./providers.ts";
import { makeClaimRule } from "./targets.ts";

const service = inject("service");
const MEMBERS = 7;
let client: Client;
let acme: Acme;
let other: Acme;
let secondWorkspace: string;

beforeAll(async () => {
  client = await openClient(service);
  [acme, other] = await Promise.all([makeAcme(client), makeAcme(client)]);
  secondWorkspace = await makeWorkspace(client, acme, "Second");
  for (let index = 0; index < MEMBERS; index++) {
    const member = await admit(client, acme, `member${index}`, ["rol_viewer"]);
    const body = { roleIds: ["rol_organization-viewer"] };
    await done(client.call(acme.ann.token, `PUT ${acme.O}/assignments/${member.userId}`, { body }));
    await makeRole(client, acme, `Role ${index}`, []);
    await makeWorkspace(client, acme, `Workspace ${index}`);
    await makeRole(client, inSecond(), `Role ${index}`, []);
    await connectProvider(client, acme);
    await makeClaimRule(client, acme, acme.O, "rol_viewer");
    await makeClaimRule(client, acme, acme.W, "rol_viewer");
    await makeResource(client, acme, `Own ${index}`);
    await makeResource(client, acme, `Run ${index}`, "workflow-run");
    await shareWith(acme, secondWorkspace, await makeResource(client, inSecond(), `Shared ${index}`));
  }
});

/** The same organization, of whose workspaces the second one is meant. */
const inSecond = (): Acme => ({ ...acme, W: `${acme.O}/workspaces/${secondWorkspace}` });

/** Shares a workflow of another workspace with the first one; whoever keeps both accepts by that. */
function shareWith({ O, workspaceId, ann }: Acme, sourceWorkspaceId: string, resourceId: string) {
  const body = { resourceType: "workflow", resourceId, targetWorkspaceId: workspaceId, actions: ["read"] };
  return done(client.call(ann.token, `POST ${O}/workspaces/${sourceWorkspaceId}/shares`, { body }));
}

const get = (path: string, at = acme) => client.call(at.ann.token, `GET ${path}`);
const withCursor = (path: string, cursor: string) =>
  `${path}${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(cursor)}`;

interface Page {
  readonly items: readonly unknown[];
  readonly nextCursor?: string;
}

/** Every page of a list. @param between done after each page */
async function readPages(path: string, between: () => Promise<unknown> = async () => {}): Promise<Page[]> {
  const pages: Page[] = [];
  for (let cursor: string | undefined; ; ) {
    const page: Page = await done(get(cursor === undefined ? path : withCursor(path, cursor)));
    pages.push(page);
    expect(pages.length).toBeLessThan(200);
    if (page.nextCursor === undefined) return pages;
    cursor = page.nextCursor;
    await between();
  }
}
const read = async (path: string) => (await readPages(path)).flatMap(({ items }) => items);

/** Every list, with how many things it must at least hold here, and how its things are told apart. */
const lists: [string, (at: Acme) => string, number, string][] = [
  ["workspaces", ({ O }) => `${O}/workspaces`, MEMBERS + 2, "id"],
  ["scopes", ({ O }) => `${O}/scopes`, 50, "name level"],
  ["the organization's roles", ({ O }) => `${O}/roles`, 12, "id"],
  ["a workspace's roles", ({ W }) => `${W}/roles`, 10 + MEMBERS, "id"],
  ["the organization's claim rules", ({ O }) => `${O}/claim-rules`, MEMBERS, "id"],
  ["a workspace's claim rules", ({ W }) => `${W}/claim-rules`, MEMBERS, "id"],
  ["identity providers", ({ O }) => `${O}/identity-providers`, MEMBERS, "id"],
  ["users", ({ O }) => `${O}/users`, MEMBERS + 1, "id"],
  ["a workspace's assignments", ({ W }) => `${W}/assignments`, MEMBERS + 1, "userId"],
  ["the organization's assignments", ({ O }) => `${O}/assignments`, MEMBERS + 1, "userId"],
  ["resources, own and shared", ({ W }) => `${W}/resources/workflow`, 2 * MEMBERS, "id"],
  ["resources that come and go", ({ W }) => `${W}/resources/workflow-run`, MEMBERS, "id"],
  ["shares", ({ W }) => `${W}/shares`, MEMBERS, "id"],
  ["what happened", ({ W }) => `${W}/activity-log`, MEMBERS, "seq"],
  ["a workspace's audit log", ({ W }) => `${W}/audit-log`, 2 * MEMBERS, "id"],
  ["the organization's audit log", ({ O }) => `${O}/audit-log`, 3 * MEMBERS, "id"],
];
const idOf = (item: unknown, names: string) =>
  names
    .split(" ")
    .map((name) => (item as Record<string, string>)[name])
    .join(" ");

describe.each(lists)("the list of %s", (_, pathOf, least, names) => {
  it("is the same, whole and in the same order, whatever the size of its pages", async () => {
    const whole = await read(`${pathOf(acme)}?limit=100`);
    expect(whole.length).toBeGreaterThanOrEqual(least);
    expect(new Set(whole.map((item) => idOf(item, names))).size).toBe(whole.length);
    expect(await read(`${pathOf(acme)}?limit=3`)).toEqual(whole);
    expect(await read(pathOf(acme))).toEqual(whole);
    for (const { items } of await readPages(`${pathOf(acme)}?limit=3`)) expect(items.length).toBeLessThanOrEqual(3);
  });

  it("takes no cursor of another organization, workspace or list, none with other filters, none that was altered or made up", async () => {
    const path = pathOf(acme);
    const { nextCursor } = await done(get(`${path}?limit=2`));
    expect(nextCursor).toEqual(expect.any(String));
    expect((await get(withCursor(path, nextCursor))).status).toBe(200);
    expect((await get(withCursor(pathOf(other), nextCursor), other)).status).toBe(400);
    expect(
      (await get(withCursor(path.endsWith("/roles") ? `${acme.O}/users` : `${acme.W}/roles`, nextCursor))).status,
    ).toBe(400);
    const flipped = nextCursor.slice(0, -1) + (nextCursor.endsWith("A") ? "B" : "A");
    const forged = Buffer.concat([Buffer.alloc(16), Buffer.from('"WS#"')]).toString("base64url");
    for (const cursor of [
      flipped,
      `${nextCursor}=`,
      nextCursor.slice(4),
      ` ${nextCursor}`,
      "",
      "AAAA",
      forged,
      "__proto__",
    ]) {
      expect(await get(withCursor(path, cursor)), cursor).toMatchObject({
        status: 400,
        body: { code: "request.malformed" },
      });
    }
    // The size of the page is no part of what a cursor is good for.
    expect((await get(withCursor(`${path}?limit=5`, nextCursor))).status).toBe(200);
  });
});

it("a cursor of one workspace's list is none of another's", async () => {
  const { nextCursor } = await done(get(`${acme.W}/roles?limit=2`));
  expect((await get(withCursor(`${acme.O}/workspaces/${secondWorkspace}/roles`, nextCursor))).status).toBe(400);
});

it("a cursor of one type's list is none of another's", async () => {
  const { nextCursor } = await done(get(`${acme.W}/resources/workflow?limit=2`));
  expect((await get(withCursor(`${acme.W}/resources/workflow`, nextCursor))).status).toBe(200);
  expect((await get(withCursor(`${acme.W}/resources/workflow-run`, nextCursor))).status).toBe(400);
});

it("a cursor of one filter is none of another, nor of none", async () => {
  const path = `${acme.O}/audit-log?limit=1&action=user.invited`;
  const { nextCursor } = await done(get(path));
  expect((await get(withCursor(path, nextCursor))).status).toBe(200);
  const others = [
    `action=role.created`,
    "order=asc&action=user.invited",
    `workspaceId=${acme.workspaceId}&action=user.invited`,
  ];
  for (const filter of ["", ...others]) {
    expect((await get(withCursor(`${acme.O}/audit-log?limit=1&${filter}`, nextCursor))).status, filter).toBe(400);
  }
});

it("what is added while one reads neither repeats nor hides what was there", async () => {
  const before = await read(`${acme.W}/roles?limit=100`);
  let added = 0;
  const pages = await readPages(`${acme.W}/roles?limit=4`, () => makeRole(client, acme, `Added ${added++}`, []));
  const seen = pages.flatMap(({ items }) => items).map((item) => idOf(item, "id"));
  expect(added).toBeGreaterThan(2);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toEqual(expect.arrayContaining(before.map((item) => idOf(item, "id"))));

  const log = await read(`${acme.W}/audit-log?limit=500`);
  const logPages = await readPages(`${acme.W}/audit-log?limit=10`, () =>
    makeRole(client, acme, `Added ${added++}`, []),
  );
  expect(logPages.flatMap(({ items }) => items)).toEqual(log);
});

it("what is filtered is found, and nothing else", async () => {
  const member = await admit(client, acme, "sought");
  expect((await read(`${acme.O}/users?email=${member.email.toUpperCase()}`)).map((item) => idOf(item, "id"))).toEqual([
    member.userId,
  ]);
  expect(await read(`${acme.O}/users?email=${member.email.slice(1)}`)).toEqual([]);
  await done(client.call(acme.ann.token, `PATCH ${acme.O}/users/${member.userId}`, { body: { externalId: "x-1" } }));
  expect((await read(`${acme.O}/users?externalId=x-1`)).map((item) => idOf(item, "id"))).toEqual([member.userId]);
  expect(await read(`${other.O}/users?externalId=x-1`).catch(() => "refused")).toBe("refused");
  await assign(client, acme, member, ["rol_viewer"]);
  const log = await read(`${acme.W}/audit-log?action=assignment.replaced&target=${member.userId}`);
  expect(log).toHaveLength(1);
  expect(log[0]).toMatchObject({ actor: { kind: "user", id: acme.ann.userId }, outcome: "success" });
});
