/**
 * The key that signs checkpoints, and manifests of exports: ECDSA on P-256 with SHA-256. Its private half never leaves KMS. Whether something was signed is
 * found out here, with the public half as KMS gives it, never with one that comes along with what is to be believed.
 */
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { GetPublicKeyCommand, KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { demand, type Patience, patience } from "./answers.ts";

export interface SigningKey {
  /** The signature of a text's UTF-8 bytes: DER, in base64. */
  sign(text: string): Promise<string>;
  isSigned(text: string, signature: string): Promise<boolean>;
  /** SPKI, PEM. */
  publicKey(): Promise<string>;
}

const SERVICE = "The signing key";

/** @param keyId the key's id or ARN. @param waiter who waits for its answers */
export function openSigningKey(keyId: string, waiter: Patience): SigningKey {
  const client = new KMSClient(patience[waiter]);
  let known: KeyObject | undefined;
  const publicKey = async () => {
    known ??= await demand(SERVICE, () => fetchPublicKey(client, keyId));
    return known;
  };
  return {
    sign: (text) => demand(SERVICE, () => sign(client, keyId, text)),
    isSigned: async (text, signature) => isSigned(await publicKey(), text, signature),
    publicKey: async () => (await publicKey()).export({ type: "spki", format: "pem" }).toString(),
  };
}

/** KMS takes messages of 4,096 bytes, so it is given the hash, which comes to the same signature. */
async function sign(client: KMSClient, KeyId: string, text: string): Promise<string> {
  const Message = createHash("sha256").update(text, "utf8").digest();
  const command = new SignCommand({ KeyId, Message, MessageType: "DIGEST", SigningAlgorithm: "ECDSA_SHA_256" });
  const { Signature } = await client.send(command);
  if (Signature === undefined) throw new Error("The answer holds no signature");
  return Buffer.from(Signature).toString("base64");
}

async function fetchPublicKey(client: KMSClient, KeyId: string): Promise<KeyObject> {
  const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId }));
  if (PublicKey === undefined) throw new Error("The answer holds no public key");
  return createPublicKey({ key: Buffer.from(PublicKey), format: "der", type: "spki" });
}

/** What is no signature at all has signed nothing. */
function isSigned(key: KeyObject, text: string, signature: string): boolean {
  const bytes = Buffer.from(signature, "base64");
  if (bytes.toString("base64") !== signature) return false;
  return verify("sha256", Buffer.from(text, "utf8"), key, bytes);
}
