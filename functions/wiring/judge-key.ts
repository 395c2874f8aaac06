/**
 * The authorizer's judgement of a request with an API key. The key is read with the place that is asked about, and before anything is
 * said of that, it must be good: which of the two was wrong is told to nobody.
 */
import type { Access } from "../../lib/api/access.ts";
import { requiredScopeOf } from "../../lib/api/access.ts";
import { judgeAccess } from "../../lib/api/authorize.ts";
import { readFacts } from "../../lib/api/facts.ts";
import type { ApiKey } from "../../lib/domain/api-keys.ts";
import { builtInCatalogue } from "../../lib/domain/catalogue.ts";
import type { Facts } from "../../lib/domain/decide.ts";
import { findLapse } from "../../lib/domain/decide.ts";
import type { OrgId, UserId, WorkspaceId } from "../../lib/domain/ids.ts";
import type { KeyCredential } from "../../lib/identity/key-credentials.ts";
import type { KeyPrincipal } from "../../lib/identity/principal.ts";
import type { AskedPlace, AuthorizerEvent, Judgement, Judging } from "./judgement.ts";
import { isScopeUnknown, placeOf, sparesOwnTypes } from "./judgement.ts";
import { toOrigin } from "./known-keys.ts";
import { nameMethod } from "./method-arn.ts";

type KeyAccess = Exclude<Access, { readonly kind: "public" }>;

/**
 * @param now milliseconds since 1970
 * @throws when it cannot be told; never to be taken for an allow
 */
export async function judgeKey(
  credential: KeyCredential,
  access: KeyAccess,
  event: AuthorizerEvent,
  judging: Judging,
  now: number,
): Promise<Judgement> {
  const asked = access.kind === "signed-in" ? undefined : placeOf(event);
  const facts = await readKeyFacts(credential, asked, access, judging, now);
  const principal = principalOf(facts);
  if (principal === undefined) return { kind: "unauthenticated", reason: lapseOf(facts), keyId: credential.keyId };
  const knownIn = { orgId: principal.orgId, workspaceId: workspaceOf(facts, principal.orgId) };
  const denied: Judgement = {
    kind: "denied",
    principal,
    requiredScope: requiredScopeOf(access),
    isScopeUnknown: isScopeUnknown(access, facts),
    knownIn,
  };
  const lapse = findLapse("organization", facts);
  const resource = nameMethod(event.methodArn);
  if (access.kind === "signed-in" || asked === undefined) {
    if (lapse !== undefined) return { kind: "unauthenticated", reason: lapse, principal, knownIn };
    if (resource === undefined || access.kind !== "signed-in") return denied;
    return { kind: "allowed", authorized: { principal, holdsScope: false, isWorkspaceAbsent: false }, resource };
  }
  const verdict = judgeAccess(access, event.resource.includes("{workspaceId}"), facts);
  if (verdict.allow && resource !== undefined) {
    const { holdsScope, isWorkspaceAbsent } = verdict;
    return { kind: "allowed", authorized: { principal, holdsScope, isWorkspaceAbsent }, resource };
  }
  if (verdict.allow || verdict.code === "access.denied") return denied;
  return { kind: "unauthenticated", reason: lapseOf(facts), principal, knownIn };
}

/** The workspace that is asked about, where it is one of the key's organization. */
function workspaceOf({ workspace }: Facts, orgId: OrgId): WorkspaceId | undefined {
  return workspace?.orgId === orgId ? workspace.id : undefined;
}

/** Where no place is asked about, or none that can be, the key is judged in its own; where it is not good, in none. */
async function readKeyFacts(
  { keyId, text }: KeyCredential,
  asked: AskedPlace | undefined,
  access: KeyAccess,
  { store, roles, keys }: Judging,
  now: number,
): Promise<Facts> {
  const secretOf = (key: ApiKey | undefined) => keys.hasher.find(key, text)?.madeAt;
  const readAt = async ({ orgId, workspaceId }: AskedPlace, userId: UserId | undefined) => {
    const asker = { userId, key: { id: keyId, secretOf } };
    const subject = { orgId, workspaceId, ...asker, now, sparesOwnTypes: sparesOwnTypes(access) };
    const facts = await readFacts(store, roles, subject);
    const { key, secretMadeAt } = facts.presented ?? {};
    // As long as it takes to know a secret, it takes where there is no key.
    if (key === undefined) secretOf(undefined);
    else if (secretMadeAt !== undefined) keys.remember(key);
    return facts;
  };
  const known = keys.originOf(keyId);
  const place = asked ?? known;
  if (place !== undefined) return readAt(place, known?.userId);
  const { key } = await store.read({ key: store.apiKeys.at(keyId) });
  const secretMadeAt = secretOf(key);
  // For who has no secret of the key, nobody looks further.
  if (key === undefined || secretMadeAt === undefined) return { ...nothing, now, presented: { key, secretMadeAt } };
  const origin = toOrigin(key);
  return readAt(origin, origin.userId);
}

const nothing = {
  organization: undefined,
  workspace: undefined,
  user: undefined,
  workspaceGrants: [],
  organizationGrants: [],
  roles: new Map(),
  catalogue: builtInCatalogue,
};

/** Whom a key stands for; nobody, when it was not presented with a secret of it. */
function principalOf({ presented }: Facts): KeyPrincipal | undefined {
  const { key, secretMadeAt } = presented ?? {};
  if (key === undefined || secretMadeAt === undefined) return undefined;
  const { id: keyId, orgId, workspaceId, kind: keyKind, ownerId } = key;
  return { kind: "api-key", keyId, orgId, workspaceId, keyKind, ownerId, secretMadeAt };
}

function lapseOf(facts: Facts) {
  return findLapse("organization", facts) ?? "key.absent";
}
