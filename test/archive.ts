/** S3 and KMS as the local host answers them, in memory, and the service's own clients before them. */

import type { LinkToFile } from "../lib/api/audit-exports.ts";
import type { Archive } from "../lib/api/checkpoints.ts";
import type { Bucket } from "../lib/archive/bucket.ts";
import { openBucket } from "../lib/archive/bucket.ts";
import { openFileLinks } from "../lib/archive/file-links.ts";
import { openSigningKey } from "../lib/archive/signing-key.ts";
import { createArchive } from "../lib/local/archive-server.ts";
import { type DataFolder, openMemory } from "../lib/local/data-folder.ts";
import { close, listen } from "../lib/local/listening.ts";
import { type BucketDefinition, ObjectStore } from "../lib/local/object-store.ts";
import { SigningService } from "../lib/local/signing-service.ts";

export const BUCKET = "bailiwick-test-audit";
/** One without a lock. */
const EXPORTS = "bailiwick-test-exports";
export const SIGNING_KEY = "arn:aws:kms:eu-west-1:000000000000:key/signs";
const definition: BucketDefinition = { name: BUCKET, retention: { mode: "GOVERNANCE", days: 400 } };

export interface TestArchive extends Archive {
  readonly store: ObjectStore;
  readonly exportStore: ObjectStore;
  readonly exports: Bucket;
  readonly linkToFile: LinkToFile;
  readonly address: string;
  close(): Promise<void>;
}

/** The server does not keep the process; whoever opens many closes them. */
export async function openTestArchive(folder: DataFolder = openMemory(), now?: () => number): Promise<TestArchive> {
  const store = new ObjectStore(definition, folder, now);
  const exportStore = new ObjectStore({ name: EXPORTS, days: 7 }, folder, now);
  const signing = new SigningService({ id: "signs", arn: SIGNING_KEY }, folder);
  const server = createArchive({ stores: [store, exportStore], signing }, (line) => console.error(line)).unref();
  const address = `http://127.0.0.1:${await listen(server, 0, "any port")}`;
  Object.assign(process.env, surroundingsOf(address));
  const [bucket, signingKey] = [openBucket(BUCKET, "job"), openSigningKey(SIGNING_KEY, "job")];
  const [exports, linkToFile] = [openBucket(EXPORTS, "job"), openFileLinks(EXPORTS)];
  // Where they lead is read at their first use: another archive may be opened after this one.
  await Promise.all([bucket.list("", undefined), exports.list("", undefined), signingKey.publicKey(), linkToFile("x")]);
  return { store, exportStore, address, bucket, exports, linkToFile, signingKey, close: () => close(server) };
}

/** What leads the SDK's clients there. */
export function surroundingsOf(address: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_S3: address,
    AWS_ENDPOINT_URL_KMS: address,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  };
}
