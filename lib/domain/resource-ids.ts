/** How resources and their types may be named. Both stand in paths and in keys, so neither is ever more than these characters. */
import { holdsCredential } from "./key-form.ts";

const TYPE = /^[A-Za-z0-9._~-]{1,64}$/;
const ID = /^[A-Za-z0-9._~-]{1,128}$/;
/** A path cannot name the first two, and the last one is a route of its own. */
const UNUSABLE = new Set([".", "..", "bulk"]);

/** Whether a text can name a resource type, one that is known or not. */
export function isResourceTypeName(text: string): boolean {
  return TYPE.test(text);
}

/** Whether a text can be the id of a resource. */
export function isResourceId(text: string): boolean {
  return ID.test(text) && !UNUSABLE.has(text) && !holdsCredential(text);
}
