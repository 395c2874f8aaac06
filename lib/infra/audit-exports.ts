/** Exports of the audit log: the table's stream runs a function on each job that was made or has come one step further. */
import { Duration } from "aws-cdk-lib";
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import {
  EventSourceMapping,
  FilterCriteria,
  FilterRule,
  type IFunction,
  StartingPosition,
} from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { streamOf } from "./audit-events.ts";

/** A job that is not done, and nothing else in the table, is put with these two attributes. */
const runningJobs = {
  dynamodb: { NewImage: { exportStep: { N: FilterRule.exists() }, state: { S: FilterRule.isEqual("running") } } },
};

/**
 * The job itself says what is to be done, so that a record that comes twice, late or not at all does no harm but to its own job; that
 * one has failed by the time that its readers are told. It needs no queue of what was given up.
 */
export function followExports(scope: Construct, table: Table, handler: IFunction): void {
  new EventSourceMapping(scope, "exports", {
    target: handler,
    eventSourceArn: streamOf(table),
    startingPosition: StartingPosition.TRIM_HORIZON,
    filters: [FilterCriteria.filter(runningJobs)],
    batchSize: 100,
    // More than one for a shard would work on the same job twice.
    parallelizationFactor: 1,
    bisectBatchOnError: true,
    // A job that is a day old has failed anyway.
    retryAttempts: 30,
    maxRecordAge: Duration.hours(6),
  });
}
