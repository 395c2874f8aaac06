/**
 * Identity providers of the tenant's file: made by the very decision that a request is given, and edited when what the file says of
 * them changed. Who may give what is not judged: whoever deploys owns the table. What is no longer declared stands as it is, since
 * to take a provider away is for people to decide.
 */
import { hashText } from "../domain/audit.ts";
import { canonicalize } from "../domain/canonical-json.ts";
import type { AttributeMapping } from "../domain/claims.ts";
import { Refusal, refuseInvalid } from "../domain/errors.ts";
import type { IdentityProvider } from "../domain/identity-providers.ts";
import type { OrgId, ProviderId } from "../domain/ids.ts";
import { validate } from "./body.ts";
import type { Decided } from "./chained-entries.ts";
import { makeOnce } from "./once.ts";
import type { NewProvider, ProviderEdit } from "./provider-bodies.ts";
import { createProviderSchema, fillMapping } from "./provider-bodies.ts";
import {
  checkIssuer,
  decideCreation,
  decideEdit,
  findWorkspaces,
  makeProvider,
  readMetadata,
} from "./provider-changes.ts";
import type { PoolDesk } from "./provider-configuration.ts";
import { editProvider } from "./provider-edit.ts";
import { settleProvider } from "./provider-pool.ts";
import { changeOrganization } from "./system-change.ts";

/** One entry of `identityProviders` in the tenant's file. Its organization and its name say which one it is. */
export type DeclaredProvider = {
  readonly organizationId: OrgId;
  readonly name: string;
  readonly workspaceIds?: readonly string[] | undefined;
  readonly attributeMapping?: AttributeMapping | undefined;
} & (
  | { readonly protocol: "saml"; readonly metadataUrl: string }
  /** `clientSecret` is the name of the secret, never its value. */
  | { readonly protocol: "oidc"; readonly issuer: string; readonly clientId: string; readonly clientSecret: string }
);

/** What the deployment hands on. */
export interface Declaration {
  readonly provider: DeclaredProvider;
  /** The value that the deployment found under the secret's name. */
  readonly secret?: string;
}

export interface Adoption {
  readonly organizationId: OrgId;
  readonly name: string;
  /** - `absent`: there is no such organization. - `refused`: it cannot be so. - `left`: there was no time. */
  readonly outcome: "created" | "updated" | "unchanged" | "absent" | "refused" | "left";
  readonly reason?: string;
}

const actor = { kind: "system", id: "tenant-file" } as const;

/** Milliseconds for one provider, of which the user pool may take the most. */
const PATIENCE = 24_000;

/** @param until milliseconds since 1970: none is begun for which there may not be enough time */
export async function adoptProviders(
  desk: PoolDesk,
  declarations: readonly Declaration[],
  requestId: string,
  until: number,
): Promise<Adoption[]> {
  const all: Adoption[] = [];
  for (const declaration of declarations) {
    const { organizationId, name } = declaration.provider;
    const isLate = Date.now() + PATIENCE > until;
    const told = isLate ? ({ outcome: "left" } as const) : await tryToAdopt(desk, declaration, requestId);
    if (told !== undefined) all.push({ organizationId, name, ...told });
  }
  return all;
}

/** Whether the tenant's file names the provider, or never did. */
export function isAsDeclared({ orgId, declared }: IdentityProvider, declarations: readonly Declaration[]): boolean {
  if (declared === undefined) return true;
  return declarations.some(
    ({ provider: { organizationId, name } }) => organizationId === orgId && name === declared.name,
  );
}

type Told = Pick<Adoption, "outcome" | "reason">;

/** One that cannot be adopted keeps none of the others from being. */
async function tryToAdopt(desk: PoolDesk, declaration: Declaration, requestId: string): Promise<Told | undefined> {
  try {
    return await adopt(desk, declaration, requestId);
  } catch (error) {
    if (error instanceof Refusal) return { outcome: "refused", reason: tell(error) };
    desk.reportFault(error);
    return undefined;
  }
}

function tell({ message, fields: { errors = [] } }: Refusal): string {
  return errors.length === 0 ? message : errors.map(({ pointer, detail }) => `${pointer} ${detail}`.trim()).join(" ");
}

interface Adopted {
  readonly outcome: "created" | "updated" | "unchanged" | "absent";
  /** To be brought to the user pool. */
  readonly due?: { readonly id: ProviderId; readonly version: number };
}

async function adopt(desk: PoolDesk, { provider: declared, secret }: Declaration, requestId: string): Promise<Told> {
  const { store, pool } = desk;
  const { organizationId: orgId } = declared;
  const body = validate(createProviderSchema, toBody(declared, secret));
  const asking = { pool, once: makeOnce() };
  checkIssuer(body.oidc?.issuer, asking);
  const hash = hashText(canonicalize({ ...declared }));
  const { outcome, due } = await changeOrganization<Adopted>(store, orgId, { actor, requestId }, async (moment) => {
    const { place: organization, now, newId } = moment;
    if (organization === undefined) return { value: { outcome: "absent" } };
    const providers = await store.providers.list(orgId);
    const before = providers.find((one) => one.declared?.name === declared.name);
    if (before?.declared?.hash === hash) return { value: { outcome: "unchanged", ...findDue(before) } };
    if (before !== undefined && before.connection.kind !== declared.protocol) {
      const detail = `It is one of ${before.connection.kind}, and stays so: declare another one under another name.`;
      refuseInvalid({ pointer: "/protocol", detail });
    }
    const [metadataXml, workspaces] = await Promise.all([
      readMetadata(body.saml, asking),
      findWorkspaces(store, orgId, body.workspaceIds),
    ]);
    const mark = (it: IdentityProvider) => ({ ...it, declared: { name: declared.name, hash, version: it.version } });
    const done = (outcome: "created" | "updated", { id, version }: IdentityProvider, decided: Decided) => ({
      value: { outcome, due: { id, version } },
      outcome: decided,
    });
    if (before === undefined) {
      const provider = mark(makeProvider({ orgId, id: newId("idp") }, body, workspaces, now));
      const decided = decideCreation(store, organization, provider, metadataXml, providers.length);
      return done("created", provider, decided);
    }
    const { after, replaced } = editProvider(before, toEdit(before, body), workspaces, metadataXml);
    const edited = { after: mark(after), replaced };
    return done("updated", after, decideEdit(store, organization, before, edited, metadataXml));
  });
  if (due !== undefined) {
    const given = secret === undefined ? undefined : { version: due.version, value: secret };
    await settleProvider(desk, orgId, due.id, given, Date.now() + PATIENCE);
  }
  return { outcome };
}

/** The secret of the declaration did not reach the pool, and here it is. One that a person sent since is not ours to replace. */
function findDue({ id, secretDue, declared }: IdentityProvider): Pick<Adopted, "due"> {
  return secretDue === undefined || secretDue !== declared?.version ? {} : { due: { id, version: secretDue } };
}

/** As a client would have sent it. */
function toBody(declared: DeclaredProvider, secret: string | undefined): unknown {
  const { name, protocol, workspaceIds, attributeMapping } = declared;
  return {
    name,
    protocol,
    ...(workspaceIds === undefined ? {} : { workspaceIds }),
    ...(attributeMapping === undefined ? {} : { attributeMapping }),
    ...(declared.protocol === "saml"
      ? { saml: { metadataUrl: declared.metadataUrl } }
      : { oidc: { issuer: declared.issuer, clientId: declared.clientId, clientSecret: secret } }),
  };
}

/** All that the file says, and nothing of what it does not say any more. Whether it is enabled the file does not say. */
function toEdit(before: IdentityProvider, body: NewProvider): ProviderEdit {
  const { name, workspaceIds = null, saml, oidc, attributeMapping } = body;
  const gone = Object.keys(before.attributeMapping).map((attribute) => [attribute, null] as const);
  return {
    name,
    workspaceIds,
    ...(saml === undefined ? {} : { saml }),
    ...(oidc === undefined ? {} : { oidc }),
    attributeMapping: { ...Object.fromEntries(gone), ...fillMapping(attributeMapping) },
  };
}
