/** What `docs/sharing.md` tells of every state of a share: each is brought about through the API, and asked there. */
import type { Acme } from "../api/acme.ts";
import { admit, done, makeAcme, makeWorkspace } from "../api/acme.ts";
import type { Answer, Caller } from "../api/in-process.ts";
import { openTestStore } from "../engine.ts";
import { toTable } from "./page.ts";

const DAY = 86_400_000;
const RESOURCE = "resources/workflow/triage";

interface World {
  readonly acme: Acme;
  /** Owner of the source, nobody in the target; Ann is Owner of both. */
  readonly ines: Caller;
  /** The paths of the workspaces. */
  readonly source: string;
  readonly target: string;
  readonly offer: object;
  readonly share: string;
  pass(milliseconds: number): void;
}

/** What has become of a share that was offered: each step is asked of the API. */
const states: Readonly<Record<string, (world: World) => Promise<void>>> = {
  "offered, and waits": async () => {},
  "offered, seven days over": async ({ pass }) => pass(7 * DAY),
  denied: async ({ acme, target, share }) => {
    await done(acme.api.call(acme.ann, `POST ${target}/shares/${share}/deny`));
  },
  accepted: accept,
  "accepted, then revoked": after(accept, async ({ acme, source, share }) => {
    await done(acme.api.call(acme.ann, `POST ${source}/shares/${share}/revoke`));
  }),
  "accepted, its `expiresAt` over": after(accept, async ({ pass }) => pass(30 * DAY)),
  "accepted, its type not in the settings": after(accept, async ({ acme }) => {
    const body = { settings: { sharing: { types: ["runbook"] } } };
    await done(acme.api.call(acme.ann, `PATCH ${acme.O}`, { body, headers: { "if-match": "*" } }));
  }),
  "accepted, the source suspended": after(accept, async ({ acme, source }) => {
    await done(acme.api.call(acme.ann, `POST ${source}/suspend`));
  }),
  "accepted, the target suspended": after(accept, async ({ acme, target }) => {
    await done(acme.api.call(acme.ann, `POST ${target}/suspend`));
  }),
  "accepted, the resource deleted": after(accept, deleteResource),
  "accepted, the resource deleted and made again": after(accept, deleteResource, async ({ acme, source }) => {
    await done(acme.api.call(acme.ann, `PUT ${source}/${RESOURCE}`, { body: { name: "Another" } }));
  }),
  "accepted, the source deleted": after(accept, async ({ acme, source }) => {
    await done(acme.api.call(acme.ann, `POST ${source}/suspend`));
    await done(acme.api.call(acme.ann, `DELETE ${source}`));
  }),
};

type Question = (world: World) => Promise<string>;

/** What is asked in each state, by Ann in the target, and what comes of an offer from the source. Those of one group share a world. */
const questions: readonly Readonly<Record<string, Question>>[] = [
  {
    "its `state`": async ({ acme, source, target, share }) => {
      const here = await acme.api.call(acme.ann, `GET ${source}/shares/${share}`);
      const there = await acme.api.call(acme.ann, `GET ${target}/shares/${share}`);
      return `\`${(here.status === 200 ? here : there).body.state}\``;
    },
    "`GET`": async ({ acme, target }) => tell(await acme.api.call(acme.ann, `GET ${target}/${RESOURCE}`)),
    "in the list": async ({ acme, target }) => {
      const { status, body } = await acme.api.call(acme.ann, `GET ${target}/resources/workflow`);
      if (status !== 200) return `${status}`;
      return body.items.length === 0 ? "no" : "yes";
    },
    "may read": (world) => evaluate(world, "read"),
    "may run": (world) => evaluate(world, "run"),
    "another offer": async ({ acme, ines, source, offer }) =>
      tell(await acme.api.call(ines, `POST ${source}/shares`, { body: offer })),
    "`PUT` of its own": async ({ acme, target }) =>
      tell(await acme.api.call(acme.ann, `PUT ${target}/${RESOURCE}`, { body: { name: "Ours" } })),
  },
  { accept: (world) => change(world, "accept") },
  { revoke: (world) => change(world, "revoke") },
];

/** A row for each state, a column for each question. */
export async function stateTable(): Promise<string> {
  const stored = await openTestStore();
  const rows: string[][] = [];
  for (const [state, bringAbout] of Object.entries(states)) {
    const row = [state];
    for (const group of questions) {
      const world = await makeWorld(stored);
      await bringAbout(world);
      for (const ask of Object.values(group)) row.push(await ask(world));
    }
    rows.push(row);
  }
  return toTable(["the share", ...questions.flatMap(Object.keys)], rows);
}

async function makeWorld(stored: Awaited<ReturnType<typeof openTestStore>>): Promise<World> {
  let now = Date.now();
  const acme = await makeAcme(stored, () => now);
  const { api, O, W } = acme;
  const ines = await admit(acme, "ines", "rol_owner");
  const other = await makeWorkspace(acme, "South");
  await done(api.call(ines, `PUT ${W}/${RESOURCE}`, { body: { name: "Triage" } }));
  const named = { resourceType: "workflow", resourceId: "triage", targetWorkspaceId: other, actions: ["read"] };
  const first = { ...named, expiresAt: new Date(now + 30 * DAY).toISOString() };
  const { id } = await done(api.call(ines, `POST ${W}/shares`, { body: first }));
  const pass = (milliseconds: number) => {
    now += milliseconds;
  };
  return { acme, ines, source: W, target: `${O}/workspaces/${other}`, offer: named, share: id, pass };
}

async function accept({ acme, target, share }: World): Promise<void> {
  await done(acme.api.call(acme.ann, `POST ${target}/shares/${share}/accept`));
}

async function deleteResource({ acme, source }: World): Promise<void> {
  await done(acme.api.call(acme.ann, `DELETE ${source}/${RESOURCE}?force=true`));
}

function after(...steps: readonly ((world: World) => Promise<void>)[]) {
  return async (world: World) => {
    for (const step of steps) await step(world);
  };
}

async function evaluate({ acme, target }: World, name: string): Promise<string> {
  const { status, body } = await acme.api.call(acme.ann, `POST ${target}/access/v1/evaluation`, {
    body: {
      subject: { type: "user", id: acme.ann.userId },
      action: { name },
      resource: { type: "workflow", id: "triage" },
    },
  });
  if (status !== 200) return `${status}`;
  return body.decision ? "yes" : `no: \`${body.context.reason}\``;
}

async function change({ acme, target, share }: World, how: string): Promise<string> {
  return tell(await acme.api.call(acme.ann, `POST ${target}/shares/${share}/${how}`));
}

function tell({ status, body }: Answer): string {
  return status < 400 || status === 404 || status === 403 ? `${status}` : `${status} \`${body.code}\``;
}
