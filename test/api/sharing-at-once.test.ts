/** Many who share at once: what does not depend on each other all succeeds, and each change has one entry in each of its chains. */
import { BatchGetCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect, it } from "vitest";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import { raiseConflicts } from "../store/conflicts.ts";
import type { Acme } from "./acme.ts";
import { done, edit, makeAcme, makeWorkspace, readTable } from "./acme.ts";
import type { Answer } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";
import { layer } from "./interleaved.ts";
import { expectWholeChains, offer } from "./sharing-world.ts";

/** The embedded engine has one writer, and one process asks for all: further requests wait in line. */
const LOCAL_WORKERS = 4;
const PARTNERS = 8;

interface Partners {
  readonly test: TestStore;
  readonly acme: Acme;
  readonly ids: readonly string[];
}

/** North and its partners, each with workflows of its own. */
async function makePartners(test: TestStore, workflows: number): Promise<Partners> {
  const acme = await makeAcme(test);
  const ids: string[] = [];
  for (let index = 0; index < PARTNERS; index++) ids.push(await makeWorkspace(acme, `Partner ${index}`));
  for (const [index, at] of [acme.workspace, ...ids].entries()) {
    const resources = Array.from({ length: workflows }, (_, nth) => ({ id: `flow-${index}-${nth}`, name: `${nth}` }));
    const { items } = await done(
      acme.api.call(acme.ann, `POST ${acme.O}/workspaces/${at}/resources/workflow/bulk`, { body: { resources } }),
    );
    expect(items.map(({ status }: { status: number }) => status)).toEqual(resources.map(() => 201));
  }
  return { test, acme, ids };
}

type Asked = () => Promise<Answer>;

/** Does all of it, so many at a time. */
async function ask(all: readonly Asked[], atOnce: number): Promise<Answer[]> {
  const answers: Answer[] = [];
  const waiting = all.entries();
  const work = async () => {
    for (const [index, one] of waiting) answers[index] = await one();
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return answers;
}

/** The chains in which each request has an entry, as often as it has one there. */
async function chainsByRequest(test: TestStore): Promise<Map<string, string[]>> {
  const items = await readTable(test);
  expectWholeChains(items);
  const chains = new Map<string, string[]>();
  for (const { pk, text } of items.values()) {
    if (!String(pk).endsWith("#AUDIT")) continue;
    const { chain, origin } = JSON.parse(String(text));
    chains.set(origin.requestId, [...(chains.get(origin.requestId) ?? []), chain]);
  }
  return chains;
}

describe.each([
  ["the embedded engine", undefined, LOCAL_WORKERS],
  ["an engine that raises conflicts", raiseConflicts, 8],
])("128 changes of one workspace at once on %s", (_name, conflicts, atOnce) => {
  it("all succeed: shares out and in, acceptances, ends, resources, edits", async () => {
    const test = await openTestStore();
    const { acme, ids } = await makePartners(test, 4);
    const { ann, W: N, O, workspace } = acme;
    const api = openTestApi(
      conflicts === undefined
        ? test.store
        : (await openTestStore({ tableName: test.tableName, wrap: (client) => conflicts(client).client })).store,
    );
    const at = (id: string | undefined) => `${O}/workspaces/${id}`;
    const share = (from: string, body: object) => api.call(ann, `POST ${from}/shares`, { body });
    const ended: string[] = [];
    for (const [index, id] of ids.entries()) {
      ended.push((await done(share(at(id), offer(`flow-${index + 1}-0`, workspace)))).id);
      ended.push((await done(share(N, offer("flow-0-0", id)))).id);
    }
    const changes: Asked[] = ids.flatMap((id, index) => [
      ...[1, 2, 3].map((nth) => () => share(N, offer(`flow-0-${nth}`, id))),
      ...[1, 2, 3].map((nth) => () => share(at(id), offer(`flow-${index + 1}-${nth}`, workspace))),
      ...ended.slice(2 * index, 2 * index + 2).map((one) => () => api.call(ann, `POST ${N}/shares/${one}/revoke`)),
      ...[1, 2, 3, 4].map(
        (nth) => () => api.call(ann, `POST ${N}/resources/workflow`, { body: { name: `New ${index} ${nth}` } }),
      ),
      ...[1, 2].map(
        (nth) => () => api.call(ann, `PUT ${N}/resources/runbook/book-${index}-${nth}`, { body: { name: "Book" } }),
      ),
      ...[1, 2].map(
        (nth) => () => api.call(ann, `POST ${N}/roles`, { body: { name: `R ${index} ${nth}`, scopes: [] } }),
      ),
    ]);
    expect(changes).toHaveLength(128);
    const answers = await ask(changes, atOnce);
    expect(answers.filter(({ status }) => status >= 300).map(({ body }) => body)).toEqual([]);
    const chains = await chainsByRequest(test);
    for (const { headers, body } of answers) {
      const { sourceWorkspaceId = workspace, targetWorkspaceId = workspace } = body;
      const expected = [...new Set([sourceWorkspaceId, targetWorkspaceId])].sort();
      expect(chains.get(headers["x-request-id"] ?? "")?.sort()).toEqual(expected);
    }
    expect(api.faults).toEqual([]);
  });
});

describe("a share whose target moves while it is given", () => {
  it("looks at the target before it commits again, since its own workspace does not tell that it has moved", async () => {
    const test = await openTestStore();
    const { acme, ids } = await makePartners(test, 1);
    const { api, ann, W: N, O } = acme;
    const [target = ""] = ids;
    let commits = 0;
    let looks = 0;
    const move = () => done(api.call(ann, `PATCH ${O}/workspaces/${target}`, edit({ labels: { nth: `${commits}` } })));
    const wrap = layer(async (command, send) => {
      if (command instanceof TransactWriteCommand && commits++ === 0) await move();
      // The second try has read both places, and nothing else yet.
      if (command instanceof BatchGetCommand && commits === 1 && looks++ === 1) await move();
      return send(command);
    });
    const slowly = openTestApi((await openTestStore({ tableName: test.tableName, wrap })).store);
    expect((await slowly.call(ann, `POST ${N}/shares`, { body: offer("flow-0-0", target) })).status).toBe(201);
    expect({ commits, hasLooked: looks > 2 }).toEqual({ commits: 2, hasLooked: true });
  });
});
