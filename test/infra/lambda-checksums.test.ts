/** The bundles' hashes are the SDK's own ones, whatever is hashed in whatever pieces. */
import { S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import * as ours from "../../lib/infra/lambda-checksums.ts";

/** The client of a process that is not bundled has the SDK's. */
const { sha256: SdkSha256, md5: SdkMd5 } = new S3Client({ region: "eu-west-1" }).config;

const bytes = new Uint8Array([0, 255, 10, 13, 128]);
const inputs: readonly (readonly [string, readonly Uint8Array[]])[] = [
  ["nothing", []],
  ["one piece", [bytes]],
  ["several pieces, an empty one among them", [bytes, new Uint8Array(), Buffer.from("Zürich ✓"), bytes.subarray(1, 3)]],
];

interface Checksum {
  update(data: Uint8Array): void;
  digest(): Promise<Uint8Array>;
  reset?(): void;
}

const kinds: readonly (readonly [string, () => Checksum, () => Checksum])[] = [
  ["SHA-256", () => new SdkSha256(), () => new ours.Sha256()],
  ["HMAC under a text", () => new SdkSha256("AWS4secret"), () => new ours.Sha256("AWS4secret")],
  ["HMAC under bytes", () => new SdkSha256(bytes), () => new ours.Sha256(bytes)],
  ["HMAC under a buffer", () => new SdkSha256(bytes.slice().buffer), () => new ours.Sha256(bytes.slice().buffer)],
  ["MD5", () => new SdkMd5(), () => new ours.Md5()],
];

const hexOf = async (checksum: Checksum, pieces: readonly Uint8Array[]) => {
  for (const piece of pieces) checksum.update(piece);
  return Buffer.from(await checksum.digest()).toString("hex");
};

describe.each(kinds)("%s", (_name, makeTheirs, makeOurs) => {
  it.each(inputs)("of %s is the SDK's", async (_what, pieces) => {
    expect(await hexOf(makeOurs(), pieces)).toBe(await hexOf(makeTheirs(), pieces));
  });

  it("begins anew when it is told to", async () => {
    const checksum = makeOurs();
    checksum.update(bytes);
    checksum.reset?.();
    expect(await hexOf(checksum, [bytes])).toBe(await hexOf(makeTheirs(), [bytes]));
  });
});

it("CRC-32 gives the check value of its catalogue, in pieces too, and again after it began anew", async () => {
  const checksum = new ours.Crc32();
  for (let round = 0; round < 2; round++) {
    expect(await hexOf(checksum, [Buffer.from("1234"), Buffer.from("56789")])).toBe("cbf43926");
    checksum.reset?.();
  }
});
