/**
 * What is made of the log lines that are security events: metrics with an alarm on a spike of each kind, and the record that a
 * function of its own keeps. Both go by the lines' `event`; see `lib/domain/security-events.ts`.
 */
import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { FilterPattern, type LogGroup, MetricFilter, SubscriptionFilter } from "aws-cdk-lib/aws-logs";
import { LambdaDestination } from "aws-cdk-lib/aws-logs-destinations";
import type { Construct } from "constructs";
import type { SecurityEvent } from "../domain/security-events.ts";
import type { Alarms } from "./alarms.ts";
import type { TenantSettings } from "./tenant-settings.ts";

/** The logs in which security events stand. */
export interface SecurityLogs {
  /** Denials, refused credentials, uses of keys. */
  readonly authorizer: LogGroup;
  /** Denials that only the content of a request shows, by the functions behind the authorizer. */
  readonly denials: readonly LogGroup[];
  /** Refused sign-ins. */
  readonly signIns: readonly LogGroup[];
}

const is = (event: SecurityEvent["event"]) => FilterPattern.stringValue("$.event", "=", event);
const isKnown = FilterPattern.exists("$.knownIn.orgId");

/** What there is an alarm on: the metric, whose threshold it has in the tenant's file, and what it tells. */
const spikes = [
  { metric: "AccessDenied", event: "access.denied", threshold: "accessDenied", what: "denials" },
  {
    metric: "CredentialRefused",
    event: "credential.refused",
    threshold: "credentialRefused",
    what: "refused credentials",
  },
  { metric: "SignInRefused", event: "sign_in.refused", threshold: "signInRefused", what: "refused sign-ins" },
] as const;

/** Counts every such line, whoever it is about, and raises an alarm where there are many of them in five minutes. */
export function watchSecurityEvents(
  scope: Construct,
  logs: SecurityLogs,
  tenant: TenantSettings,
  alarms: Alarms,
): void {
  const metricNamespace = `Bailiwick/${tenant.name}`;
  const told = {
    "access.denied": [logs.authorizer, ...logs.denials],
    "credential.refused": [logs.authorizer],
    "sign_in.refused": logs.signIns,
  };
  for (const { metric, event, threshold, what } of spikes) {
    for (const [index, logGroup] of told[event].entries()) {
      const filter = { logGroup, filterPattern: is(event), metricNamespace, metricName: metric, metricValue: "1" };
      new MetricFilter(scope, `${metric}-${index}`, filter);
    }
    alarms.add(`${metric}-spike`, {
      what: `${tenant.alarms[threshold]} ${what} or more in 5 minutes`,
      metric: new Metric({
        namespace: metricNamespace,
        metricName: metric,
        statistic: "Sum",
        period: Duration.minutes(5),
      }),
      threshold: tenant.alarms[threshold],
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    });
  }
}

/** Sends the function each line that a record could be made of; a stranger's make it run as little as they make it write. */
export function recordSecurityEvents(scope: Construct, logs: SecurityLogs, handler: LambdaFunction): void {
  const destination = new LambdaDestination(handler);
  new SubscriptionFilter(scope, "refused-requests", {
    logGroup: logs.authorizer,
    destination,
    filterPattern: FilterPattern.any(
      FilterPattern.all(is("access.denied"), isKnown),
      FilterPattern.all(is("credential.refused"), isKnown),
      is("api_key.used"),
    ),
  });
  for (const [index, logGroup] of logs.denials.entries()) {
    const filterPattern = FilterPattern.all(is("access.denied"), isKnown);
    new SubscriptionFilter(scope, `denials-${index}`, { logGroup, destination, filterPattern });
  }
  for (const [index, logGroup] of logs.signIns.entries()) {
    new SubscriptionFilter(scope, `refused-sign-ins-${index}`, {
      logGroup,
      destination,
      filterPattern: is("sign_in.refused"),
    });
  }
  // CloudWatch hands a batch over and is done. The tries that follow come within the ten minutes in which the table takes a
  // transaction of one name once, so that none of them counts a line twice.
  handler.configureAsyncInvoke({ retryAttempts: 2, maxEventAge: Duration.minutes(5) });
}
