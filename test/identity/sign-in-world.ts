/** People who sign in, on the real engine, beside an organization that invites them. */
import { randomBytes, randomUUID } from "node:crypto";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { expect } from "vitest";
import type { AuditEntry } from "../../lib/domain/audit.ts";
import { follows, NO_HASH, openEntry } from "../../lib/domain/audit.ts";
import type { EntryId, OrgId, UserId } from "../../lib/domain/ids.ts";
import { makeId } from "../../lib/domain/ids.ts";
import type { PoolSignIn } from "../../lib/identity/pool-sign-in.ts";
import { signIn } from "../../lib/identity/sign-in.ts";
import type { Store } from "../../lib/store/store.ts";
import type { StoreCall } from "../../lib/store/table.ts";
import type { Caller, TestApi } from "../api/in-process.ts";
import { openTestApi } from "../api/in-process.ts";
import { openTestStore } from "../engine.ts";

interface Entering {
  readonly store?: Store;
  readonly deadline?: number;
}

export class SignInWorld {
  readonly store: Store;
  readonly api: TestApi;
  /** The manager of the organizations. */
  readonly ann: Caller;
  /** Calls to the table, in order. */
  readonly calls: StoreCall[];
  readonly #tableName: string;
  #addresses = 0;

  private constructor(store: Store, tableName: string, api: TestApi, ann: Caller, calls: StoreCall[]) {
    this.store = store;
    this.#tableName = tableName;
    this.api = api;
    this.ann = ann;
    this.calls = calls;
  }

  static async open(): Promise<SignInWorld> {
    const calls: StoreCall[] = [];
    const { store, tableName } = await openTestStore({ observe: (call) => calls.push(call) });
    const api = openTestApi(store);
    return new SignInWorld(store, tableName, api, await api.person("ann@acme.example"), calls);
  }

  /** Another store on the same table, which loses the first answers. */
  async openLossy(loss: Loss): Promise<Store> {
    const wrap = (client: DynamoDBDocumentClient) => loseAnswers(client, loss);
    return (await openTestStore({ tableName: this.#tableName, wrap })).store;
  }

  /** Another store on the same table, where every transaction that touches an organization's item meets another. */
  async openBusy(orgId: OrgId): Promise<Store> {
    const wrap = (client: DynamoDBDocumentClient) => {
      const send = async (command: { constructor: { name: string }; input: object }, options: unknown) => {
        const isBusy =
          command.constructor.name === "TransactWriteCommand" && JSON.stringify(command.input).includes(orgId);
        if (!isBusy) return client.send(command as never, options as never);
        const CancellationReasons = [{ Code: "TransactionConflict" }];
        throw Object.assign(new Error("conflict"), { name: "TransactionCanceledException", CancellationReasons });
      };
      return new Proxy(client, { get: (target, name) => (name === "send" ? send : Reflect.get(target, name)) });
    };
    return (await openTestStore({ tableName: this.#tableName, wrap })).store;
  }

  /** The same store, whose first commits wait for each other: so many have read before any of them has written. */
  meetBeforeCommit(many: number): Store {
    let waiting = 0;
    let open = () => {};
    const met = new Promise<void>((resolve) => {
      open = resolve;
    });
    const commit: Store["commit"] = async (...sent) => {
      if (++waiting === many) open();
      await met;
      return this.store.commit(...sent);
    };
    return { ...this.store, commit };
  }

  newAddress(): string {
    return `person-${++this.#addresses}@acme.example`;
  }

  async makeOrganization(name: string): Promise<OrgId> {
    return (await this.api.call(this.ann, "POST /v1/orgs", { body: { name } })).body.id;
  }

  async invite(email: string, to: OrgId): Promise<UserId> {
    const invited = await this.api.call(this.ann, `POST /v1/orgs/${to}/users`, { body: { email } });
    expect(invited.status).toBe(201);
    return invited.body.id;
  }

  enter(who: PoolSignIn, { store = this.store, deadline }: Entering = {}) {
    const now = Date.now();
    const newId = (prefix: "usr" | "aud") => makeId(prefix, now, randomBytes(10)) as UserId & EntryId;
    return signIn(who, { store, now, newId, deadline: deadline ?? now + 3_000 });
  }

  async userIn(orgId: OrgId, userId: UserId) {
    return (await this.store.read({ user: this.store.users.at(orgId, userId) })).user;
  }

  /** The organization's whole chain, after checking that it is one. */
  async chainOf(orgId: OrgId): Promise<AuditEntry[]> {
    const { items } = await this.store.places.listEntries({ orgId }, { limit: 500 });
    const sealed = items.map(({ value }) => value);
    for (const [index, entry] of sealed.entries()) {
      expect(follows(orgId, sealed[index - 1] ?? { seq: 0, hash: NO_HASH }, entry)).toBe(true);
    }
    const { organization } = await this.store.read({ organization: this.store.organizations.at(orgId) });
    expect(organization).toMatchObject({ seq: sealed.length, hash: sealed.at(-1)?.hash });
    return sealed.map(openEntry);
  }

  async acceptancesIn(orgId: OrgId): Promise<AuditEntry[]> {
    return (await this.chainOf(orgId)).filter(({ action }) => action === "user.accepted");
  }
}

/** A sign-in of somebody whom the pool did not know before. */
export function newcomer(email: string | undefined, more: Partial<PoolSignIn> = {}): PoolSignIn {
  return { subject: randomUUID(), verifiedEmail: email, isFresh: true, requestId: "lambda-1", ...more };
}

interface Loss {
  readonly answers: number;
  readonly ofReadsToo?: boolean;
  /** Whether the table takes what is sent again for something new, as it does once the token is ten minutes old. */
  readonly forgetsTokens?: boolean;
}

/** Loses answers as a broken connection does: what was asked has happened. */
function loseAnswers(client: DynamoDBDocumentClient, loss: Loss): DynamoDBDocumentClient {
  let left = loss.answers;
  const send = async (command: { constructor: { name: string }; input: object }, options: unknown) => {
    const isCommit = command.constructor.name === "TransactWriteCommand";
    if (isCommit && loss.forgetsTokens) Object.assign(command.input, { ClientRequestToken: randomUUID() });
    const answer = await client.send(command as never, options as never);
    if ((isCommit || loss.ofReadsToo) && left-- > 0) {
      throw Object.assign(new Error("the connection broke"), { name: "TimeoutError" });
    }
    return answer;
  };
  return new Proxy(client, { get: (target, name) => (name === "send" ? send : Reflect.get(target, name)) });
}
