/** What happens between an offer's look and its deed: what it rested on must still be so. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { beforeEach, describe, expect, it } from "vitest";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admit, assign, done, edit, makeAcme, makeSharedRole, makeWorkspace } from "./acme.ts";
import type { Caller } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";

/** Happens once, before the next transaction of the slow API. */
let meanwhile: (() => Promise<unknown>) | undefined;

function interrupt(client: DynamoDBDocumentClient): DynamoDBDocumentClient {
  const send = client.send.bind(client) as (...args: unknown[]) => Promise<unknown>;
  const interrupted = async (command: unknown, ...rest: unknown[]) => {
    const happens = command instanceof TransactWriteCommand ? meanwhile : undefined;
    if (happens !== undefined) {
      meanwhile = undefined;
      await happens();
    }
    return send(command, ...rest);
  };
  return new Proxy(client, { get: (target, name) => (name === "send" ? interrupted : Reflect.get(target, name)) });
}

let acme: Acme;
let slowly: ReturnType<typeof openTestApi>;
let south: string;
let vic: Caller;
let taker: string;
beforeEach(async () => {
  const { store, tableName } = await openTestStore();
  acme = await makeAcme({ store });
  slowly = openTestApi((await openTestStore({ tableName, wrap: interrupt })).store);
  south = await makeWorkspace(acme, "South");
  taker = await makeSharedRole(acme, "Taker", ["share:accept"]);
  vic = await admit(acme, "vic", "rol_owner");
  await assign(acme, vic, [taker], `${acme.O}/workspaces/${south}`);
  await done(acme.api.call(acme.ann, `PUT ${acme.W}/resources/workflow/triage`, { body: { name: "Triage" } }));
});

const offer = () =>
  slowly.call(vic, `POST ${acme.W}/shares`, {
    body: { resourceType: "workflow", resourceId: "triage", targetWorkspaceId: south, actions: ["read"] },
  });
const inSouth = (what: string) => acme.api.call(acme.ann, what.replace("S/", `${acme.O}/workspaces/${south}/`));

describe("an offer that would be accepted at once", () => {
  it("is, when nothing happens meanwhile", async () => {
    expect((await offer()).body).toMatchObject({ state: "accepted" });
  });

  it("waits when the org-managed role that let its maker accept there has lost the scope", async () => {
    meanwhile = () => acme.api.call(acme.ann, `PATCH ${acme.O}/roles/${taker}`, edit({ scopes: ["workflow:read"] }));
    expect((await offer()).body).toMatchObject({ state: "pending" });
    expect((await inSouth("GET S/resources/workflow/triage")).status).toBe(404);
  });

  it("waits when its maker has lost the role in the target", async () => {
    meanwhile = () => inSouth(`DELETE S/assignments/${vic.userId}`);
    expect((await offer()).body).toMatchObject({ state: "pending" });
  });

  it("is refused when the target made its own under that id", async () => {
    const body = { body: { name: "Mine" } };
    meanwhile = () => acme.api.call(acme.ann, `PUT ${acme.O}/workspaces/${south}/resources/workflow/triage`, body);
    expect((await offer()).body).toMatchObject({ code: "id.taken" });
  });

  it("is refused when its resource was deleted", async () => {
    meanwhile = () => acme.api.call(acme.ann, `DELETE ${acme.W}/resources/workflow/triage`);
    expect((await offer()).body).toMatchObject({ code: "request.invalid" });
  });

  it("is refused when its maker has lost the right to share", async () => {
    meanwhile = () => assign(acme, vic, ["rol_viewer"]);
    expect((await offer()).body).toMatchObject({ code: "access.denied" });
  });
});
