/** Changes of API keys: making one, giving it another secret, ending it. */
import type { ApiKey, KeyPolicy, KeySecret } from "../domain/api-keys.ts";
import { DAY, endOfSecret } from "../domain/api-keys.ts";
import { Refusal, refuseAbsent, refuseInvalid } from "../domain/errors.ts";
import type { Gift } from "../domain/exceeds.ts";
import type { KeyId, RoleId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { listOwnTypesOf } from "../domain/own-types.ts";
import type { Role } from "../domain/roles.ts";
import type { Pattern } from "../domain/scopes.ts";
import type { KeyPrincipal, Principal } from "../identity/principal.ts";
import type { WorkspaceRef } from "../store/keys.ts";
import type { Store } from "../store/store.ts";
import type { NewKey } from "./api-key-bodies.ts";
import { demandHand, demandScope, isOwnKey } from "./api-key-standing.ts";
import { guardRoles, toGrants } from "./assignable-roles.ts";
import { guardGifts } from "./caller-guards.ts";
import { refuseExcess } from "./giver.ts";
import type { IssuedKey } from "./issued-key.ts";
import { matchVersion } from "./preconditions.ts";
import { findLevelFaults } from "./role-bodies.ts";
import { restOnOwnTypes } from "./role-changes.ts";
import type { Outcome, Standing } from "./route.ts";
import { describeKey, showKey } from "./shown-api-key.ts";
import { toTime } from "./times.ts";

interface Moment {
  readonly place: WorkspaceRef;
  readonly principal: Principal;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What a new key is made of beside what was sent. */
export interface KeyParts {
  readonly id: KeyId;
  readonly issued: IssuedKey;
  readonly roles: ReadonlyMap<RoleId, Role>;
}

/**
 * A new key of some of what the caller holds in the workspace; its secret is in this answer only.
 * @throws Refusal `access.denied` without the scope, and for a key that asks; `grant.exceeds_own`; `request.invalid`
 */
export function makeKey(
  { id, issued, roles }: KeyParts,
  body: NewKey,
  { place, principal, now }: Moment,
  standing: Standing,
  store: Store,
): Outcome {
  const { organization, workspace, caller, giver, catalogue } = standing;
  if (organization === undefined || workspace === undefined) refuseAbsent("workspace");
  const scope = body.kind === "service" ? "service-key:write" : "api-key:write";
  // Ending a key must end whatever can be done with it.
  if (principal.kind === "api-key") {
    throw new Refusal("access.denied", "An API key makes no API keys.", { requiredScope: scope });
  }
  demandScope(scope, caller);
  const faults = findLevelFaults("workspace", body.scopes, catalogue);
  if (faults.length > 0) refuseInvalid(...faults);
  if (listOwnTypesOf(body.scopes).length > limits.ownTypesPerRole) {
    const detail = `A key names at most ${limits.ownTypesPerRole} of the organization's own types.`;
    refuseInvalid({ pointer: "/scopes", detail });
  }
  if (body.kind === "personal" && body.roleId !== undefined) {
    refuseInvalid({ pointer: "/roleId", detail: "A personal key acts as its person and has no role of its own." });
  }
  checkExpiry(body.expiresAt, organization, now);
  const named = body.roleId === undefined ? [] : [body.roleId as RoleId];
  const [grant] = toGrants(named, roles, { ...place, workspace }, { now }, () => "/roleId");
  const gift = toGift(id, body.scopes);
  refuseExcess(ofOwn(giver), [], [gift], "/scopes");
  const { keyCount = 0 } = workspace;
  if (keyCount >= limits.apiKeysPerWorkspace) {
    refuseInvalid({ pointer: "", detail: `A workspace has at most ${limits.apiKeysPerWorkspace} API keys.` });
  }
  const key: ApiKey = {
    ...place,
    id,
    name: body.name,
    kind: body.kind,
    scopes: body.scopes,
    ...(grant === undefined ? {} : { role: { roleId: grant.roleId, managedBy: grant.managedBy } }),
    ownerId: principal.userId,
    createdAt: toTime(now),
    ...(body.expiresAt === undefined ? {} : { expiresAt: body.expiresAt }),
    secrets: [{ hash: issued.hash, madeAt: now }],
    version: 1,
  };
  return {
    changes: [
      ...store.apiKeys.create(key),
      store.places.setCounts(place, { keyCount: keyCount + 1 }),
      ...guardRoles(store, place, grant === undefined ? [] : [grant]),
      ...guardGifts(store, standing, [gift]),
      ...restOnOwnTypes(store, place, [], body.scopes, standing),
    ],
    audit: [{ ...entryOf(key, "api-key.created"), after: describeKey(key) }],
    reply: { body: showKey(key, organization, now), version: key.version, once: { secret: issued.credential } },
  };
}

/**
 * Another secret for a key; the one before stays good for `overlapSeconds`, and no longer than it would have been anyway.
 * @throws Refusal `access.denied`; `grant.exceeds_own`; `conflict` for a key that is over, and where an older secret asks
 */
export function rotateKey(
  { key, issued }: { readonly key: ApiKey; readonly issued: IssuedKey },
  { overlapSeconds }: { readonly overlapSeconds: number },
  { place, principal, now }: Moment,
  ifMatch: string | undefined,
  standing: Standing,
  store: Store,
): Outcome {
  const { version } = key;
  const { organization, caller, giver } = standing;
  if (organization === undefined) refuseAbsent("organization");
  demandHand("rotate", key, principal, caller);
  // Of two who rotate at once, the later need not end the secret that the earlier has just been given.
  matchVersion(ifMatch, version, false);
  const isOwn = isOwnKey(key, principal);
  if (!isOwn && key.kind === "personal") {
    throw new Refusal("grant.exceeds_own", "The key acts as somebody else: only they can have a secret of it.");
  }
  if (principal.kind === "api-key") demandNewest(key, principal);
  const gift = toGift(key.id, key.scopes);
  // Whoever gets the secret can do what the key can.
  if (!isOwn) refuseExcess(ofOwn(giver), [], [gift], "");
  if (key.revokedAt !== undefined) throw new Refusal("conflict", "This key is revoked; make another one.");
  if (key.expiresAt !== undefined && now >= key.expiresAt) {
    throw new Refusal("conflict", "This key is expired; make another one.");
  }
  const secrets = [
    { hash: issued.hash, madeAt: nextMoment(key, now) },
    ...overlap(key, organization, now, overlapSeconds),
  ];
  const after = { ...key, secrets, version: version + 1 };
  const shown = showKey(after, organization, now);
  return {
    changes: [store.apiKeys.renewSecrets(key, secrets), ...guardGifts(store, standing, isOwn ? [] : [gift])],
    audit: [
      {
        ...entryOf({ ...key, ...place }, "api-key.rotated"),
        after: {
          name: key.name,
          ...(shown.previousSecretUntil === undefined ? {} : { previousSecretUntil: shown.previousSecretUntil }),
        },
      },
    ],
    reply: { body: shown, version: after.version, once: { secret: issued.credential } },
  };
}

/**
 * Ends a key at once; done again, it changes nothing.
 * @throws Refusal `access.denied`; `precondition.failed` under another version
 */
export function revokeKey(
  key: ApiKey,
  { place, principal, now }: Moment,
  ifMatch: string | undefined,
  standing: Standing,
  store: Store,
): Outcome {
  const { workspace, caller } = standing;
  demandHand("revoke", key, principal, caller);
  matchVersion(ifMatch, key.version, false);
  if (key.revokedAt !== undefined) return { unchanged: {} };
  return {
    changes: [
      ...store.apiKeys.revoke(key, now),
      store.places.setCounts(place, { keyCount: Math.max(0, (workspace?.keyCount ?? 1) - 1) }),
    ],
    audit: [{ ...entryOf(key, "api-key.revoked"), before: describeKey(key) }],
    reply: {},
  };
}

/**
 * A key hands itself on, and no other key: ending it must end whatever can be done with it. So must the end of an overlap, and the
 * secret before has no other one follow it.
 */
function demandNewest(key: ApiKey, { keyId, secretMadeAt }: KeyPrincipal): void {
  if (keyId !== key.id)
    throw new Refusal("grant.exceeds_own", "An API key can have a secret of itself, and of no other.");
  if (secretMadeAt !== key.secrets[0]?.madeAt) {
    throw new Refusal(
      "conflict",
      "Another secret has taken the place of this one; only the newest is followed by another.",
    );
  }
}

function entryOf({ workspaceId, id }: ApiKey, action: "api-key.created" | "api-key.rotated" | "api-key.revoked") {
  return { chain: workspaceId, action, target: { type: "api-key", id } } as const;
}

/** The secret before stays for a while, as long as it would have anyway; one before that goes at once. */
function overlap(key: ApiKey, policy: KeyPolicy, now: number, seconds: number): KeySecret[] {
  const [newest] = key.secrets;
  if (newest === undefined) return [];
  const until = Math.min(now + seconds * 1000, endOfSecret(key, newest, policy) ?? Number.POSITIVE_INFINITY);
  return until > now ? [{ ...newest, until }] : [];
}

/** A key's secrets are told apart by their moments. */
function nextMoment({ secrets }: ApiKey, now: number): number {
  return Math.max(now, ...secrets.map(({ madeAt }) => madeAt + 1));
}

function checkExpiry(expiresAt: number | undefined, { keyLifetimeDays }: KeyPolicy, now: number): void {
  if (expiresAt === undefined) return;
  const refuse = (detail: string) => refuseInvalid({ pointer: "/expiresAt", detail });
  if (expiresAt <= now) refuse("This moment is over.");
  if (keyLifetimeDays !== undefined && expiresAt > now + keyLifetimeDays * DAY) {
    refuse(`Keys of this organization live at most ${keyLifetimeDays} days.`);
  }
}

function toGift(key: string, patterns: readonly Pattern[]): Gift {
  return { key, level: "workspace", patterns };
}

/** What may be given to others without being held (`workspace-role:grant`) is no use to oneself, and a key is. */
function ofOwn<G extends { readonly mayGrantAnyWorkspaceRole: boolean }>(giver: G): G {
  return { ...giver, mayGrantAnyWorkspaceRole: false };
}
