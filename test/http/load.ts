/** Connections that write and read without pause, and remember every answer; afterwards each is held against what is stored. */
import { expect } from "vitest";
import type { Acme } from "./acme.ts";
import { done } from "./acme.ts";
import { readLog } from "./chains.ts";
import type { Answer, Client } from "./client.ts";

export const CONNECTIONS = 16;

interface Written {
  readonly workspaceId: string;
  readonly name: string;
  readonly answer: Answer;
}

export class Load {
  readonly #client: Client;
  readonly #acme: Acme;
  readonly #workspaceIds: readonly string[];
  readonly #written: Written[] = [];
  /** Every answer, with when it was there. */
  readonly answers: { readonly answer: Answer; readonly at: number }[] = [];
  /** Requests that were never answered. */
  unanswered = 0;
  #isRunning = true;
  readonly #loops: readonly Promise<void>[];

  /** @param workspaceIds where roles are written, each connection in one of them */
  constructor(client: Client, acme: Acme, workspaceIds: readonly string[]) {
    this.#client = client;
    this.#acme = acme;
    this.#workspaceIds = workspaceIds;
    this.#loops = Array.from({ length: CONNECTIONS }, (_, index) => this.#loop(index));
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await Promise.all(this.#loops);
  }

  /** Resolves when so many writes have been acknowledged that were sent after this call. */
  async untilWritten(count: number): Promise<void> {
    const since = performance.now();
    const isNew = ({ answer, at }: Load["answers"][number]) =>
      answer.status === 201 && at - answer.milliseconds > since;
    while (this.answers.filter(isNew).length < count) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async #loop(index: number): Promise<void> {
    const workspaceId = this.#workspaceIds[index % this.#workspaceIds.length] ?? "";
    const path = `${this.#acme.O}/workspaces/${workspaceId}`;
    for (let turn = 0; this.#isRunning; turn++) {
      const name = `Role ${index} ${turn} ${Math.random()}`;
      try {
        const answer = await this.#ask(`POST ${path}/roles`, { name, scopes: ["workflow:run"] });
        this.#written.push({ workspaceId, name, answer });
        await this.#ask(`GET ${path}/me`);
      } catch (error) {
        if (error instanceof Error && "code" in error) this.unanswered++;
        else throw error;
        // Nobody listens at the moment.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  async #ask(what: string, body?: object): Promise<Answer> {
    const answer = await this.#client.call(this.#acme.ann.token, what, { body });
    this.answers.push({ answer, at: performance.now() });
    return answer;
  }

  /** Nothing that was acknowledged is lost, each change has exactly one entry, and what is there without an answer is whole. */
  async expectKept(): Promise<void> {
    const { O, ann } = this.#acme;
    expect(await done(this.#client.call(ann.token, `POST ${O}/audit-log/verify`))).toMatchObject({ intact: true });
    let acknowledged = 0;
    for (const workspaceId of this.#workspaceIds) {
      const entries = await readLog(this.#client, this.#acme, workspaceId);
      expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
      const made = entries.filter(({ action }) => action === "role.created");
      const roles = await this.#readRoles(workspaceId);
      expect(new Set(made.map(({ target }) => target.id))).toEqual(new Set(roles.keys()));
      expect(made).toHaveLength(roles.size);
      for (const { answer, name } of this.#written.filter((one) => one.workspaceId === workspaceId)) {
        const own = made.filter(({ origin }) => origin.requestId === answer.headers["x-request-id"]);
        if (answer.status === 201) {
          acknowledged++;
          expect(own.map(({ target }) => target.id)).toEqual([answer.body.id]);
          expect(roles.get(answer.body.id)).toBe(name);
        } else expect(own.length).toBeLessThanOrEqual(1);
      }
    }
    expect(acknowledged).toBeGreaterThan(10);
  }

  async #readRoles(workspaceId: string): Promise<Map<string, string>> {
    const roles = new Map<string, string>();
    for (let cursor = ""; ; ) {
      const path = `${this.#acme.O}/workspaces/${workspaceId}/roles?limit=100${cursor}`;
      const page = await done(this.#client.call(this.#acme.ann.token, `GET ${path}`));
      for (const { id, name, managedBy } of page.items) if (managedBy === "workspace") roles.set(id, name);
      if (page.nextCursor === undefined) return roles;
      cursor = `&cursor=${page.nextCursor}`;
    }
  }
}
