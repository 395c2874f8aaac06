/**
 * Fetches a SAML provider's metadata from the address that an organization names. Such a request runs inside the deployment, so
 * it must not become a way into what only the deployment can reach.
 */
import { lookup } from "node:dns/promises";
import type { IncomingMessage } from "node:http";
import { request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { limits } from "../domain/limits.ts";
import { isPublicAddress } from "../domain/public-addresses.ts";
import { findMetadataFault } from "../domain/saml-metadata.ts";
import type { PoolResult } from "./pool-result.ts";
import { PoolRefusal, settle } from "./pool-result.ts";

/** - `public`: none of a network of one's own. - `any`: for one machine, whose test providers are on it. */
export type MetadataAddresses = "public" | "any";

/** Milliseconds for all of it, and how often an answer may lead elsewhere. */
const PATIENCE = 3_000;
const MOST_REDIRECTS = 2;

interface Address {
  readonly address: string;
  readonly family: number;
}

/** The metadata, or in plain words why there is none. */
export async function fetchMetadata(url: string, allowed: MetadataAddresses): Promise<PoolResult<string>> {
  const signal = AbortSignal.timeout(PATIENCE);
  const result = await settle(async () => {
    const xml = await follow(url, allowed, signal, MOST_REDIRECTS);
    const fault = findMetadataFault(xml);
    if (fault !== undefined) throw new PoolRefusal(fault);
    return xml;
  });
  if (result.kind !== "unavailable") return result;
  const reason = signal.aborted ? "It did not answer in time." : "It does not answer.";
  return { kind: "refused", reason };
}

async function follow(text: string, allowed: MetadataAddresses, signal: AbortSignal, left: number): Promise<string> {
  const url = readUrl(text);
  const address = await resolve(url, allowed, signal);
  const answer = await get(url, address, signal);
  const { statusCode = 0, headers } = answer;
  if (statusCode === 200) return readText(answer);
  answer.destroy();
  const next = statusCode >= 300 && statusCode < 400 ? headers.location : undefined;
  if (next === undefined) throw new PoolRefusal(`It answers with status ${statusCode}.`);
  if (left === 0) throw new PoolRefusal("It leads elsewhere too often.");
  const target = URL.parse(next, url.href);
  if (url.protocol === "https:" && target?.protocol === "http:") {
    throw new PoolRefusal("It leads from https to an address without it.");
  }
  return follow(target?.href ?? "", allowed, signal, left - 1);
}

function readUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new PoolRefusal("This is not an https or http address.");
  }
  if (url.username !== "" || url.password !== "") throw new PoolRefusal("An address with credentials is not taken.");
  return url;
}

/** The one address that is then connected to. Every one that the name leads to must be allowed: which is taken is not the caller's choice. */
async function resolve(url: URL, allowed: MetadataAddresses, signal: AbortSignal): Promise<Address> {
  const name = url.hostname.replace(/^\[|\]$/g, "");
  const found = await Promise.race([lookup(name, { all: true }), untilAborted(signal)]);
  const [first] = found;
  if (first === undefined) throw new PoolRefusal("It does not answer.");
  if (allowed === "public" && !found.every(({ address }) => isPublicAddress(address))) {
    throw new PoolRefusal("It is not at a public address.");
  }
  return first;
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
}

function get(url: URL, pinned: Address, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === "https:" ? requestSecure : requestPlain;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        signal,
        agent: false,
        headers: { accept: "application/samlmetadata+xml, application/xml, text/xml", "accept-encoding": "identity" },
        // Asked a second time, the name could lead elsewhere than where it was looked at.
        lookup: (_name, options, done) => {
          if (options.all) done(null, [pinned]);
          else done(null, pinned.address, pinned.family);
        },
      },
      resolve,
    );
    sent.on("error", reject);
    sent.end();
  });
}

async function readText(answer: IncomingMessage): Promise<string> {
  const encoding = answer.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") throw new PoolRefusal("It answers in a coding that was not asked for.");
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += (chunk as Buffer).length;
    if (bytes > limits.metadataBytes) {
      answer.destroy();
      throw new PoolRefusal(`The metadata has more than ${limits.metadataBytes} bytes.`);
    }
    chunks.push(chunk as Buffer);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new PoolRefusal("The metadata is not in UTF-8.");
  }
}
