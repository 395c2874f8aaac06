/** One event of the audit log as a line for a person. */
import { isRecord } from "./shape.ts";

/**
 * @param json a line of the events' file
 * @returns undefined for what is none, such as a line that was broken off
 * @example 2026-11-26T08:46:15.962Z  organization.created  ann@acme.example  organization org_01…  org_01… 1
 */
export function eventLine(json: string): string | undefined {
  const event = parse(json);
  const detail = isRecord(event) ? event.detail : undefined;
  if (!isRecord(detail)) return undefined;
  const { at, action, actor, onBehalfOf, target, chain, seq, truncated } = detail;
  const parts = [
    at,
    String(action).padEnd(26),
    onBehalfOf === undefined ? nameOf(actor) : `${nameOf(actor)} for ${nameOf(onBehalfOf)}`,
    isRecord(target) ? `${target.type} ${target.id}` : target,
    `${chain} ${seq}`,
    ...(truncated === true ? ["(too large for an event: read it by chain and seq)"] : []),
  ];
  return parts.map((part) => escapeControls(String(part))).join("  ");
}

function nameOf(actor: unknown): string {
  return isRecord(actor) ? String(actor.email ?? actor.id) : String(actor);
}

/** What is no plain character on a line of a terminal: controls, line and paragraph separators, marks of direction. */
const CONTROLS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u001b": "\\e" };

function escapeControls(text: string): string {
  return text.replace(CONTROLS, (one) => short[one] ?? `\\u{${one.codePointAt(0)?.toString(16)}}`);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
