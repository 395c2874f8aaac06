/** Whoever was let through and is shut out, or stands before nothing, before their request is answered: at each call that it makes. */
import { expect, it } from "vitest";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admit, assign, done, makeAcme, makeWorkspace, scopesOf } from "./acme.ts";
import type { Caller } from "./in-process.ts";
import { openTestApi } from "./in-process.ts";
import { layer } from "./interleaved.ts";

interface Scene {
  readonly acme: Acme;
  readonly pat: Caller;
  /** A workspace that goes. */
  readonly at: string;
}

interface Case {
  readonly name: string;
  readonly asks: (scene: Scene) => readonly [Caller, string, object?];
  readonly happens: (scene: Scene) => Promise<unknown>;
  readonly refused: number;
}

const suspend = ({ acme, pat }: Scene) =>
  done(acme.api.call(acme.ann, `PATCH ${acme.O}/users/${pat.userId}`, { body: { status: "suspended" } }));
const remove = async ({ acme, at }: Scene) => {
  await done(acme.api.call(acme.ann, `POST ${at}/suspend`));
  await done(acme.api.call(acme.ann, `DELETE ${at}`));
};

const making: readonly (readonly [string, object])[] = [
  ["roles", { name: "Made", scopes: ["case:read"] }],
  ["resources/workflow", { id: "made", name: "Made" }],
  ["users", { email: "new@acme.example", roleIds: ["rol_viewer"] }],
  ["api-keys", { name: "Made", kind: "personal", scopes: ["case:read"] }],
];

const cases: readonly Case[] = [
  {
    name: "suspended, is told nothing of what they could do",
    asks: ({ acme, pat }) => [pat, `GET ${acme.W}/me`],
    happens: suspend,
    refused: 401,
  },
  {
    name: "without a role any more, neither",
    asks: ({ acme, pat }) => [pat, `GET ${acme.W}/me`],
    happens: ({ acme, pat }) => assign(acme, pat, []),
    refused: 403,
  },
  {
    name: "has no access to a workspace that is gone",
    asks: ({ acme, at }) => [acme.ann, `GET ${at}/me`],
    happens: remove,
    refused: 404,
  },
  ...making.map(
    ([path, body]): Case => ({
      name: `makes nothing in a workspace that is gone: ${path}`,
      asks: ({ acme, at }) => [acme.ann, `POST ${at}/${path}`, body],
      happens: remove,
      refused: 404,
    }),
  ),
];

it.each(cases)("$name", async ({ asks, happens, refused }) => {
  for (let passing = 0; ; passing++) {
    const { store, tableName } = await openTestStore();
    const acme = await makeAcme({ store });
    const at = `${acme.O}/workspaces/${await makeWorkspace(acme, "Goes")}`;
    const scene = { acme, at, pat: await admit(acme, "pat", "rol_operator") };
    const [who, what, body] = asks(scene);
    let left = passing;
    let isMet = false;
    const meanwhile = layer(async (command, send) => {
      if (left-- === 0) {
        isMet = true;
        await happens(scene);
      }
      return send(command);
    });
    const slowly = openTestApi((await openTestStore({ tableName, wrap: meanwhile })).store);
    const { status } = await slowly.call(who, what, body === undefined ? {} : { body });
    if (!isMet) {
      expect(passing).toBeGreaterThanOrEqual(2);
      expect(status).toBeLessThan(300);
      return;
    }
    expect([passing, status]).toEqual([passing, refused]);
    expect(await scopesOf(acme, acme.ann)).not.toEqual([]);
  }
});
