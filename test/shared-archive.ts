/** An archive for whoever never looks into it; what it takes is loaded and opened when it is first asked. */
import type { Archive } from "../lib/api/checkpoints.ts";

let opened: Promise<Archive> | undefined;

function open(): Promise<Archive> {
  opened ??= import("./archive.ts").then(({ openTestArchive }) => openTestArchive());
  return opened;
}

export const sharedArchive: Archive = {
  bucket: {
    putNew: async (key, body) => (await open()).bucket.putNew(key, body),
    read: async (key) => (await open()).bucket.read(key),
    list: async (prefix, after) => (await open()).bucket.list(prefix, after),
  },
  signingKey: {
    sign: async (text) => (await open()).signingKey.sign(text),
    isSigned: async (text, signature) => (await open()).signingKey.isSigned(text, signature),
    publicKey: async () => (await open()).signingKey.publicKey(),
  },
};
