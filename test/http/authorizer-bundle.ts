/** The authorizer as it is deployed, in a thread of its own: its bundle, its template's settings, and an issuer under the test's control. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RouteAccess } from "../../lib/api/access.ts";
import { bundleFunctions } from "../../lib/infra/bundles.ts";
import { readTenant } from "../../lib/local/assembly.ts";
import { judge } from "../../lib/local/authorizer-policy.ts";
import { Deployment } from "../../lib/local/deployment.ts";
import { functionOf } from "../../lib/local/function-definition.ts";
import { environmentFor } from "../../lib/local/function-environment.ts";
import { FunctionPool } from "../../lib/local/function-pool.ts";
import { readRestApi } from "../../lib/local/rest-api.ts";
import { root } from "../../lib/local/service.ts";
import { readUserPool } from "../../lib/local/user-pool.ts";
import { eventOf } from "../functions/authorizer-world.ts";
import type { RunningService } from "./service.ts";

/** By which it knows API keys, and the only secret that it is given. */
export const PEPPER = "a secret of the authorizer's own, for its tests";

const LOGIN = "http://127.0.0.1:4001";

export type Verdict = "allowed" | "access.denied" | "unauthenticated" | "not_found";

export interface AuthorizerBundle {
  /** The client whose tokens it believes. */
  readonly clientId: string;
  ask(call: string, params: Readonly<Record<string, string>>, token: string): Promise<Verdict>;
  close(): Promise<void>;
}

/** @param routes instead of the deployed ones, those of a bundle made for the test */
export function openAuthorizerBundle(
  { endpoint }: Pick<RunningService, "endpoint">,
  issuer: string,
  routes?: readonly RouteAccess[],
): AuthorizerBundle {
  const deployment = new Deployment(readTenant(join(root, "cdk.out"), "example"), {
    providerUrl: issuer,
    secretOf: () => PEPPER,
  });
  const arn = readRestApi(deployment).methods.find(({ authorizer }) => authorizer !== undefined)?.authorizer;
  const deployed = functionOf(deployment, arn ?? "none");
  const folder = mkdtempSync(join(tmpdir(), "bailiwick-authorizer-"));
  const definition = routes === undefined ? deployed : { ...deployed, file: bundleInto(folder, routes) };
  const pool = new FunctionPool(
    definition,
    environmentFor(definition, { dynamodbEndpoint: endpoint, login: issuer, archive: "" }),
    () => {},
  );
  return {
    clientId: readUserPool(deployment, LOGIN).client.ClientId,
    async ask(call, params, token) {
      const event = eventOf(call, { params, headers: { Authorization: [`Bearer ${token}`] } });
      const outcome = await pool.invoke(JSON.stringify(event), "test", "", 10_000);
      if (!outcome.ok) {
        if (outcome.error.errorMessage === "Unauthorized") return "unauthenticated";
        throw new Error(outcome.error.errorMessage);
      }
      const verdict = judge(JSON.parse(outcome.payload), event.methodArn);
      if (verdict.kind === "broken") throw new Error(verdict.why);
      if (verdict.kind === "deny") return verdict.context.get("code") as "access.denied";
      return verdict.context.get("isWorkspaceAbsent") === "true" ? "not_found" : "allowed";
    },
    async close() {
      await pool.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function bundleInto(folder: string, routes: readonly RouteAccess[]): string {
  return join(bundleFunctions(folder, routes).get("authorizer") ?? folder, "index.mjs");
}
