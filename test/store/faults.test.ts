/** What the store does when the engine misbehaves: the same bytes again, never a new decision, and an end to trying. */
import { randomUUID } from "node:crypto";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { BatchGetCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect, it } from "vitest";
import { NO_HASH } from "../../lib/domain/audit.ts";
import { openTestStore } from "../engine.ts";
import { newIds, organizationOf, sealFirst } from "./contract.ts";

type Send = (command: unknown, options?: unknown) => Promise<unknown>;

/** Puts `instead` between the store and the engine. */
function intercept(client: DynamoDBDocumentClient, instead: (command: unknown, send: Send) => Promise<unknown>) {
  const send = client.send.bind(client) as Send;
  return new Proxy(client, {
    get: (target, name) =>
      name === "send"
        ? (command: unknown, options: unknown) => instead(command, (sent) => send(sent, options))
        : Reflect.get(target, name),
  });
}

const timeOut = () => Object.assign(new Error("time-out"), { name: "TimeoutError" });
const cancelled = (code: string) =>
  Object.assign(new Error("cancelled"), {
    name: "TransactionCanceledException",
    CancellationReasons: [{ Code: code }],
  });

describe("a store whose engine misbehaves", () => {
  it("sends the same bytes under the same token after a time-out that hid a success, and applies them once", async () => {
    const sent: (string | undefined)[] = [];
    const { store } = await openTestStore({
      wrap: (client) =>
        intercept(client, async (command, send) => {
          if (!(command instanceof TransactWriteCommand)) return send(command);
          sent.push(JSON.stringify(command.input));
          const answer = await send(command);
          if (sent.length === 1) throw timeOut();
          return answer;
        }),
    });
    const { orgId } = newIds();
    const outcome = await store.commit(
      store.organizations.create(organizationOf(orgId)),
      randomUUID(),
      async () => false,
    );
    expect(outcome).toBe("committed");
    expect(sent).toHaveLength(2);
    expect(sent[0]).toBe(sent[1]);
  });

  it("finds its own entry when the engine forgot the token, and does not decide anew", async () => {
    let tries = 0;
    const { store } = await openTestStore({
      wrap: (client) =>
        intercept(client, async (command, send) => {
          if (!(command instanceof TransactWriteCommand)) return send(command);
          const attempt = ++tries;
          const answer = await send(new TransactWriteCommand({ ...command.input, ClientRequestToken: randomUUID() }));
          if (attempt === 2) throw timeOut();
          return answer;
        }),
    });
    const { orgId } = newIds();
    await store.commit(store.organizations.create(organizationOf(orgId)), randomUUID(), async () => false);
    const entry = sealFirst(orgId);
    const changes = [
      store.places.advance({ orgId }, { seq: 0, hash: NO_HASH }, entry),
      store.places.append({ orgId }, entry),
    ];
    const isOurs = async () => {
      const { found } = await store.read({ found: store.places.entry({ orgId }, 1) });
      return found?.hash === entry.hash;
    };
    expect(await store.commit(changes, store.transactionToken([entry]), isOurs)).toBe("committed");
    expect(tries).toBe(3);
  });

  it.each(["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])(
    "tries again when a transaction is cancelled for %s",
    async (code) => {
      let tries = 0;
      const { store } = await openTestStore({
        wrap: (client) =>
          intercept(client, async (command, send) => {
            if (command instanceof TransactWriteCommand && ++tries <= 3) throw cancelled(code);
            return send(command);
          }),
      });
      const { orgId } = newIds();
      expect(
        await store.commit(store.organizations.create(organizationOf(orgId)), randomUUID(), async () => false),
      ).toBe("committed");
      expect(tries).toBe(4);
    },
  );

  it("never tries again when a condition failed, even beside a conflict", async () => {
    let tries = 0;
    const { store } = await openTestStore({
      wrap: (client) =>
        intercept(client, async () => {
          tries++;
          throw Object.assign(cancelled("x"), {
            CancellationReasons: [{ Code: "TransactionConflict" }, { Code: "ConditionalCheckFailed" }],
          });
        }),
    });
    const { orgId } = newIds();
    expect(await store.commit(store.organizations.create(organizationOf(orgId)), randomUUID(), async () => false)).toBe(
      "raced",
    );
    expect(tries).toBe(1);
  });

  it("repeats a batch whole that was answered in part", async () => {
    let tries = 0;
    const { store } = await openTestStore({
      wrap: (client) =>
        intercept(client, async (command, send) => {
          const answer = (await send(command)) as { UnprocessedKeys?: unknown };
          if (!(command instanceof BatchGetCommand) || ++tries > 1) return answer;
          return { ...answer, Responses: {}, UnprocessedKeys: command.input.RequestItems };
        }),
    });
    const { orgId } = newIds();
    await store.commit(store.organizations.create(organizationOf(orgId)), randomUUID(), async () => false);
    const { found } = await store.read({ found: store.organizations.at(orgId) });
    expect(found?.id).toBe(orgId);
    expect(tries).toBe(2);
  });

  it("gives up with `unavailable` when nothing answers, for reads and for writes", async () => {
    let tries = 0;
    const { store } = await openTestStore({
      isImpatient: true,
      wrap: (client) =>
        intercept(client, async () => {
          tries++;
          throw Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
        }),
    });
    const { orgId } = newIds();
    const unavailable = { code: "unavailable" };
    await expect(store.read({ found: store.organizations.at(orgId) })).rejects.toMatchObject(unavailable);
    const write = store.commit(store.organizations.create(organizationOf(orgId)), randomUUID(), async () => false);
    await expect(write).rejects.toMatchObject(unavailable);
    expect(tries).toBeGreaterThan(3);
  });

  it("tries a silent engine once and briefly, and is patient again as soon as it has spoken", async () => {
    let tries = 0;
    let isSilent = false;
    const { store } = await openTestStore({
      wrap: (client) =>
        intercept(client, async (command, send) => {
          tries++;
          if (isSilent) throw timeOut();
          return send(command);
        }),
    });
    const { orgId } = newIds();
    const countTries = async () => {
      tries = 0;
      await store.read({ found: store.organizations.at(orgId) }).catch(() => "unavailable");
      return tries;
    };
    isSilent = true;
    expect(await countTries()).toBeGreaterThan(1);
    expect([await countTries(), await countTries()]).toEqual([1, 1]);
    isSilent = false;
    expect(await countTries()).toBe(1);
    isSilent = true;
    expect(await countTries()).toBeGreaterThan(1);
  });

  it("does not try again what can never succeed", async () => {
    let tries = 0;
    const { store } = await openTestStore({
      wrap: (client) =>
        intercept(client, async () => {
          tries++;
          throw Object.assign(new Error("bad"), { name: "ValidationException", $metadata: { httpStatusCode: 400 } });
        }),
    });
    const { orgId } = newIds();
    await expect(store.read({ found: store.organizations.at(orgId) })).rejects.toMatchObject({
      name: "ValidationException",
    });
    expect(tries).toBe(1);
  });
});
