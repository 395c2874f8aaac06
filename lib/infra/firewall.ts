/**
 * The firewall before the stage: rate rules and nothing else. The stage's own limit is one for all callers together; these keep one
 * caller from using it up. What they block the gateway answers as `WAF_FILTERED`, which is a 429 like its own
 * (`gateway-responses.ts`); an answer of the rules' own would take precedence over that.
 */
import type { RestApi } from "aws-cdk-lib/aws-apigateway";
import { CfnWebACL, CfnWebACLAssociation } from "aws-cdk-lib/aws-wafv2";
import type { Construct } from "constructs";
import type { TenantSettings } from "./tenant-settings.ts";

/** Seconds that a rule looks back: the shortest window that there is, so that whoever has waited is soon let in again. */
export const FIREWALL_WINDOW = 60;

const CREDENTIAL = "authorization";

/** One credential in many spellings is one credential: the scheme knows no case, and any number of spaces may follow it. */
const spelledAlike = [
  { priority: 0, type: "COMPRESS_WHITE_SPACE" },
  { priority: 1, type: "LOWERCASE" },
];

const hasCredential: CfnWebACL.StatementProperty = {
  sizeConstraintStatement: {
    fieldToMatch: { singleHeader: { Name: CREDENTIAL } },
    comparisonOperator: "GT",
    size: 0,
    textTransformations: [{ priority: 0, type: "NONE" }],
  },
};

/** In the order in which a request meets them. */
function rulesOf({ perMinute }: TenantSettings["throttling"]): Record<string, CfnWebACL.RateBasedStatementProperty> {
  return {
    // Counts only requests that have the header.
    credential: {
      limit: perMinute.credential,
      aggregateKeyType: "CUSTOM_KEYS",
      customKeys: [{ header: { name: CREDENTIAL, textTransformations: spelledAlike } }],
    },
    anonymous: {
      limit: perMinute.anonymous,
      aggregateKeyType: "IP",
      scopeDownStatement: { notStatement: { statement: hasCredential } },
    },
    // Whoever brings another credential each time is met by neither of the others.
    address: { limit: perMinute.address, aggregateKeyType: "IP" },
  };
}

/** Puts the firewall before the API's stage. Without a log of its own: it would have to be told of each header not to keep it. */
export function protectStage(scope: Construct, id: string, api: RestApi, tenant: TenantSettings): void {
  const seen = (name: string) => ({
    metricName: `bailiwick-${tenant.name}-${name}`,
    cloudWatchMetricsEnabled: true,
    // A sampled request is kept with its headers, the credential among them.
    sampledRequestsEnabled: false,
  });
  const firewall = new CfnWebACL(scope, id, {
    description: `Bailiwick ${tenant.name}: rates of single callers`,
    scope: "REGIONAL",
    defaultAction: { allow: {} },
    visibilityConfig: seen("firewall"),
    rules: Object.entries(rulesOf(tenant.throttling)).map(([name, rate], priority) => ({
      name,
      priority,
      action: { block: {} },
      statement: { rateBasedStatement: { ...rate, evaluationWindowSec: FIREWALL_WINDOW } },
      visibilityConfig: seen(name),
    })),
  });
  new CfnWebACLAssociation(scope, `${id}-association`, {
    resourceArn: api.deploymentStage.stageArn,
    webAclArn: firewall.attrArn,
  });
}
