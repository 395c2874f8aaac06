/**
 * Stands in for the SDK's `@smithy/core/checksum` inside the bundles. The SDK brings hashes written in JavaScript along, for where
 * Node was built without its own; Lambda's was not, and they are a hundredth of the authorizer.
 */
import type { Hash, Hmac } from "node:crypto";
import { createHash, createHmac } from "node:crypto";
import { crc32 } from "node:zlib";

type Data = string | ArrayBuffer | NodeJS.ArrayBufferView;

const toBytes = (data: Data) => (data instanceof ArrayBuffer ? new Uint8Array(data) : data);

class NodeHash {
  readonly digestLength: number;
  readonly #begin: () => Hash | Hmac;
  #hash: Hash | Hmac;

  constructor(digestLength: number, begin: () => Hash | Hmac) {
    this.digestLength = digestLength;
    this.#begin = begin;
    this.#hash = begin();
  }

  update(data: Data): void {
    this.#hash.update(toBytes(data));
  }

  async digest(): Promise<Uint8Array> {
    // What was hashed so far may be asked for more than once; an HMAC ends with its digest.
    const hash = "copy" in this.#hash ? this.#hash.copy() : this.#hash;
    return new Uint8Array(hash.digest());
  }

  reset(): void {
    this.#hash = this.#begin();
  }
}

/** With a secret it is an HMAC: the SDK's signatures are made of those. */
export class Sha256 extends NodeHash {
  constructor(secret?: Data) {
    super(32, () => (secret === undefined ? createHash("sha256") : createHmac("sha256", toBytes(secret))));
  }
}

export class Md5 extends NodeHash {
  constructor() {
    super(16, () => createHash("md5"));
  }
}

export class Crc32 {
  readonly digestLength = 4;
  #sum = 0;

  update(data: Data): void {
    this.#sum = crc32(toBytes(data), this.#sum);
  }

  async digest(): Promise<Uint8Array> {
    const bytes = Buffer.alloc(this.digestLength);
    bytes.writeUInt32BE(this.#sum);
    return new Uint8Array(bytes);
  }

  reset(): void {
    this.#sum = 0;
  }
}

/** The SDK names it for bodies that are streams; those of the functions are texts. */
export function readableStreamHasher(): never {
  throw new Error("No function sends a stream");
}

/** The SDK hands them on under these names too. */
export { Crc32 as Crc32Js, Crc32 as Crc32Node, Sha256 as Sha256Js, Sha256 as Sha256Node };
