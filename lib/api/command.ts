/**
 * Runs a command: reads its places, then everything else; judges the caller again; decides; commits place, gate, changes, audit
 * entries and the kept answer as one transaction. When the world moved in between, all of it starts over.
 */
import type { Actor, ChainHead, EntryDraft, SealedEntry } from "../domain/audit.ts";
import { hashText, NO_HASH, seal } from "../domain/audit.ts";
import type { Facts } from "../domain/decide.ts";
import { Refusal, refuseAbsent } from "../domain/errors.ts";
import type { OrgId, WorkspaceId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { Change } from "../store/changes.ts";
import type { KeptAnswer } from "../store/idempotency.ts";
import type { PlaceRef } from "../store/keys.ts";
import { requiredScopeOf } from "./access.ts";
import { judgeAccess } from "./authorize.ts";
import { encodeConsistencyToken } from "./consistency.ts";
import type { HttpRequest } from "./exchange.ts";
import type { ReadPlaces } from "./facts.ts";
import { tryReadFacts } from "./facts.ts";
import { describeGiver } from "./giver.ts";
import type { AnyInput, Host } from "./pipeline.ts";
import { refuseVerdict } from "./pipeline.ts";
import { toETag } from "./preconditions.ts";
import type { CommandRoute, Outcome, Reply } from "./route.ts";

// biome-ignore lint/suspicious/noExplicitAny: commands of every type
type AnyCommand = CommandRoute<string, any, any, any>;

/** Milliseconds for which a command tries on while others change the same place. */
const PATIENCE = 5_000;
const KEPT_SECONDS = 86_400;

export async function runCommand(route: AnyCommand, request: HttpRequest, input: AnyInput, host: Host): Promise<Reply> {
  const start = Date.now();
  for (let attempt = 0; ; attempt++) {
    const reply = await tryCommand(route, request, input, host);
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
): Promise<Reply | "moved"> {
  const { store } = host;
  const { orgId, workspaceId } = input.params;
  const heads = await store.read({
    organization: orgId && store.organizations.at(orgId),
    workspace: orgId && workspaceId && store.workspaces.at(orgId, workspaceId),
    gate: route.readsGate && orgId ? store.gate.at(orgId) : undefined,
  });
  const places: ReadPlaces = { organization: heads.organization, workspace: heads.workspace };
  const asked = readIdempotencyKey(request, input);
  const [caller, loaded, { kept }] = await Promise.all([
    orgId === undefined
      ? undefined
      : tryReadFacts(store, host.roles, { orgId, workspaceId, userId: input.principal.userId, now: input.now }, places),
    settle(route.load(store, input, { ...places, roles: host.roles, settings: host.settings })),
    store.read({ kept: asked && store.idempotency.at(asked) }),
  ]);
  if (caller === "moved") return "moved";
  const judged = judgeAgain(route, input, caller);
  const bodyHash = hashText(`${request.path}\n${request.body ?? ""}`);
  if (kept !== undefined && kept.expires > input.now / 1000) return replay(kept, bodyHash);
  if (!loaded.isDone) throw loaded.error;
  if (loaded.value === "moved") return "moved";
  const standing = { ...places, caller, giver: describeGiver(caller) };
  const outcome: Outcome = route.decide(loaded.value, judged, standing, store);
  const locked = lockPlaces(route, places);
  const { changes, entries, reply } = prepare(outcome, locked, describeActor(input, caller), request, input, host);
  if ("takesGate" in outcome && outcome.takesGate) {
    if (!route.readsGate || orgId === undefined)
      throw new Error(`${route.operationId} takes the gate without reading it`);
    changes.push(store.gate.take(orgId, heads.gate));
  }
  if (asked !== undefined) {
    const answer = keep(reply, route.reply.status, bodyHash, input.now);
    changes.push(store.idempotency.keep(asked, answer, Math.floor(input.now / 1000)));
  }
  if (changes.length === 0) return reply;
  const first = entries[0];
  const token = first === undefined ? input.newId("aud") : store.transactionToken(entries.map(({ sealed }) => sealed));
  const isOurs = async () => {
    if (first === undefined) return false;
    const { entry } = await store.read({ entry: store.places.entry(first.place, first.sealed.seq) });
    return entry?.hash === first.sealed.hash;
  };
  return (await store.commit(changes, token, isOurs)) === "raced" ? "moved" : reply;
}

/** A load may refuse (an absent thing); that is told only after the caller's own standing was judged. */
async function settle<T>(work: Promise<T>): Promise<{ isDone: true; value: T } | { isDone: false; error: unknown }> {
  try {
    return { isDone: true, value: await work };
  } catch (error) {
    return { isDone: false, error };
  }
}

/** The caller's standing as it is now, which may be less than when the authorizer saw it. */
function judgeAgain(route: AnyCommand, input: AnyInput, caller: Facts | undefined): AnyInput {
  if (!("level" in route.access)) return input;
  if (caller === undefined) throw new Error(`${route.operationId} speaks of a place that its path does not name`);
  const verdict = judgeAccess(route.access, "workspaceId" in input.params, caller);
  if (!verdict.allow) return refuseVerdict(verdict.code, requiredScopeOf(route.access));
  if (verdict.isWorkspaceAbsent) refuseAbsent("workspace");
  return { ...input, holdsScope: verdict.holdsScope };
}

function describeActor(input: AnyInput, caller: Facts | undefined): Actor {
  const email = caller?.user?.email;
  return { kind: "user", id: input.principal.userId, ...(email === undefined ? {} : { email }) };
}

interface LockedPlace {
  readonly ref: PlaceRef;
  readonly head: ChainHead;
}

type Locked = Map<OrgId | WorkspaceId, LockedPlace>;

function lockPlaces(route: AnyCommand, { organization, workspace }: ReadPlaces): Locked {
  const locked: Locked = new Map();
  if ((route.locks === "organization" || route.locks === "both") && organization !== undefined) {
    locked.set(organization.id, { ref: { orgId: organization.id }, head: organization });
  }
  if ((route.locks === "workspace" || route.locks === "both") && workspace !== undefined) {
    locked.set(workspace.id, { ref: { orgId: workspace.orgId, workspaceId: workspace.id }, head: workspace });
  }
  return locked;
}

interface PlacedEntry {
  readonly place: PlaceRef;
  readonly sealed: SealedEntry;
}

/** Turns an outcome into what is committed: its changes, its entries in their chains, and the heads moved to the last of each. */
function prepare(
  outcome: Outcome,
  locked: Locked,
  actor: Actor,
  request: HttpRequest,
  input: AnyInput,
  host: Host,
): { changes: Change[]; entries: PlacedEntry[]; reply: Reply } {
  const { store } = host;
  if ("unchanged" in outcome) {
    const seqs = [...locked].map(([chain, { head }]) => [chain, head.seq] as const);
    return { changes: [], entries: [], reply: withToken(outcome.unchanged, seqs) };
  }
  const changes: Change[] = [...outcome.changes];
  const entries: PlacedEntry[] = [];
  const heads = new Map<OrgId | WorkspaceId, ChainHead>();
  for (const draft of outcome.audit) {
    const place = locked.get(draft.chain);
    const head = heads.get(draft.chain) ?? place?.head ?? { seq: 0, hash: NO_HASH };
    const sealed = sealEntry(head, draft, actor, request, input);
    const ref = place?.ref ?? newPlace(draft.chain, input);
    heads.set(draft.chain, sealed);
    entries.push({ place: ref, sealed });
    changes.push(store.places.append(ref, sealed));
  }
  for (const [chain, { ref, head }] of locked) {
    const last = heads.get(chain);
    if (last === undefined) throw new Error(`a change locked ${chain} and left no entry there`);
    changes.push(store.places.advance(ref, head, last));
  }
  for (const [chain, last] of heads) {
    if (!locked.has(chain)) changes.push(store.places.start(newPlace(chain, input), last));
  }
  return {
    changes,
    entries,
    reply: withToken(
      outcome.reply,
      [...heads].map(([chain, { seq }]) => [chain, seq] as const),
    ),
  };
}

/** The place of a chain that begins with this change: an organization or workspace that is just being made. */
function newPlace(chain: OrgId | WorkspaceId, input: AnyInput): PlaceRef {
  const { orgId } = input.params;
  return orgId === undefined ? { orgId: chain as OrgId } : { orgId, workspaceId: chain as WorkspaceId };
}

function sealEntry(
  head: ChainHead,
  draft: EntryDraft,
  actor: Actor,
  request: HttpRequest,
  input: AnyInput,
): SealedEntry {
  return seal(head, {
    ...draft,
    id: input.newId("aud"),
    at: new Date(input.now).toISOString(),
    actor,
    origin: request.origin,
    outcome: "success",
  });
}

function withToken(reply: Reply, seqs: readonly (readonly [string, number])[]): Reply {
  return { ...reply, headers: { ...reply.headers, "consistency-token": encodeConsistencyToken(seqs) } };
}

function readIdempotencyKey(request: HttpRequest, input: AnyInput) {
  const key = request.headers.get("idempotency-key");
  if (key === undefined || request.method !== "POST") return undefined;
  if (key.length === 0 || key.length > limits.idempotencyKeyLength) {
    throw new Refusal("request.malformed", `Idempotency-Key has 1 to ${limits.idempotencyKeyLength} characters.`);
  }
  const { orgId } = input.params;
  return { orgId, principal: input.principal.userId, route: `POST ${request.path}`, key };
}

function keep(reply: Reply, status: number, bodyHash: string, now: number): KeptAnswer {
  const etag: Record<string, string> = reply.version === undefined ? {} : { etag: toETag(reply.version) };
  return {
    bodyHash,
    status: reply.status ?? status,
    headers: { ...etag, ...reply.headers },
    body: JSON.stringify(reply.body ?? null),
    expires: Math.floor(now / 1000) + KEPT_SECONDS,
  };
}

function replay(kept: KeptAnswer, bodyHash: string): Reply {
  if (kept.bodyHash !== bodyHash) {
    throw new Refusal("request.invalid", "This Idempotency-Key was used with another body.", {
      errors: [{ pointer: "", detail: "The body is not the one that the key was first sent with." }],
    });
  }
  return { status: kept.status, headers: kept.headers, body: JSON.parse(kept.body) };
}
