/**
 * A round that fails has found somebody at the table, or could not write checkpoints; one that does not run at all says nothing, and what
 * comes after the last checkpoint is not proven. `docs/checkpoints.md` says what to do when an alarm here goes off.
 */
import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, Stats } from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Alarms } from "./alarms.ts";

export function watchCheckpoints(alarms: Alarms, handler: IFunction): void {
  const hourly = { statistic: Stats.SUM, period: Duration.hours(1) };
  alarms.add("checkpoints-failed-alarm", {
    what: "a chain of the audit log was changed, or checkpoints could not be made",
    metric: handler.metricErrors(hourly),
    threshold: 0,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
  });
  alarms.add("checkpoints-missing-alarm", {
    what: "no checkpoints were made for three hours",
    metric: handler.metricInvocations(hourly),
    threshold: 1,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: 3,
    onSilence: true,
  });
}
