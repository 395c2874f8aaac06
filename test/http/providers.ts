/** Identity providers, made through the API as anybody makes them: the test provider of this machine, over OIDC. */
import { inject } from "vitest";
import type { Acme } from "./acme.ts";
import { done } from "./acme.ts";
import type { Client } from "./client.ts";

/** @returns its id */
export async function connectProvider(client: Client, { O, ann }: Pick<Acme, "O" | "ann">): Promise<string> {
  const { login } = inject("service");
  const body = {
    name: "Target",
    protocol: "oidc",
    oidc: { issuer: `${login}/test-idp/oidc`, clientId: "bailiwick", clientSecret: "local" },
    attributeMapping: { email: "email" },
  };
  const { id, status } = await done(client.call(ann.token, `POST ${O}/identity-providers`, { body }));
  if (status !== "ready") throw new Error(`the test provider is ${status}`);
  return id;
}
