/** Own resource types as tests register them. */
import type { Acme } from "./acme.ts";
import type { Answer, Caller } from "./in-process.ts";

export const PLAYBOOK = "acme.playbook";

/** Playbooks that Viewers read and Operators run. */
export const playbook = {
  description: "Playbooks of the response team.",
  actions: [{ name: "read" }, { name: "write" }, { name: "run" }],
  predefinedRoles: { Viewer: ["read"], Operator: ["read", "run"] },
};

/** The same without the named actions, wherever they stand. */
export function without(...names: readonly string[]) {
  const isKept = (name: string) => !names.includes(name);
  const lines = Object.entries(playbook.predefinedRoles).map(([role, actions]) => [role, actions.filter(isKept)]);
  return {
    ...playbook,
    actions: playbook.actions.filter(({ name }) => isKept(name)),
    predefinedRoles: Object.fromEntries(lines) as Record<string, string[]>,
  };
}

/** Registers a type that is not there yet. */
export function register(
  { api, ann, O }: Pick<Acme, "api" | "ann" | "O">,
  body: object = playbook,
  type = PLAYBOOK,
  by: Caller = ann,
): Promise<Answer> {
  return api.call(by, `PUT ${O}/resource-types/${type}`, { body });
}

/** Replaces one that is there, whatever its version. */
export function replace({ api, ann, O }: Pick<Acme, "api" | "ann" | "O">, body: object, by: Caller = ann) {
  return api.call(by, `PUT ${O}/resource-types/${PLAYBOOK}`, { body, headers: { "if-match": "*" } });
}
