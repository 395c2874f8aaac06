import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { ExportId, OrgId } from "../../../lib/domain/ids.ts";
import { keys } from "../../../lib/store/keys.ts";
import { ofType, type Resource, type SynthesizedStack, type SynthesizedTenant } from "../assembly.ts";

const everySetting = ["LOG_LEVEL", "POWERTOOLS_SERVICE_NAME"];

/** What each function is for and may do, said once more and independently of the code. */
const expected = {
  authorizer: {
    table: "read",
    timeout: 5,
    settings: ["API_KEY_PEPPER", "TABLE_NAME", "TOKEN_CLIENT_IDS", "TOKEN_ISSUER"],
  },
  directory: { table: "write", timeout: 29, settings: ["CURSOR_SECRET", "ORGANIZATION_CREATION", "TABLE_NAME"] },
  access: { table: "write", timeout: 10, settings: ["API_KEY_PEPPER", "CURSOR_SECRET", "TABLE_NAME"] },
  federation: {
    table: "write",
    timeout: 29,
    settings: ["CALLBACK_URLS", "CURSOR_SECRET", "METADATA_ADDRESSES", "TABLE_NAME", "USER_POOL_ID"],
  },
  resources: { table: "write", timeout: 29, settings: ["CURSOR_SECRET", "TABLE_NAME"] },
  sharing: { table: "write", timeout: 29, settings: ["CURSOR_SECRET", "TABLE_NAME"] },
  decisions: { table: "read", timeout: 10, settings: ["CURSOR_SECRET", "TABLE_NAME"] },
  audit: {
    table: "read",
    timeout: 10,
    settings: ["AUDIT_BUCKET", "AUDIT_SIGNING_KEY", "CURSOR_SECRET", "EXPORT_BUCKET", "TABLE_NAME"],
  },
  meta: { table: "none", timeout: 10, settings: [] },
  "sign-in": { table: "write", timeout: 5, settings: ["TABLE_NAME"] },
  "inbound-federation": { table: "write", timeout: 5, settings: ["TABLE_NAME"] },
  "security-log": { table: "write", timeout: 60, settings: ["TABLE_NAME"] },
  sweeper: { table: "write", timeout: 60, settings: ["TABLE_NAME"] },
  checkpoint: { table: "note", timeout: 300, settings: ["AUDIT_BUCKET", "AUDIT_SIGNING_KEY", "TABLE_NAME"] },
  reconciler: {
    table: "write",
    timeout: 300,
    settings: ["CALLBACK_URLS", "DECLARED_PROVIDERS", "METADATA_ADDRESSES", "TABLE_NAME", "USER_POOL_ID"],
  },
  exporter: { table: "export", timeout: 180, settings: ["AUDIT_SIGNING_KEY", "EXPORT_BUCKET", "TABLE_NAME"] },
  stream: { table: "stream", timeout: 30, settings: ["AUDIT_BUCKET", "EVENT_BUS_NAME"] },
} as const;

const readActions = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"];
const streamActions = [
  "dynamodb:DescribeStream",
  "dynamodb:GetRecords",
  "dynamodb:GetShardIterator",
  "dynamodb:ListStreams",
];
const writeActions = ["dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];

/** Who configures the user pool. */
const configuring = ["federation", "reconciler"];

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

interface DeployedFunction {
  readonly name: string;
  readonly properties: Resource["Properties"];
  readonly environment: Readonly<Record<string, unknown>>;
  readonly statements: readonly Statement[];
}

export function functionCases({ data, signIn, api, settings }: SynthesizedTenant): void {
  const functions = [...functionsOf(signIn), ...functionsOf(api)];

  it("are these and no others", () => {
    expect(functions.map(({ name }) => name).sort()).toEqual(Object.keys(expected).sort());
  });

  it("run on Node 24 and ARM64, within what API Gateway, Cognito and the clock's next time wait for", () => {
    for (const { name, properties } of functions) {
      expect(properties).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        Handler: "index.handler",
        Timeout: expected[name as keyof typeof expected].timeout,
      });
    }
  });

  it("get the settings that they need and no other", () => {
    for (const { name, environment } of functions) {
      const { settings: wanted } = expected[name as keyof typeof expected];
      expect([name, ...Object.keys(environment).sort()]).toEqual([name, ...[...wanted, ...everySetting].sort()]);
    }
  });

  it("know the deployment's choice about new organizations", () => {
    const directory = functions.find(({ name }) => name === "directory");
    expect(directory?.environment.ORGANIZATION_CREATION).toBe(settings.organizationCreation);
  });

  it("fetch metadata from public addresses only: no stack says anything else", () => {
    for (const { text } of [data, signIn, api]) {
      for (const [, said] of text.matchAll(/"METADATA_ADDRESSES":("[^"]*"|.)/g)) expect(said).toBe('"public"');
    }
    for (const name of configuring) {
      expect(functions.find((one) => one.name === name)?.environment.METADATA_ADDRESSES).toBe("public");
    }
  });

  it("that configure the user pool know it, and where a browser may come back to", () => {
    for (const { name, environment } of functions) {
      if (!configuring.includes(name)) continue;
      expect(environment.USER_POOL_ID).toEqual({ "Fn::ImportValue": expect.stringMatching(/sign-in.*userpool/i) });
      expect(JSON.parse(String(environment.CALLBACK_URLS))).toEqual(settings.signIn.callbackUrls);
    }
  });

  it("learn of the tenant file's identity providers from a setting, where each secret is a reference", () => {
    const told = functions.flatMap(({ environment: { DECLARED_PROVIDERS: text } }) =>
      text === undefined ? [] : [text],
    );
    const declared = settings.identityProviders;
    const secrets = declared.flatMap((one) =>
      one.protocol === "oidc" ? [`{{resolve:secretsmanager:${one.clientSecret}:SecretString:::}}`] : [],
    );
    expect(told).toEqual([[JSON.stringify(declared), ...secrets].join("\n")]);
    for (const { text } of [data, signIn, api]) expect(text).not.toContain("AWS::Cognito::UserPoolIdentityProvider");
  });

  it.each(["CURSOR_SECRET", "API_KEY_PEPPER"])("get %s as a reference that is resolved at deployment", (setting) => {
    for (const { environment } of functions) {
      if (!(setting in environment)) continue;
      expect(environment[setting]).toMatchObject({
        "Fn::Join": [
          "",
          [
            expect.stringMatching(/^\{\{resolve:secretsmanager:$/),
            { "Fn::ImportValue": expect.any(String) },
            ":SecretString:::}}",
          ],
        ],
      });
    }
  });

  it("each write a log of their own that is kept as long as the tenant says", () => {
    const logs = [signIn, api].flatMap((stack) => ofType(stack, "AWS::Logs::LogGroup"));
    for (const [, { Properties }] of logs) expect(Properties.RetentionInDays).toBe(settings.logRetentionDays);
    const used = functions.map(({ properties }) => JSON.stringify(properties.LoggingConfig));
    expect(new Set(used).size).toBe(functions.length);
    for (const { properties } of functions) {
      expect(properties.LoggingConfig).toEqual({ LogFormat: "JSON", LogGroup: { Ref: expect.stringMatching(/log/) } });
    }
  });

  it("each have a role of their own, without a managed policy", () => {
    const roles = functions.map(({ properties }) => JSON.stringify(properties.Role));
    expect(new Set(roles).size).toBe(functions.length);
    for (const stack of [signIn, api]) {
      for (const [id, { Properties }] of ofType(stack, "AWS::IAM::Role")) {
        if (roles.some((role) => role.includes(`"${id}"`))) expect(Properties).not.toHaveProperty("ManagedPolicyArns");
      }
    }
  });

  it("may do to the table what they must and nothing else", () => {
    for (const { name, statements } of functions) {
      const { table } = expected[name as keyof typeof expected];
      const granted = statements.flatMap(actionsOf).filter((action) => action.startsWith("dynamodb:"));
      const wanted = {
        none: [],
        read: readActions,
        note: [...readActions, "dynamodb:UpdateItem"],
        export: [...readActions, ...streamActions, "dynamodb:PutItem"],
        write: [...readActions, ...writeActions],
        stream: streamActions,
      }[table];
      expect([name, ...granted.sort()]).toEqual([name, ...[...wanted].sort()]);
    }
  });

  it("write only as part of a transaction, which carries the audit entry", () => {
    for (const statement of functions.flatMap(({ statements }) => statements)) {
      if (!actionsOf(statement).some((action) => writeActions.includes(action))) continue;
      expect(statement.Condition).toMatchObject({
        "ForAnyValue:StringEquals": { "dynamodb:EnclosingOperation": ["TransactWriteItems"] },
      });
    }
  });

  it("that may only note how far checkpoints are, write where that stands and nowhere else", () => {
    const orgId = "org_01jdexamp1e0000000000000ab" as OrgId;
    const noted = [keys.listedOrganization(orgId).pk, keys.checkpointTurn().pk];
    for (const { name, statements } of functions) {
      const limits = statements.flatMap(({ Condition }) => {
        const condition = Condition as { readonly "ForAllValues:StringEquals"?: unknown } | undefined;
        return condition?.["ForAllValues:StringEquals"] ?? [];
      });
      const isNoting = expected[name as keyof typeof expected].table === "note";
      expect([name, limits]).toEqual([name, isNoting ? [{ "dynamodb:LeadingKeys": noted }] : []]);
    }
  });

  it("that works on exports, writes their jobs and nothing else of the table", () => {
    const [orgId, exportId] = ["org_01jdexamp1e0000000000000ab" as OrgId, "exp_01jdexamp1e0000000000000ab" as ExportId];
    const beginning = "EXPORTS#";
    const own = [keys.auditExport(orgId, exportId), keys.auditExportFile(orgId, exportId, "INDEX", 1)];
    for (const { pk } of own) expect(pk.startsWith(beginning)).toBe(true);
    for (const { name, statements } of functions) {
      const limits = statements.flatMap(({ Condition }) => {
        const condition = Condition as { readonly "ForAllValues:StringLike"?: unknown } | undefined;
        return condition?.["ForAllValues:StringLike"] ?? [];
      });
      expect([name, limits]).toEqual([
        name,
        name === "exporter" ? [{ "dynamodb:LeadingKeys": [`${beginning}*`] }] : [],
      ]);
    }
  });

  it("do to exports what they must: one writes and signs them, one reads them for whoever it gives a link", () => {
    const wanted: Readonly<Record<string, readonly string[]>> = {
      exporter: ["s3:GetObject", "s3:PutObject"],
      audit: ["s3:GetObject"],
    };
    for (const { name, statements } of functions) {
      const onExports = byResource(statements).filter(({ Resource }) => isOfExports(Resource));
      expect([name, ...onExports.flatMap(actionsOf).sort()]).toEqual([name, ...(wanted[name] ?? [])]);
      for (const { Resource } of onExports) {
        const bucket = { "Fn::ImportValue": expect.stringMatching(/data.*:ExportsOutputFnGetAttexports.*Arn/i) };
        expect(Resource).toEqual({ "Fn::Join": ["", [bucket, "/exports/*"]] });
      }
    }
  });

  it("do to the archive what they must: one signs and puts checkpoints, one reads them, one puts copies of entries", () => {
    const wanted: Readonly<Record<string, readonly string[]>> = {
      checkpoint: ["kms:GetPublicKey", "kms:Sign", "s3:GetObject", "s3:PutObject"],
      audit: ["kms:GetPublicKey", "s3:GetObject", "s3:ListBucket"],
      stream: ["s3:GetObject", "s3:PutObject"],
      // It signs manifests, and has nothing to do with checkpoints themselves.
      exporter: ["kms:GetPublicKey", "kms:Sign"],
    };
    for (const { name, statements } of functions) {
      const onBucket = byResource(statements).filter(
        ({ Resource, ...one }) =>
          actionsOf({ Resource, ...one }).some((action) => action.startsWith("s3:")) && !isOfExports(Resource),
      );
      const onKey = statements.filter((one) => JSON.stringify(one.Resource).includes("signingkey"));
      const granted = [...onBucket, ...onKey].flatMap(actionsOf);
      expect([name, ...granted.sort()]).toEqual([name, ...(wanted[name] ?? [])]);
      for (const { Action, Resource, Condition } of onBucket) {
        if (Action === "s3:ListBucket") {
          expect(Condition).toEqual({ StringLike: { "s3:prefix": "checkpoints/*" } });
          expect(Resource).toEqual({ "Fn::ImportValue": expect.stringMatching(/data.*auditbucket.*Arn/i) });
        } else {
          const bucket = { "Fn::ImportValue": expect.stringMatching(/data.*auditbucket.*Arn/i) };
          const objects = name === "stream" ? "/entries/*" : "/checkpoints/*";
          expect(Resource).toEqual({ "Fn::Join": ["", [bucket, objects]] });
        }
      }
    }
  });

  it("have the table's key only where they have the table, and only through it", () => {
    for (const { name, statements } of functions) {
      const { table } = expected[name as keyof typeof expected];
      const keyUse = statements.filter(({ Resource, ...statement }) => {
        const isOfKms = actionsOf({ Resource, ...statement }).some((action) => action.startsWith("kms:"));
        return isOfKms && !JSON.stringify(Resource).includes("signingkey");
      });
      const via = (service: string) =>
        keyUse.filter(({ Condition }) =>
          JSON.stringify(Condition).startsWith(`{"StringEquals":{"kms:ViaService":{"Fn::Join":["",["${service}.`),
        );
      const [throughTable, throughBucket] = [via("dynamodb"), via("s3")];
      expect(keyUse).toHaveLength(throughTable.length + throughBucket.length);
      expect(throughTable).toHaveLength(table === "none" ? 0 : 1);
      const isWriting = table === "write" || table === "note" || table === "export";
      for (const one of throughTable) expect(actionsOf(one).includes("kms:Encrypt")).toBe(isWriting);
      const putting = ["kms:Decrypt", "kms:GenerateDataKey"];
      const inBucket = { checkpoint: putting, stream: putting, exporter: putting, audit: ["kms:Decrypt"] }[name] ?? [];
      expect(throughBucket.flatMap(actionsOf)).toEqual(inBucket);
    }
  });

  it("may do to the user pool what lib/pool does, on this pool alone, and only those that configure it", () => {
    const used = new Set(
      sourcesOf("pool").flatMap((source) => [...source.matchAll(/\bnew (\w+)Command\(/g)].map(([, name]) => name)),
    );
    expect(used.size).toBeGreaterThan(0);
    for (const { name, statements } of functions) {
      const onPool = statements.filter((statement) => actionsOf(statement).some((one) => one.startsWith("cognito")));
      const granted = onPool.flatMap(actionsOf);
      const wanted = configuring.includes(name) ? [...used].map((operation) => `cognito-idp:${operation}`) : [];
      expect([name, ...granted.sort()]).toEqual([name, ...wanted.sort()]);
      for (const { Resource } of onPool) {
        expect(Resource).toEqual({ "Fn::ImportValue": expect.stringMatching(/sign-in.*userpool.*Arn/i) });
      }
    }
  });

  it("have no wildcard in their policies but for all objects of a kind, and X-Ray, which knows no resource", () => {
    for (const statement of functions.flatMap(({ statements }) => statements)) {
      const actions = actionsOf(statement);
      expect(statement.Effect).toBe("Allow");
      for (const action of actions) expect(action).not.toContain("*");
      if (!actions.every((action) => action.startsWith("xray:")))
        expect(
          JSON.stringify(statement.Resource).replaceAll(/"\/(checkpoints|entries|exports)\/\*"/g, ""),
        ).not.toContain("*");
    }
  });

  it("are traced where the tenant says so", () => {
    for (const { properties } of functions)
      expect(properties.TracingConfig).toEqual(settings.tracing ? { Mode: "Active" } : undefined);
  });

  it("never ask for more than their grants: the store writes by transactions alone", () => {
    const commands = new Set(
      sourcesOf("store").flatMap(
        (source) =>
          source.match(/\b(?:Transact|Batch)?(?:Get|Put|Update|Delete|Write|Query|Scan)(?:Items?)?Command\b/g) ?? [],
      ),
    );
    expect([...commands].sort()).toEqual([
      "BatchGetCommand",
      "QueryCommand",
      "TransactGetCommand",
      "TransactWriteCommand",
    ]);
  });
}

function sourcesOf(layer: string): string[] {
  const folder = new URL(`../../../lib/${layer}/`, import.meta.url);
  return readdirSync(folder).map((file) => readFileSync(new URL(file, folder), "utf8"));
}

function functionsOf(stack: SynthesizedStack): DeployedFunction[] {
  return ofType(stack, "AWS::Lambda::Function").map(([, { Properties }]) => {
    const environment = (Properties.Environment as { Variables: Record<string, unknown> }).Variables;
    const role = (Properties.Role as { "Fn::GetAtt": [string, string] })["Fn::GetAtt"][0];
    return {
      name: String(environment.POWERTOOLS_SERVICE_NAME),
      properties: Properties,
      environment,
      statements: statementsOf(stack, role),
    };
  });
}

/** Whatever is attached to a role, inside it or beside it. */
function statementsOf(stack: SynthesizedStack, role: string): Statement[] {
  const attached = ofType(stack, "AWS::IAM::Policy").filter(([, { Properties }]) =>
    JSON.stringify(Properties.Roles).includes(`"${role}"`),
  );
  const inline = stack.resources.get(role)?.Properties.Policies ?? [];
  const documents = [...attached.map(([, { Properties }]) => Properties), ...(inline as object[])] as {
    readonly PolicyDocument: { readonly Statement: readonly Statement[] };
  }[];
  return documents.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/** Once more for each resource: CDK unites statements that allow the same. */
function byResource(statements: readonly Statement[]): Statement[] {
  return statements.flatMap(({ Resource, ...one }) =>
    (Array.isArray(Resource) ? Resource : [Resource]).map((each: unknown) => ({ ...one, Resource: each })),
  );
}

function isOfExports(resource: unknown): boolean {
  return JSON.stringify(resource).includes(":ExportsOutputFnGetAttexports");
}

function actionsOf({ Action }: Statement): readonly string[] {
  return typeof Action === "string" ? [Action] : Action;
}
