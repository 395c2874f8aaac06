/**
 * The audit log: a chain of entries for each place, each holding the hash of the one before it.
 *
 * The rule, to the byte: `hash` = lower-case hexadecimal SHA-256 of the UTF-8 bytes of the canonical JSON (RFC 8785) of the
 * entry without its `hash`. `prevHash` is the `hash` of the entry with `seq` one less; the first entry, `seq` 1, has 64 zeros.
 */
import { createHash } from "node:crypto";
import type { Json } from "./canonical-json.ts";
import { canonicalize } from "./canonical-json.ts";
import type { EntryId, OrgId, WorkspaceId } from "./ids.ts";
import { limits } from "./limits.ts";

/** `prevHash` of a chain's first entry, and the head of a chain that has none. */
export const NO_HASH = "0".repeat(64);

type Thing =
  | "organization"
  | "workspace"
  | "role"
  | "user"
  | "assignment"
  | "identity-provider"
  | "claim-rule"
  | "resource"
  | "resource-type"
  | "share"
  | "api-key";

/** `<thing>.<past participle>`. */
type AuditAction = `${Thing}.${string}`;

export interface Actor {
  readonly kind: "user" | "api-key" | "system";
  readonly id: string;
  readonly email?: string;
  /** Of an API key: who made it. */
  readonly ownerId?: string;
}

/** Who did something; through a personal API key, also the user whom it acts as. */
export interface Acting {
  readonly actor: Actor;
  readonly onBehalfOf?: Actor;
}

/** An actor is named by id or address; whom a personal key acts as did it, too. */
export function isBy(who: Actor | undefined, named: string): boolean {
  return who?.id === named || who?.email === named;
}

/** Where a request came from. `requestId` is the one that the answer and the logs carry. */
export interface Origin {
  readonly ip: string;
  readonly userAgent: string;
  readonly requestId: string;
}

/** What a command says about its change; the pipeline adds who, when, from where, and the place in the chain. */
export interface EntryDraft {
  /** The chain: the organization or workspace whose change it is. */
  readonly chain: OrgId | WorkspaceId;
  readonly action: AuditAction;
  readonly target: { readonly type: string; readonly id: string };
  readonly before?: Json;
  readonly after?: Json;
  /** Workspaces that an organization's entry bears on, up to 50, else their number. */
  readonly reach?: readonly WorkspaceId[] | number;
}

export interface AuditEntry extends EntryDraft, Acting {
  readonly id: EntryId;
  /** 1, 2, 3, … in each chain. */
  readonly seq: number;
  readonly at: string;
  readonly origin: Origin;
  readonly outcome: "success";
  readonly prevHash: string;
  readonly hash: string;
}

/** An entry as it is kept: the exact text that was hashed, so that nothing between can change a byte unseen. */
export interface SealedEntry {
  readonly seq: number;
  /** Canonical JSON of the entry without its hash. */
  readonly text: string;
  readonly hash: string;
  /** Epoch seconds from which on the table may let it go; not before the one before it. */
  readonly until?: number;
}

/** An entry that has just been written, on its way to whoever follows the log. */
export interface WrittenEntry extends SealedEntry {
  readonly orgId: OrgId;
  /** Absent where the chain is the organization's own. */
  readonly workspaceId?: WorkspaceId;
}

/** The last entry of a chain, or `{seq: 0, hash: NO_HASH}` before the first. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
  readonly until?: number;
}

/** What an organization settles about its log: days for which entries stay in the table. */
export interface AuditPolicy {
  readonly auditDays?: number;
}

export function hashText(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/**
 * Appends to a chain: gives the entry its number and the hash of the one before it. It stays as long as the policy says, and as long as
 * the one before it: what goes for its age is always the beginning of a chain.
 */
export function seal(
  head: ChainHead,
  entry: Omit<AuditEntry, "seq" | "prevHash" | "hash">,
  { auditDays = limits.auditDaysUsual }: AuditPolicy = {},
): SealedEntry {
  const seq = head.seq + 1;
  const text = canonicalize({ ...entry, seq, prevHash: head.hash } as unknown as Json);
  const until = Math.max(head.until ?? 0, Math.floor(Date.parse(entry.at) / 1000) + auditDays * 86_400);
  return { seq, text, hash: hashText(text), until };
}

/** Characters of an entry up to which it costs no more than any. */
const USUAL_LENGTH = 4_096;

/** What it costs to look at an entry, counted in usual entries: what bounds a request's work has to know of large ones. */
export function costOf({ text }: Pick<SealedEntry, "text">): number {
  return Math.max(1, text.length / USUAL_LENGTH);
}

/** The entry as clients see it. */
export function openEntry(sealed: SealedEntry): AuditEntry {
  return { ...JSON.parse(sealed.text), hash: sealed.hash };
}

/** Whether an entry follows a head of that chain: its chain, its number, the hash it points back to, and its own hash. */
export function follows(chain: string, head: ChainHead, sealed: SealedEntry): boolean {
  if (sealed.seq !== head.seq + 1 || hashText(sealed.text) !== sealed.hash) return false;
  const entry = parseEntry(sealed.text);
  return entry?.chain === chain && entry.seq === sealed.seq && entry.prevHash === head.hash;
}

/** A text that somebody tampered with may be no JSON at all; that is an answer about the chain, not a failure. */
function parseEntry(text: string): Partial<AuditEntry> | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
