/** What the reference of KMS's API says of the two operations that the service calls, held against the local key through AWS's client. */
import { createHash, createPublicKey, randomBytes, verify } from "node:crypto";
import { GetPublicKeyCommand, KMSClient, SignCommand, type SignCommandInput, VerifyCommand } from "@aws-sdk/client-kms";
import { afterEach, describe, expect, test } from "vitest";
import { createArchive } from "../../lib/local/archive-server.ts";
import { type DataFolder, openDataFolder, openMemory } from "../../lib/local/data-folder.ts";
import { close, listen } from "../../lib/local/listening.ts";
import { readSigningKey, SigningService } from "../../lib/local/signing-service.ts";
import { deploy, temporaryFolder } from "./test-assembly.ts";

const id = "0123456789abcdef";
const arn = `arn:aws:kms:us-east-1:000000000000:key/${id}`;

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function run(folder: DataFolder = openMemory()) {
  const signing = new SigningService({ id, arn }, folder);
  const server = createArchive({ stores: [], signing }, (line) => expect.unreachable(line));
  const address = `http://127.0.0.1:${await listen(server, 0, "any port")}`;
  const kms = new KMSClient({
    endpoint: address,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
  undo.push(
    () => close(server),
    () => kms.destroy(),
  );
  return { address, kms };
}

const usual: SignCommandInput = { KeyId: arn, Message: Buffer.from("x"), SigningAlgorithm: "ECDSA_SHA_256" };
const digestOf = (text: string) => createHash("sha256").update(text).digest();

async function readKey(kms: KMSClient) {
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: arn }));
  return createPublicKey({ key: Buffer.from(PublicKey ?? []), format: "der", type: "spki" });
}

describe("a signature", () => {
  test.each([
    ["of a text", (text: string) => ({ Message: Buffer.from(text), MessageType: "RAW" as const })],
    ["of the hash of a text", (text: string) => ({ Message: digestOf(text), MessageType: "DIGEST" as const })],
    ["of a text, where it is not said", (text: string) => ({ Message: Buffer.from(text) })],
  ])("%s is one that any tool takes for the text, and for no other", async (_what, ask) => {
    const { kms } = await run();
    const key = await readKey(kms);
    // Many: a number in it may begin with zeros, or with a bit that would make it negative.
    for (let count = 0; count < 60; count++) {
      const text = randomBytes(20).toString("hex");
      const signed = await kms.send(new SignCommand({ ...usual, ...ask(text) }));
      expect(signed).toMatchObject({ KeyId: arn, SigningAlgorithm: "ECDSA_SHA_256" });
      const signature = Buffer.from(signed.Signature ?? []);
      expect(verify("sha256", Buffer.from(text), key, signature)).toBe(true);
      expect(verify("sha256", Buffer.from(`${text}.`), key, signature)).toBe(false);
    }
  });

  test("is never the same twice", async () => {
    const { kms } = await run();
    const input = { ...usual, Message: digestOf("x"), MessageType: "DIGEST" as const };
    const all = await Promise.all([1, 2, 3].map(() => kms.send(new SignCommand(input))));
    expect(new Set(all.map(({ Signature }) => Buffer.from(Signature ?? []).toString("hex"))).size).toBe(3);
  });
});

describe("the key", () => {
  test("is told with its public half, by its id too", async () => {
    const { kms } = await run();
    const told = await kms.send(new GetPublicKeyCommand({ KeyId: id }));
    expect(told).toMatchObject({
      KeyId: arn,
      KeySpec: "ECC_NIST_P256",
      KeyUsage: "SIGN_VERIFY",
      SigningAlgorithms: ["ECDSA_SHA_256"],
    });
    expect((await readKey(kms)).asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
  });

  test("is made once for an installation", async () => {
    const path = temporaryFolder();
    const spkiOf = async () => {
      const folder = openDataFolder(path);
      const { kms } = await run(folder);
      const key = (await readKey(kms)).export({ type: "spki", format: "pem" });
      folder.close();
      return key;
    };
    expect(await spkiOf()).toBe(await spkiOf());
    const { kms } = await run();
    expect((await readKey(kms)).export({ type: "spki", format: "pem" })).not.toBe(await spkiOf());
  });
});

describe("KMS refuses", () => {
  test.each<[string, Partial<SignCommandInput>, string]>([
    ["another key", { KeyId: "another" }, "NotFoundException"],
    ["an alias", { KeyId: "alias/audit" }, "NotFoundException"],
    ["another algorithm", { SigningAlgorithm: "ECDSA_SHA_384" }, "InvalidKeyUsageException"],
    ["a text of more than 4,096 bytes", { Message: Buffer.alloc(4_097) }, "ValidationException"],
    ["nothing", { Message: Buffer.alloc(0) }, "ValidationException"],
    ["a hash of another length", { Message: Buffer.alloc(31), MessageType: "DIGEST" }, "ValidationException"],
    ["another type", { MessageType: "EXTERNAL_MU" }, "ValidationException"],
    ["what one machine does not know", { DryRun: true }, "ValidationException"],
  ])("to sign %s", async (_what, changes, name) => {
    const { kms } = await run();
    await expect(kms.send(new SignCommand({ ...usual, ...changes }))).rejects.toMatchObject({ name });
  });

  test("operations that one machine does not know", async () => {
    const { kms } = await run();
    const command = new VerifyCommand({ ...usual, Signature: Buffer.from("x") });
    await expect(kms.send(command)).rejects.toMatchObject({ name: "UnknownOperationException" });
  });

  test.each<[string, Record<string, string>, string, string]>([
    ["who did not sign", { authorization: "Bearer x" }, "{}", "MissingAuthenticationTokenException"],
    ["what is no JSON", {}, "{", "SerializationException"],
    ["what is no object", {}, "[]", "SerializationException"],
    ["a body of more than a request has", {}, `"${"x".repeat(70_000)}"`, "SerializationException"],
  ])("%s", async (_what, changes, body, exception) => {
    const { address } = await run();
    const headers = { authorization: "AWS4-HMAC-SHA256 x", "x-amz-target": "TrentService.Sign", ...changes };
    const answer = await fetch(address, { method: "POST", headers, body });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ __type: exception });
  });
});

describe("of the template", () => {
  const signing = { KeyUsage: "SIGN_VERIFY", KeySpec: "ECC_NIST_P256" };
  const readFrom = (...keys: readonly object[]) =>
    readSigningKey(
      deploy({
        functions: {},
        methods: {},
        alter: ({ data }) => {
          for (const [index, Properties] of keys.entries()) {
            data.Resources[`Key${index}`] = { Type: "AWS::KMS::Key", Properties: { ...Properties } };
          }
        },
      }),
    );

  test("the key is the one that signs", () => {
    const key = readFrom({ EnableKeyRotation: true }, signing);
    expect(key?.arn).toBe(`arn:aws:kms:us-east-1:000000000000:key/${key?.id}`);
  });

  test("there may be none", () => {
    expect(readFrom({ EnableKeyRotation: true })).toBeUndefined();
  });

  test.each<[string, readonly object[], string]>([
    ["two that sign", [signing, signing], "The template has more than one key that signs"],
    ["one of another kind", [{ ...signing, KeySpec: "RSA_2048" }], "is of RSA_2048; one machine signs with P-256"],
  ])("%s is refused at the start", (_what, keys, complaint) => {
    expect(() => readFrom(...keys)).toThrow(complaint);
  });
});
