/** A rule of EventBridge that runs a function by the clock. The rule needs no role: the function lets it, and it alone, call. */
import { Duration } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";

export function runEveryMinute(scope: Construct, id: string, handler: IFunction): void {
  new Rule(scope, id, { schedule: Schedule.rate(Duration.minutes(1)), targets: [new LambdaFunction(handler)] });
  // The next minute is the next try. By default Lambda would send a failed event twice more, beside the following ones, and keep
  // those of a throttled function for six hours, to run them all at once.
  handler.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
}
