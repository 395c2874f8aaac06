/** An issuer of tokens under the test's control: real RSA keys, a real JWKS over HTTP, and any token one can think of. */
import type { KeyObject } from "node:crypto";
import { generateKeyPairSync, sign } from "node:crypto";
import type { ServerResponse } from "node:http";
import { createServer } from "node:http";

export interface IssuerKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function makeKey(kid: string): IssuerKey {
  return { kid, ...generateKeyPairSync("rsa", { modulusLength: 2048 }) };
}

/** A public key as Cognito publishes it. */
export function publishKey({ kid, publicKey }: IssuerKey): Record<string, unknown> {
  return { ...publicKey.export({ format: "jwk" }), alg: "RS256", use: "sig", kid };
}

type Answer = "keys" | "error" | "silence" | "nonsense" | "no list of keys" | "a redirection";

export class TestIssuer {
  readonly url: string;
  published: IssuerKey[];
  answer: Answer = "keys";
  /** How often the keys were asked for. */
  fetches = 0;
  readonly close: () => void;

  private constructor(url: string, published: IssuerKey[], close: () => void) {
    this.url = url;
    this.published = published;
    this.close = close;
  }

  static async open(...published: IssuerKey[]): Promise<TestIssuer> {
    const server = createServer((request, response) => issuer.#serve(request.url, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("the issuer has no port");
    const close = () => {
      server.closeAllConnections();
      server.close();
    };
    const issuer = new TestIssuer(`http://127.0.0.1:${address.port}`, published, close);
    return issuer;
  }

  #serve(path: string | undefined, response: ServerResponse): void {
    this.fetches++;
    if (this.answer === "silence") return;
    if (this.answer === "error") response.writeHead(500).end();
    else if (this.answer === "nonsense") response.end("<html>");
    else if (this.answer === "no list of keys") response.end('{"keys":{}}');
    else if (this.answer === "a redirection" && path !== "/elsewhere") {
      response.writeHead(302, { location: "/elsewhere" }).end();
    } else response.end(JSON.stringify({ keys: this.published.map(publishKey) }));
  }
}

/** A token of exactly these texts. */
export function signTexts(header: string, claims: string, { privateKey }: IssuerKey): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), privateKey).toString("base64url")}`;
}

export function signToken(
  claims: Readonly<Record<string, unknown>>,
  key: IssuerKey,
  header: Readonly<Record<string, unknown>> = {},
): string {
  return signTexts(JSON.stringify({ kid: key.kid, alg: "RS256", ...header }), JSON.stringify(claims), key);
}

export function encode(text: string | Uint8Array): string {
  return Buffer.from(text).toString("base64url");
}

export const CLIENT_ID = "5ttqjk2v8example0client1id";
export const USER_ID = "usr_01jdexamp1e0000000000000ab";

/** Every claim of a Cognito access token after a sign-in in a browser, and the one that the sign-in trigger adds. */
export function cognitoClaims(issuer: string, now: number): Record<string, unknown> {
  const seconds = Math.floor(now / 1000);
  return {
    sub: "a1b2c3d4-5678-4abc-9def-0123456789ab",
    "cognito:groups": ["eu-west-1_abc_Google"],
    iss: issuer,
    version: 2,
    client_id: CLIENT_ID,
    origin_jti: "8a9b0c1d-0000-4000-8000-000000000001",
    event_id: "8a9b0c1d-0000-4000-8000-000000000002",
    token_use: "access",
    scope: "openid email",
    auth_time: seconds,
    exp: seconds + 3_600,
    iat: seconds,
    jti: "8a9b0c1d-0000-4000-8000-000000000003",
    username: "a1b2c3d4-5678-4abc-9def-0123456789ab",
    bailiwick_user_id: USER_ID,
  };
}
