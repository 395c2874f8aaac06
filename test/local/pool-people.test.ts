import { describe, expect, test } from "vitest";
import { openMemory } from "../../lib/local/data-folder.ts";
import { PoolPeople } from "../../lib/local/pool-people.ts";
import { RefreshTokens } from "../../lib/local/refresh-tokens.ts";

const dana = { providerName: "idp01k", providerType: "SAML", userId: "Dana@acme.example", issuer: "urn:acme" } as const;

describe("the people of the pool", () => {
  test("of a folder made before there were identity providers stay the same", () => {
    const folder = openMemory();
    folder.append("pool.jsonl", '{"sub":"s-1","email":"ann@acme.example"}\n');
    const person = new PoolPeople(folder).personOf("Ann@acme.example");
    expect(person).toEqual({
      sub: "s-1",
      username: "s-1",
      attributes: { email: "ann@acme.example", email_verified: "true" },
    });
  });

  test("stay the same over a restart, with what was said of them last", () => {
    const folder = openMemory();
    const people = new PoolPeople(folder);
    const first = people.federated(dana, { email: "dana@acme.example", name: "Dana" });
    people.federated(dana, { email: "new@acme.example" });
    const again = new PoolPeople(folder).named("idp01k_dana@acme.example");
    expect(again).toEqual({
      ...first,
      attributes: { email: "new@acme.example", email_verified: "false", name: "Dana" },
    });
  });

  test("are another one through another provider, and another one by their address", () => {
    const people = new PoolPeople(openMemory());
    const attributes = { email: "dana@acme.example" };
    const ids = [
      people.federated(dana, attributes).sub,
      people.federated({ ...dana, providerName: "idp01m" }, attributes).sub,
      people.personOf("dana@acme.example").sub,
    ];
    expect(new Set(ids).size).toBe(3);
  });

  test("are written down once for a sign-in that says nothing new", () => {
    const folder = openMemory();
    const people = new PoolPeople(folder);
    for (let at = 0; at < 3; at++) people.federated(dana, { email: "dana@acme.example" });
    expect(folder.read("pool.jsonl")?.trim().split("\n").length).toBe(1);
  });
});

test("refresh tokens are good over a restart until they end, and are kept as digests", () => {
  const folder = openMemory();
  const session = { clientId: "c", username: "u", scopes: ["openid"], authTime: 1, origin: "o", until: 1_000 };
  const token = new RefreshTokens(folder, () => 0).issue(session);
  expect(folder.read("refresh-tokens.jsonl")).not.toContain(token);
  expect(new RefreshTokens(folder, () => 999).find(token)).toEqual(session);
  expect(new RefreshTokens(folder, () => 1_000).find(token)).toBeUndefined();
  expect(folder.read("refresh-tokens.jsonl")).toBe("");
});
