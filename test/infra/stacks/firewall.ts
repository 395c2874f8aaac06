import { expect, it } from "vitest";
import { ofType, type SynthesizedTenant, theOnly } from "../assembly.ts";

interface Rule {
  readonly Name: string;
  readonly Priority: number;
  readonly Action?: unknown;
  readonly OverrideAction?: unknown;
  readonly Statement: { readonly RateBasedStatement: Readonly<Record<string, unknown>> };
  readonly VisibilityConfig: Readonly<Record<string, unknown>>;
}

export function firewallCases({ api, settings }: SynthesizedTenant): void {
  const [[firewallId, firewall] = []] = ofType(api, "AWS::WAFv2::WebACL");
  const rules = (firewall?.Properties.Rules ?? []) as readonly Rule[];
  const { perMinute } = settings.throttling;

  it("stands before the one stage, and lets through whatever no rule has counted too often", () => {
    expect(firewall?.Properties).toMatchObject({ Scope: "REGIONAL", DefaultAction: { Allow: {} } });
    const [[stageId] = []] = ofType(api, "AWS::ApiGateway::Stage");
    const [[apiId] = []] = ofType(api, "AWS::ApiGateway::RestApi");
    const { ResourceArn, WebACLArn } = theOnly(api, "AWS::WAFv2::WebACLAssociation").Properties;
    expect(WebACLArn).toEqual({ "Fn::GetAtt": [firewallId, "Arn"] });
    expect(JSON.stringify(ResourceArn)).toMatch(
      new RegExp(`::/restapis/",\\{"Ref":"${apiId}"\\},"/stages/",\\{"Ref":"${stageId}"\\}\\]`),
    );
  });

  it("counts for one minute by the credential, however it is spelled, by the address of whoever brings none, and by every address", () => {
    const spelledAlike = [
      { Priority: 0, Type: "COMPRESS_WHITE_SPACE" },
      { Priority: 1, Type: "LOWERCASE" },
    ];
    const header = { SingleHeader: { Name: "authorization" } };
    const isThere = {
      SizeConstraintStatement: {
        FieldToMatch: header,
        ComparisonOperator: "GT",
        Size: 0,
        TextTransformations: [{ Priority: 0, Type: "NONE" }],
      },
    };
    expect(rules.map(({ Name, Statement }) => [Name, Statement])).toEqual([
      [
        "credential",
        {
          RateBasedStatement: {
            Limit: perMinute.credential,
            EvaluationWindowSec: 60,
            AggregateKeyType: "CUSTOM_KEYS",
            CustomKeys: [{ Header: { Name: "authorization", TextTransformations: spelledAlike } }],
          },
        },
      ],
      [
        "anonymous",
        {
          RateBasedStatement: {
            Limit: perMinute.anonymous,
            EvaluationWindowSec: 60,
            AggregateKeyType: "IP",
            ScopeDownStatement: { NotStatement: { Statement: isThere } },
          },
        },
      ],
      [
        "address",
        { RateBasedStatement: { Limit: perMinute.address, EvaluationWindowSec: 60, AggregateKeyType: "IP" } },
      ],
    ]);
    expect(rules.map(({ Priority }) => Priority)).toEqual([0, 1, 2]);
  });

  it("blocks without an answer of its own, which would take precedence over the gateway's 429", () => {
    for (const { Action, OverrideAction } of rules)
      expect([Action, OverrideAction]).toEqual([{ Block: {} }, undefined]);
    expect(firewall?.Properties).not.toHaveProperty("CustomResponseBodies");
  });

  it("keeps no request: neither a sample nor a log, in which credentials would stand", () => {
    const seen = [firewall?.Properties.VisibilityConfig, ...rules.map(({ VisibilityConfig }) => VisibilityConfig)];
    expect(seen).toHaveLength(4);
    for (const one of seen) {
      expect(one).toMatchObject({ SampledRequestsEnabled: false, CloudWatchMetricsEnabled: true });
    }
    expect(ofType(api, "AWS::WAFv2::LoggingConfiguration")).toEqual([]);
  });
}
