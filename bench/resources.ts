/** What resources and shares take: a page of a long list, and questions about what is shared, in process on the embedded engine. */
import type { WorkspaceId } from "../lib/domain/ids.ts";
import { openStore } from "../lib/store/store.ts";
import type { StoreCall } from "../lib/store/table.ts";
import { openTestApi } from "../test/api/in-process.ts";
import { growSharedList, growShares } from "../test/api/large-tenant.ts";
import { RoundTrips } from "../test/api/round-trips.ts";
import type { Measured } from "./number.ts";
import { percentile } from "./number.ts";
import { withTable } from "./table.ts";

const RESOURCES = 100_000;
const SHARES = 10_000;
const PAGE = 100;
const TIMES = 200;
const PATIENT = { readTry: 5_000, read: 5_000, writeTry: 5_000, write: 5_000, busy: 5_000 };

export function measureResources(): Promise<Measured[]> {
  return withTable(async ({ client, tableName }) => {
    const roundTrips = new RoundTrips();
    const calls: StoreCall[] = [];
    // Counted through a client of its own: what is timed goes straight to the engine.
    const counted = openStore({
      client: roundTrips.wrap(client),
      name: tableName,
      patience: PATIENT,
      observe: (call) => calls.push(call),
    });
    const store = openStore({ client, name: tableName, patience: PATIENT });
    const api = openTestApi(store);
    const pricing = openTestApi(counted);
    const ann = await api.person("ann@acme.example");
    const demand = async (what: string, body?: object, by = api) => {
      const answer = await by.call(ann, what, body === undefined ? {} : { body });
      if (answer.status >= 300) throw new Error(`${what} answers ${answer.status}`);
      return answer.body;
    };
    const { id: org } = await demand("POST /v1/orgs", { name: "Acme" });
    const workspaces = `/v1/orgs/${org}/workspaces`;
    const make = async (name: string): Promise<WorkspaceId> => (await demand(`POST ${workspaces}`, { name })).id;
    const target = await make("North");
    const sources = [await make("East"), await make("South"), await make("West")];
    const tenant = { store, client, tableName, org };
    await growSharedList(tenant, { target, sources, type: "workflow", count: RESOURCES });

    const list = `GET ${workspaces}/${target}/resources/workflow?limit=${PAGE}`;
    await demand(list, undefined, pricing);
    calls.length = 0;
    const before = roundTrips.trips;
    const { items } = await demand(list, undefined, pricing);
    const [trips, units] = [roundTrips.trips - before, calls.reduce((sum, call) => sum + call.units, 0)];
    const isShared = (item: { shared?: object }) => item.shared !== undefined;
    const [own, shared] = [items.find((item: { shared?: object }) => !isShared(item)), items.find(isShared)];
    if (items.length !== PAGE || own === undefined || shared === undefined) throw new Error("the list is another one");
    const ask = (id: string) => () =>
      demand(`POST ${workspaces}/${target}/access/v1/evaluation`, {
        subject: { type: "user", id: ann.userId },
        action: { name: "run" },
        resource: { type: "workflow", id },
      });
    const listed = await time(() => demand(list));
    const ofOwn = await time(ask(own.id));
    const ofShared = await time(ask(shared.id));
    const offer = {
      resourceType: "workflow",
      resourceId: shared.id,
      sourceWorkspaceId: shared.shared.from.workspaceId,
    };
    const others = Array.from(
      { length: SHARES },
      (_, index) => `wks_${String(index).padStart(26, "0")}` as WorkspaceId,
    );
    await growShares(
      tenant,
      others.map((targetWorkspaceId) => ({ ...offer, targetWorkspaceId })),
    );
    const beside = await time(ask(shared.id));
    const page = `${PAGE} of ${RESOURCES} resources, a third shared`;
    return [
      { what: `${page}: median`, value: listed, unit: " ms" },
      { what: `${page}: trips`, value: trips, unit: "", bar: { most: 3 } },
      { what: `${page}: read units`, value: units, unit: "", bar: { most: 60 } },
      { what: "asking about an own resource: half are within", value: ofOwn, unit: " ms" },
      { what: "asking about a shared one: half are within", value: ofShared, unit: " ms" },
      { what: `the same beside ${SHARES} shares: half are within`, value: beside, unit: " ms" },
    ];
  });
}

/** @returns the median, in milliseconds */
async function time(ask: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let done = 0; done < TIMES; done++) {
    const started = performance.now();
    await ask();
    taken.push(performance.now() - started);
  }
  return percentile(taken, 0.5);
}
