/**
 * The subscriptions of the template: which function is sent which lines of which other functions' logs. What this host does not
 * emulate is refused by name, so that nothing is believed to be delivered that is not.
 */
import type { Resource } from "./assembly.ts";
import type { Deployment } from "./deployment.ts";
import type { LineFilter } from "./filter-pattern.ts";
import { readFilterPattern } from "./filter-pattern.ts";
import { assertMayInvoke } from "./invoke-permission.ts";
import { referenceOf } from "./physical-names.ts";
import { asText } from "./shape.ts";
import { StartRefusal } from "./start-refusal.ts";

export interface Subscription {
  readonly name: string;
  readonly logGroup: string;
  readonly account: string;
  readonly isWanted: LineFilter;
  /** ARN of the function that is sent the lines. */
  readonly target: string;
}

/** Another destination than a function, a role for it, how its lines are spread: none of these is known here. */
const known = new Set(["LogGroupName", "FilterPattern", "FilterName", "DestinationArn"]);
/** CloudWatch has room for no more on one log group. */
const MOST = 2;

/** @throws StartRefusal for what would not be delivered as on AWS */
export function readSubscriptions(deployment: Deployment): Subscription[] {
  const all = deployment
    .every("AWS::Logs::SubscriptionFilter")
    .map((resource) => readSubscription(deployment, resource));
  for (const { logGroup } of all) {
    const count = all.filter((one) => one.logGroup === logGroup).length;
    if (count > MOST)
      throw new StartRefusal(`The log group ${logGroup} has ${count} subscriptions; AWS takes ${MOST}.`);
  }
  return all;
}

function readSubscription(deployment: Deployment, resource: Resource): Subscription {
  const { id, stack, properties } = resource;
  const other = Object.keys(properties).find((name) => !known.has(name));
  if (other !== undefined) {
    throw new StartRefusal(`The subscription ${id} has ${other}, which this host does not know.`);
  }
  const read = (name: string) => asText(deployment.property(resource, name), `${id}.${name}`);
  const logGroup = read("LogGroupName");
  const group = deployment.every("AWS::Logs::LogGroup").find((one) => referenceOf(one) === logGroup);
  if (group === undefined) throw new StartRefusal(`The subscription ${id} is to ${logGroup}, a log that no stack has.`);
  const target = read("DestinationArn");
  assertMayInvoke(deployment, target, "logs.amazonaws.com", deployment.attribute(group, "Arn"));
  const name = deployment.property(resource, "FilterName") ?? `${stack.name}-${id}`;
  return {
    name: String(name),
    logGroup,
    account: stack.account,
    isWanted: readFilterPattern(read("FilterPattern")),
    target,
  };
}
