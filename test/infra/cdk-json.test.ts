import { existsSync } from "node:fs";
import recommended from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import { describe, expect, it } from "vitest";
import cdkJson from "../../cdk.json" with { type: "json" };

describe("cdk.json", () => {
  it("sets every feature flag to what this version of the CDK recommends", () => {
    expect(cdkJson.context).toEqual(recommended);
  });

  it("runs the app with the Node of the lock file", () => {
    const [node, app] = cdkJson.app.split(" ");
    expect(node).toBe("node_modules/.bin/node");
    expect(existsSync(new URL(`../../${app}`, import.meta.url))).toBe(true);
  });
});
