/** A provider that is made, or edited, and all that changes with it: the same decision for a request and for the tenant's file. */
import { refuseInvalid } from "../domain/errors.ts";
import type { IdentityProvider } from "../domain/identity-providers.ts";
import type { OrgId, ProviderId, WorkspaceId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import { EVERYWHERE } from "../domain/made-grants.ts";
import type { Organization } from "../domain/places.ts";
import { describeReach } from "../domain/reach.ts";
import type { Store } from "../store/store.ts";
import type { NewProvider } from "./provider-bodies.ts";
import { fillMapping } from "./provider-bodies.ts";
import type { Edited } from "./provider-edit.ts";
import type { Loading } from "./route.ts";
import { describeProvider, showProvider } from "./shown-provider.ts";
import { toTime } from "./times.ts";

/** @param workspaces those of the body, found. @param now milliseconds since 1970 */
export function makeProvider(
  place: { readonly orgId: OrgId; readonly id: ProviderId },
  { name, saml, oidc, enabled, attributeMapping }: NewProvider,
  workspaces: readonly WorkspaceId[] | undefined,
  now: number,
): IdentityProvider {
  const connection: IdentityProvider["connection"] =
    oidc === undefined
      ? { kind: "saml", ...(saml?.metadataUrl === undefined ? {} : { metadataUrl: saml.metadataUrl }) }
      : { kind: "oidc", issuer: oidc.issuer, clientId: oidc.clientId };
  return {
    ...place,
    name,
    connection,
    ...(workspaces === undefined ? {} : { workspaceIds: workspaces }),
    enabled,
    attributeMapping: fillMapping(attributeMapping),
    status: "provisioning",
    ...(oidc === undefined ? {} : { secretDue: 1 }),
    createdAt: toTime(now),
    version: 1,
  };
}

/** @param count of the providers that the organization has */
export function decideCreation(
  store: Store,
  organization: Organization,
  provider: IdentityProvider,
  metadataXml: string | undefined,
  count: number,
) {
  if (count >= limits.identityProvidersPerOrganization) {
    const detail = `There may be ${limits.identityProvidersPerOrganization} identity providers here.`;
    refuseInvalid({ pointer: "", detail });
  }
  const enabledProviders = [...organization.enabledProviders, ...(provider.enabled ? [provider.id] : [])];
  return {
    changes: [
      ...store.providers.create(provider, metadataXml),
      store.organizations.edit(organization.id, { enabledProviders }),
    ],
    audit: [{ ...entryOf("created", organization, provider), after: describeProvider(provider) }] as const,
    reply: { body: showProvider(provider), version: provider.version },
  };
}

export function decideEdit(
  store: Store,
  organization: Organization,
  before: IdentityProvider,
  { after, replaced }: Pick<Edited, "after" | "replaced">,
  metadataXml: string | undefined,
) {
  const enabledProviders = [
    ...organization.enabledProviders.filter((id) => id !== after.id),
    ...(after.enabled ? [after.id] : []),
  ];
  return {
    changes: [
      ...store.providers.replace(after, metadataXml),
      store.organizations.edit(organization.id, { enabledProviders }),
    ],
    audit: [
      {
        ...entryOf("updated", organization, before, after),
        before: describeProvider(before),
        after: { ...describeProvider(after), ...(replaced.length > 0 ? { replaced: [...replaced] } : {}) },
      },
    ] as const,
    reply: { body: showProvider(after), version: after.version },
  };
}

/** @param states the provider as it was and as it is: a workspace that it serves no more is reached, too */
export function entryOf(
  done: "created" | "updated" | "deleted",
  organization: Organization,
  ...states: readonly [IdentityProvider, ...IdentityProvider[]]
) {
  const [{ id, orgId }] = states;
  const served = states.flatMap(({ workspaceIds = [EVERYWHERE] }) => workspaceIds);
  const reach = describeReach(served, organization);
  return {
    chain: orgId,
    action: `identity-provider.${done}` as const,
    target: { type: "identity-provider", id },
    ...(reach === undefined ? {} : { reach }),
  };
}

/** Each once; refused by its place in the body where there is no such workspace. */
export async function findWorkspaces(
  store: Store,
  orgId: OrgId,
  ids: readonly string[] | null | undefined,
): Promise<WorkspaceId[] | undefined> {
  if (ids === undefined || ids === null) return undefined;
  const { workspaces } = await store.read({
    workspaces: ids.map((id) => store.workspaces.at(orgId, id as WorkspaceId)),
  });
  const faults = ids.flatMap((_, index) =>
    workspaces[index] === undefined
      ? [{ pointer: `/workspaceIds/${index}`, detail: "There is no such workspace here." }]
      : [],
  );
  return faults.length > 0 ? refuseInvalid(...faults) : ([...new Set(ids)] as WorkspaceId[]);
}

interface Source {
  readonly metadataUrl?: string | null | undefined;
  readonly metadataXml?: string | null | undefined;
}

type Asking = Pick<Loading, "pool" | "once">;

/** The metadata itself, fetched where its address is given: what cannot be fetched is not stored either. */
export async function readMetadata(saml: Source | undefined, { pool, once }: Asking): Promise<string | undefined> {
  const { metadataUrl, metadataXml } = saml ?? {};
  if (metadataUrl === undefined || metadataUrl === null) return metadataXml ?? undefined;
  if (pool === undefined) throw new Error("this function fetches nothing");
  const result = await once(() => pool.fetchMetadata(metadataUrl));
  if (result.kind === "done") return result.value;
  const detail = result.kind === "refused" ? result.reason : "It does not answer.";
  return refuseInvalid({ pointer: "/saml/metadataUrl", detail });
}

/** Plain http is for one machine, whose test providers are on it. */
export function checkIssuer(issuer: string | undefined, { pool }: Pick<Loading, "pool">): void {
  if (issuer === undefined || pool?.metadataAddresses === "any" || issuer.startsWith("https://")) return;
  refuseInvalid({ pointer: "/oidc/issuer", detail: "An issuer is at an https address." });
}
