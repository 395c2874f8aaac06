/** A rule of EventBridge that runs a function by the clock. The rule needs no role: the function lets it, and it alone, call. */
import type { Duration } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";

/** @param every from one run to the next */
export function runByTheClock(scope: Construct, id: string, every: Duration, handler: IFunction): void {
  new Rule(scope, id, { schedule: Schedule.rate(every), targets: [new LambdaFunction(handler)] });
  // The next run is the next try. By default Lambda would send a failed event twice more, beside the following ones, and keep
  // those of a throttled function for six hours, to run them all at once.
  handler.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: every });
}
