/** How long questions about a role take that thousands hold: whole requests without HTTP, on the embedded engine. */
import type { RoleId } from "../lib/domain/ids.ts";
import { openStore } from "../lib/store/store.ts";
import { openTestApi } from "../test/api/in-process.ts";
import { growUsers } from "../test/api/large-tenant.ts";
import type { Measured } from "./number.ts";
import { percentile } from "./number.ts";
import { withTable } from "./table.ts";

const HOLDERS = 5_000;
const TIMES = 5;
const PATIENT = { readTry: 5_000, read: 5_000, writeTry: 5_000, write: 5_000, busy: 5_000 };
const SECONDS = { most: 2 };

export function measureHolders(): Promise<Measured[]> {
  return withTable(async ({ client, tableName }) => {
    // The engine shares this machine's cores with all else; a data centre's does not.
    const store = openStore({ client, name: tableName, patience: PATIENT });
    const api = openTestApi(store);
    const ann = await api.person("ann@acme.example");
    const demand = async (what: string, body: object) => {
      const answer = await api.call(ann, what, { body });
      if (answer.status >= 300) throw new Error(`${what} answers ${answer.status}`);
      return answer.body;
    };
    const { id: org } = await demand("POST /v1/orgs", { name: "Acme" });
    const workspace = (await demand(`POST /v1/orgs/${org}/workspaces`, { name: "North" })).id;
    const roles = `/v1/orgs/${org}/roles`;
    const role: RoleId = (await demand(`POST ${roles}`, { name: "Shared", level: "workspace", scopes: ["case:read"] }))
      .id;
    await growUsers({ store, client, tableName, org }, workspace, HOLDERS, role);
    const preview = await time(async () => {
      const { loses } = await demand(`POST ${roles}/${role}/preview`, { scopes: [] });
      return loses.length;
    });
    const inUse = await time(async () => (await api.call(ann, `DELETE ${roles}/${role}`)).body.usedBy.length);
    return [
      { what: `preview of a role with ${HOLDERS} holders, complete`, value: preview, unit: " s", bar: SECONDS },
      { what: `role.in_use of a role with ${HOLDERS} holders, complete`, value: inUse, unit: " s", bar: SECONDS },
    ];
  });
}

/** @returns the median, in seconds */
async function time(ask: () => Promise<number>): Promise<number> {
  const taken: number[] = [];
  for (let done = 0; done < TIMES; done++) {
    const started = performance.now();
    const told = await ask();
    if (told !== HOLDERS) throw new Error(`${told} of ${HOLDERS} were told of`);
    taken.push((performance.now() - started) / 1_000);
  }
  return percentile(taken, 0.5);
}
