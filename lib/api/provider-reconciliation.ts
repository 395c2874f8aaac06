/** Compares the user pool with every identity provider of the deployment, and brings it back to what is stored. */
import type { OrgId, ProviderId } from "../domain/ids.ts";
import type { ConfiguredProvider } from "../store/identity-providers.ts";
import type { Declaration } from "./declared-providers.ts";
import { isAsDeclared } from "./declared-providers.ts";
import type { PoolDesk } from "./provider-configuration.ts";
import { reconcileOrganization } from "./provider-pool.ts";

/** Milliseconds for one organization. */
const PATIENCE = 20_000;
const AT_ONCE = 100;

interface Reconciliation {
  /** Providers that were looked at, and those for which there was no time left. */
  readonly looked: number;
  readonly left: number;
  /** How the pool had differed, in sentences. */
  readonly drifts: readonly { readonly orgId: OrgId; readonly differences: readonly string[] }[];
  /** Providers that are not configured as they are stored, and why. */
  readonly failed: readonly { readonly id: ProviderId; readonly reason: string }[];
  /** Providers that the tenant's file named once, and does not any more. */
  readonly undeclared: readonly { readonly orgId: OrgId; readonly id: ProviderId; readonly name: string }[];
}

/** @param declarations what the tenant's file names now. @param until milliseconds since 1970: no organization is begun for which there may not be enough time */
export async function reconcileAll(
  desk: PoolDesk,
  until: number,
  declarations: readonly Declaration[],
): Promise<Reconciliation> {
  const waiting = Map.groupBy(startAnywhere(await listAll(desk)), ({ orgId }) => orgId);
  const drifts: Reconciliation["drifts"][number][] = [];
  const failed: Reconciliation["failed"][number][] = [];
  const undeclared: Reconciliation["undeclared"][number][] = [];
  let looked = 0;
  let left = 0;
  for (const [orgId, configured] of waiting) {
    if (Date.now() + PATIENCE > until) {
      left += configured.length;
      continue;
    }
    looked += configured.length;
    const removed = configured.filter((one) => one.removed).map(({ id }) => id);
    try {
      const outcome = await reconcileOrganization(desk, orgId, removed, Date.now() + PATIENCE);
      if (outcome === undefined) continue;
      if (outcome.differences.length > 0) drifts.push({ orgId, differences: outcome.differences });
      for (const provider of outcome.providers) {
        const { id, name, status, statusReason: reason = "" } = provider;
        if (status === "failed") failed.push({ id, reason });
        if (!isAsDeclared(provider, declarations)) undeclared.push({ orgId, id, name });
      }
    } catch (fault) {
      desk.reportFault(fault);
    }
  }
  return { looked, left, drifts, failed, undeclared };
}

async function listAll({ store }: PoolDesk): Promise<ConfiguredProvider[]> {
  const all: ConfiguredProvider[] = [];
  let after: string | undefined;
  do {
    const page = await store.providers.listConfigured({ limit: AT_ONCE, after });
    all.push(...page.items.map(({ value }) => value));
    after = page.next;
  } while (after !== undefined);
  return all;
}

/** Somewhere else each time: where there is not enough time for all, each has its turn. */
function startAnywhere<T>(all: readonly T[]): T[] {
  const start = Math.floor(Math.random() * all.length);
  return [...all.slice(start), ...all.slice(0, start)];
}
