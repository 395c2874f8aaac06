/** What the archive's two services are given of time, and what comes of it when they do not answer. */
import { Refusal } from "../domain/errors.ts";

/**
 * - `request`: somebody waits for it, who is answered with 503 within two seconds. - `job`: nobody does.
 */
export type Patience = "request" | "job";

/** Milliseconds. The SDK itself would wait for ever. */
export const patience = {
  request: {
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 500, requestTimeout: 800, throwOnRequestTimeout: true },
  },
  job: {
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  },
} as const;

/** For the rest of an answer, once it began: a large object takes longer than a word. */
const REST = 4_000;

interface SdkError {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

export function isNamed(error: unknown, name: string): boolean {
  return (error as SdkError).name === name;
}

/** @throws Refusal `unavailable` for whatever goes wrong; its cause is for the operator */
export async function demand<T>(service: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const refusal = new Refusal("unavailable", `${service} does not answer. Nothing was half done; try again.`);
    refusal.cause = cause;
    throw refusal;
  }
}

/** Waits for what is left of an answer. @param giveUp ends it */
export async function receive<T>(rest: Promise<T>, giveUp: () => void): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    giveUp();
    late.reject(Object.assign(new Error("The rest of the answer did not come."), { name: "TimeoutError" }));
  }, REST);
  try {
    return await Promise.race([rest, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
