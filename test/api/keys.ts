/** API keys as callers of tests. */
import type { Acme } from "./acme.ts";
import { done } from "./acme.ts";
import type { Caller } from "./in-process.ts";

/** Makes a key. @returns whoever made it, asking with it */
export async function makeKey(
  { api, W }: Pick<Acme, "api" | "W">,
  by: Caller,
  body: object,
  at = W,
): Promise<Caller & { readonly id: string; readonly secret: string }> {
  const { id, secret } = await done(api.call(by, `POST ${at}/api-keys`, { body: { name: "Pipeline", ...body } }));
  return { ...by, secret, id };
}
