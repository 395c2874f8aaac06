/** An OpenID provider of the tests, which answers as it is told to. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";

export const CLIENT = { id: "bailiwick", secret: "a secret of more than thirty-two bytes" };

type Answer = object | string | number;

export interface Behaviour {
  /** Changes what its discovery document says. */
  discovery?: Readonly<Record<string, unknown>>;
  claims?: Readonly<Record<string, unknown>>;
  /** Makes the id token of its claims instead of signing them well. */
  makeToken?: (claims: JWTPayload) => Promise<string> | string;
  tokens?: Readonly<Record<string, unknown>>;
  userInfo?: Readonly<Record<string, unknown>>;
  /** By path: a body, or a status. */
  answers?: Readonly<Record<string, Answer>>;
}

export class OidcIssuer {
  readonly #server: Server;
  readonly #rsa: CryptoKey;
  readonly #ec: CryptoKey;
  readonly other: CryptoKey;
  readonly #jwks: object;
  behaviour: Behaviour = {};
  nonce = "";
  /** The forms that its token endpoint was sent. */
  readonly redeemed: URLSearchParams[] = [];
  readonly authorizations: (string | undefined)[] = [];

  static async open(): Promise<OidcIssuer> {
    const [rsa, other, ec] = await Promise.all([
      generateKeyPair("RS256", { extractable: true }),
      generateKeyPair("RS256"),
      generateKeyPair("ES256", { extractable: true }),
    ]);
    const publish = async (pair: { publicKey: CryptoKey }, kid: string) => ({
      ...(await exportJWK(pair.publicKey)),
      kid,
    });
    const keys = [await publish(rsa, "rsa"), await publish(ec, "ec")];
    const issuer = new OidcIssuer(rsa.privateKey, ec.privateKey, other.privateKey, { keys });
    await new Promise<void>((resolve) => issuer.#server.listen(0, "127.0.0.1", resolve));
    return issuer;
  }

  private constructor(rsa: CryptoKey, ec: CryptoKey, other: CryptoKey, jwks: object) {
    this.#rsa = rsa;
    this.#ec = ec;
    this.other = other;
    this.#jwks = jwks;
    this.#server = createServer((message, response) => {
      void this.#answer(message).then((answer) => {
        response.statusCode = typeof answer === "number" ? answer : 200;
        if (typeof answer === "number") response.setHeader("Location", `${this.url}/keys`);
        response.end(typeof answer === "object" ? JSON.stringify(answer) : String(answer));
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  sign(claims: JWTPayload, key: CryptoKey = this.#rsa, kid = "rsa", alg = "RS256"): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(key);
  }

  signWithCurve = (claims: JWTPayload) => this.sign(claims, this.#ec, "ec", "ES256");

  signWithSecret = (claims: JWTPayload) =>
    new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(CLIENT.secret));

  /** A good algorithm, with the published key, that no provider was told to use. */
  signOtherwise = async (claims: JWTPayload) =>
    this.sign(claims, (await importJWK(await exportJWK(this.#rsa), "PS256")) as CryptoKey, "rsa", "PS256");

  leaveUnsigned = (claims: JWTPayload) => new UnsecuredJWT(claims).encode();

  async #answer(message: IncomingMessage): Promise<Answer> {
    const path = message.url ?? "";
    const { behaviour } = this;
    const set = behaviour.answers?.[path];
    if (set !== undefined) return set;
    switch (path) {
      case "/.well-known/openid-configuration":
        return {
          issuer: this.url,
          authorization_endpoint: `${this.url}/authorize?tenant=1`,
          token_endpoint: `${this.url}/token`,
          userinfo_endpoint: `${this.url}/userinfo`,
          jwks_uri: `${this.url}/keys`,
          ...behaviour.discovery,
        };
      case "/keys":
        return this.#jwks;
      case "/token":
        return this.#redeem(message);
      case "/userinfo":
        this.authorizations.push(message.headers.authorization);
        return behaviour.userInfo ?? { sub: "dana", email: "dana@acme.example" };
      default:
        return 404;
    }
  }

  async #redeem(message: IncomingMessage): Promise<object> {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    this.redeemed.push(new URLSearchParams(Buffer.concat(chunks).toString()));
    const now = Math.floor(Date.now() / 1000);
    const times = { iat: now, exp: now + 300 };
    const claims = {
      iss: this.url,
      aud: CLIENT.id,
      sub: "dana",
      nonce: this.nonce,
      ...times,
      ...this.behaviour.claims,
    };
    const make = this.behaviour.makeToken ?? ((all: JWTPayload) => this.sign(all));
    const tokens = { access_token: "an access token", token_type: "Bearer", expires_in: 300, scope: "openid" };
    return { ...tokens, id_token: await make(claims), ...this.behaviour.tokens };
  }
}
