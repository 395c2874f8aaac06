/** Requests about claim rules, as tests make them. */
import type { FederatedWorld } from "../identity/federated-world.ts";
import { toRule } from "../identity/federated-world.ts";
import { done } from "./acme.ts";
import type { Caller } from "./in-process.ts";

/** Rules that fit one transaction. */
const STEP = 90;

/** What tests look at of a rule. */
export interface ShownRule {
  readonly id: string;
  readonly name: string;
  readonly rank: number;
  readonly roleId: string;
}

interface Sketch {
  readonly name?: string;
  readonly groups?: readonly string[];
  readonly [member: string]: unknown;
}

export const inGroups = (...values: readonly string[]) => ({
  all: [{ attribute: "groups", operator: "in", values }],
});

/** The body of a rule that gives the Viewer's role to a group. */
export function ruleBody({ name = "A rule", groups = ["SOC"], ...more }: Sketch = {}) {
  return { name, when: inGroups(...groups), roleId: "rol_viewer", ...more };
}

export function makeRule(
  { api, acme }: FederatedWorld,
  at: string,
  sketch: Sketch = {},
  by: Caller = acme.ann,
): Promise<ShownRule> {
  return done(api.call(by, `POST ${at}/claim-rules`, { body: ruleBody(sketch) }));
}

export async function listRules({ api, acme }: FederatedWorld, at: string): Promise<ShownRule[]> {
  return (await done(api.call(acme.ann, `GET ${at}/claim-rules?limit=100`))).items;
}

/** Many rules of the organization, of which none has anything to do with the others. */
export async function growRules(world: FederatedWorld, count: number): Promise<void> {
  const rules = Array.from({ length: count }, (_, index) => toRule({ role: "rol_viewer", group: `Group ${index}` }));
  for (let made = 0; made < count; made += STEP) await world.keepRules(rules.slice(0, made + STEP));
}
