/** The one key of both test providers, with its certificate for SAML: made at first use, kept over restarts. */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import type { DataFolder } from "./data-folder.ts";
import { makeCertificate } from "./test-certificate.ts";

const FILE = "test-provider-keys.json";

export interface TestKeys {
  readonly privateKey: KeyObject;
  readonly kid: string;
  /** In base64, as metadata holds it. */
  readonly certificate: string;
  /** Signs the OIDC provider's cookies. */
  readonly cookieSecret: string;
}

export async function openTestKeys(folder: DataFolder): Promise<TestKeys> {
  const kept = folder.read(FILE) ?? (await makeKeys());
  folder.write(FILE, kept);
  const { privateKey, ...others } = JSON.parse(kept);
  return { ...others, privateKey: createPrivateKey(privateKey) };
}

async function makeKeys(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  return JSON.stringify({
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }),
    kid: randomBytes(16).toString("base64url"),
    certificate: makeCertificate("Bailiwick test provider", privateKey, createPublicKey(privateKey)),
    cookieSecret: randomBytes(32).toString("base64url"),
  });
}
