/** The organization's identity providers: each is stored here, and configured in the user pool once it is. */
import { Refusal, refuseAbsent } from "../domain/errors.ts";
import type { IdentityProvider } from "../domain/identity-providers.ts";
import type { OrgId, ProviderId, WorkspaceId } from "../domain/ids.ts";
import type { Store } from "../store/store.ts";
import { restsOnProvider } from "./anchored-places.ts";
import { refuseExcess } from "./giver.ts";
import type { Host } from "./host.ts";
import { fromSorted, readRow } from "./lists.ts";
import { matchVersion } from "./preconditions.ts";
import { checkBlocks, createProviderSchema, editProviderSchema, providerShape } from "./provider-bodies.ts";
import {
  checkIssuer,
  decideCreation,
  decideEdit,
  entryOf,
  findWorkspaces,
  makeProvider,
  readMetadata,
} from "./provider-changes.ts";
import type { PoolDesk } from "./provider-configuration.ts";
import { editProvider } from "./provider-edit.ts";
import { readGiftsHere, readPeopleGifts } from "./provider-gifts.ts";
import { reconcileOrganization, settleProvider } from "./provider-pool.ts";
import type { Reply } from "./route.ts";
import { command, query } from "./route.ts";
import { pageOf } from "./schemas.ts";
import { describeProvider, showProvider } from "./shown-provider.ts";

const all = "/v1/orgs/{orgId}/identity-providers";
const one = "/v1/orgs/{orgId}/identity-providers/{idpId}";
const read = { kind: "scope", level: "organization", scope: "identity-provider:read" } as const;
const write = { ...read, scope: "identity-provider:write" } as const;
const reply = { schema: providerShape, hasETag: true } as const;
const area = "federation" as const;

/** Milliseconds of a request in which the user pool may be configured: the gateway waits 29 s. */
const PATIENCE = 24_000;

/** A provider gives by rules that somebody else may have written. */
const BY_RULES = " by the rules that look at this provider";

export const identityProviderRoutes = [
  query({
    method: "GET",
    path: all,
    operationId: "listIdentityProviders",
    summary: "The organization's identity providers, and whether the user pool is configured as they say.",
    area,
    access: read,
    list: {},
    reply: { status: 200, schema: pageOf(providerShape) },
    example: {},
    run: async (store, { params, page }) => {
      const providers = new Map((await store.providers.list(params.orgId)).map((provider) => [provider.id, provider]));
      const { items, ...rest } = await readRow(page, [fromSorted([...providers.keys()].sort())]);
      const found = items.flatMap((id) => providers.get(id) ?? []);
      return { body: { items: found.map(showProvider), ...rest } };
    },
  }),

  command({
    method: "POST",
    path: all,
    operationId: "createIdentityProvider",
    summary: "Connects a SAML or OIDC provider. Its secret is handed to the user pool and kept nowhere else.",
    area,
    access: write,
    body: createProviderSchema,
    reply: { status: 201, ...reply },
    example: {
      body: {
        name: "Acme Login",
        protocol: "oidc",
        workspaceIds: ["{workspaceId}"],
        enabled: true,
        oidc: { issuer: "https://login.acme.example", clientId: "bailiwick", clientSecret: "of-the-client" },
        attributeMapping: { email: "email", name: "name", groups: "groups" },
      },
    },
    locks: "organization",
    load: async (store, { params, body, now, newId }, loading) => {
      checkBlocks(body.protocol, body, true);
      checkIssuer(body.oidc?.issuer, loading);
      const id = newId("idp");
      const workspaceIds = body.workspaceIds as WorkspaceId[] | undefined;
      const [metadataXml, providers, workspaces, gifts] = await Promise.all([
        readMetadata(body.saml, loading),
        store.providers.list(params.orgId),
        findWorkspaces(store, params.orgId, body.workspaceIds),
        readGiftsHere(store, params.orgId, { id, workspaceIds }, loading),
      ]);
      if (gifts === "moved") return gifts;
      const provider = makeProvider({ orgId: params.orgId, id }, body, workspaces, now);
      return { provider, metadataXml, count: providers.length, gifts };
    },
    decide: ({ provider, metadataXml, count, gifts }, _input, { organization, giver }, store) => {
      if (organization === undefined) refuseAbsent("organization");
      const outcome = decideCreation(store, organization, provider, metadataXml, count);
      refuseExcess(giver, [], gifts, "", BY_RULES);
      return outcome;
    },
    afterwards: (reply, { params, body, now }, host) =>
      finish(host, reply, { ...params, id: idIn(reply) }, body.oidc?.clientSecret, now),
  }),

  query({
    method: "GET",
    path: one,
    operationId: "getIdentityProvider",
    summary: "One identity provider.",
    area,
    access: read,
    reply: { status: 200, ...reply },
    example: {},
    run: async (store, { params }) => showOne(await findProvider(store, params.orgId, params.idpId)),
  }),

  command({
    method: "PATCH",
    path: one,
    operationId: "updateIdentityProvider",
    summary: "Edits a provider. Disabled, it shuts out everybody who came through it on their next request.",
    area,
    access: write,
    body: editProviderSchema,
    reply: { status: 200, ...reply },
    example: {
      body: { name: "Acme Single Sign-On", workspaceIds: ["{workspaceId}"] },
      headers: { "if-match": "*" },
    },
    locks: "organization",
    readsGate: true,
    load: async (store, { params, body, now }, loading) => {
      checkIssuer(body.oidc?.issuer, loading);
      const before = await findProvider(store, params.orgId, params.idpId);
      checkBlocks(before.connection.kind, body, false);
      const [metadataXml, workspaces] = await Promise.all([
        readMetadata(body.saml, loading),
        findWorkspaces(store, params.orgId, body.workspaceIds),
      ]);
      const isShutOut = body.enabled === false && before.enabled;
      const edit = editProvider(before, body, workspaces, metadataXml);
      const [byRules, ofPeople, isLast] = await Promise.all([
        edit.gives ? readGiftsHere(store, params.orgId, edit.after, loading) : [],
        edit.takesOver ? readPeopleGifts(store, params.orgId, before.id, now) : [],
        isShutOut && restsOnProvider(store, loading.organization, params.orgId, before.id),
      ]);
      if (byRules === "moved") return byRules;
      return { before, edit, metadataXml, gifts: [...byRules, ...ofPeople], isShutOut, isLast };
    },
    decide: (loaded, { ifMatch }, { organization, giver }, store) => {
      const { before, edit, gifts, metadataXml, isShutOut, isLast } = loaded;
      if (organization === undefined) refuseAbsent("organization");
      matchVersion(ifMatch, before.version, true);
      refuseExcess(giver, [], gifts, "", BY_RULES);
      if (isLast) refuseLastManager();
      return { ...decideEdit(store, organization, before, edit, metadataXml), takesGate: isShutOut };
    },
    afterwards: (reply, { params, body, now }, host) =>
      statusIn(reply) === "provisioning"
        ? finish(host, reply, { ...params, id: params.idpId }, body.oidc?.clientSecret, now)
        : Promise.resolve(reply),
  }),

  command({
    method: "DELETE",
    path: one,
    operationId: "deleteIdentityProvider",
    summary: "Takes a provider away. Its people have no standing any more, and cannot sign in.",
    area,
    access: write,
    reply: { status: 204 },
    example: {},
    locks: "organization",
    readsGate: true,
    load: async (store, { params }, loading) => {
      const before = await findProvider(store, params.orgId, params.idpId);
      const isLast = before.enabled && (await restsOnProvider(store, loading.organization, params.orgId, before.id));
      return { before, isLast };
    },
    decide: ({ before, isLast }, { params, ifMatch }, { organization }, store) => {
      if (organization === undefined) refuseAbsent("organization");
      matchVersion(ifMatch, before.version, false);
      if (isLast) refuseLastManager();
      const enabledProviders = organization.enabledProviders.filter((id) => id !== before.id);
      return {
        changes: [...store.providers.remove(before), store.organizations.edit(params.orgId, { enabledProviders })],
        audit: [{ ...entryOf("deleted", organization, before), before: describeProvider(before) }],
        takesGate: before.enabled,
        reply: {},
      };
    },
    afterwards: async (reply, { params, now }, host) => {
      await settleProvider(deskOf(host), params.orgId, params.idpId, undefined, now + PATIENCE);
      return reply;
    },
  }),

  query({
    method: "POST",
    path: `${one}/reconcile`,
    operationId: "reconcileIdentityProvider",
    summary:
      "Compares the user pool with the provider, and brings it back to what is stored; done once an hour anyway.",
    area,
    access: write,
    reply: { status: 200, ...reply },
    example: {},
    run: async (store, { params, now }, host) => {
      await findProvider(store, params.orgId, params.idpId);
      const outcome = await reconcileOrganization(deskOf(host), params.orgId, [], now + PATIENCE);
      for (const difference of outcome?.differences ?? []) host.reportFault(new Error(difference));
      return showOne(await findProvider(store, params.orgId, params.idpId));
    },
  }),
];

async function findProvider(store: Store, orgId: OrgId, id: ProviderId): Promise<IdentityProvider> {
  const { provider } = await store.read({ provider: store.providers.at(orgId, id) });
  return provider ?? refuseAbsent("identity provider");
}

function showOne(provider: IdentityProvider): Reply {
  return { body: showProvider(provider), version: provider.version };
}

function refuseLastManager(): never {
  throw new Refusal(
    "owner.last",
    "Everybody who keeps this organization comes through this provider: make somebody else its manager for good first.",
  );
}

function deskOf({ store, pool, reportFault }: Host): PoolDesk {
  if (pool === undefined) throw new Error("this function configures no user pool");
  return { store, pool, reportFault };
}

/** Configures the pool, and answers with what came of it. */
async function finish(
  host: Host,
  reply: Reply,
  { orgId, id }: { readonly orgId: OrgId; readonly id: ProviderId },
  clientSecret: string | undefined,
  now: number,
): Promise<Reply> {
  const version = Number(reply.version);
  const secret = clientSecret === undefined ? undefined : { version, value: clientSecret };
  const provider = await settleProvider(deskOf(host), orgId, id, secret, now + PATIENCE);
  // Changed by somebody else meanwhile, it is theirs to be told of.
  return provider?.version === version ? showOne(provider) : reply;
}

function idIn({ body }: Reply): ProviderId {
  return (body as { readonly id: ProviderId }).id;
}

function statusIn({ body }: Reply): string {
  return (body as { readonly status: string }).status;
}
