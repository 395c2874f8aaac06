/** An identity provider after an edit, and what the edit means: pure, so that each case can be told apart. */
import { refuseInvalid } from "../domain/errors.ts";
import type { Connection, IdentityProvider } from "../domain/identity-providers.ts";
import type { WorkspaceId } from "../domain/ids.ts";
import { limits } from "../domain/limits.ts";
import type { ProviderEdit } from "./provider-bodies.ts";
import { fillMapping } from "./provider-bodies.ts";

export interface Edited {
  readonly after: IdentityProvider;
  /** Whether people may come to hold more by it: counts as giving what the rules give that look at the provider. */
  readonly gives: boolean;
  /** Whether somebody else may say from now on who its people are: counts as giving whatever they hold. */
  readonly takesOver: boolean;
  /** What was replaced and cannot be shown. */
  readonly replaced: readonly ("clientSecret" | "metadata")[];
}

/** @param workspaces those of the edit, found */
export function editProvider(
  before: IdentityProvider,
  edit: ProviderEdit,
  workspaces: readonly WorkspaceId[] | undefined,
  metadataXml: string | undefined,
): Edited {
  const { workspaceIds: _ids, statusReason: _reason, ...rest } = before;
  const version = before.version + 1;
  const connection = editConnection(before.connection, edit);
  const bound = edit.workspaceIds === undefined ? before.workspaceIds : workspaces;
  const attributeMapping = editMapping(before, edit);
  const enabled = edit.enabled ?? before.enabled;
  const hasSecret = edit.oidc?.clientSecret !== undefined;
  // Whatever the user pool is told of: the others are the service's own.
  const isConnected = edit.saml !== undefined || edit.oidc !== undefined;
  const concernsPool = isConnected || enabled !== before.enabled;
  const after: IdentityProvider = {
    ...rest,
    name: edit.name ?? before.name,
    connection,
    ...(bound === undefined ? {} : { workspaceIds: bound }),
    enabled,
    attributeMapping,
    status: concernsPool ? "provisioning" : before.status,
    ...(concernsPool || before.statusReason === undefined ? {} : { statusReason: before.statusReason }),
    ...(hasSecret ? { secretDue: version } : {}),
    version,
  };
  const isEnabled = enabled && !before.enabled;
  const isRemapped = !isSameMapping(before.attributeMapping, attributeMapping);
  return {
    after,
    takesOver:
      isElsewhere(before.connection, connection, edit) || attributeMapping.email !== before.attributeMapping.email,
    gives: isConnected || isEnabled || isRemapped || isWider(before.workspaceIds, bound),
    replaced: [
      ...(hasSecret ? (["clientSecret"] as const) : []),
      ...(metadataXml === undefined ? [] : (["metadata"] as const)),
    ],
  };
}

function editConnection(before: Connection, { saml, oidc }: ProviderEdit): Connection {
  if (before.kind === "oidc") {
    // The pool would show the secret that it has to whoever stands at the new address.
    if (oidc?.issuer !== undefined && oidc.issuer !== before.issuer && oidc.clientSecret === undefined) {
      refuseInvalid({ pointer: "/oidc/clientSecret", detail: "Another issuer needs a client secret of its own." });
    }
    return { ...before, issuer: oidc?.issuer ?? before.issuer, clientId: oidc?.clientId ?? before.clientId };
  }
  if (saml === undefined) return before;
  const { metadataUrl } = saml;
  return metadataUrl === undefined || metadataUrl === null ? { kind: "saml" } : { kind: "saml", metadataUrl };
}

/** Metadata that is sent may be anybody's; what the same address says again is still its own. */
function isElsewhere(before: Connection, after: Connection, { saml }: ProviderEdit): boolean {
  if (before.kind === "oidc" && after.kind === "oidc") {
    return before.issuer !== after.issuer || before.clientId !== after.clientId;
  }
  if (before.kind !== "saml" || after.kind !== "saml") return true;
  return typeof saml?.metadataXml === "string" || before.metadataUrl !== after.metadataUrl;
}

function editMapping(before: IdentityProvider, { attributeMapping: patch }: ProviderEdit) {
  if (patch === undefined) return before.attributeMapping;
  const mapping = new Map(Object.entries(before.attributeMapping));
  for (const [attribute, claim] of Object.entries(patch)) {
    if (claim === null) mapping.delete(attribute);
    else mapping.set(attribute, claim);
  }
  const after = fillMapping(Object.fromEntries(mapping));
  if (Object.keys(after).filter((name) => name !== "email").length <= limits.mappedAttributes) return after;
  return refuseInvalid({ pointer: "/attributeMapping", detail: `At most ${limits.mappedAttributes} attributes.` });
}

function isSameMapping(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name]);
}

function isWider(before: readonly WorkspaceId[] | undefined, after: readonly WorkspaceId[] | undefined): boolean {
  if (before === undefined) return false;
  return after === undefined || after.some((id) => !before.includes(id));
}
