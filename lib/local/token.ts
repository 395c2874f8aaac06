/**
 * `npm run -s token -- ann@acme.example` prints an access token of a running service, for the shell; with
 * `--identity-provider idp_… --claims '{"groups": ["SOC"]}'` of whom a provider says that.
 */
import { parseArgs } from "node:util";
import { isRecord } from "./shape.ts";
import { fetchToken, type ThroughProvider } from "./sign-in-client.ts";
import { StartRefusal } from "./start-refusal.ts";

const USAGE = `Say for whom: npm run -s token -- ann@acme.example [--identity-provider idp_… [--claims '{"groups": ["SOC"]}']]`;

interface Wish {
  readonly email: string;
  readonly through?: ThroughProvider;
}

function readArguments(): Wish {
  const { positionals, values } = parse();
  const [email, ...more] = positionals;
  const { "identity-provider": identityProvider, claims } = values;
  if (email === undefined || more.length > 0) throw new StartRefusal(USAGE);
  if (identityProvider === undefined && claims !== undefined) throw new StartRefusal(USAGE);
  if (identityProvider === undefined) return { email };
  return { email, through: { identityProvider, ...(claims === undefined ? {} : { claims: readClaims(claims) }) } };
}

function parse() {
  try {
    const options = { "identity-provider": { type: "string" }, claims: { type: "string" } } as const;
    return parseArgs({ allowPositionals: true, options });
  } catch {
    throw new StartRefusal(USAGE);
  }
}

function readClaims(text: string): Record<string, unknown> {
  try {
    const claims: unknown = JSON.parse(text);
    if (isRecord(claims)) return claims;
  } catch {
    // The same refusal as for what is no object.
  }
  throw new StartRefusal("The claims must be a JSON object.");
}

try {
  const { email, through } = readArguments();
  console.log(await fetchToken(`http://127.0.0.1:${process.env.LOGIN_PORT ?? 4001}`, email, through));
} catch (error) {
  if (!(error instanceof StartRefusal)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
