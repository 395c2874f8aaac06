import { expect, it } from "vitest";
import { ofType, type SynthesizedTenant } from "../assembly.ts";

export function alarmCases({ api, settings }: SynthesizedTenant): void {
  const alarms = ofType(api, "AWS::CloudWatch::Alarm").map(([, { Properties }]) => Properties);
  const [checkpointId] = ofType(api, "AWS::Lambda::Function").find(([id]) => id.startsWith("checkpointlambda")) ?? [];
  const hourly = {
    Namespace: "AWS/Lambda",
    Dimensions: [{ Name: "FunctionName", Value: { Ref: checkpointId } }],
    Statistic: "Sum",
    Period: 3_600,
  };

  it("all go where the tenant wants them", () => {
    expect(alarms.length).toBeGreaterThan(0);
    const { topicArn } = settings.alarms;
    const actions = topicArn === undefined ? undefined : [topicArn];
    for (const { AlarmActions, AlarmDescription } of alarms) {
      expect({ AlarmDescription, AlarmActions }).toEqual({
        AlarmDescription: expect.stringMatching(new RegExp(`^Bailiwick ${settings.name}: `)),
        AlarmActions: actions,
      });
    }
  });

  it("go off when a round of checkpoints fails", () => {
    expect(alarms).toContainEqual(
      expect.objectContaining({
        ...hourly,
        MetricName: "Errors",
        Threshold: 0,
        ComparisonOperator: "GreaterThanThreshold",
        EvaluationPeriods: 1,
        TreatMissingData: "notBreaching",
      }),
    );
  });

  it("go off when there are no rounds of checkpoints, though nothing tells of it", () => {
    expect(alarms).toContainEqual(
      expect.objectContaining({
        ...hourly,
        MetricName: "Invocations",
        Threshold: 1,
        ComparisonOperator: "LessThanThreshold",
        EvaluationPeriods: 3,
        TreatMissingData: "breaching",
      }),
    );
  });
}
