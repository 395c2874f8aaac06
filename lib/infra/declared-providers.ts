/**
 * The identity providers of a tenant file: what it may say of each, and how the reconciler is told. The template has no provider of
 * its own, since an update of the stack would then drop or reset what the service makes at run time.
 */
import { SecretValue } from "aws-cdk-lib";
import * as z from "zod";
import { newProviderSchemas } from "../api/provider-bodies.ts";
import { isId } from "../domain/ids.ts";

const common = {
  /** The organization that it belongs to: made through the API, as everything in it. */
  organizationId: z.string().refine((id) => isId("org", id), "must be the id of an organization: org_…"),
  /** Together with the organization what the declaration is known by: another name is another provider. */
  name: newProviderSchemas.name,
  workspaceIds: newProviderSchemas.workspaceIds.optional(),
  attributeMapping: newProviderSchemas.attributeMapping.optional(),
};

const declaredProvider = z.discriminatedUnion("protocol", [
  z.strictObject({ ...common, protocol: z.literal("saml"), metadataUrl: newProviderSchemas.metadataUrl }),
  z.strictObject({
    ...common,
    protocol: z.literal("oidc"),
    issuer: newProviderSchemas.issuer,
    clientId: newProviderSchemas.clientId,
    /** Where the client's secret is: a secret of Secrets Manager in the account, whose whole text it is. Never the secret itself. */
    clientSecret: z.string().regex(/^(?:arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:)?[\w/+=.@-]{1,512}$/, {
      error: "must be the name or the ARN of a secret of Secrets Manager",
    }),
  }),
]);

type DeclaredProvider = z.output<typeof declaredProvider>;

/** Bytes that the declarations may have as JSON: Lambda gives a function 4 KB for all of its settings, its secrets among them. */
const MOST_BYTES = 2_400;

export const declaredProviders = z
  .array(declaredProvider)
  .max(10)
  .refine((all) => new Set(all.map((one) => JSON.stringify([one.organizationId, one.name]))).size === all.length, {
    error: "must not name two of an organization alike",
  })
  .refine((all) => Buffer.byteLength(JSON.stringify(all)) <= MOST_BYTES, {
    error: `must be at most ${MOST_BYTES} bytes as JSON: a function has no room for more`,
  });

/** Whether a secret stands where the tenant is deployed, as far as both say. */
export function isInPlace(
  provider: DeclaredProvider,
  { account, region }: { readonly account?: string | undefined; readonly region?: string | undefined },
): boolean {
  if (provider.protocol !== "oidc" || !provider.clientSecret.startsWith("arn:")) return true;
  const [, , , itsRegion, itsAccount] = provider.clientSecret.split(":");
  return (account ?? itsAccount) === itsAccount && (region ?? itsRegion) === itsRegion;
}

/** The declarations as JSON, then one line for each client secret: a dynamic reference, so that the value itself is in no template. */
export function toSetting(providers: readonly DeclaredProvider[]): string {
  const secrets = providers.flatMap((one) =>
    one.protocol === "oidc" ? [SecretValue.secretsManager(one.clientSecret).unsafeUnwrap()] : [],
  );
  return [JSON.stringify(providers), ...secrets].join("\n");
}
