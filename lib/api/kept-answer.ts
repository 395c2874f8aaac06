/** `Idempotency-Key`: the same key, caller and route give the first answer again instead of a second change. */
import { hashText } from "../domain/audit.ts";
import { Refusal } from "../domain/errors.ts";
import { holdsCredential } from "../domain/key-form.ts";
import { limits } from "../domain/limits.ts";
import type { KeptAnswer } from "../store/idempotency.ts";
import type { Store } from "../store/store.ts";
import type { HttpRequest } from "./exchange.ts";
import type { AnyInput } from "./host.ts";
import { toETag } from "./preconditions.ts";
import { principalIdOf } from "./principal-ids.ts";
import type { Reply } from "./route.ts";

const KEPT_SECONDS = 86_400;

/** What the request asks to be done once only; undefined when it does not ask. */
export function readIdempotencyKey(request: HttpRequest, input: AnyInput) {
  const key = request.headers.get("idempotency-key");
  if (key === undefined || request.method !== "POST") return undefined;
  if (key.length === 0 || key.length > limits.idempotencyKeyLength) {
    throw new Refusal("request.malformed", `Idempotency-Key has 1 to ${limits.idempotencyKeyLength} characters.`);
  }
  if (holdsCredential(key)) throw new Refusal("request.malformed", "Idempotency-Key is no place for an API key.");
  const { orgId } = input.params;
  return { orgId, principal: principalIdOf(input.principal), route: `POST ${request.path}`, key };
}

/** The answer that is kept for a request, if there is one, and what a first one is to be kept under. */
export async function findKeptAnswer(request: HttpRequest, input: AnyInput, store: Store) {
  const asked = readIdempotencyKey(request, input);
  const bodyHash = hashBody(request);
  const { kept } = await store.read({ kept: asked && store.idempotency.at(asked) });
  const isKept = kept !== undefined && kept.expires > input.now / 1000;
  return { asked, bodyHash, answer: isKept ? replayAnswer(kept, bodyHash) : undefined };
}

/** What a repeated request must agree in. */
export function hashBody({ path, body }: HttpRequest): string {
  return hashText(`${path}\n${body ?? ""}`);
}

/** The answer as it is kept, to be given again for 24 hours. */
export function keepAnswer(reply: Reply, status: number, bodyHash: string, now: number): KeptAnswer {
  const etag: Record<string, string> = reply.version === undefined ? {} : { etag: toETag(reply.version) };
  return {
    bodyHash,
    status: reply.status ?? status,
    headers: { ...etag, ...reply.headers },
    body: JSON.stringify(reply.body ?? null),
    expires: Math.floor(now / 1000) + KEPT_SECONDS,
  };
}

/** The first answer, given again; refused when the body is another. */
export function replayAnswer(kept: KeptAnswer, bodyHash: string): Reply {
  if (kept.bodyHash !== bodyHash) {
    throw new Refusal("request.invalid", "This Idempotency-Key was used with another body.", {
      errors: [{ pointer: "", detail: "The body is not the one that the key was first sent with." }],
    });
  }
  return { status: kept.status, headers: kept.headers, body: JSON.parse(kept.body) };
}
