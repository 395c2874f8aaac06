import { expect, it } from "vitest";
import { ofType, type Resource, type SynthesizedStack, type SynthesizedTenant, theOnly } from "../assembly.ts";

export function auditEventCases({ data, api, settings }: SynthesizedTenant): void {
  const [[queueId, queue] = []] = ofType(api, "AWS::SQS::Queue");
  const [[busId, bus] = []] = ofType(api, "AWS::Events::EventBus");
  const [lambdaId, lambda] = functionNamed(api, "stream");
  const mapping = mappingOf(api, lambdaId);

  it("are made of the table's stream, from its beginning, in the order of each shard", () => {
    const [[tableId] = []] = ofType(data, "AWS::DynamoDB::Table");
    expect(mapping).toMatchObject({
      EventSourceArn: { "Fn::ImportValue": expect.stringContaining(`${tableId}StreamArn`) },
      FunctionName: { Ref: lambdaId },
      StartingPosition: "TRIM_HORIZON",
      ParallelizationFactor: 1,
    });
    expect(mapping).not.toHaveProperty("Enabled");
  });

  it("are made of entries that were put, and of nothing else", () => {
    const { Filters } = mapping.FilterCriteria as { Filters: { Pattern: string }[] };
    expect(Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual([
      {
        eventName: ["INSERT"],
        dynamodb: {
          NewImage: {
            seq: { N: [{ exists: true }] },
            text: { S: [{ exists: true }] },
            hash: { S: [{ exists: true }] },
          },
        },
      },
    ]);
  });

  it("are tried again from the first failure, halved, for a bounded time, and then told to a queue", () => {
    expect(mapping).toMatchObject({
      BatchSize: 100,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 30,
      MaximumRecordAgeInSeconds: 6 * 3_600,
      DestinationConfig: { OnFailure: { Destination: { "Fn::GetAtt": [queueId, "Arn"] } } },
    });
  });

  it("have a queue for what was given up that is encrypted, takes TLS only, and keeps for 14 days", () => {
    expect(queue?.Properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 86_400 });
    const { PolicyDocument, Queues } = theOnly(api, "AWS::SQS::QueuePolicy").Properties as {
      PolicyDocument: { Statement: object[] };
      Queues: unknown;
    };
    expect(Queues).toEqual([{ Ref: queueId }]);
    expect(PolicyDocument.Statement).toEqual([
      expect.objectContaining({
        Effect: "Deny",
        Action: "sqs:*",
        Principal: { AWS: "*" },
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      }),
    ]);
  });

  it("go on a bus of the tenant, whose name everybody is told", () => {
    expect(bus?.Properties.Name).toBe(`bailiwick-${settings.name}`);
    expect(environmentOf(lambda).EVENT_BUS_NAME).toEqual({ Ref: busId });
    expect(api.outputs).toMatchObject({
      EventBusName: { Value: { Ref: busId } },
      EventBusArn: { Value: { "Fn::GetAtt": [busId, "Arn"] } },
    });
  });

  it("are put there, and told to the queue, by their function alone, which may do nothing else with them", () => {
    const statements = ofType(api, "AWS::IAM::Policy").flatMap(([id, { Properties }]) =>
      (Properties.PolicyDocument as { Statement: Statement[] }).Statement.map((statement) => ({ id, ...statement })),
    );
    const of = (service: string) => statements.filter(({ Action }) => JSON.stringify(Action).includes(`"${service}:`));
    const [put, ...morePuts] = of("events");
    expect(morePuts).toEqual([]);
    expect(put).toMatchObject({ Action: "events:PutEvents", Resource: { "Fn::GetAtt": [busId, "Arn"] } });
    const [tell, ...moreTells] = of("sqs");
    expect(moreTells).toEqual([]);
    expect(tell).toMatchObject({
      Action: ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"],
      Resource: { "Fn::GetAtt": [queueId, "Arn"] },
    });
    for (const { id } of [put, tell] as { id: string }[]) expect(id).toMatch(/^stream/);
  });

  it("raise an alarm when they are late, and when one was given up", () => {
    const alarms = ofType(api, "AWS::CloudWatch::Alarm").map(([, { Properties }]) => Properties);
    const common = {
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "notBreaching",
      Statistic: "Maximum",
    };
    expect(alarms).toContainEqual(
      expect.objectContaining({
        ...common,
        Namespace: "AWS/Lambda",
        MetricName: "IteratorAge",
        Dimensions: [{ Name: "FunctionName", Value: { Ref: lambdaId } }],
        Threshold: 15 * 60_000,
      }),
    );
    expect(alarms).toContainEqual(
      expect.objectContaining({
        ...common,
        Namespace: "AWS/SQS",
        MetricName: "ApproximateNumberOfMessagesVisible",
        Dimensions: [{ Name: "QueueName", Value: { "Fn::GetAtt": [queueId, "QueueName"] } }],
        Threshold: 0,
      }),
    );
  });
}

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

function environmentOf(lambda: Resource): Readonly<Record<string, unknown>> {
  return (lambda.Properties.Environment as { Variables: Record<string, unknown> }).Variables;
}

/** What runs a function on the table's stream. */
export function mappingOf(stack: SynthesizedStack, lambdaId: string): Resource["Properties"] {
  const found = ofType(stack, "AWS::Lambda::EventSourceMapping").find(
    ([, { Properties }]) => (Properties.FunctionName as { readonly Ref: string }).Ref === lambdaId,
  );
  if (found === undefined) throw new Error(`Nothing runs ${lambdaId}`);
  return found[1].Properties;
}

export function functionNamed(stack: SynthesizedStack, name: string): [string, Resource] {
  const found = ofType(stack, "AWS::Lambda::Function").find(
    ([, lambda]) => environmentOf(lambda).POWERTOOLS_SERVICE_NAME === name,
  );
  if (found === undefined) throw new Error(`There is no function ${name}`);
  return found;
}
