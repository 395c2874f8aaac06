import { AwsSolutionsChecks } from "cdk-nag";
import { expect, it } from "vitest";
import cdkJson from "../../../cdk.json" with { type: "json" };
import type { SynthesizedTenant } from "../assembly.ts";

export function wholeCases({ data, signIn, api, stage, settings }: SynthesizedTenant): void {
  const stacks = { data, signIn, api };

  it("depend on each other in one direction, so that the table never has to move", () => {
    const { name } = settings;
    expect(data.dependencies).toEqual([]);
    expect(data.text).not.toContain("Fn::ImportValue");
    expect(signIn.dependencies).toEqual([`${name}/data`]);
    expect([...api.dependencies].sort()).toEqual([`${name}/data`, `${name}/sign-in`]);
  });

  it("refer to each other by exports, which CloudFormation does not let go while they are used", () => {
    for (const { text } of Object.values(stacks)) expect(text).not.toContain("Fn::GetStackOutput");
    for (const { text } of [signIn, api]) expect(text).toContain("Fn::ImportValue");
  });

  it("stay far below the 500 resources that a stack may have", () => {
    for (const { resources } of Object.values(stacks)) expect(resources.size).toBeLessThan(350);
  });

  it("tell where everything is", () => {
    expect(data.outputs).toHaveProperty("TableName");
    for (const output of ["UserPoolId", "UserPoolClientId", "Issuer", "LoginUrl"])
      expect(signIn.outputs).toHaveProperty(output);
    expect(api.outputs).toHaveProperty("ApiUrl");
  });

  it("hold no secret and nothing that had to be looked up", () => {
    for (const { text } of Object.values(stacks)) expect(text).not.toContain('"SecretString"');
    expect(stage.synth().manifest.missing ?? []).toEqual([]);
  });

  it("are made with the feature flags of cdk.json, also without the CDK command line", () => {
    for (const [flag, value] of Object.entries(cdkJson.context)) expect(stage.node.tryGetContext(flag)).toEqual(value);
  });

  it("raise no finding of AWS's Solutions checks that is not acknowledged with a reason", () => {
    expect(new AwsSolutionsChecks(stage).validateScope(stage).violations).toEqual([]);
  });

  it.runIf(settings.environment === "production")("cannot be deleted by mistake where they hold data", () => {
    expect([data.isTerminationProtected, signIn.isTerminationProtected]).toEqual([true, true]);
  });
}
