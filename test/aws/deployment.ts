/** The deployed API, asked as a manager of the organization. */
import type { Settings } from "./settings.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Answer = any;

export class Deployment {
  readonly #organization: string;
  readonly #token: string;

  constructor({ api, orgId, token }: Settings) {
    this.#organization = `${api}/v1/orgs/${orgId}`;
    this.#token = token;
  }

  /** @param path beneath the organization @throws when the answer is no success */
  async call(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(`${this.#organization}${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.#token}`, "Content-Type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }
}
