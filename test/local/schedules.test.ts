import { describe, expect, test } from "vitest";
import { scheduledEvent } from "../../lib/local/scheduled-event.ts";
import { readSchedules, type Schedule } from "../../lib/local/schedules.ts";
import { differences, documented } from "./documented.ts";
import { deploy } from "./test-assembly.ts";

const RULE_ARN = { "Fn::GetAtt": ["clock", "Arn"] };
const WORK_ARN = { "Fn::GetAtt": ["work", "Arn"] };

/** What is read of one rule; `undefined` takes a property of it away. */
function read(rule: Record<string, unknown> = {}, permission: Record<string, unknown> | "none" = {}): Schedule[] {
  const deployment = deploy({
    functions: { work: { code: "export const handler = async () => {};" } },
    methods: {},
    alter: ({ api }) => {
      const Properties = {
        ScheduleExpression: "rate(1 minute)",
        State: "ENABLED",
        Targets: [{ Id: "Target0", Arn: WORK_ARN }],
        ...rule,
      };
      api.Resources.clock = { Type: "AWS::Events::Rule", Properties };
      if (permission === "none") return;
      api.Resources.clockpermission = {
        Type: "AWS::Lambda::Permission",
        Properties: {
          Action: "lambda:InvokeFunction",
          FunctionName: WORK_ARN,
          Principal: "events.amazonaws.com",
          SourceArn: RULE_ARN,
          ...permission,
        },
      };
    },
  });
  return readSchedules(deployment);
}

const everyOf = (expression: unknown) => read({ ScheduleExpression: expression }).map(({ every }) => every);

test("a rule is read with its targets, and with what its events name", () => {
  expect(read()).toEqual([
    {
      rule: "arn:aws:events:us-east-1:000000000000:rule/test-api-clock",
      region: "us-east-1",
      account: "000000000000",
      every: 60_000,
      targets: ["arn:aws:lambda:us-east-1:000000000000:function:test-api-work"],
    },
  ]);
});

test("a rule without a state is enabled, and may have a name of its own", () => {
  const [schedule] = read({ State: undefined, Name: "each-minute", Description: "x", Tags: [] });
  expect(schedule?.rule).toMatch(/:rule\/each-minute$/);
});

test("a template without rules has no schedule", () => {
  expect(readSchedules(deploy({ functions: {}, methods: {} }))).toEqual([]);
});

describe("a rate", () => {
  test.each([
    ["rate(1 minute)", 60_000],
    ["rate(5 minutes)", 300_000],
    ["rate(10 minutes)", 600_000],
    ["rate(1 hour)", 3_600_000],
    ["rate(2 hours)", 7_200_000],
    ["rate(1 day)", 86_400_000],
    ["rate(24 days)", 24 * 86_400_000],
  ])("%s is every %d ms", (expression, every) => {
    expect(everyOf(expression)).toEqual([every]);
  });

  test.each([
    "rate(1 minutes)",
    "rate(5 minute)",
    "rate(0 minutes)",
    "rate(-1 minutes)",
    "rate(05 minutes)",
    "rate(1.5 hours)",
    "rate(30 seconds)",
    "rate(1 constructor)",
    "rate(minute)",
    "rate(1 minute) ",
    "rate( 1 minute )",
    "RATE(1 minute)",
    // More than a timer can wait: it would fire at once, and again and again.
    "rate(25 days)",
    "cron(* * * * ? *)",
    "at(2030-01-01T00:00:00)",
  ])("%j is refused", (expression) => {
    expect(() => everyOf(expression)).toThrow(`The rule clock has the schedule ${expression}, which`);
  });
});

describe("what would not run as on AWS fails at the start", () => {
  const target = (more: object) => ({ Targets: [{ Id: "Target0", Arn: WORK_ARN, ...more }] });

  test.each<[string, Record<string, unknown>, string]>([
    ["a rule that is off", { State: "DISABLED" }, "The rule clock is DISABLED: it would never run."],
    ["a state that is not known", { State: "SOMETIMES" }, "The rule clock is SOMETIMES"],
    ["a rule for events", { EventPattern: { source: ["x"] } }, "The rule clock has EventPattern, which this host"],
    ["another bus", { EventBusName: "other" }, "The rule clock has EventBusName, which this host"],
    ["a rule that assumes a role", { RoleArn: "arn:aws:iam::1:role/x" }, "The rule clock has RoleArn"],
    ["no target", { Targets: [] }, "The rule clock has no target"],
    ["no targets at all", { Targets: undefined }, "The rule clock has no target"],
    ["an input of one's own", target({ Input: "{}" }), "A target of the rule clock has Input, which this host"],
    ["an input path", target({ InputPath: "$.detail" }), "A target of the rule clock has InputPath"],
    ["retries", target({ RetryPolicy: { MaximumRetryAttempts: 0 } }), "A target of the rule clock has RetryPolicy"],
    [
      "one target of two that it may not invoke",
      {
        Targets: [
          { Id: "0", Arn: WORK_ARN },
          { Id: "1", Arn: { "Fn::ImportValue": "data:table" } },
        ],
      },
      "No permission lets events.amazonaws.com invoke test-data-table",
    ],
  ])("%s", (_, rule, complaint) => {
    expect(() => read(rule)).toThrow(complaint);
  });

  test.each<[string, Record<string, unknown> | "none"]>([
    ["no permission", "none"],
    ["a permission for another rule", { SourceArn: "arn:aws:events:us-east-1:000000000000:rule/other" }],
    ["a permission for another service", { Principal: "apigateway.amazonaws.com" }],
    ["a permission on another function", { FunctionName: "test-sign-in-trigger" }],
  ])("%s", (_, permission) => {
    expect(() => read({}, permission)).toThrow(
      "No permission lets events.amazonaws.com invoke test-api-work for arn:aws:events",
    );
  });
});

test("the event has every key of the documented example, and its values", () => {
  const example = documented("scheduled-event.json");
  const [rule = ""] = example.resources as string[];
  const schedule = { rule, region: "us-east-1", account: "123456789012", every: 60_000, targets: [] };
  const event = scheduledEvent(schedule, new Date("2026-01-02T03:04:05.678Z"));
  expect(differences(example, event, {})).toEqual([]);
  expect(event).toEqual({ ...example, id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) });
  expect(scheduledEvent(schedule, new Date())).not.toHaveProperty("id", (event as { id: string }).id);
});
