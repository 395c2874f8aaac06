/**
 * Events of audit entries: the table's stream runs a function on each entry that was written, and the function puts it on a bus.
 * `docs/events.md` says how to follow it, and what to do when an alarm here goes off.
 */
import { CfnOutput, Duration, Validations } from "aws-cdk-lib";
import { ComparisonOperator, type Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import { EventBus } from "aws-cdk-lib/aws-events";
import {
  EventSourceMapping,
  FilterCriteria,
  FilterRule,
  type IFunction,
  StartingPosition,
} from "aws-cdk-lib/aws-lambda";
import { SqsDlq } from "aws-cdk-lib/aws-lambda-event-sources";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import type { Alarms } from "./alarms.ts";
import type { TenantSettings } from "./tenant-settings.ts";

/** An audit entry, and nothing else in the table, is put with these three attributes. */
const entriesOnly = {
  eventName: FilterRule.isEqual("INSERT"),
  dynamodb: {
    NewImage: {
      seq: { N: FilterRule.exists() },
      text: { S: FilterRule.exists() },
      hash: { S: FilterRule.exists() },
    },
  },
};

/** The bus on which other stacks put their rules. */
export function auditEventBus(scope: Construct, { name }: TenantSettings): EventBus {
  const bus = new EventBus(scope, "events", {
    eventBusName: `bailiwick-${name}`,
    description: `Bailiwick ${name}: one event for each audit entry`,
  });
  new CfnOutput(scope, "EventBusName", { value: bus.eventBusName, description: "The bus of the audit log's events" });
  new CfnOutput(scope, "EventBusArn", {
    value: bus.eventBusArn,
    description: "The same, as rules and policies name it",
  });
  return bus;
}

/** Runs the function on the audit entries of the table's stream, in the order of each shard. */
export function followEntries(
  scope: Construct,
  table: Table,
  handler: IFunction,
  { bus, alarms }: { readonly bus: EventBus; readonly alarms: Alarms },
): void {
  bus.grantPutEventsTo(handler);
  const failures = failureQueue(scope);
  new EventSourceMapping(scope, "entries", {
    target: handler,
    eventSourceArn: streamOf(table),
    startingPosition: StartingPosition.TRIM_HORIZON,
    filters: [FilterCriteria.filter(entriesOnly)],
    batchSize: 100,
    // More than one for a shard would not keep its order.
    parallelizationFactor: 1,
    reportBatchItemFailures: true,
    bisectBatchOnError: true,
    // The stream itself forgets after a day.
    retryAttempts: 30,
    maxRecordAge: Duration.hours(6),
    onFailure: new SqsDlq(failures),
  });
  addAlarms(alarms, handler, failures);
}

/** Where Lambda writes down which records it gave up. */
function failureQueue(scope: Construct): Queue {
  const queue = new Queue(scope, "undelivered-entries", {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  Validations.of(queue).acknowledge({
    id: "AwsSolutions-SQS3",
    reason: "It is a dead-letter queue itself: what is in it waits for a person.",
  });
  return queue;
}

function addAlarms(alarms: Alarms, handler: IFunction, failures: Queue): void {
  const period = Duration.minutes(5);
  const add = (id: string, what: string, metric: Metric, threshold: number) =>
    alarms.add(id, {
      what,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
    });
  add(
    "events-late-alarm",
    "audit entries wait for more than 15 minutes to become events",
    handler.metric("IteratorAge", { statistic: Stats.MAXIMUM, period }),
    Duration.minutes(15).toMilliseconds(),
  );
  add(
    "events-lost-alarm",
    "audit entries were given up and are no events: see the queue",
    failures.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period }),
    0,
  );
}

/** The stream of a table that has one. */
export function streamOf({ tableStreamArn }: Table): string {
  if (tableStreamArn === undefined) throw new Error("The table has no stream");
  return tableStreamArn;
}
