/** Exported audit logs: chains as the API gives them, line by line, and what somebody makes of them. */
import type { AuditEntry, ChainHead } from "../../lib/domain/audit.ts";
import { hashText, NO_HASH, openEntry, seal } from "../../lib/domain/audit.ts";
import type { Json } from "../../lib/domain/canonical-json.ts";
import { canonicalize } from "../../lib/domain/canonical-json.ts";
import type { Verification, VerificationOptions } from "../../lib/domain/chain-verification.ts";
import { ChainVerification } from "../../lib/domain/chain-verification.ts";
import type { EntryId, UserId, WorkspaceId } from "../../lib/domain/ids.ts";

type Unsealed = Parameters<typeof seal>[1];

export const NORTH = "wks_01k8z0000000000000000000c3" as WorkspaceId;
export const SOUTH = "wks_01k8z0000000000000000000d4" as WorkspaceId;

/** An entry with every member that there can be. */
export function makeEntry(number: number, chain: WorkspaceId = NORTH): Unsealed {
  const id = String(number).padStart(26, "0");
  return {
    id: `aud_${id}` as EntryId,
    chain,
    at: new Date(1_796_000_000_000 + number * 1_009).toISOString(),
    action: number % 3 === 0 ? "role.updated" : "resource.updated",
    actor: { kind: "user", id: `usr_${id}` as UserId, email: "ann@acme.example" },
    onBehalfOf: { kind: "system", id: "sweeper" },
    reach: number % 2 === 0 ? 51 : [NORTH],
    target: { type: "role", id: `rol_${id}` },
    before: { name: number % 5 === 0 ? "Jäger \u2028 \ud83d\ude00" : "Analyst", x: number, scopes: [] },
    after: { name: 'a "quoted" \\ name\n', x: { y: [null, true, number % 7 === 0 ? 0.5 : -7], z: "" } },
    origin: { ip: "192.0.2.7", userAgent: "curl/8.5.0", requestId: `r-${number}` },
    outcome: "success",
  };
}

/** The lines of a chain, from its first entry on. */
export function makeLog(length: number, chain: WorkspaceId = NORTH): string[] {
  let head: ChainHead = { seq: 0, hash: NO_HASH };
  return Array.from({ length }, (_, index) => {
    const sealed = seal(head, makeEntry(index + 1, chain));
    head = sealed;
    return JSON.stringify(openEntry(sealed));
  });
}

export function read(line: string | undefined): AuditEntry {
  if (line === undefined) throw new Error("there is no such line");
  return JSON.parse(line);
}

/** The line of an entry whose hash is made to fit. */
export function rehash({ hash: _, ...rest }: AuditEntry): string {
  return JSON.stringify({ ...rest, hash: hashText(canonicalize(rest as unknown as Json)) });
}

/** As `rehash`, for a line and all after it: what only a checkpoint tells from the truth. */
export function rewriteFrom(lines: readonly string[], at: number, change: (entry: AuditEntry) => object): string[] {
  const rewritten = lines.slice(0, at);
  for (const line of lines.slice(at)) {
    const entry = read(line);
    const changed = rewritten.length === at ? { ...entry, ...change(entry) } : entry;
    const before = rewritten.at(-1);
    rewritten.push(rehash({ ...changed, prevHash: before === undefined ? NO_HASH : read(before).hash }));
  }
  return rewritten;
}

export function verify(lines: readonly (string | Buffer)[], options: VerificationOptions = {}): Verification {
  const verification = new ChainVerification(options);
  for (const line of lines) verification.add(Buffer.from(line));
  return verification.finish();
}
