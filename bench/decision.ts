/** What a decision costs at the table: serial round trips and strongly consistent read units, on the embedded engine. */
import { readFacts } from "../lib/api/facts.ts";
import { RoleCache } from "../lib/api/role-cache.ts";
import type { Store } from "../lib/store/store.ts";
import { openStore } from "../lib/store/store.ts";
import type { StoreCall } from "../lib/store/table.ts";
import { openTestApi } from "../test/api/in-process.ts";
import type { Measured } from "./number.ts";
import { withTable } from "./table.ts";

const UNITS_MOST = 6;
const CUSTOM_ROLES = 3;

export function measureDecision(): Promise<Measured[]> {
  const calls: StoreCall[] = [];
  return withTable(({ client, tableName }) =>
    priceDecisions(openStore({ client, name: tableName, observe: (call) => calls.push(call) }), calls),
  );
}

async function priceDecisions(store: Store, calls: StoreCall[]): Promise<Measured[]> {
  const api = openTestApi(store);
  const ann = await api.person("ann@acme.example");
  const orgId = (await api.call(ann, "POST /v1/orgs", { body: { name: "Acme" } })).body.id;
  const workspaces = `/v1/orgs/${orgId}/workspaces`;
  const workspaceId = (await api.call(ann, `POST ${workspaces}`, { body: { name: "North" } })).body.id;
  const roleIds = ["rol_owner"];
  for (let made = 0; made < CUSTOM_ROLES; made++) {
    const body = { name: `Role ${made}`, scopes: ["workflow:run"] };
    roleIds.push((await api.call(ann, `POST ${workspaces}/${workspaceId}/roles`, { body })).body.id);
  }
  await api.call(ann, `PUT ${workspaces}/${workspaceId}/assignments/${ann.userId}`, { body: { roleIds } });
  const roles = new RoleCache();
  const price = async () => {
    calls.length = 0;
    await readFacts(store, roles, { orgId, workspaceId, userId: ann.userId, now: Date.now() });
    return { trips: calls.length, units: calls.reduce((sum, { units }) => sum + units, 0) };
  };
  const cold = await price();
  const warm = await price();
  return [
    { what: "a decision, roles at hand: round trips", value: warm.trips, unit: "", bar: { most: 1 } },
    { what: "a decision, roles at hand: read units", value: warm.units, unit: "", bar: { most: UNITS_MOST } },
    {
      what: `a decision, ${CUSTOM_ROLES} own roles not at hand: round trips`,
      value: cold.trips,
      unit: "",
      bar: { most: 2 },
    },
    {
      what: `a decision, ${CUSTOM_ROLES} own roles not at hand: read units`,
      value: cold.units,
      unit: "",
      bar: { most: UNITS_MOST + CUSTOM_ROLES },
    },
  ];
}
