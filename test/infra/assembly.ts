/**
 * The assembly that the tests of this folder look at, synthesized once from the real functions: the tenant of `npm start`, and a
 * production tenant that uses every setting.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Stage } from "aws-cdk-lib";
import { CloudFormationStackArtifact } from "aws-cdk-lib/cx-api";
import { buildApp } from "../../lib/infra/app.ts";
import { readTenants } from "../../lib/infra/tenant-files.ts";
import { type TenantSettings, tenantSettings } from "../../lib/infra/tenant-settings.ts";

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** One synthesized stack: its template, and what the manifest says of it. */
export interface SynthesizedStack {
  readonly resources: ReadonlyMap<string, Resource>;
  readonly outputs: Readonly<Record<string, unknown>>;
  /** The whole template as text. */
  readonly text: string;
  /** The stacks that must be deployed before it. */
  readonly dependencies: readonly string[];
  readonly isTerminationProtected: boolean;
}

export interface SynthesizedTenant {
  readonly settings: TenantSettings;
  readonly stage: Stage;
  readonly data: SynthesizedStack;
  readonly signIn: SynthesizedStack;
  readonly api: SynthesizedStack;
}

const acme = tenantSettings.parse({
  name: "acme",
  environment: "production",
  account: "123456789012",
  region: "eu-central-1",
  organizationCreation: "closed",
  logRetentionDays: 365,
  audit: { lockDays: 3650 },
  throttling: { rate: 1000, burst: 2000, perMinute: { credential: 60_000, anonymous: 100, address: 600_000 } },
  alarms: {
    accessDenied: 50,
    credentialRefused: 60,
    signInRefused: 7,
    topicArn: "arn:aws:sns:eu-central-1:123456789012:security",
  },
  tracing: true,
  domain: {
    name: "access.acme.example",
    certificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/2f8ae9a2-7c5e-4f1b-9d0a-6f2f3c1b7e11",
  },
  signIn: { domainPrefix: "acme-access", callbackUrls: ["https://console.acme.example/signed-in"] },
  identityProviders: [
    {
      organizationId: "org_01jdexamp1e0000000000000ab",
      name: "Login",
      protocol: "oidc",
      issuer: "https://login.acme.example",
      clientId: "bailiwick",
      clientSecret: "acme/login",
    },
    {
      organizationId: "org_01jdexamp1e0000000000000ab",
      name: "Okta",
      protocol: "saml",
      metadataUrl: "https://okta.example/metadata",
    },
  ],
});

const folder = mkdtempSync(join(tmpdir(), "bailiwick-assembly-"));
/** The one that everybody has; whatever tenants of one's own stand beside it are nothing to these tests. */
const settings = [
  ...readTenants(fileURLToPath(new URL("../../tenants", import.meta.url))).filter(({ name }) => name === "example"),
  acme,
];
const app = buildApp({ outdir: folder, tenants: settings });
app.synth();

/** Where the assembly is; the bundles are in its `asset.*` folders. */
export const assemblyFolder = folder;

export function removeAssembly(): void {
  rmSync(folder, { recursive: true });
}

export const example = tenantNamed("example");
export const tenants: readonly SynthesizedTenant[] = [example, tenantNamed("acme")];

/** The resources of one type, by their logical ids. */
export function ofType(stack: SynthesizedStack, type: string): [string, Resource][] {
  return [...stack.resources].filter(([, resource]) => resource.Type === type);
}

/** The one resource of its type. */
export function theOnly(stack: SynthesizedStack, type: string): Resource {
  const [found, ...more] = ofType(stack, type);
  if (!found || more.length > 0) throw new Error(`There are ${more.length + (found ? 1 : 0)} of ${type}`);
  return found[1];
}

function tenantNamed(name: string): SynthesizedTenant {
  const stage = app.node.findChild(name);
  const wanted = settings.find((tenant) => tenant.name === name);
  if (!Stage.isStage(stage) || !wanted) throw new Error(`There is no tenant ${name}`);
  const stackNamed = (id: string): SynthesizedStack => {
    const artifact = stage.synth().stacks.find(({ hierarchicalId }) => hierarchicalId === `${name}/${id}`);
    if (!artifact) throw new Error(`There is no stack ${name}/${id}`);
    const { template } = artifact;
    return {
      resources: new Map(Object.entries(template.Resources)),
      outputs: template.Outputs,
      text: JSON.stringify(template),
      dependencies: artifact.dependencies
        .filter((other) => CloudFormationStackArtifact.isCloudFormationStackArtifact(other))
        .map(({ hierarchicalId }) => hierarchicalId),
      isTerminationProtected: artifact.terminationProtection === true,
    };
  };
  return { settings: wanted, stage, data: stackNamed("data"), signIn: stackNamed("sign-in"), api: stackNamed("api") };
}
