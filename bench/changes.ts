/** How many changes a second a place takes, and many places together; and whether each that was acknowledged is in the log. */
import { Client } from "./client.ts";
import type { Measured } from "./number.ts";

const WRITERS = [1, 16, 64, 128];
/** Milliseconds. */
const TIME = 4_000;

/** @param token of somebody who may make organizations */
export async function measureChanges(api: string, token: string): Promise<Measured[]> {
  const client = new Client(api, token, Math.max(...WRITERS));
  try {
    const measured: Measured[] = [];
    let lost = 0;
    let refused = 0;
    for (const isOnePlace of [true, false]) {
      for (const writers of WRITERS) {
        const run = await write(client, writers, isOnePlace);
        lost += run.lost;
        refused += run.refused;
        const where = isOnePlace ? "one place" : `${writers} ${writers === 1 ? "place" : "places"}`;
        const what = `changes of ${where} by ${writers} ${writers === 1 ? "writer" : "writers"}`;
        if (isOnePlace || writers > 1) measured.push({ what, value: run.perSecond, unit: " /s" });
      }
    }
    measured.push({
      what: "changes that were acknowledged and are not in the log",
      value: lost,
      unit: "",
      bar: { most: 0 },
    });
    measured.push({ what: "changes that were answered with 503", value: refused, unit: "" });
    return measured;
  } finally {
    client.close();
  }
}

/** Writers that each make one role after another, in workspaces of an organization of their own. */
async function write(client: Client, writers: number, isOnePlace: boolean) {
  const { id: org } = await client.demand("POST", "/v1/orgs", { name: "Bench" });
  const names = Array.from({ length: isOnePlace ? 1 : writers }, (_, index) => `Workspace ${index}`);
  const workspaces: string[] = [];
  for (const name of names) workspaces.push((await client.demand("POST", `/v1/orgs/${org}/workspaces`, { name })).id);
  const acknowledged = new Set<string>();
  let refused = 0;
  let made = 0;
  const start = performance.now();
  const work = async (_: unknown, index: number) => {
    const roles = `/v1/orgs/${org}/workspaces/${workspaces[index % workspaces.length]}/roles`;
    while (performance.now() - start < TIME) {
      const { status, body } = await client.call("POST", roles, { name: `Role ${made++}`, scopes: [] });
      if (status === 201) acknowledged.add(body.id);
      else if (status === 503) refused++;
      else throw new Error(`POST ${roles}: ${status} ${JSON.stringify(body)}`);
    }
  };
  await Promise.all(Array.from({ length: writers }, work));
  const perSecond = (acknowledged.size / (performance.now() - start)) * 1_000;
  for (const workspace of workspaces) for (const id of await listMade(client, org, workspace)) acknowledged.delete(id);
  const { intact } = await client.demand("POST", `/v1/orgs/${org}/audit-log/verify`);
  if (!intact) throw new Error(`a chain of ${org} is broken`);
  return { perSecond, refused, lost: acknowledged.size };
}

/** The roles that the log says were made. */
async function listMade(client: Client, org: string, workspace: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const query = `workspaceId=${workspace}&action=role.created&limit=500${cursor === undefined ? "" : `&cursor=${cursor}`}`;
    const page = await client.demand("GET", `/v1/orgs/${org}/audit-log?${query}`);
    ids.push(...page.items.map((entry: { target: { id: string } }) => entry.target.id));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return ids;
}
