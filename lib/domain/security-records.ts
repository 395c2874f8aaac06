/**
 * The bounded record of security events: what a stream of log lines comes to, however long it is. Of what one principal was denied
 * in one minute for want of one scope there is one record, with a count. Pure: the same lines give the same counts.
 */
import { createHash } from "node:crypto";
import type { KeyId, OrgId, ProviderId, WorkspaceId } from "./ids.ts";
import { limits } from "./limits.ts";
import type {
  AccessDenied,
  CredentialRefused,
  KnownPlace,
  SecurityEvent,
  SecurityPrincipal,
  SignInRefused,
} from "./security-events.ts";

/** A line of a log: when it was written, in milliseconds since 1970, and under which id the log has it. */
export interface LoggedEvent {
  readonly id: string;
  readonly at: number;
  readonly event: SecurityEvent;
}

export interface SecurityRecord {
  readonly kind: "access.denied" | "credential.refused" | "sign_in.refused";
  /** The minute, RFC 3339. */
  readonly at: string;
  /** Of a denial and of a refused credential. */
  readonly principal?: SecurityPrincipal;
  /** Of a denial. Absent from the one record of all scopes that there are not. */
  readonly requiredScope?: string;
  /** Where the first of them was asked for. */
  readonly workspaceId?: WorkspaceId;
  /** Why the credential, or the last of these sign-ins, was refused. */
  readonly reason?: string;
  /** Of a refused sign-in. */
  readonly identityProviderId?: ProviderId;
  /** Of a refused sign-in; absent from the record of those for whom there was no record of their own. */
  readonly subject?: string;
  readonly count: number;
  /** In the order in which the lines came. */
  readonly firstRequestId: string;
  readonly lastRequestId: string;
}

/** What some lines add to a record. */
export interface Tally {
  readonly orgId: OrgId;
  /** What the record is of, beside its minute: with the minute its name in the organization. */
  readonly of: readonly string[];
  readonly record: SecurityRecord;
}

/** Where sign-ins are counted whose own slot another subject has. */
const OTHERS = "others";

/** SAML and OIDC allow no longer ones. */
const LONGEST_SUBJECT = 256;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What lines come to whose principal an organization knows, or whose provider. @param homes the organizations of providers */
export function countEvents(lines: readonly LoggedEvent[], homes: ReadonlyMap<ProviderId, OrgId>): Tally[] {
  const tallies = new Map<string, Tally>();
  for (const line of lines) {
    const one = countOne(line, homes);
    if (one !== undefined) addTally(tallies, one);
  }
  return [...tallies.values()];
}

/** Adds a tally to those of its record. */
export function addTally(tallies: Map<string, Tally>, one: Tally): void {
  // A subject is part of the name, too: two may have come to one slot.
  const name = JSON.stringify([one.orgId, one.record.at, one.of, one.record.subject]);
  const earlier = tallies.get(name);
  tallies.set(name, earlier === undefined ? one : { ...earlier, record: unite(earlier.record, one.record) });
}

function unite(earlier: SecurityRecord, later: SecurityRecord): SecurityRecord {
  const { count, lastRequestId, reason } = later;
  return { ...earlier, count: earlier.count + count, lastRequestId, ...(reason === undefined ? {} : { reason }) };
}

function countOne({ at, event }: LoggedEvent, homes: ReadonlyMap<ProviderId, OrgId>): Tally | undefined {
  if (event.event === "api_key.used") return undefined;
  const { requestId } = event;
  const minute = new Date(at - (at % MINUTE)).toISOString();
  const counted = { at: minute, count: 1, firstRequestId: requestId, lastRequestId: requestId };
  if (event.event === "sign_in.refused") {
    const { providerId } = event;
    const orgId = providerId === undefined ? undefined : homes.get(providerId);
    return providerId === undefined || orgId === undefined ? undefined : tallySignIn(event, orgId, providerId, counted);
  }
  const { knownIn, principal } = event;
  // Whom no organization knows is nobody's to keep a record of: probing costs them requests, and us no writes.
  if (knownIn === undefined || principal === undefined) return undefined;
  return tallyRequest(event, knownIn, principal, counted);
}

type Counted = Pick<SecurityRecord, "at" | "count" | "firstRequestId" | "lastRequestId">;

function tallyRequest(
  event: AccessDenied | CredentialRefused,
  { orgId, workspaceId }: KnownPlace,
  principal: SecurityPrincipal,
  counted: Counted,
): Tally {
  const where = workspaceId === undefined ? {} : { workspaceId };
  const common = { kind: event.event, principal, ...where, ...counted };
  if (event.event === "credential.refused") {
    const { reason } = event;
    return { orgId, of: [event.event, principal.id, reason], record: { ...common, reason } };
  }
  const { requiredScope, isScopeUnknown } = event;
  // A path may name any scope. Those that there are not have one record together, or each would make one.
  if (isScopeUnknown) return { orgId, of: [event.event, principal.id], record: common };
  return { orgId, of: [event.event, principal.id, requiredScope], record: { ...common, requiredScope } };
}

function tallySignIn(
  { event, reason, subject }: SignInRefused,
  orgId: OrgId,
  identityProviderId: ProviderId,
  counted: Counted,
): Tally {
  const record = { kind: event, identityProviderId, reason, ...counted };
  if (subject === undefined) return { orgId, of: [event, identityProviderId, OTHERS], record };
  const kept = subject.slice(0, LONGEST_SUBJECT);
  return { orgId, of: [event, identityProviderId, slotOf(kept)], record: { ...record, subject: kept } };
}

/** A provider may have any number of subjects, and its records of a minute have an end. */
function slotOf(subject: string): string {
  const [first = 0] = createHash("sha256").update(subject).digest();
  return String(first % limits.refusedSubjects).padStart(2, "0");
}

/** The same sign-ins, counted among those that have no record of their own. */
export function countAmongOthers({ orgId, of, record }: Tally): Tally {
  const { subject: _, ...rest } = record;
  return { orgId, of: [...of.slice(0, -1), OTHERS], record: rest };
}

/** The last hour in which each key was used, as its beginning in RFC 3339. */
export function findKeyUses(lines: readonly LoggedEvent[]): Map<KeyId, string> {
  const uses = new Map<KeyId, string>();
  for (const { at, event } of lines) {
    if (event.event !== "api_key.used") continue;
    const hour = new Date(at - (at % HOUR)).toISOString();
    if (hour > (uses.get(event.keyId) ?? "")) uses.set(event.keyId, hour);
  }
  return uses;
}
