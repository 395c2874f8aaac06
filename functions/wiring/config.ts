/**
 * The environment, parsed once when a function starts. A setting that is missing or bad ends the start with its name: a
 * function never runs on a guess about what it is to trust.
 */
import type { Declaration, DeclaredProvider } from "../../lib/api/declared-providers.ts";
import { isId } from "../../lib/domain/ids.ts";

/** Each setting, and how its text is read. `refuse` says what is wrong with the text. */
const readers = {
  TABLE_NAME: (text: string, refuse: Refuse): string =>
    /^[A-Za-z0-9_.-]{3,255}$/.test(text) ? text : refuse("must be the name of a DynamoDB table"),

  /** Whose access tokens are believed; the signing keys stand under it. Plain http only where it never leaves the machine. */
  TOKEN_ISSUER: (text: string, refuse: Refuse): string => {
    const url = URL.parse(text);
    const isPlainUrl = url !== null && !/[?#@\s]/.test(text) && !text.endsWith("/");
    const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.has(url.hostname));
    return isPlainUrl && isSafe ? text : refuse("must be an https URL without a trailing slash, query or fragment");
  },

  TOKEN_CLIENT_IDS: (text: string, refuse: Refuse): ReadonlySet<string> => {
    const ids = text.split(",");
    return ids.every((id) => /^[\w+]{1,128}$/.test(id))
      ? new Set(ids)
      : refuse("must be client ids with commas between");
  },

  CURSOR_SECRET: (text: string, refuse: Refuse): string => {
    if (text.startsWith("{{resolve:")) return refuse("was left unresolved");
    return text.length >= 32 ? text : refuse("must have at least 32 characters");
  },

  /** What the hashes of API keys are made with, beside the keys: whoever reads the table alone can neither make nor try one. */
  API_KEY_PEPPER: (text: string, refuse: Refuse): string => {
    if (text.startsWith("{{resolve:")) return refuse("was left unresolved");
    return text.length >= 32 ? text : refuse("must have at least 32 characters");
  },

  /** Whether anybody who is signed in may make an organization. */
  ORGANIZATION_CREATION: (text: string, refuse: Refuse): "open" | "closed" =>
    text === "open" || text === "closed" ? text : refuse('must be "open" or "closed"'),

  /** The bus that audit entries are put on. */
  EVENT_BUS_NAME: (text: string, refuse: Refuse): string =>
    /^[/.\-_A-Za-z0-9]{1,256}$/.test(text) ? text : refuse("must be the name of an event bus"),

  USER_POOL_ID: (text: string, refuse: Refuse): string =>
    /^[\w-]{1,45}_[0-9A-Za-z]{1,55}$/.test(text) ? text : refuse("must be the id of a user pool"),

  /** Where a browser may come back to after signing in through an organization's client: a JSON array. */
  CALLBACK_URLS: (text: string, refuse: Refuse): readonly string[] => {
    const urls = parseJson(text);
    const isList = Array.isArray(urls) && urls.length > 0 && urls.every(isCallbackUrl);
    return isList ? urls : refuse("must be a JSON array of https addresses, or http ones of this machine");
  },

  /** From where a provider's metadata may be fetched: `any` is for one machine only, whose test providers are on it. */
  METADATA_ADDRESSES: (text: string, refuse: Refuse): "public" | "any" =>
    text === "public" || text === "any" ? text : refuse('must be "public" or "any"'),

  AUDIT_BUCKET: (text: string, refuse: Refuse): string =>
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text) ? text : refuse("must be the name of a bucket of S3"),

  /** Where files of exports are written, which are let go after some days. */
  EXPORT_BUCKET: (text: string, refuse: Refuse): string =>
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text) ? text : refuse("must be the name of a bucket of S3"),

  /** The key that signs checkpoints and manifests of exports, and whose public half they are verified with. */
  AUDIT_SIGNING_KEY: (text: string, refuse: Refuse): string =>
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/.test(text) ? text : refuse("must be the ARN of a key of KMS"),

  /**
   * The identity providers of the tenant's file as a JSON array, and after it one line for each OIDC provider: its client secret.
   * CloudFormation puts a secret in as it is, so within the JSON one with a quotation mark would say something else.
   */
  DECLARED_PROVIDERS: (text: string, refuse: Refuse): readonly Declaration[] => {
    const [json = "", ...rest] = text.split("\n");
    const secrets = rest.map((line) => line.trim()).filter((line) => line !== "");
    const providers = parseJson(json);
    if (!Array.isArray(providers) || !providers.every(isDeclaredProvider)) {
      return refuse("must begin with a JSON array of identity providers");
    }
    if (secrets.some((secret) => secret.startsWith("{{resolve:"))) return refuse("was left unresolved");
    const needing = providers.filter(({ protocol }) => protocol === "oidc");
    if (secrets.length !== needing.length) return refuse("must have one line for each client secret");
    const given = new Map(needing.map((provider, index) => [provider, secrets[index]]));
    return providers.map((provider) => {
      const secret = given.get(provider);
      return { provider, ...(secret === undefined ? {} : { secret }) };
    });
  },
} as const;

type Refuse = (why: string) => never;
type Readers = typeof readers;

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What more it says is judged as that of a request is. */
function isDeclaredProvider(value: unknown): value is DeclaredProvider {
  if (typeof value !== "object" || value === null) return false;
  const { organizationId, name, protocol } = value as Partial<DeclaredProvider>;
  const isPlaced = typeof organizationId === "string" && isId("org", organizationId) && typeof name === "string";
  return isPlaced && (protocol === "saml" || protocol === "oidc");
}

function isCallbackUrl(value: unknown): boolean {
  const url = typeof value === "string" && !/[#\s]/.test(value) ? URL.parse(value) : null;
  return url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.has(url.hostname));
}

/**
 * Reads the settings that a function needs.
 * @throws with the name of the first one that is missing or bad; never with its value
 * @example
 * const { TABLE_NAME, CURSOR_SECRET } = readSettings(["TABLE_NAME", "CURSOR_SECRET"]);
 */
export function readSettings<Name extends keyof Readers>(
  names: readonly Name[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): { readonly [N in Name]: ReturnType<Readers[N]> } {
  const read = (name: Name) => {
    const refuse: Refuse = (why) => {
      throw new Error(`${name} ${why}`);
    };
    const text = environment[name];
    return readers[name](text === undefined || text === "" ? refuse("is not set") : text, refuse);
  };
  return Object.fromEntries(names.map((name) => [name, read(name)])) as never;
}
