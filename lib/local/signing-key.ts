/** The installation's RSA key for access tokens: made once, kept over restarts, published as JWKS. */
import { randomBytes, type webcrypto } from "node:crypto";
import { exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import type { DataFolder } from "./data-folder.ts";

const FILE = "signing-key.json";

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: webcrypto.CryptoKey;
  /** The public half as Cognito publishes it. */
  readonly publicJwk: JWK;
}

export async function openSigningKey(folder: DataFolder): Promise<SigningKey> {
  const kept = folder.read(FILE);
  const jwk: JWK = kept === undefined ? await makeKey() : JSON.parse(kept);
  if (kept === undefined) folder.write(FILE, JSON.stringify(jwk));
  const privateKey = await importJWK(jwk, "RS256");
  if (privateKey instanceof Uint8Array) throw new TypeError(`${FILE} does not hold an RSA key`);
  const { kid = "", kty, n, e } = jwk;
  return { kid, privateKey, publicJwk: { alg: "RS256", e, kid, kty, n, use: "sig" } as JWK };
}

async function makeKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: randomBytes(32).toString("base64"), alg: "RS256" };
}
