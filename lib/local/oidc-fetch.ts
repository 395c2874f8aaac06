/** JSON from an identity provider, within limits: nothing it sends can keep us waiting, fill the memory or lead us elsewhere. */
import { FederationRefusal } from "./asserted-person.ts";
import { isRecord } from "./shape.ts";

const LIMIT_MS = 5_000;
const MOST_BYTES = 256 * 1024;

/** @throws FederationRefusal */
export function getJson(address: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return ask(address, { headers: { Accept: "application/json", ...headers } });
}

/** @throws FederationRefusal */
export function postForm(address: string, form: Readonly<Record<string, string>>): Promise<Answer> {
  return ask(address, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(form) });
}

type Answer = Readonly<Record<string, unknown>>;

async function ask(address: string, request: RequestInit): Promise<Answer> {
  let text: string | undefined;
  let status: number;
  try {
    const response = await fetch(address, { ...request, redirect: "manual", signal: AbortSignal.timeout(LIMIT_MS) });
    status = response.status;
    text = await readLimited(response);
  } catch {
    throw new FederationRefusal("The identity provider does not answer.");
  }
  if (text === undefined) throw new FederationRefusal("The identity provider's answer is larger than 256 KB.");
  if (status !== 200) throw new FederationRefusal("The identity provider refuses to answer.");
  const answer = parseObject(text);
  if (answer === undefined) throw new FederationRefusal("The identity provider's answer is not a JSON object.");
  return answer;
}

async function readLimited(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseObject(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
