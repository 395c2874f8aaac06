/** A service may invoke a function only where the template says so. Without it everything synthesizes, and every request fails. */
import { matchesPattern } from "./arn-pattern.ts";
import type { Deployment } from "./deployment.ts";
import { StartRefusal } from "./start-refusal.ts";

/** @throws StartRefusal when no permission lets `principal` invoke the function for `source`. */
export function assertMayInvoke(deployment: Deployment, functionArn: string, principal: string, source: string): void {
  const functionName = functionArn.split(":").at(-1);
  const allowed = deployment.every("AWS::Lambda::Permission").some((permission) => {
    const read = (name: string) => deployment.property(permission, name);
    const target = read("FunctionName");
    const from = read("SourceArn");
    return (
      (target === functionArn || target === functionName) &&
      read("Principal") === principal &&
      (from === undefined || matchesPattern(String(from), source))
    );
  });
  if (!allowed) throw new StartRefusal(`No permission lets ${principal} invoke ${functionName} for ${source}.`);
}
