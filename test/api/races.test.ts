/** Many at once, on the real engine: anchors stay, versions are edited once, different things never refuse each other. */
import { beforeEach, describe, expect, it } from "vitest";
import type { AuditEntry } from "../../lib/domain/audit.ts";
import { follows, NO_HASH } from "../../lib/domain/audit.ts";
import type { OrgId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { PlaceRef } from "../../lib/store/keys.ts";
import { openTestStore } from "../engine.ts";
import { raiseConflicts } from "../store/conflicts.ts";
import type { Answer, Caller, TestApi } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";
import { acceptInvitation } from "./invitations.ts";

/** The embedded engine has one writer, and one process asks for all: as many requests run at once as the local host lets run. */
const LOCAL_WORKERS = 8;

describe.each([
  ["the embedded engine", undefined, LOCAL_WORKERS],
  ["an engine that raises conflicts", raiseConflicts, 128],
])("races on %s", (_name, layer, atOnce) => {
  let api: TestApi;
  let ann: Caller;
  let org: OrgId;
  let workspace: WorkspaceId;

  beforeEach(async () => {
    const wrap = layer && ((client: Parameters<typeof raiseConflicts>[0]) => layer(client).client);
    const { store } = await openTestStore(wrap === undefined ? {} : { wrap });
    api = limit(openTestApi(store), atOnce);
    ann = await api.person("ann@acme.example");
    org = (await api.call(ann, "POST /v1/orgs", { body: { name: "Acme" } })).body.id;
    workspace = (await api.call(ann, `POST /v1/orgs/${org}/workspaces`, { body: { name: "North" } })).body.id;
  });

  const at = (path: string) => `/v1/orgs/${org}/workspaces/${workspace}${path}`;
  const invite = async (email: string): Promise<Caller> => {
    const { body } = await api.call(ann, `POST /v1/orgs/${org}/users`, { body: { email } });
    await acceptInvitation(api.host.store, org, body.id);
    return { userId: body.id, email };
  };
  const countBy = (answers: readonly Answer[]) =>
    Object.fromEntries(
      [...new Set(answers.map(({ status }) => status))].map((status) => [
        status,
        answers.filter((answer) => answer.status === status).length,
      ]),
    );

  it("leaves one owner when 50 demotions of two owners come at once", async () => {
    const bob = await invite("bob@acme.example");
    await api.call(ann, `PUT ${at(`/assignments/${bob.userId}`)}`, { body: { roleIds: ["rol_owner"] } });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const [who, whom] = index % 2 === 0 ? [ann, bob] : [bob, ann];
        return api.call(who, `PUT ${at(`/assignments/${whom.userId}`)}`, { body: { roleIds: ["rol_viewer"] } });
      }),
    );
    const { store } = api.host;
    const holders = await store.assignments.listHolders(org, "rol_owner" as never, {
      orgId: org,
      workspaceId: workspace,
    });
    expect(holders).toHaveLength(1);
    expect(answers.map(({ status }) => status).filter((status) => ![200, 403, 409].includes(status))).toEqual([]);
    await expectWholeChains(answers);
  });

  it("lets exactly one of 100 edits of one version through", async () => {
    const role = await api.call(ann, `POST ${at("/roles")}`, { body: { name: "Runner", scopes: ["workflow:run"] } });
    const ifMatch = { "if-match": role.headers.etag ?? "" };
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        api.call(ann, `PATCH ${at(`/roles/${role.body.id}`)}`, { body: { name: `Runner ${index}` }, headers: ifMatch }),
      ),
    );
    expect(countBy(answers)).toEqual({ 200: 1, 412: 99 });
    await expectWholeChains([role, ...answers]);
  });

  it("lets 128 changes of different things in one workspace all succeed", async () => {
    const make = async (index: number): Promise<Answer> => {
      const answer = await api.call(ann, `POST ${at("/roles")}`, {
        body: { name: `Role ${index}`, scopes: ["workflow:read"] },
      });
      // Patience is a matter of seconds, and so of what else the machine does. Had half a change been stored, its name would be taken.
      return answer.status === 503 ? make(index) : answer;
    };
    const answers = await Promise.all(Array.from({ length: 128 }, (_, index) => make(index)));
    expect(countBy(answers)).toEqual({ 201: 128 });
    await expectWholeChains(answers);
  });

  it("gives a name to one of 20 who ask for it at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => api.call(ann, `POST ${at("/roles")}`, { body: { name: "Runner", scopes: [] } })),
    );
    expect(countBy(answers)).toEqual({ 201: 1, 409: 19 });
  });

  it("does a POST once that is sent 20 times at once under one Idempotency-Key", async () => {
    const headers = { "idempotency-key": "k1" };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        api.call(ann, `POST ${at("/roles")}`, { body: { name: "Runner", scopes: [] }, headers }),
      ),
    );
    expect(countBy(answers)).toEqual({ 201: 20 });
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    const { body } = await api.call(ann, `GET ${at("/audit-log?action=role.created")}`);
    expect(body.items).toHaveLength(1);
  });

  /** Each change that was acknowledged has exactly one entry, and no chain forks. */
  async function expectWholeChains(answers: readonly Answer[]): Promise<void> {
    const { store } = api.host;
    const places: PlaceRef[] = [{ orgId: org }, { orgId: org, workspaceId: workspace }];
    for (const place of places) {
      let head = { seq: 0, hash: NO_HASH };
      const { items } = await store.places.listEntries(place, { limit: 1_000 });
      for (const { value } of items) {
        expect(follows(place.workspaceId ?? place.orgId, head, value)).toBe(true);
        head = value;
      }
    }
    const { body } = await api.call(ann, `GET /v1/orgs/${org}/audit-log?workspaceId=${workspace}&limit=500`);
    const requests = new Map<string, number>();
    for (const { origin } of body.items as AuditEntry[])
      requests.set(origin.requestId, (requests.get(origin.requestId) ?? 0) + 1);
    for (const answer of answers) {
      const isChange = answer.status === 200 || answer.status === 201;
      expect(requests.get(answer.headers["x-request-id"] ?? "") ?? 0).toBe(isChange ? 1 : 0);
    }
    expect(api.faults).toEqual([]);
  }
});

/** The same API with at most so many requests under way; further ones wait their turn. */
function limit(api: TestApi, atOnce: number): TestApi {
  let free = atOnce;
  const waiting: (() => void)[] = [];
  return {
    ...api,
    call: async (...request) => {
      if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      else free--;
      try {
        return await api.call(...request);
      } finally {
        const next = waiting.shift();
        if (next === undefined) free++;
        else next();
      }
    },
  };
}
