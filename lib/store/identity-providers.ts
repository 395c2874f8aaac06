/** Identity providers, and the two ways that lead to them from the user pool: the provider's home, and who one of its subjects is. */
import type { IdentityProvider } from "../domain/identity-providers.ts";
import type { OrgId, ProviderId, UserId } from "../domain/ids.ts";
import type { Change } from "./changes.ts";
import type { Key } from "./keys.ts";
import { keys, ranges } from "./keys.ts";
import type { Item, Page, Ref, Table } from "./table.ts";

/** Who a provider's subject is. The pool takes two spellings of a subject for one; here only the very same one is. */
export interface Door {
  readonly orgId: OrgId;
  readonly userId: UserId;
  readonly subject: string;
}

/** The organization of a provider, and the claim that its people's address is read from: what a sign-in has to know first. */
export interface ProviderHome {
  readonly orgId: OrgId;
  readonly emailClaim: string;
}

/** A provider that the user pool knows, or knew until just now: it is `removed` here and perhaps not there yet. */
export interface ConfiguredProvider {
  readonly id: ProviderId;
  readonly orgId: OrgId;
  readonly removed?: true;
}

export const providerItems = {
  at: (orgId: OrgId, id: ProviderId): Ref<IdentityProvider> => ({
    key: keys.provider(orgId, id),
    decode: decodeProvider,
  }),

  /** SAML metadata: as it was given, or as it was last fetched. */
  metadataAt: (orgId: OrgId, id: ProviderId): Ref<string> => ({
    key: keys.providerMetadata(orgId, id),
    decode: (item) => item.xml as string,
  }),

  /** Whose provider it is: asked before an organization is known. */
  homeOf: (id: ProviderId): Ref<ProviderHome> => ({
    key: keys.providerHome(id),
    decode: ({ orgId, emailClaim }) => ({ orgId: orgId as OrgId, emailClaim: emailClaim as string }),
  }),

  subjectAt: (id: ProviderId, subject: string): Ref<Door> => ({
    key: keys.providerSubject(id, foldSubject(subject)),
    decode: (item) => item as unknown as Door,
  }),

  create: (provider: IdentityProvider, metadataXml: string | undefined): Change[] => [
    { kind: "put", key: keys.provider(provider.orgId, provider.id), item: { ...provider }, when: { exists: false } },
    putHome(provider),
    { kind: "put", key: keys.configuredProvider(provider.id), item: { id: provider.id, orgId: provider.orgId } },
    ...(metadataXml === undefined ? [] : [putMetadata(provider, metadataXml)]),
  ],

  /** @param metadataXml given anew, or `null` for a provider that has none any more */
  replace: (provider: IdentityProvider, metadataXml?: string | null): Change[] => [
    { kind: "put", key: keys.provider(provider.orgId, provider.id), item: { ...provider }, when: { exists: true } },
    putHome(provider),
    ...(typeof metadataXml === "string" ? [putMetadata(provider, metadataXml)] : []),
    ...(metadataXml === null
      ? [{ kind: "delete", key: keys.providerMetadata(provider.orgId, provider.id) } satisfies Change]
      : []),
  ],

  /** What became of configuring the pool for this version of the provider. @param metadataXml fetched anew */
  report: (
    { orgId, id, version }: IdentityProvider,
    { status, statusReason, secretDue }: Pick<IdentityProvider, "status" | "statusReason" | "secretDue">,
    metadataXml?: string,
  ): Change[] => [
    {
      kind: "update",
      key: keys.provider(orgId, id),
      set: { status, statusReason, secretDue },
      when: { equals: { version } },
    },
    ...(metadataXml === undefined ? [] : [putMetadata({ orgId, id }, metadataXml)]),
  ],

  /** Its people keep their entries and can do nothing: the organization names the provider no more. */
  remove: ({ orgId, id }: IdentityProvider): Change[] => [
    { kind: "delete", key: keys.provider(orgId, id), when: { exists: true } },
    { kind: "delete", key: keys.providerMetadata(orgId, id) },
    { kind: "delete", key: keys.providerHome(id) },
    { kind: "put", key: keys.configuredProvider(id), item: { id, orgId, removed: true } },
  ],

  /** The pool does not know it any more. */
  forget: (id: ProviderId): Change => ({ kind: "delete", key: keys.configuredProvider(id) }),

  /** Lets a subject lead to a user. `before` is where it led, if anywhere. */
  bindSubject: (id: ProviderId, door: Door, before: Door | undefined): Change => ({
    kind: "put",
    key: keys.providerSubject(id, foldSubject(door.subject)),
    item: { ...door },
    when: before === undefined ? { exists: false } : { equals: { userId: before.userId } },
  }),

  freeSubject: (id: ProviderId, subject: string): Change => ({
    kind: "delete",
    key: keys.providerSubject(id, foldSubject(subject)),
  }),
};

export function listProviders(table: Table, orgId: OrgId): Promise<IdentityProvider[]> {
  return table.listAll(ranges.providers(orgId), decodeProvider);
}

export function listConfiguredProviders(
  table: Table,
  options: { limit: number; after?: string | undefined },
): Promise<Page<ConfiguredProvider>> {
  return table.list(ranges.configuredProviders(), decodeConfigured, options);
}

/** As the user pool folds its user names, of which a subject is a part. */
function foldSubject(subject: string): string {
  return subject.toLowerCase();
}

function putHome({ id, orgId, attributeMapping }: IdentityProvider): Change {
  return { kind: "put", key: keys.providerHome(id), item: { orgId, emailClaim: attributeMapping.email } };
}

function putMetadata({ orgId, id }: Pick<IdentityProvider, "orgId" | "id">, xml: string): Change {
  return { kind: "put", key: keys.providerMetadata(orgId, id), item: { xml } };
}

function decodeProvider(item: Item): IdentityProvider {
  const { pk, sk, ...provider } = item as unknown as IdentityProvider & Key;
  return provider;
}

function decodeConfigured(item: Item): ConfiguredProvider {
  const { pk, sk, ...configured } = item as unknown as ConfiguredProvider & Key;
  return configured;
}
