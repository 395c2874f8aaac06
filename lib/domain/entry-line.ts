/**
 * One line of an exported audit log: an entry as the API gives it, `hash` included. It may have been written anew by other tools, with
 * its members in another order, white space, other escapes: what counts is what it says (RFC 8785).
 */
import { createHash } from "node:crypto";
import { hashText } from "./audit.ts";
import { findCanonicalEntry } from "./canonical-entry.ts";
import type { Json } from "./canonical-json.ts";
import { canonicalize } from "./canonical-json.ts";
import { compactJson } from "./compact-json.ts";
import { isExact } from "./exact-json.ts";

/** What is wrong with an entry by itself, without a look at its neighbours. */
export type LineFlaw = "not-json" | "not-entry" | "altered";

/** A line as far as its place in a chain goes. */
export interface EntryLine {
  /** Absent where the line does not tell; of a line with a flaw it is what it claims. */
  readonly chain?: string;
  readonly seq?: number;
  readonly prevHash?: string;
  readonly hash?: string;
  readonly flaw?: LineFlaw;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @param line without its line break */
export function readEntryLine(line: Buffer): EntryLine {
  return readAsWritten(line) ?? readCompact(line) ?? readAnew(line);
}

/**
 * The fast way: the line's own bytes without the `hash` are hashed as they stand. If the hash fits, they are the canonical form, since
 * only that is found; so the slow way would say the same.
 */
function readAsWritten(line: Buffer): EntryLine | undefined {
  const entry = findCanonicalEntry(line);
  if (entry === undefined) return undefined;
  const { chain, seq, prevHash, hash, hashed } = entry;
  const [head, tail] = hashed;
  if (createHash("sha256").update(head).update(tail).digest("hex") !== hash) return undefined;
  return { chain, seq, prevHash, hash };
}

/** A line that was only spaced out is as fast, nearly. */
function readCompact(line: Buffer): EntryLine | undefined {
  const compact = compactJson(line);
  return compact && readAsWritten(compact);
}

/** The slow way, which is the rule itself: parse, write as canonical JSON without the `hash`, hash. */
function readAnew(line: Buffer): EntryLine {
  let text: string;
  let value: unknown;
  try {
    text = decoder.decode(line);
    value = JSON.parse(text);
  } catch {
    return { ...salvage(line), flaw: "not-json" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { flaw: "not-entry" };
  const { hash, ...rest } = value as { readonly [name: string]: Json };
  const { chain, seq, prevHash } = rest;
  const claimed = {
    ...(typeof chain === "string" ? { chain } : {}),
    ...(isSeq(seq) ? { seq } : {}),
    ...(typeof prevHash === "string" ? { prevHash } : {}),
    ...(typeof hash === "string" ? { hash } : {}),
  };
  if (Object.keys(claimed).length < 4) return { ...claimed, flaw: "not-entry" };
  const isWhole = isExact(text, value) && hashCanonical(rest) === hash;
  return isWhole ? claimed : { ...claimed, flaw: "altered" };
}

const isSeq = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1;

function hashCanonical(value: Json): string | undefined {
  try {
    return hashText(canonicalize(value));
  } catch (error) {
    // Nested so deeply, or a number so large, as nothing is that the service writes.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What a line that cannot be read seems to claim: it only helps to say where it stood. */
function salvage(line: Buffer): EntryLine {
  const text = line.toString("latin1");
  const [, chain] = /"chain"\s*:\s*"([^"\\]{1,100})"/.exec(text) ?? [];
  const [, seq] = /"seq"\s*:\s*([1-9]\d{0,14})\b/.exec(text) ?? [];
  return { ...(chain === undefined ? {} : { chain }), ...(seq === undefined ? {} : { seq: Number(seq) }) };
}
