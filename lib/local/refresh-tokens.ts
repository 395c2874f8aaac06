/** Refresh tokens: opaque, good until they end, kept over restarts as digests. They are not rotated, as at Cognito by default. */
import { createHash, randomBytes } from "node:crypto";
import type { DataFolder } from "./data-folder.ts";

const FILE = "refresh-tokens.jsonl";

export interface Session {
  readonly clientId: string;
  readonly username: string;
  readonly scopes: readonly string[];
  readonly authTime: number;
  readonly origin: string;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export class RefreshTokens {
  readonly #folder: DataFolder;
  readonly #now: () => number;
  readonly #sessions = new Map<string, Session>();

  constructor(folder: DataFolder, now: () => number = Date.now) {
    this.#folder = folder;
    this.#now = now;
    const kept = (folder.read(FILE) ?? "").split("\n").filter((line) => line !== "");
    const live = kept.filter((line) => {
      const [digest, session]: [string, Session] = JSON.parse(line);
      if (session.until > now()) this.#sessions.set(digest, session);
      return session.until > now();
    });
    if (live.length < kept.length) folder.write(FILE, live.map((line) => `${line}\n`).join(""));
  }

  issue(session: Session): string {
    const token = randomBytes(48).toString("base64url");
    const digest = digestOf(token);
    this.#sessions.set(digest, session);
    this.#folder.append(FILE, `${JSON.stringify([digest, session])}\n`);
    return token;
  }

  find(token: string): Session | undefined {
    const session = this.#sessions.get(digestOf(token));
    return session !== undefined && session.until > this.#now() ? session : undefined;
  }
}

function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
