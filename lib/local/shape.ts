/** Reads values of unknown shape (templates, answers of functions), complaining with the place where they are wrong. */
import { StartRefusal } from "./start-refusal.ts";

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function asRecord(value: unknown, where: string): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw new StartRefusal(`${where} is not an object.`);
}

export function asList(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new StartRefusal(`${where} is not a list.`);
}

export function asText(value: unknown, where: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new StartRefusal(`${where} is not a text.`);
}

/** A number, also where CloudFormation was given its text. */
export function asNumber(value: unknown, where: string): number {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  if (typeof number === "number" && Number.isFinite(number)) return number;
  throw new StartRefusal(`${where} is not a number.`);
}
