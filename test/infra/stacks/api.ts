import { expect, it } from "vitest";
import { routes } from "../../../lib/api/routes.ts";
import { readTenant } from "../../../lib/local/assembly.ts";
import { Deployment } from "../../../lib/local/deployment.ts";
import { readSchedules } from "../../../lib/local/schedules.ts";
import {
  assemblyFolder,
  ofType,
  type Resource,
  type SynthesizedStack,
  type SynthesizedTenant,
  theOnly,
} from "../assembly.ts";

interface MethodProperties {
  readonly HttpMethod: string;
  readonly ResourceId: { readonly Ref: string };
  readonly AuthorizationType: string;
  readonly AuthorizerId?: { readonly Ref: string };
  readonly OperationName?: string;
  readonly Integration: { readonly Type: string; readonly Uri: unknown };
}

interface ResourceProperties {
  readonly PathPart: string;
  readonly ParentId: { readonly Ref?: string };
}

/** What runs by the clock, and how often. */
const clockwork = {
  sweeper: { rate: "rate(1 minute)", seconds: 60 },
  checkpoint: { rate: "rate(1 hour)", seconds: 3_600 },
  reconciler: { rate: "rate(1 hour)", seconds: 3_600 },
};

/** What runs for lines of a log, and in how many places these stand. */
const logReaders = { "security-log": 10 };

const catchAll = "ANY /{proxy+}";

export function apiCases({ api, settings }: SynthesizedTenant): void {
  const methods = methodsOf(api);
  const [[authorizerId, authorizer] = []] = ofType(api, "AWS::ApiGateway::Authorizer");
  const stage = theOnly(api, "AWS::ApiGateway::Stage").Properties;

  it("has a method for every route, and no method that is no route", () => {
    const wanted = routes.map(({ method, path }) => `${method} ${path}`);
    expect([...methods.keys()].sort()).toEqual([...wanted, catchAll].sort());
  });

  it("hands each route to its area's function", () => {
    for (const { method, path, area, operationId } of routes) {
      const { Integration, OperationName } = methodOf(methods, `${method} ${path}`);
      expect(Integration.Type).toBe("AWS_PROXY");
      expect(serviceOf(api, Integration.Uri)).toBe(area);
      expect(OperationName).toBe(operationId);
    }
  });

  it("judges every request to a route that is not public, and opens no other", () => {
    const open = routes.filter(({ access }) => access.kind === "public").map(({ method, path }) => `${method} ${path}`);
    for (const [name, { AuthorizationType, AuthorizerId }] of methods) {
      const isOpen = open.includes(name) || name === catchAll;
      expect([name, AuthorizationType]).toEqual([name, isOpen ? "NONE" : "CUSTOM"]);
      expect(AuthorizerId).toEqual(isOpen ? undefined : { Ref: authorizerId });
    }
    expect(open.length).toBeGreaterThan(0);
    expect(open.length).toBeLessThan(routes.length);
  });

  it("asks the authorizer anew for each request, whatever it carries", () => {
    expect(authorizer?.Properties).toMatchObject({
      Type: "REQUEST",
      AuthorizerResultTtlInSeconds: 0,
      IdentitySource: "",
    });
    expect(serviceOf(api, authorizer?.Properties.AuthorizerUri)).toBe("authorizer");
  });

  it("answers unknown paths itself", () => {
    expect(serviceOf(api, methodOf(methods, catchAll).Integration.Uri)).toBe("meta");
  });

  it("names the parameter in one place of a path only once, as API Gateway demands", () => {
    const parents = ofType(api, "AWS::ApiGateway::Resource")
      .map(([, { Properties }]) => Properties as unknown as ResourceProperties)
      .filter(({ PathPart }) => /^\{\w+\}$/.test(PathPart))
      .map(({ ParentId }) => JSON.stringify(ParentId));
    expect(new Set(parents).size).toBe(parents.length);
  });

  it("lets API Gateway call each function but those run by the clock, for a log or by the stream, and this API only", () => {
    const [[apiId] = []] = ofType(api, "AWS::ApiGateway::RestApi");
    const permissions = permissionsOf(api).filter(({ Principal }) => Principal === "apigateway.amazonaws.com");
    const names = ofType(api, "AWS::Lambda::Function").map(([, { Properties }]) => nameOf(Properties));
    const called = permissions.map(({ FunctionName }) => serviceOf(api, FunctionName));
    const streamReaders = ["stream", "exporter"];
    const isElsewhere = (name: string) => name in clockwork || name in logReaders || streamReaders.includes(name);
    expect(called.sort()).toEqual(names.filter((name) => !isElsewhere(name)).sort());
    const ofLogs = permissionsOf(api).filter(({ Principal }) => Principal === "logs.amazonaws.com");
    expect(ofLogs.map(({ FunctionName }) => serviceOf(api, FunctionName))).toEqual(
      Object.entries(logReaders).flatMap(([name, count]) => Array(count).fill(name)),
    );
    // Whoever reads a stream is called by Lambda itself.
    expect(permissionsOf(api)).toHaveLength(permissions.length + ofLogs.length + Object.keys(clockwork).length);
    for (const { Action, SourceArn } of permissions) {
      expect(Action).toBe("lambda:InvokeFunction");
      expect(JSON.stringify(SourceArn)).toContain(`{"Ref":"${apiId}"}`);
    }
  });

  it.each(Object.entries(clockwork))("has the %s run by one rule, which alone may call it", (name, { rate }) => {
    const rules = ofType(api, "AWS::Events::Rule");
    expect(rules).toHaveLength(Object.keys(clockwork).length);
    const [[ruleId, rule] = [], ...others] = rules.filter(
      ([, { Properties }]) => serviceOf(api, Properties.Targets) === name,
    );
    expect(others).toEqual([]);
    const { Tags: _, ...properties } = rule?.Properties ?? {};
    expect(properties).toEqual({
      ScheduleExpression: rate,
      State: "ENABLED",
      Targets: [{ Id: expect.any(String), Arn: { "Fn::GetAtt": [expect.any(String), "Arn"] } }],
    });
    const permissions = permissionsOf(api).filter(({ FunctionName }) => serviceOf(api, FunctionName) === name);
    expect(permissions).toEqual([
      {
        Action: "lambda:InvokeFunction",
        FunctionName: expect.anything(),
        Principal: "events.amazonaws.com",
        SourceArn: { "Fn::GetAtt": [ruleId, "Arn"] },
      },
    ]);
  });

  it("gives the local host those same schedules, and no other", () => {
    const stacks = readTenant(assemblyFolder, settings.name);
    const deployment = new Deployment(stacks, { providerUrl: "", secretOf: () => "" });
    const region = settings.region ?? "us-east-1";
    const account = settings.account ?? "000000000000";
    const arnOf = (service: string, name: string) =>
      expect.stringMatching(new RegExp(`^arn:aws:${service}:${region}:${account}:${name}`));
    const byTime = (a: { every: number }, b: { every: number }) => a.every - b.every;
    expect(readSchedules(deployment).sort(byTime)).toEqual(
      Object.entries(clockwork).map(([name, { seconds }]) => ({
        rule: arnOf("events", "rule/"),
        region,
        account,
        every: seconds * 1000,
        targets: [arnOf("lambda", `function:.*${name}`)],
      })),
    );
  });

  it("never tries a run of the clock again: the next one is the next try", () => {
    const invokes = ofType(api, "AWS::Lambda::EventInvokeConfig").map(([, { Properties }]) => Properties);
    const found = invokes.map(({ FunctionName, ...invoke }) => [serviceOf(api, FunctionName) ?? "", invoke] as const);
    expect(Object.fromEntries(found.filter(([name]) => !(name in logReaders)))).toEqual(
      Object.fromEntries(
        Object.entries(clockwork).map(([name, { seconds }]) => [
          name,
          { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: seconds, Qualifier: "$LATEST" },
        ]),
      ),
    );
  });

  it("logs each request as JSON of things that the caller did not write", () => {
    const { Format } = stage.AccessLogSetting as { Format: string };
    for (const value of Object.values(JSON.parse(Format))) {
      expect(value).toMatch(/^\$context\.[A-Za-z.]+$/);
      expect(value).not.toMatch(
        /path$|error\.message|userAgent|authorizer\.error|querystring|header|identity\.(?!sourceIp)/,
      );
    }
  });

  it("is throttled and measured, and never logs whole requests", () => {
    expect(stage.MethodSettings).toEqual([
      {
        HttpMethod: "*",
        ResourcePath: "/*",
        ThrottlingRateLimit: settings.throttling.rate,
        ThrottlingBurstLimit: settings.throttling.burst,
        MetricsEnabled: true,
        DataTraceEnabled: false,
        LoggingLevel: "ERROR",
      },
    ]);
    expect(stage.TracingEnabled).toBe(settings.tracing);
  });

  it.runIf(settings.domain)("stands at the root of its domain and has no second address", () => {
    expect(theOnly(api, "AWS::ApiGateway::DomainName").Properties).toMatchObject({
      DomainName: settings.domain?.name,
      RegionalCertificateArn: settings.domain?.certificateArn,
      SecurityPolicy: "TLS_1_2",
    });
    expect(theOnly(api, "AWS::ApiGateway::BasePathMapping").Properties.BasePath ?? "").toBe("");
    expect(theOnly(api, "AWS::ApiGateway::RestApi").Properties.DisableExecuteApiEndpoint).toBe(true);
  });
}

function methodsOf(api: SynthesizedStack): Map<string, MethodProperties> {
  const pathOf = (id: string | undefined): string => {
    const resource = id === undefined ? undefined : api.resources.get(id);
    if (resource?.Type !== "AWS::ApiGateway::Resource") return "";
    const { PathPart, ParentId } = resource.Properties as unknown as ResourceProperties;
    return `${pathOf(ParentId.Ref)}/${PathPart}`;
  };
  return new Map(
    ofType(api, "AWS::ApiGateway::Method").map(([, { Properties }]) => {
      const method = Properties as unknown as MethodProperties;
      return [`${method.HttpMethod} ${pathOf(method.ResourceId.Ref)}`, method];
    }),
  );
}

function methodOf(methods: ReadonlyMap<string, MethodProperties>, name: string): MethodProperties {
  const method = methods.get(name);
  if (!method) throw new Error(`There is no method ${name}`);
  return method;
}

/** Which function an address of API Gateway, or the name in a permission, leads to. */
function serviceOf(api: SynthesizedStack, uri: unknown): string | undefined {
  for (const [id, { Properties }] of ofType(api, "AWS::Lambda::Function")) {
    if (!JSON.stringify(uri).includes(`"${id}"`)) continue;
    return nameOf(Properties);
  }
  return undefined;
}

function permissionsOf(api: SynthesizedStack) {
  return ofType(api, "AWS::Lambda::Permission").map(([, { Properties }]) => Properties);
}

function nameOf(lambda: Resource["Properties"]): string {
  return (lambda.Environment as { Variables: { POWERTOOLS_SERVICE_NAME: string } }).Variables.POWERTOOLS_SERVICE_NAME;
}
