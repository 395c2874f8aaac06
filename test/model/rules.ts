/**
 * A second statement of what `domain.md` means by claim rules, to be held against `lib/domain`. It imports nothing, and it works
 * another way: it asks each workspace of a short list by itself, each rule and each condition anew, and says "unknown" for what
 * cannot be told.
 */

type ModelValue = string | number | boolean;
type Answer = "yes" | "no" | "unknown";

export interface ModelCondition {
  readonly attribute: string;
  readonly operator: string;
  readonly values: readonly ModelValue[];
  readonly negate?: boolean;
  readonly ignoreCase?: boolean;
}

interface ModelRule {
  readonly id: string;
  readonly roleId: string;
  readonly when: { readonly all: readonly ModelCondition[] } | { readonly any: readonly ModelCondition[] };
  readonly workspaceIds?: readonly string[];
  readonly identityProviderIds?: readonly string[];
  readonly enabled: boolean;
}

interface ModelWorkspace {
  readonly id: string;
  readonly claimMatching: string;
  readonly rules: readonly ModelRule[];
}

export interface ModelWorld {
  readonly provider: { readonly id: string; readonly workspaceIds?: readonly string[] };
  /** Attributes, each with the claim that it is read from. */
  readonly mapping: Readonly<Record<string, string>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly organizationRules: readonly ModelRule[];
  readonly workspaces: readonly ModelWorkspace[];
}

interface ModelGrant {
  readonly workspaceId: string;
  readonly roleId: string;
  readonly ruleId: string;
}

/** Everything that a sign-in gives. */
export function modelSignIn(world: ModelWorld): ModelGrant[] {
  const grants: ModelGrant[] = [];
  for (const workspace of world.workspaces) {
    const { workspaceIds } = world.provider;
    if (workspaceIds !== undefined && !workspaceIds.includes(workspace.id)) continue;
    for (const rule of workspace.rules) if (isMet(rule, world)) grants.push(toGrant(workspace, rule));
    for (const rule of world.organizationRules) {
      const isHere = rule.workspaceIds === undefined || rule.workspaceIds.includes(workspace.id);
      if (isHere && isMet(rule, world)) grants.push(toGrant(workspace, rule));
    }
  }
  // The first of each workspace, but where all count.
  return grants.filter((grant, at) => {
    const isUniting = world.workspaces.some(
      ({ id, claimMatching }) => id === grant.workspaceId && claimMatching === "all-matches",
    );
    return isUniting || grants.findIndex(({ workspaceId }) => workspaceId === grant.workspaceId) === at;
  });
}

function toGrant({ id }: ModelWorkspace, rule: ModelRule): ModelGrant {
  return { workspaceId: id, roleId: rule.roleId, ruleId: rule.id };
}

function isMet(rule: ModelRule, world: ModelWorld): boolean {
  if (!rule.enabled) return false;
  if (rule.identityProviderIds !== undefined && !rule.identityProviderIds.includes(world.provider.id)) return false;
  if ("any" in rule.when) return rule.when.any.some((condition) => modelJudge(condition, world) === "yes");
  if (rule.when.all.length === 0) return false;
  return !rule.when.all.some((condition) => modelJudge(condition, world) !== "yes");
}

/** Whether a condition is met: "unknown" is as little as "no". */
export function modelJudge(
  condition: ModelCondition,
  { mapping, claims }: Pick<ModelWorld, "mapping" | "claims">,
): Answer {
  const [name = "", part] = condition.attribute.split("#");
  const said = listElements(Object.entries(mapping).find(([attribute]) => attribute === name)?.[1], claims);
  const answers: Answer[] = [];
  const elements: string[] = [];
  for (const element of said) {
    if (part === undefined) elements.push(String(element));
    else {
      const found = findParts(String(element), part);
      if (found === undefined) answers.push("unknown");
      else elements.push(...found);
    }
  }
  if (condition.operator === "exists") return elements.length > 0 === (condition.negate ?? false) ? "no" : "yes";
  if (elements.length === 0) return "unknown";
  for (const element of elements) {
    for (const value of condition.values) {
      answers.push(ask(condition.operator, element, String(value), condition.ignoreCase ?? false));
    }
  }
  const any: Answer = answers.includes("yes") ? "yes" : answers.includes("unknown") ? "unknown" : "no";
  if (any === "unknown" || !condition.negate) return any;
  return any === "yes" ? "no" : "yes";
}

function listElements(claim: string | undefined, claims: Readonly<Record<string, unknown>>): ModelValue[] {
  if (claim === undefined) return [];
  const own = Object.entries(claims).find(([name]) => name === claim);
  const value = own === undefined && claim.startsWith("/") ? follow(claim.split("/").slice(1), claims) : own?.[1];
  const all = Array.isArray(value) ? value : [value];
  return all.filter((one) => ["string", "number", "boolean"].includes(typeof one));
}

function follow([step, ...rest]: readonly string[], value: unknown): unknown {
  if (step === undefined) return value;
  if (value === null || typeof value !== "object") return undefined;
  const name = step.replace(/~1/g, "/").replace(/~0/g, "~");
  const found = Object.entries(value).find(([key]) => key === name);
  return found === undefined ? undefined : follow(rest, found[1]);
}

/** Names without escapes but that of a comma. */
function findParts(text: string, part: string): string[] | undefined {
  const components = text.replaceAll("\\,", "\0").split(",");
  if (components.some((component) => !/^[A-Za-z]+=[^;"]*$/.test(component))) return undefined;
  const pairs = components.map((component) => {
    const at = component.indexOf("=");
    return {
      type: component.slice(0, at).toLowerCase(),
      value: component
        .slice(at + 1)
        .replaceAll("\0", ",")
        .trim(),
    };
  });
  const own = pairs.filter(({ type }, at) => at === 0 && type === part.toLowerCase());
  const asked = own.length > 0 ? own : pairs.filter(({ type }) => type === part.toLowerCase());
  return asked.map(({ value }) => value);
}

function ask(operator: string, element: string, value: string, ignoreCase: boolean): Answer {
  const [left, right] = ignoreCase ? [element.toLowerCase(), value.toLowerCase()] : [element, value];
  const tell = (holds: boolean): Answer => (holds ? "yes" : "no");
  switch (operator) {
    case "equals":
    case "in":
      return tell(left === right);
    case "prefix":
      return tell(left.indexOf(right) === 0);
    case "suffix":
      return tell(left.length >= right.length && left.lastIndexOf(right) === left.length - right.length);
    case "contains":
      return tell(left.split(right).length > 1);
    case "glob":
      return tell(new RegExp(`^${[...right].map(toRegExp).join("")}$`, "su").test(left));
    case "matches":
      return tell(new RegExp(value, ignoreCase ? "iu" : "u").test(element));
    case "cidr":
      return askNetwork(element, value);
    default:
      return askNumber(operator, element, value);
  }
}

function toRegExp(sign: string): string {
  if (sign === "*") return ".*";
  return sign === "?" ? "." : sign.replace(/[\^$\\.+()[\]{}|/]/, "\\$&");
}

function askNumber(operator: string, element: string, value: string): Answer {
  if (!/^-?\d/.test(element) || Number.isNaN(Number(element))) return "unknown";
  const difference = Number(element) - Number(value);
  const holds = { gt: difference > 0, gte: difference >= 0, lt: difference < 0, lte: difference <= 0 }[operator];
  return holds === undefined ? "unknown" : holds ? "yes" : "no";
}

/** Networks and addresses of four numbers, as digits of two. */
function askNetwork(element: string, value: string): Answer {
  const [network = "", prefix] = value.split("/");
  const [address, base] = [toBits(element), toBits(network)];
  if (address === undefined || base === undefined) return "unknown";
  return address.slice(0, Number(prefix)) === base.slice(0, Number(prefix)) ? "yes" : "no";
}

function toBits(address: string): string | undefined {
  if (!/^\d+(\.\d+){3}$/.test(address)) return undefined;
  return address
    .split(".")
    .map((number) => Number(number).toString(2).padStart(8, "0"))
    .join("");
}
