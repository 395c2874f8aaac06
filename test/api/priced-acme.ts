/** An organization whose requests are priced: serial round trips and read units, with the judgement of the caller. */
import type { StoreCall } from "../../lib/store/table.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { done, makeAcme } from "./acme.ts";
import type { Answer } from "./in-process.ts";
import { RoundTrips } from "./round-trips.ts";

interface Priced {
  /** The body of the answer, which must be a success. */
  readonly answer: Answer["body"];
  readonly trips: number;
  readonly units: number;
}

export interface PricedAcme {
  readonly acme: Acme;
  readonly test: TestStore;
  price(what: string, body?: object): Promise<Priced>;
  /** Asks in the workspace of a path whether its Owner may do something to a resource. */
  ask(at: string, resource: readonly [type: string, id: string], action?: string): Promise<Priced>;
}

export async function makePricedAcme(): Promise<PricedAcme> {
  const roundTrips = new RoundTrips();
  const calls: StoreCall[] = [];
  const test = await openTestStore({
    wrap: (client) => roundTrips.wrap(client),
    observe: (call) => calls.push(call),
  });
  const acme = await makeAcme(test);

  async function price(what: string, body?: object): Promise<Priced> {
    calls.length = 0;
    const before = roundTrips.trips;
    const answer = await done(acme.api.call(acme.ann, what, body === undefined ? {} : { body }));
    const units = calls.reduce((sum, call) => sum + call.units, 0);
    return { answer, trips: roundTrips.trips - before, units };
  }

  const ask: PricedAcme["ask"] = (at, [type, id], name = "read") =>
    price(`POST ${at}/access/v1/evaluation`, {
      subject: { type: "user", id: acme.ann.userId },
      action: { name },
      resource: { type, id },
    });

  return { acme, test, price, ask };
}
