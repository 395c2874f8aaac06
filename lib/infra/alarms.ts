/** Alarms of a stack: each goes where the tenant wants them, or is only shown. */
import { Alarm, type AlarmProps, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Topic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { TenantSettings } from "./tenant-settings.ts";

interface Watched extends Pick<AlarmProps, "metric" | "threshold" | "comparisonOperator" | "evaluationPeriods"> {
  /** What has happened when it goes off. */
  readonly what: string;
  /** Whether it goes off where there is no value at all, too. */
  readonly onSilence?: boolean;
}

export class Alarms {
  readonly #scope: Construct;
  readonly #name: string;
  readonly #action: SnsAction | undefined;

  constructor(scope: Construct, { name, alarms: { topicArn } }: TenantSettings) {
    this.#scope = scope;
    this.#name = name;
    this.#action = topicArn === undefined ? undefined : new SnsAction(Topic.fromTopicArn(scope, "alarms", topicArn));
  }

  add(id: string, { what, onSilence = false, ...watched }: Watched): void {
    const alarm = new Alarm(this.#scope, id, {
      ...watched,
      alarmDescription: `Bailiwick ${this.#name}: ${what}`,
      treatMissingData: onSilence ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    if (this.#action) alarm.addAlarmAction(this.#action);
  }
}
