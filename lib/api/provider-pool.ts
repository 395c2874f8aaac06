/**
 * Brings the user pool to what is stored of an organization's identity providers, and stores what came of it. The pool cannot
 * join a transaction: a change is committed first, and stands as `provisioning` until the pool has it.
 */
import { randomUUID } from "node:crypto";
import type { IdentityProvider } from "../domain/identity-providers.ts";
import type { OrgId, ProviderId } from "../domain/ids.ts";
import type { Organization } from "../domain/places.ts";
import type { PoolResult } from "../pool/pool-result.ts";
import type { Change } from "../store/changes.ts";
import type { Store } from "../store/store.ts";
import type { Configured, ConfiguredClient, Manner, PoolDesk } from "./provider-configuration.ts";
import { configureClient, configureProvider } from "./provider-configuration.ts";

/** Seconds after which a turn ends that was never given back; more than any work on the pool may take. */
const TURN = 30;
const MOST_ROUNDS = 5;

interface Outcome {
  readonly providers: readonly IdentityProvider[];
  /** How the pool had differed, in sentences. */
  readonly differences: readonly string[];
}

interface Look extends Outcome {
  /** A provider was changed meanwhile, and nothing was stored. */
  readonly isMoved: boolean;
}

/**
 * Configures the pool for a provider that was changed, or taken away.
 * @param secret that came with it
 * @param until milliseconds since 1970, less than half a minute away: what is not done then is left to a later time
 * @returns the provider as it is then, if it is there and it was our turn
 */
export async function settleProvider(
  desk: PoolDesk,
  orgId: OrgId,
  id: ProviderId,
  secret: Manner["secret"],
  until: number,
): Promise<IdentityProvider | undefined> {
  const outcome = await takeTurn(desk, orgId, () => [id], { secret, isComparison: false, until });
  return outcome?.providers.find((provider) => provider.id === id);
}

/**
 * Compares the pool with all providers of an organization, and brings it back to what is stored.
 * @param removed which may still be in the pool
 * @returns undefined when it was somebody else's turn all the time
 */
export function reconcileOrganization(
  desk: PoolDesk,
  orgId: OrgId,
  removed: readonly ProviderId[],
  until: number,
): Promise<Outcome | undefined> {
  const idsOf = (providers: readonly IdentityProvider[]) => [...providers.map(({ id }) => id), ...removed];
  return takeTurn(desk, orgId, idsOf, { isComparison: true, until });
}

type Choice = (providers: readonly IdentityProvider[]) => readonly ProviderId[];

/** One after the other: the pool would keep what the later call says, be it of the earlier change. */
async function takeTurn(desk: PoolDesk, orgId: OrgId, choose: Choice, manner: Manner): Promise<Outcome | undefined> {
  const { store } = desk;
  const holder = randomUUID();
  for (let attempt = 0; ; attempt++) {
    const now = Math.floor(Date.now() / 1000);
    if ((await write(store, [store.poolTurns.take(orgId, holder, now, now + TURN)])) === "committed") break;
    if (Date.now() >= manner.until) return undefined;
    await store.pause(attempt);
  }
  try {
    const seen = new Set<string>();
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const { providers, differences, isMoved } = await bringUpToDate(desk, orgId, choose, manner);
      for (const one of differences) seen.add(one);
      if (!isMoved) return { providers, differences: [...seen] };
    }
    throw new Error(`the providers of ${orgId} are changed faster than the user pool can be configured`);
  } finally {
    await write(store, [store.poolTurns.giveBack(orgId, holder)]).catch(desk.reportFault);
  }
}

/** One look at what is stored, one at the pool, and the outcome stored. What differed is told in any case: the next look finds it mended. */
async function bringUpToDate(desk: PoolDesk, orgId: OrgId, choose: Choice, manner: Manner): Promise<Look> {
  const { store, pool } = desk;
  const [{ organization }, providers] = await Promise.all([
    store.read({ organization: store.organizations.at(orgId) }),
    store.providers.list(orgId),
  ]);
  if (organization === undefined) throw new Error(`${orgId} has providers and is not there`);
  const ids = choose(providers);
  const chosen = providers.filter(({ id }) => ids.includes(id));
  const { kept } = await store.read({ kept: chosen.map(({ id }) => store.providers.metadataAt(orgId, id)) });
  const configured = new Map<ProviderId, Configured>();
  await Promise.all(
    chosen.map(async (provider, index) => {
      configured.set(provider.id, await configureProvider(desk, provider, kept[index], manner));
    }),
  );
  const statusOf = ({ id, status }: IdentityProvider) => {
    const { status: found } = configured.get(id) ?? { status: "later" };
    return found === "later" ? status : found;
  };
  // Those that it serves have to be there before the client, and those that it served may go only after it.
  const ready = providers.filter((one) => statusOf(one) === "ready");
  const enabled = ready.filter((one) => one.enabled);
  // A client serves at least one, and keeps its id as long as there is a provider: applications and tokens name it. Where all are
  // switched off it serves those, and the trigger lets nobody in; where none is ready it is left as it is.
  const serving = enabled.length === 0 ? ready : enabled;
  const isLeft = serving.length === 0 && providers.length > 0;
  const client = isLeft ? leaveClient(organization) : await configureClient(desk, organization, serving, manner);
  const differences = [...configured].flatMap(([id, found]) => found.differences.map((one) => `${id}: ${one}`));
  if (client.kind === "unavailable") {
    desk.reportFault(new Error(`the user pool does not answer: ${client.cause}`));
    return { providers, differences, isMoved: false };
  }
  if (client.kind === "done") differences.push(...client.value.differences);
  const changes: Change[] = [];
  if (client.kind === "done") changes.push(...keepClient(store, organization, client.value.clientId));
  const after = providers.map((before) => {
    const found = configured.get(before.id);
    if (found === undefined || found.status === "later") return before;
    const provider = report(before, found.reason ?? (client.kind === "refused" ? client.reason : undefined));
    const { metadataXml } = found;
    if (metadataXml !== undefined || !isSame(before, provider)) {
      changes.push(...store.providers.report(provider, provider, metadataXml));
    }
    return provider;
  });
  for (const id of ids.filter((one) => !configured.has(one))) {
    const removed = await pool.removeProvider(id, manner.until);
    if (removed.kind === "done") changes.push(store.providers.forget(id));
    else desk.reportFault(new Error(`${id} could not be removed from the user pool: ${JSON.stringify(removed)}`));
  }
  const isMoved = changes.length > 0 && (await write(store, changes)) === "raced";
  return { providers: after, differences, isMoved };
}

function leaveClient({ clientId }: Organization): PoolResult<ConfiguredClient> {
  return { kind: "done", value: { clientId, differences: [] } };
}

function keepClient(store: Store, { id, clientId: before }: Organization, clientId: string | undefined): Change[] {
  return before === clientId ? [] : [store.organizations.edit(id, { clientId })];
}

function report(before: IdentityProvider, reason: string | undefined): IdentityProvider {
  const { statusReason: _reason, secretDue, ...rest } = before;
  if (reason === undefined) return { ...rest, status: "ready" };
  return { ...rest, status: "failed", statusReason: reason, ...(secretDue === undefined ? {} : { secretDue }) };
}

function isSame(before: IdentityProvider, after: IdentityProvider): boolean {
  return (
    before.status === after.status && before.statusReason === after.statusReason && before.secretDue === after.secretDue
  );
}

function write(store: Store, changes: readonly Change[]): Promise<"committed" | "raced"> {
  return store.commit(changes, randomUUID(), async () => false);
}
