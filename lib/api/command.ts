/**
 * Runs a command: reads its places, then everything else; judges the caller again; decides; commits place, gate, changes, audit
 * entries and the kept answer as one transaction. When the world moved in between, all of it starts over.
 */
import type { Acting } from "../domain/audit.ts";
import { builtInCatalogue } from "../domain/catalogue.ts";
import type { Facts } from "../domain/decide.ts";
import { Refusal, refuseAbsent } from "../domain/errors.ts";
import type { Organization, Workspace } from "../domain/places.ts";
import { nameScope, requiredScopeOf } from "./access.ts";
import { judgeAccess } from "./authorize.ts";
import { guardCaller } from "./caller-guards.ts";
import type { Locked, LockedHeads } from "./chained-entries.ts";
import { chainEntries, commitEntries, lockPlaces } from "./chained-entries.ts";
import type { HttpRequest } from "./exchange.ts";
import { askerOf, tryReadFacts } from "./facts.ts";
import { describeGiver } from "./giver.ts";
import type { AnyInput, Host } from "./host.ts";
import { hashBody, keepAnswer, readIdempotencyKey, replayAnswer } from "./kept-answer.ts";
import { makeOnce } from "./once.ts";
import { refuseVerdict } from "./problem.ts";
import type { AnyCommand, Loading, Outcome, Reply } from "./route.ts";
import { sweep } from "./sweep.ts";

/** Milliseconds for which a command tries on while others change the same place. */
const PATIENCE = 5_000;

export async function runCommand(route: AnyCommand, request: HttpRequest, input: AnyInput, host: Host): Promise<Reply> {
  const start = Date.now();
  const once = makeOnce();
  for (let attempt = 0; ; attempt++) {
    const reply = await tryCommand(route, request, input, host, { start, isContended: attempt > 0, once });
    if (reply !== "moved") return reply;
    if (Date.now() - start >= PATIENCE) throw new Refusal("unavailable", "Too many changes at once; try again.");
    await host.store.pause(attempt);
  }
}

async function tryCommand(
  route: AnyCommand,
  request: HttpRequest,
  input: AnyInput,
  host: Host,
  { start, isContended, once }: { start: number; isContended: boolean; once: Loading["once"] },
): Promise<Reply | "moved"> {
  const { store } = host;
  const { orgId, workspaceId } = input.params;
  const otherId = await route.locksOther?.(store, input);
  const places = {
    organization: orgId && store.organizations.at(orgId),
    workspace: orgId && workspaceId && store.workspaces.at(orgId, workspaceId),
    other: orgId && otherId && store.workspaces.at(orgId, otherId),
    gate: route.readsGate && orgId ? store.gate.at(orgId) : undefined,
  };
  const { gate, ...heads } = await store.read(places);
  const asked = readIdempotencyKey(request, input);
  const readKept = async () => {
    const { kept } = await store.read({ kept: asked && store.idempotency.at(asked) });
    return kept !== undefined && kept.expires > input.now / 1000 ? kept : undefined;
  };
  const [caller, loaded, kept] = await Promise.all([
    orgId === undefined
      ? undefined
      : tryReadFacts(store, host.roles, { orgId, workspaceId, ...askerOf(input.principal), now: input.now }, heads),
    settle(() =>
      route.load(store, input, {
        ...heads,
        roles: host.roles,
        pool: host.pool,
        issueKey: host.issueKey,
        once,
      }),
    ),
    readKept(),
  ]);
  if (caller === "moved") return "moved";
  const judged = judgeAgain(route, input, caller);
  const bodyHash = hashBody(request);
  if (kept !== undefined) return replayAnswer(kept, bodyHash);
  if (loaded.isDone && loaded.value === "moved") return "moved";
  const decided = await settle((): Outcome => {
    if (!loaded.isDone) throw loaded.error;
    const catalogue = caller?.catalogue ?? builtInCatalogue;
    return route.decide(loaded.value, judged, { ...heads, caller, giver: describeGiver(caller), catalogue }, store);
  });
  if (!decided.isDone) {
    // What stands in the way may be the work of the same request, sent before and committed since its answer was looked for.
    const first = await readKept();
    if (first === undefined) throw decided.error;
    return replayAnswer(first, bodyHash);
  }
  const outcome = decided.value;
  if ("sweepFirst" in outcome) {
    await sweep(store, outcome.sweepFirst, input.now, start + PATIENCE);
    return "moved";
  }
  const acting = describeActor(input, caller, "actorEmail" in outcome ? outcome.actorEmail : undefined);
  const locked = lockPlaces(route, heads, outcome);
  const { changes, entries, reply } = chainEntries(outcome, locked, acting, request, input, host, heads.organization);
  if ("takesGate" in outcome && outcome.takesGate) {
    if (!route.readsGate || orgId === undefined)
      throw new Error(`${route.operationId} takes the gate without reading it`);
    changes.push(store.gate.take(orgId, gate));
  }
  if (caller !== undefined && !("unchanged" in outcome)) {
    const scope = requiredScopeOf(nameScope(route.access, input.params as Readonly<Record<string, string>>));
    changes.push(...guardCaller(store, caller, new Set(locked.keys()), scope));
  }
  if (asked !== undefined) {
    const answer = keepAnswer(reply, route.reply.status, bodyHash, input.now);
    changes.push(store.idempotency.keep(asked, answer, Math.floor(input.now / 1000)));
  }
  if (changes.length === 0) return reply;
  // Where others are changing the same place, a look costs far less than a transaction that is bound to fail.
  if (isContended && hasMoved({ ...heads, gate }, await store.read(places), locked)) return "moved";
  if ((await commitEntries(store, changes, entries, input)) === "raced") return "moved";
  if (route.afterwards === undefined || "unchanged" in outcome) return reply;
  const final = await goOn(route.afterwards, reply, judged, host);
  if (asked !== undefined && final !== reply) {
    const answer = keepAnswer(final, route.reply.status, bodyHash, input.now);
    await store
      .commit([store.idempotency.amend(asked, answer)], input.newId("aud"), async () => false)
      .catch(host.reportFault);
  }
  return final;
}

/** The change is made: nothing that goes wrong from here on may look as if it were not. */
async function goOn(
  afterwards: NonNullable<AnyCommand["afterwards"]>,
  reply: Reply,
  input: AnyInput,
  host: Host,
): Promise<Reply> {
  try {
    const final = await afterwards(reply, input, host);
    return { ...final, ...(reply.headers === undefined ? {} : { headers: reply.headers }) };
  } catch (fault) {
    host.reportFault(fault);
    return reply;
  }
}

interface Heads extends LockedHeads {
  readonly gate: number | undefined;
}

/** Whether another change has come in between: of a place that is locked, or through the gate. */
function hasMoved(before: Heads, now: Heads, locked: Locked): boolean {
  const isSame = (a: Organization | Workspace | undefined, b: Organization | Workspace | undefined) =>
    a === undefined || !locked.has(a.id) || (a.seq === b?.seq && a.turn === b.turn);
  return (
    !isSame(before.organization, now.organization) ||
    !isSame(before.workspace, now.workspace) ||
    !isSame(before.other, now.other) ||
    now.gate !== before.gate
  );
}

/** Work may refuse (an absent thing); that is told only in its turn. */
async function settle<T>(
  work: () => T | Promise<T>,
): Promise<{ isDone: true; value: T } | { isDone: false; error: unknown }> {
  try {
    return { isDone: true, value: await work() };
  } catch (error) {
    return { isDone: false, error };
  }
}

/** The caller's standing as it is now, which may be less than when the authorizer saw it. */
function judgeAgain(route: AnyCommand, input: AnyInput, caller: Facts | undefined): AnyInput {
  if (!("level" in route.access)) return input;
  if (caller === undefined) throw new Error(`${route.operationId} speaks of a place that its path does not name`);
  const access = nameScope(route.access, input.params as Readonly<Record<string, string>>);
  const verdict = judgeAccess(access, "workspaceId" in input.params, caller);
  if (!verdict.allow) return refuseVerdict(verdict.code, requiredScopeOf(access));
  if (verdict.isWorkspaceAbsent) refuseAbsent("workspace");
  return { ...input, holdsScope: verdict.holdsScope };
}

function describeActor(input: AnyInput, caller: Facts | undefined, actorEmail: string | undefined): Acting {
  const email = caller?.user?.email ?? actorEmail;
  const { principal } = input;
  const of = email === undefined ? {} : { email };
  if (principal.kind === "user") return { actor: { kind: "user", id: principal.userId, ...of } };
  const { keyId, keyKind, ownerId } = principal;
  const actor = { kind: "api-key", id: keyId, ownerId } as const;
  return keyKind === "service" ? { actor } : { actor, onBehalfOf: { kind: "user", id: ownerId, ...of } };
}
