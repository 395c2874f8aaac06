import { expect, it } from "vitest";
import { readTenant } from "../../../lib/local/assembly.ts";
import { Deployment } from "../../../lib/local/deployment.ts";
import { readFilterPattern } from "../../../lib/local/filter-pattern.ts";
import { readSubscriptions } from "../../../lib/local/subscriptions.ts";
import { assemblyFolder, ofType, type SynthesizedStack, type SynthesizedTenant } from "../assembly.ts";

/** The functions behind the authorizer that know who asks. */
const serving = ["directory", "access", "federation", "resources", "sharing", "decisions", "audit"];

/** A line of each kind that could make a record, by the log in which it stands. */
const recorded = [
  { by: "authorizer", line: { event: "access.denied", knownIn: { orgId: "org_1" } } },
  ...serving.map((by) => ({ by, line: { event: "access.denied", knownIn: { orgId: "org_1" } } })),
  { by: "authorizer", line: { event: "credential.refused", knownIn: { orgId: "org_1" } } },
  { by: "authorizer", line: { event: "api_key.used", keyId: "key_1" } },
  { by: "sign-in", line: { event: "sign_in.refused" } },
  { by: "inbound-federation", line: { event: "sign_in.refused", providerId: "idp_1" } },
];

/** Lines that could make none: a stranger's, and whatever else the functions tell. */
const passedOver = [
  { event: "access.denied" },
  { event: "credential.refused", reason: "token.bad_signature" },
  { message: "access.denied", knownIn: { orgId: "org_1" } },
  { event: { event: "access.denied" }, knownIn: { orgId: "org_1" } },
  { message: "swept", done: 1 },
];

const metrics = [
  { metric: "AccessDenied", event: "access.denied", by: ["authorizer", ...serving] },
  { metric: "CredentialRefused", event: "credential.refused", by: ["authorizer"] },
  { metric: "SignInRefused", event: "sign_in.refused", by: ["sign-in", "inbound-federation"] },
] as const;

const isOfSignIn = (by: string) => by === "sign-in" || by === "inbound-federation";

export function securityLogCases({ signIn, api, settings }: SynthesizedTenant): void {
  const subscriptions = ofType(api, "AWS::Logs::SubscriptionFilter").map(([, { Properties }]) => Properties);
  const filters = ofType(api, "AWS::Logs::MetricFilter").map(([, { Properties }]) => Properties);
  const logOf = (by: string) => logsOf(isOfSignIn(by) ? signIn : api, by, isOfSignIn(by));

  it.each(recorded)("are sent on to the function that records them: $line.event of $by", ({ by, line }) => {
    const own = subscriptions.filter(({ LogGroupName }) => logOf(by).includes(JSON.stringify(LogGroupName)));
    expect(own).toHaveLength(1);
    expect(own.map(({ FilterPattern }) => readFilterPattern(String(FilterPattern))(line))).toEqual([true]);
    for (const { DestinationArn } of own) {
      expect(DestinationArn).toEqual({ "Fn::GetAtt": [expect.stringMatching(/^securityloglambda/), "Arn"] });
    }
  });

  it.each(passedOver)(
    "that nobody would record are not sent on, so that a flood of them starts nothing: %j",
    (line) => {
      for (const { FilterPattern } of subscriptions) expect(readFilterPattern(String(FilterPattern))(line)).toBe(false);
    },
  );

  it("are sent on from these logs alone, and never from that of the recording function itself", () => {
    const groups = subscriptions.map(({ LogGroupName }) => JSON.stringify(LogGroupName));
    const wanted = [...new Set(recorded.map(({ by }) => by))].map(logOf);
    expect(groups).toHaveLength(wanted.length);
    for (const group of groups) expect(wanted.filter((names) => names.includes(group))).toHaveLength(1);
  });

  it("come to the local host's function by the same subscriptions", () => {
    const deployment = new Deployment(readTenant(assemblyFolder, settings.name), {
      providerUrl: "",
      secretOf: () => "",
    });
    const read = readSubscriptions(deployment);
    expect(read).toHaveLength(subscriptions.length);
    for (const { target } of read) expect(target).toMatch(/:function:.*securitylog/);
  });

  it("are tried again twice, within the ten minutes in which the table knows a transaction again", () => {
    const [invoke] = ofType(api, "AWS::Lambda::EventInvokeConfig").filter(([, { Properties }]) =>
      JSON.stringify(Properties.FunctionName).includes("securitylog"),
    );
    expect(invoke?.[1].Properties).toMatchObject({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 300 });
  });

  it.each(metrics)("are counted, every one of them, as $metric", ({ metric, event, by }) => {
    const own = filters.filter(({ MetricTransformations }) => JSON.stringify(MetricTransformations).includes(metric));
    expect(own.map(({ LogGroupName }) => JSON.stringify(LogGroupName)).sort()).toEqual(by.flatMap(logOf).sort());
    for (const { FilterPattern, MetricTransformations } of own) {
      const isCounted = readFilterPattern(String(FilterPattern));
      expect(metrics.map((other) => isCounted({ event: other.event }))).toEqual(
        metrics.map((other) => other.event === event),
      );
      expect(MetricTransformations).toEqual([
        { MetricName: metric, MetricNamespace: `Bailiwick/${settings.name}`, MetricValue: "1" },
      ]);
    }
  });

  it.each([
    ["AccessDenied", "accessDenied"],
    ["CredentialRefused", "credentialRefused"],
    ["SignInRefused", "signInRefused"],
  ] as const)("raise an alarm on a spike of %s, at the tenant's own number", (metric, name) => {
    const alarms = ofType(api, "AWS::CloudWatch::Alarm")
      .map(([, { Properties }]) => Properties)
      .filter(({ Namespace }) => Namespace === `Bailiwick/${settings.name}`);
    expect(alarms).toHaveLength(metrics.length);
    expect(alarms.filter(({ MetricName }) => MetricName === metric)).toMatchObject([
      {
        Namespace: `Bailiwick/${settings.name}`,
        Statistic: "Sum",
        Period: 300,
        EvaluationPeriods: 1,
        Threshold: settings.alarms[name],
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
        TreatMissingData: "notBreaching",
      },
    ]);
  });
}

/** How the log of a function is named in the API's template: by itself, or by what its own stack exports. */
function logsOf(stack: SynthesizedStack, service: string, isImported: boolean): string[] {
  const ids = ofType(stack, "AWS::Lambda::Function").flatMap(([, { Properties }]) => {
    const { Variables } = Properties.Environment as { Variables: { POWERTOOLS_SERVICE_NAME: string } };
    const { LogGroup } = Properties.LoggingConfig as { LogGroup: { Ref: string } };
    return Variables.POWERTOOLS_SERVICE_NAME === service ? [LogGroup.Ref] : [];
  });
  if (!isImported) return ids.map((id) => JSON.stringify({ Ref: id }));
  const exported = Object.values(stack.outputs) as { Value: unknown; Export?: { Name: string } }[];
  return exported
    .filter(({ Value }) => ids.some((id) => JSON.stringify(Value) === JSON.stringify({ Ref: id })))
    .map(({ Export }) => JSON.stringify({ "Fn::ImportValue": Export?.Name }));
}
