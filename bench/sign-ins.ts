/** How long a whole sign-in through a provider takes: redirect, signed answer, validation, both triggers, code and token. */
import { fetchToken } from "../lib/local/sign-in-client.ts";
import { Client } from "./client.ts";
import type { Measured } from "./number.ts";
import { percentile } from "./number.ts";

const TIMES = 30;
const PERSON = "dana@bench.example";

export async function measureSignIns(api: string, login: string, token: string): Promise<Measured[]> {
  const client = new Client(api, token, 1);
  const org = await client.demand("POST", "/v1/orgs", { name: "Bench" });
  const O = `/v1/orgs/${org.id}`;
  await client.demand("POST", `${O}/workspaces`, { name: "Production" });
  const when = { all: [{ attribute: "groups", operator: "equals", values: ["SOC"] }] };
  await client.demand("POST", `${O}/claim-rules`, { name: "SOC", when, roleId: "rol_viewer" });
  const connections = {
    saml: { saml: { metadataUrl: `${login}/test-idp/saml/metadata` } },
    oidc: { oidc: { issuer: `${login}/test-idp/oidc`, clientId: "bailiwick", clientSecret: "local" } },
  };
  const measured: Measured[] = [];
  for (const protocol of ["saml", "oidc"] as const) {
    const body = { name: protocol, protocol, enabled: true, ...connections[protocol] };
    const { id } = await client.demand("POST", `${O}/identity-providers`, body);
    const times: number[] = [];
    // The first one makes the user, and keys where there are none.
    for (let time = 0; time <= TIMES; time++) {
      const start = performance.now();
      await fetchToken(login, PERSON, { identityProvider: id, claims: { groups: ["SOC", "EMEA"] } });
      if (time > 0) times.push(performance.now() - start);
    }
    const name = { saml: "SAML", oidc: "OIDC" }[protocol];
    measured.push({
      what: `a whole ${name} sign-in, warm: half are within`,
      value: percentile(times, 0.5),
      unit: " ms",
    });
    measured.push({
      what: `a whole ${name} sign-in, warm: 95 % are within`,
      value: percentile(times, 0.95),
      unit: " ms",
      bar: { most: 400 },
    });
  }
  client.close();
  return measured;
}
