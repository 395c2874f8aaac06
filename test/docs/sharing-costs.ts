/** What `docs/sharing.md` tells of costs: the same request about something of one's own, and about something shared. */
import { done, makeAcme, makeWorkspace } from "../api/acme.ts";
import type { Sent } from "../api/in-process.ts";
import { RoundTrips } from "../api/round-trips.ts";
import { openTestStore } from "../engine.ts";
import { toTable } from "./page.ts";

/** Rows of the list that is asked for, of which every third is shared. */
const ROWS = 30;

export async function costTable(): Promise<string> {
  const trips = new RoundTrips();
  let units = 0;
  const { store } = await openTestStore({
    wrap: (client) => trips.wrap(client),
    observe: (call) => {
      if (call.operation !== "TransactWrite") units += call.units;
    },
  });
  const acme = await makeAcme({ store });
  const { api, ann, O, W } = acme;
  const south = await makeWorkspace(acme, "South");
  const S = `${O}/workspaces/${south}`;
  const create = (place: string, id: string) =>
    done(api.call(ann, `PUT ${place}/resources/workflow/${id}`, { body: { name: id } }));
  const share = (id: string) => {
    const body = { resourceType: "workflow", resourceId: id, targetWorkspaceId: south, actions: ["read"] };
    return done(api.call(ann, `POST ${W}/shares`, { body }));
  };
  for (let index = 1; index <= ROWS; index++) {
    const isShared = index % 3 === 0;
    await create(isShared ? W : S, `w${index}`);
    if (isShared) await share(`w${index}`);
  }
  const measure = async (what: string, sent?: Sent): Promise<string> => {
    await done(api.call(ann, what, sent));
    const before = units;
    const { trips: taken } = await trips.count(() => done(api.call(ann, what, sent)));
    return `${taken}, ${units - before}`;
  };
  const evaluation = (id: string) => ({
    body: {
      subject: { type: "user", id: ann.userId },
      action: { name: "read" },
      resource: { type: "workflow", id },
    },
  });
  const evaluate = `POST ${S}/access/v1/evaluation`;
  const list = `GET ${S}/resources/workflow`;
  return toTable(
    ["round trips, read units", "its own", "shared with it"],
    [
      [
        "`GET` of one",
        await measure(`GET ${S}/resources/workflow/w1`),
        await measure(`GET ${S}/resources/workflow/w3`),
      ],
      ["evaluation", await measure(evaluate, evaluation("w1")), await measure(evaluate, evaluation("w3"))],
      [`list of ${ROWS}, a third shared`, "", await measure(list)],
      ["the same list, only its own", await measure(`${list}?origin=own`), ""],
    ],
  );
}
