/** An organization with identity providers and claim rules, on the real engine, and people who come through its providers. */
import { randomBytes, randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { ClaimRule } from "../../lib/domain/claim-rules.ts";
import type { Condition } from "../../lib/domain/conditions.ts";
import type { IdentityProvider } from "../../lib/domain/identity-providers.ts";
import type { EntryId, OrgId, ProviderId, RoleId, RuleId, UserId, WorkspaceId } from "../../lib/domain/ids.ts";
import { makeId } from "../../lib/domain/ids.ts";
import type { KeptRule, KeptRules } from "../../lib/domain/kept-rules.ts";
import type { FederatedSignIn } from "../../lib/identity/federated-facts.ts";
import { signInThroughProvider } from "../../lib/identity/federated-sign-in.ts";
import type { UserPool } from "../../lib/pool/user-pool.ts";
import type { Store } from "../../lib/store/store.ts";
import type { Acme } from "../api/acme.ts";
import { makeAcme, makeWorkspace } from "../api/acme.ts";
import type { Caller, TestApi } from "../api/in-process.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";

const CLIENT = "client-of-acme";
const newId = <P extends "idp" | "rul" | "aud" | "usr">(prefix: P) => makeId(prefix, Date.now(), randomBytes(10));

/** A rule that matches a group; more of it can be said. */
export type RuleSketch = Partial<Omit<ClaimRule, "id" | "roleId">> & {
  readonly role: string;
  readonly group?: string;
  readonly condition?: Condition;
};

export class FederatedWorld {
  readonly test: TestStore;
  readonly store: Store;
  readonly api: TestApi;
  readonly acme: Acme;
  readonly orgId: OrgId;
  readonly workspaceId: WorkspaceId;
  /** Sign-ins for which rules asked too much. */
  cut = 0;

  private constructor(test: TestStore, acme: Acme) {
    this.test = test;
    this.store = test.store;
    this.api = acme.api;
    this.acme = acme;
    this.orgId = acme.org;
    this.workspaceId = acme.workspace;
  }

  /** @param pool for the routes that configure one */
  static async open(pool?: UserPool): Promise<FederatedWorld> {
    const test = await openTestStore();
    return new FederatedWorld(test, await makeAcme(test, undefined, pool));
  }

  makeWorkspace(name: string): Promise<WorkspaceId> {
    return makeWorkspace(this.acme, name);
  }

  /** Connects a provider, ready at once. */
  async connect(more: Partial<IdentityProvider> = {}): Promise<ProviderId> {
    const id = newId("idp");
    const provider: IdentityProvider = {
      id,
      orgId: this.orgId,
      name: "Okta",
      connection: { kind: "oidc", issuer: "https://idp.example", clientId: "bailiwick" },
      enabled: true,
      attributeMapping: { email: "email", name: "name", groups: "groups" },
      status: "ready",
      createdAt: new Date().toISOString(),
      version: 1,
      ...more,
    };
    const { organization } = await this.store.read({ organization: this.store.organizations.at(this.orgId) });
    const enabledProviders = [...(organization?.enabledProviders ?? []), ...(provider.enabled ? [id] : [])];
    await this.commit([
      ...this.store.providers.create(provider, undefined),
      this.store.organizations.edit(this.orgId, { enabledProviders, clientId: CLIENT }),
    ]);
    return id;
  }

  async enable(enabledProviders: readonly ProviderId[]): Promise<void> {
    await this.commit([this.store.organizations.edit(this.orgId, { enabledProviders })]);
  }

  /** Sets the rules of the organization, or of one workspace, as the routes do it. */
  async setRules(
    sketches: readonly RuleSketch[],
    workspaceId?: WorkspaceId,
    claimMatching?: KeptRules["claimMatching"],
  ): Promise<RuleId[]> {
    const rules = sketches.map(toRule);
    await this.keepRules(rules, workspaceId, claimMatching);
    return rules.map(({ id }) => id);
  }

  async keepRules(
    rules: readonly KeptRule[],
    workspaceId?: WorkspaceId,
    claimMatching?: KeptRules["claimMatching"],
  ): Promise<void> {
    const { store, orgId } = this;
    const place = workspaceId === undefined ? { orgId } : { orgId, workspaceId };
    const { organization, workspace, before } = await store.read({
      organization: store.organizations.at(orgId),
      workspace: workspaceId && store.workspaces.at(orgId, workspaceId),
      before: store.rules.at(place),
    });
    const { policy } = (workspaceId === undefined ? organization : workspace) ?? { policy: 0 };
    const after = { ...(workspaceId && { workspaceId }), ...(claimMatching && { claimMatching }), rules };
    const edited = rules[0]?.id ?? before?.rules[0]?.id ?? newId("rul");
    await this.commit([
      ...store.rules.replace(place, before, after, policy + 1),
      store.places.bumpPolicy(place, policy + 1, edited),
    ]);
  }

  async rulesAt(workspaceId?: WorkspaceId): Promise<readonly KeptRule[]> {
    const place = workspaceId === undefined ? { orgId: this.orgId } : { orgId: this.orgId, workspaceId };
    const { rules } = await this.store.read({ rules: this.store.rules.at(place) });
    return rules?.rules ?? [];
  }

  /** Somebody comes through a provider; their address is `<subject>@acme.example` unless their claims say otherwise. */
  async enter(
    providerId: ProviderId,
    subject: string,
    claims: Readonly<Record<string, unknown>> = {},
    { store = this.store, deadline = Date.now() + 30_000 }: { store?: Store; deadline?: number } = {},
  ): Promise<Caller> {
    const signIn: FederatedSignIn = {
      providerId,
      subject,
      claims: { email: `${subject}@acme.example`, ...claims },
      requestId: "lambda-1",
    };
    const ids = (prefix: "usr" | "aud") => newId(prefix) as UserId & EntryId;
    const reportCut = () => {
      this.cut++;
    };
    const tools = { store, now: Date.now(), newId: ids, deadline, reportCut };
    const { email } = await signInThroughProvider(signIn, tools);
    return { ...(await this.callerOf(providerId, subject)), email };
  }

  async callerOf(providerId: ProviderId, subject: string): Promise<Caller> {
    const { door } = await this.store.read({ door: this.store.providers.subjectAt(providerId, subject) });
    const { organization } = await this.store.read({ organization: this.store.organizations.at(this.orgId) });
    const userId = door?.userId ?? ("usr_nobody" as UserId);
    const home = { orgId: this.orgId, providerId, clientId: organization?.clientId ?? "none" };
    return { userId, email: `${subject}@acme.example`, home };
  }

  /** The roles that somebody holds in a workspace, by their sources; undefined where they have no standing. */
  async rolesOf(caller: Caller, workspaceId: WorkspaceId = this.workspaceId): Promise<string[] | undefined> {
    const { status, body } = await this.api.call(caller, `GET ${this.acme.O}/workspaces/${workspaceId}/me`);
    if (status !== 200) return undefined;
    return body.roles.map(({ id, source }: { id: string; source: string }) =>
      source === "direct" ? `${id} direct` : id,
    );
  }

  async userOf({ userId }: Caller) {
    return (await this.store.read({ user: this.store.users.at(this.orgId, userId) })).user;
  }

  private async commit(changes: Parameters<Store["commit"]>[0]): Promise<void> {
    expect(await this.store.commit(changes, randomUUID(), async () => false)).toBe("committed");
  }
}

export function toRule({ role, group, condition, ...more }: RuleSketch): KeptRule {
  const groups: Condition = condition ?? { attribute: "groups", operator: "equals", values: [group ?? "SOC"] };
  return {
    id: newId("rul"),
    name: group ?? "a rule",
    when: { all: [groups] },
    enabled: true,
    ...more,
    roleId: role as RoleId,
    roleManagedBy: "system",
    version: 1,
  };
}
