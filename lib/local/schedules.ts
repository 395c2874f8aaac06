/**
 * The schedules of the template: rules of EventBridge that invoke functions at a fixed rate. What this host does not emulate is
 * refused by name, so that nothing is believed to run that does not.
 */
import type { Resource } from "./assembly.ts";
import type { Deployment } from "./deployment.ts";
import { assertMayInvoke } from "./invoke-permission.ts";
import { asList, asRecord, asText } from "./shape.ts";
import { StartRefusal } from "./start-refusal.ts";

export interface Schedule {
  /** The rule's ARN. */
  readonly rule: string;
  readonly region: string;
  readonly account: string;
  /** Milliseconds from one time to the next. */
  readonly every: number;
  /** ARNs of the functions that it invokes. */
  readonly targets: readonly string[];
}

/** An event pattern, another bus, an input of one's own: none of these is known here. */
const ruleProperties = new Set(["Name", "Description", "ScheduleExpression", "State", "Tags", "Targets"]);
const targetProperties = new Set(["Id", "Arn"]);

const unitMs = new Map([
  ["minute", 60_000],
  ["hour", 3_600_000],
  ["day", 86_400_000],
]);
/** What a timer can wait; for more it would not wait at all. */
const LONGEST_MS = 2 ** 31 - 1;

/** @throws StartRefusal for what would not run as on AWS */
export function readSchedules(deployment: Deployment): Schedule[] {
  return deployment.every("AWS::Events::Rule").map((rule) => readSchedule(deployment, rule));
}

function readSchedule(deployment: Deployment, resource: Resource): Schedule {
  const { id, stack } = resource;
  refuseOthers(resource.properties, ruleProperties, `The rule ${id}`);
  const state = deployment.property(resource, "State") ?? "ENABLED";
  if (state !== "ENABLED") throw new StartRefusal(`The rule ${id} is ${String(state)}: it would never run.`);
  const every = readRate(asText(deployment.property(resource, "ScheduleExpression"), `${id}.ScheduleExpression`), id);
  const rule = deployment.attribute(resource, "Arn");
  const targets = asList(deployment.property(resource, "Targets") ?? [], `${id}.Targets`).map((written) => {
    const target = asRecord(written, `${id}.Targets`);
    refuseOthers(target, targetProperties, `A target of the rule ${id}`);
    const arn = asText(target.Arn, `${id}.Targets.Arn`);
    assertMayInvoke(deployment, arn, "events.amazonaws.com", rule);
    return arn;
  });
  if (targets.length === 0) throw new StartRefusal(`The rule ${id} has no target: it would run nothing.`);
  return { rule, region: stack.region, account: stack.account, every, targets };
}

/** `rate(1 minute)`, `rate(5 minutes)`: the unit is plural for more than one and for no other, as AWS demands. */
function readRate(expression: string, id: string): number {
  const [, one, count, many] = /^rate\((?:1 (\w+)|([2-9]|[1-9]\d+) (\w+)s)\)$/.exec(expression) ?? [];
  const every = (unitMs.get(one ?? many ?? "") ?? Number.NaN) * Number(count ?? 1);
  if (every <= LONGEST_MS) return every;
  throw new StartRefusal(`The rule ${id} has the schedule ${expression}, which this host does not know.`);
}

function refuseOthers(written: Readonly<Record<string, unknown>>, known: ReadonlySet<string>, what: string): void {
  const other = Object.keys(written).find((name) => !known.has(name));
  if (other !== undefined) throw new StartRefusal(`${what} has ${other}, which this host does not know.`);
}
