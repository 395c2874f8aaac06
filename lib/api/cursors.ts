/**
 * Cursors: opaque to clients, and authenticated, so that one made up, altered, or taken from another organization, route or
 * filter is refused as malformed instead of reading somewhere else.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { refuseParameter } from "./body.ts";

const MAC_BYTES = 16;

export class Cursors {
  readonly #secret: string;

  /** @param secret at least 32 characters, the same in all functions of a deployment */
  constructor(secret: string) {
    if (secret.length < 32) throw new Error("the cursor secret must have at least 32 characters");
    this.#secret = secret;
  }

  /** @param binding organization, route and filters that the cursor is good for */
  seal(position: unknown, binding: string): string {
    const payload = Buffer.from(JSON.stringify(position));
    return Buffer.concat([this.#sign(payload, binding), payload]).toString("base64url");
  }

  open(cursor: string, binding: string): unknown {
    const bytes = Buffer.from(cursor, "base64url");
    const mac = bytes.subarray(0, MAC_BYTES);
    const payload = bytes.subarray(MAC_BYTES);
    const isOurs = mac.length === MAC_BYTES && timingSafeEqual(mac, this.#sign(payload, binding));
    if (!isOurs || bytes.toString("base64url") !== cursor) {
      refuseParameter("cursor", "The cursor is not one of this list.");
    }
    return JSON.parse(payload.toString());
  }

  #sign(payload: Buffer, binding: string): Buffer {
    return createHmac("sha256", this.#secret).update(`${binding}\n`).update(payload).digest().subarray(0, MAC_BYTES);
  }
}
