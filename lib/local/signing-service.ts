/**
 * The key of the template that signs, and the two operations of KMS's API that the service calls on it, over AWS's JSON protocol 1.1.
 * The key is made once for an installation. A request has to be signed, since the service's is; by whom is not looked at.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { awsAnswer, awsException, isSigned, readAwsRequest, targetOf } from "./aws-json.ts";
import type { DataFolder } from "./data-folder.ts";
import type { Deployment } from "./deployment.ts";
import { signDigest } from "./digest-signature.ts";
import { referenceOf } from "./physical-names.ts";
import type { Reply } from "./reply.ts";
import { readBody } from "./request-body.ts";
import { StartRefusal } from "./start-refusal.ts";

const FILE = "audit-signing-key.pem";
const TARGET = "TrentService.";
const BODY_LIMIT = 64 * 1024;
/** Bytes of a message that KMS takes. */
const MESSAGE_LIMIT = 4_096;
const ALGORITHM = "ECDSA_SHA_256";

type SigningException =
  | "InvalidKeyUsageException"
  | "MissingAuthenticationTokenException"
  | "NotFoundException"
  | "SerializationException"
  | "UnknownOperationException"
  | "ValidationException";

class SigningRefusal extends Error {
  readonly exception: SigningException;

  constructor(exception: SigningException, message: string) {
    super(message);
    this.exception = exception;
  }
}

function refuse(exception: SigningException, message: string): never {
  throw new SigningRefusal(exception, message);
}

export interface SigningKeyDefinition {
  readonly id: string;
  readonly arn: string;
}

/** @throws StartRefusal for more than one, or one that signs otherwise */
export function readSigningKey(deployment: Deployment): SigningKeyDefinition | undefined {
  const isSigning = (key: Parameters<typeof referenceOf>[0]) => deployment.property(key, "KeyUsage") === "SIGN_VERIFY";
  const [key, ...others] = deployment.every("AWS::KMS::Key").filter(isSigning);
  if (others.length > 0) throw new StartRefusal("The template has more than one key that signs; one machine has one.");
  if (key === undefined) return undefined;
  const spec = deployment.property(key, "KeySpec");
  if (spec !== "ECC_NIST_P256")
    throw new StartRefusal(`The key ${key.id} is of ${spec}; one machine signs with P-256.`);
  return { id: referenceOf(key), arn: deployment.attribute(key, "Arn") };
}

export class SigningService {
  readonly #definition: SigningKeyDefinition;
  readonly #key: KeyObject;

  constructor(definition: SigningKeyDefinition, folder: DataFolder) {
    this.#definition = definition;
    this.#key = openKey(folder);
  }

  /** Rejects for a fault only. */
  async answer(message: IncomingMessage): Promise<Reply> {
    try {
      return awsAnswer(await this.#call(message));
    } catch (error) {
      if (!(error instanceof SigningRefusal)) throw error;
      return awsException(error.exception, error.message);
    }
  }

  async #call(message: IncomingMessage): Promise<object> {
    const target = targetOf(message);
    const body = await readBody(message, BODY_LIMIT);
    if (!isSigned(message)) {
      refuse("MissingAuthenticationTokenException", "Missing Authentication Token");
    }
    if (!Buffer.isBuffer(body)) return refuse("SerializationException", "The body is too large or not complete.");
    const request = readAwsRequest(body) ?? refuse("SerializationException", "The body is not a JSON object.");
    switch (target) {
      case `${TARGET}Sign`:
        return this.#sign(request);
      case `${TARGET}GetPublicKey`:
        return this.#describePublicKey(request);
      default:
        return refuse("UnknownOperationException", `One machine does not know ${target}.`);
    }
  }

  #sign(request: Readonly<Record<string, unknown>>): object {
    this.#check(request, ["KeyId", "Message", "MessageType", "SigningAlgorithm"]);
    const { Message, MessageType = "RAW", SigningAlgorithm } = request;
    if (SigningAlgorithm !== ALGORITHM) {
      refuse(
        "InvalidKeyUsageException",
        `${String(SigningAlgorithm)} is not one of this key: it signs by ${ALGORITHM}.`,
      );
    }
    const bytes = typeof Message === "string" ? Buffer.from(Message, "base64") : Buffer.alloc(0);
    if (bytes.length < 1 || bytes.length > MESSAGE_LIMIT) {
      refuse("ValidationException", `A message has 1 to ${MESSAGE_LIMIT} bytes.`);
    }
    const Signature = this.#signBytes(bytes, MessageType).toString("base64");
    return { KeyId: this.#definition.arn, Signature, SigningAlgorithm };
  }

  #signBytes(bytes: Buffer, type: unknown): Buffer {
    if (type === "RAW") return sign("sha256", bytes, this.#key);
    if (type !== "DIGEST") return refuse("ValidationException", `One machine does not know the type ${String(type)}.`);
    if (bytes.length !== 32) refuse("ValidationException", "Digest is invalid length for algorithm ECDSA_SHA_256.");
    return signDigest(this.#key, bytes);
  }

  #describePublicKey(request: Readonly<Record<string, unknown>>): object {
    this.#check(request, ["KeyId"]);
    const spec = "ECC_NIST_P256";
    return {
      KeyId: this.#definition.arn,
      PublicKey: createPublicKey(this.#key).export({ type: "spki", format: "der" }).toString("base64"),
      KeySpec: spec,
      CustomerMasterKeySpec: spec,
      KeyUsage: "SIGN_VERIFY",
      SigningAlgorithms: [ALGORITHM],
    };
  }

  #check(request: Readonly<Record<string, unknown>>, known: readonly string[]): void {
    const unknown = Object.keys(request).find((name) => !known.includes(name));
    if (unknown !== undefined) refuse("ValidationException", `One machine does not know ${unknown}.`);
    const { id, arn } = this.#definition;
    if (request.KeyId !== id && request.KeyId !== arn) {
      refuse("NotFoundException", `Key '${String(request.KeyId)}' does not exist`);
    }
  }
}

function openKey(folder: DataFolder): KeyObject {
  const kept = folder.read(FILE);
  if (kept !== undefined) return createPrivateKey(kept);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  folder.write(FILE, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  return privateKey;
}
