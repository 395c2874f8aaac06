/**
 * Security events: what was refused, and when an API key was used. They are lines of the functions' logs and no entries of the audit
 * log, so that a flood of them costs no writes. This file says which there are and what their lines hold; metrics, alarms and the
 * bounded record (`security-records.ts`) are made of these lines by their `event`.
 *
 * @example
 * {"level":"INFO","message":"denied","service":"authorizer","event":"access.denied","requestId":"…","ip":"192.0.2.7",
 *  "route":"GET /v1/orgs/{orgId}/roles","place":{"orgId":"org_…"},"principal":{"kind":"user","id":"usr_…"},
 *  "requiredScope":"org-role:read","knownIn":{"orgId":"org_…"}, …}
 */
import type { IdPrefix, KeyId, OrgId, ProviderId, UserId, WorkspaceId } from "./ids.ts";
import { isId } from "./ids.ts";

/** Who asked, as far as the credential tells. */
export type SecurityPrincipal =
  | { readonly kind: "user"; readonly id: UserId }
  | { readonly kind: "api-key"; readonly id: KeyId; readonly ownerId: UserId };

/**
 * The organization that knows the principal as one of its own, and its workspace, where the path names one that there is. Without it
 * nobody keeps a record.
 */
export interface KnownPlace {
  readonly orgId: OrgId;
  readonly workspaceId?: WorkspaceId | undefined;
}

/** What a line says of a request. Path, user agent and request id are as the caller wrote them. */
interface RefusedRequest {
  readonly requestId: string;
  /** The method and the path's template. */
  readonly route: string;
  readonly ip: string;
  readonly userAgent: string;
  /** The path's parameters: ids that may be none. Absent where a path has none: the logger leaves out what is null. */
  readonly place?: Readonly<Record<string, string | undefined>> | null | undefined;
  readonly knownIn?: KnownPlace | undefined;
}

/** 403: a good credential, and the scope is missing there. */
export interface AccessDenied extends RefusedRequest {
  readonly event: "access.denied";
  readonly principal: SecurityPrincipal;
  readonly requiredScope: string;
  /** The path named the scope, and the organization has none of that name. */
  readonly isScopeUnknown?: boolean | undefined;
}

/** 401. The principal where the credential was good and somebody was shut out. */
export interface CredentialRefused extends RefusedRequest {
  readonly event: "credential.refused";
  readonly reason: string;
  /** The header member or claim that is missing or wrong. */
  readonly member?: string | undefined;
  readonly principal?: SecurityPrincipal | undefined;
  /** Of an API key that stands for nobody. */
  readonly keyId?: KeyId | undefined;
}

/** Somebody was not let in by the user pool. */
export interface SignInRefused {
  readonly event: "sign_in.refused";
  /** The trigger's own. */
  readonly requestId: string;
  /** What the person was told. */
  readonly reason: string;
  /** Absent for people of the pool itself. */
  readonly providerId?: ProviderId | undefined;
  /** What provider or pool call the person. */
  readonly subject?: string | undefined;
}

/** An API key was used: told once for each key, hour and warm function. */
export interface ApiKeyUsed {
  readonly event: "api_key.used";
  readonly requestId: string;
  readonly keyId: KeyId;
}

export type SecurityEvent = AccessDenied | CredentialRefused | SignInRefused | ApiKeyUsed;

type Said = Readonly<Record<string, unknown>>;

const isText = (value: unknown): value is string => typeof value === "string";
const isIdOf = (prefix: IdPrefix, value: unknown): boolean => isText(value) && isId(prefix, value);
const isIdIfAny = (prefix: IdPrefix, value: unknown): boolean => value === undefined || isIdOf(prefix, value);
const isRequest = ({ place, knownIn }: Said): boolean =>
  (place === undefined || typeof place === "object") && (knownIn === undefined || isKnownPlace(knownIn));

function isKnownPlace(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { orgId, workspaceId } = value as Said;
  return isIdOf("org", orgId) && isIdIfAny("wks", workspaceId);
}

function isPrincipal(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { kind, id, ownerId } = value as Said;
  return kind === "user" ? isIdOf("usr", id) : kind === "api-key" && isIdOf("key", id) && isIdOf("usr", ownerId);
}

/** What a line must hold for a record to be made of it: whatever becomes a part of a key is an id. */
const fits: Readonly<Record<SecurityEvent["event"], (said: Said) => boolean>> = {
  "access.denied": (said) => isRequest(said) && isPrincipal(said.principal) && isText(said.requiredScope),
  "credential.refused": (said) =>
    isRequest(said) && isText(said.reason) && (said.principal === undefined || isPrincipal(said.principal)),
  "sign_in.refused": ({ reason, providerId, subject }) =>
    isText(reason) && isIdIfAny("idp", providerId) && (subject === undefined || isText(subject)),
  "api_key.used": ({ keyId }) => isIdOf("key", keyId),
};

/** Reads a line's JSON. @returns undefined for what is no security event, or none that a record could be made of */
export function readSecurityEvent(line: unknown): SecurityEvent | undefined {
  if (typeof line !== "object" || line === null) return undefined;
  const said = line as Said;
  const isWhole = isText(said.event) && Object.hasOwn(fits, said.event) && isText(said.requestId);
  return isWhole && fits[said.event as SecurityEvent["event"]](said) ? (line as SecurityEvent) : undefined;
}
