/** How long a warm request takes through authorizer and handler, and how many there are a second. */
import { Client } from "./client.ts";
import type { Measured } from "./number.ts";
import { percentile } from "./number.ts";

const SEQUENTIAL = 3_000;
const WARM_UP = 500;
const CONNECTIONS = 16;
/** Milliseconds. Threads are started as requests wait, and each has to be warmed up by the same cores. */
const WARM_UP_TIME = 12_000;
const TIME = 4_000;
/** The bar is held against the middle one of so many; the best shows what else the machine was doing. */
const WINDOWS = 5;

/** @param path a GET that the owner of the token may */
export async function measureRequests(api: string, token: string, path: string): Promise<Measured[]> {
  const client = new Client(api, token, CONNECTIONS);
  try {
    for (let done = 0; done < WARM_UP; done++) await client.demand("GET", path);
    const times: number[] = [];
    for (let done = 0; done < SEQUENTIAL; done++) {
      const start = performance.now();
      await client.demand("GET", path);
      times.push(performance.now() - start);
    }
    await countRequests(client, path, WARM_UP_TIME);
    const perSecond: number[] = [];
    for (let window = 0; window < WINDOWS; window++) perSecond.push(await countRequests(client, path, TIME));
    return [
      {
        what: "a warm request, one at a time: half are within",
        value: percentile(times, 0.5),
        unit: " ms",
        bar: { most: 6 },
      },
      {
        what: "a warm request, one at a time: 99 % are within",
        value: percentile(times, 0.99),
        unit: " ms",
        bar: { most: 25 },
      },
      {
        what: `requests on ${CONNECTIONS} connections, the middle one of ${WINDOWS} windows`,
        value: percentile(perSecond, 0.5),
        unit: " /s",
        bar: { least: 400 },
      },
      { what: "the best of these windows", value: Math.max(...perSecond), unit: " /s" },
    ];
  } finally {
    client.close();
  }
}

/** @returns requests a second */
async function countRequests(client: Client, path: string, time: number): Promise<number> {
  const start = performance.now();
  let done = 0;
  const work = async () => {
    for (; performance.now() - start < time; done++) await client.demand("GET", path);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return (done / (performance.now() - start)) * 1_000;
}
