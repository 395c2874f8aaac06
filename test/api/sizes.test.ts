/** What the limits come to: whatever callers make, the items that decisions read stay within one read unit. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { makeIdMaker } from "../../lib/api/id-maker.ts";
import { descriptionSchema, emailSchema, externalIdSchema, labelsSchema, nameSchema } from "../../lib/api/schemas.ts";
import { splitAttributes } from "../../lib/domain/attributes.ts";
import type { Grant } from "../../lib/domain/grants.ts";
import { limits } from "../../lib/domain/limits.ts";
import { features } from "../../lib/domain/predefined-roles.ts";
import type { Resource } from "../../lib/domain/resources.ts";
import type { CustomRole } from "../../lib/domain/roles.ts";
import type { Share } from "../../lib/domain/shares.ts";
import type { Change } from "../../lib/store/changes.ts";
import { keys } from "../../lib/store/keys.ts";
import type { Store } from "../../lib/store/store.ts";
import type { StoreCall } from "../../lib/store/table.ts";
import { openTestStore } from "../engine.ts";
import { organizationOf, userOf, workspaceOf } from "../store/contract.ts";
import { sizeOf } from "../store/item-size.ts";

/** DynamoDB: bytes that one strongly consistent read unit reads, and bytes of the keys. */
const READ_UNIT = 4_096;
const PARTITION_KEY = 2_048;
const SORT_KEY = 1_024;

const newId = makeIdMaker(Date.now());
/** A number as large as any counter will be. */
const MANY = 999_999_999_999;
/** Four bytes a character, in UTF-8 and after folding. */
const name = "🦉".repeat(limits.nameLength);
const description = "🦉".repeat(limits.descriptionLength);
const email = `${"a".repeat(63)}@${`${"b".repeat(60)}.`.repeat(3)}example`;
const externalId = "🦉".repeat(limits.externalIdLength);
const head = {
  seq: MANY,
  turn: MANY,
  hash: "f".repeat(64),
  policy: MANY,
  roleCount: MANY,
  edited: newId("rol"),
  version: MANY,
};
const counts = { userCount: MANY, workspaceCount: MANY };

describe("the largest that callers may make", () => {
  it.each([
    ["a name", nameSchema, name, `${name}🦉`],
    ["a description", descriptionSchema, description, `${description}🦉`],
    ["an address", emailSchema, email, `a${email}`],
    ["an externalId", externalIdSchema, externalId, `${externalId}🦉`],
    ["labels", labelsSchema, fullLabels(), { ...fullLabels(), one: "more" }],
  ])("is %s as these tests make it", (_what, schema, largest, beyond) => {
    expect(schema.safeParse(largest).success).toBe(true);
    expect(schema.safeParse(beyond).success).toBe(false);
  });

  it("is a role's scopes as these tests make them", () => {
    const bytes = Buffer.byteLength(fullScopes().join(" "));
    expect(bytes).toBe(limits.scopesBytes);
  });
});

describe("an item of the largest size that a decision reads takes one read unit", () => {
  const calls: StoreCall[] = [];
  const orgId = newId("org");
  const workspaceId = newId("wks");
  const userId = newId("usr");
  const place = { orgId, workspaceId };
  let store: Store;

  beforeAll(async () => {
    ({ store } = await openTestStore({ observe: (call) => calls.push(call) }));
  });

  it("an organization", () =>
    expectOneUnit(
      store.organizations.create({ ...organizationOf(orgId), ...head, ...counts, name, labels: fullLabels() }),
      () => store.organizations.at(orgId),
    ));

  it("a workspace", () => {
    const workspace = { ...workspaceOf(orgId, workspaceId, name), ...head, labels: fullLabels(), features };
    return expectOneUnit(store.workspaces.create(workspace), () => store.workspaces.at(orgId, workspaceId));
  });

  it("a user", () => {
    const door = { identityProviderId: newId("idp"), acceptedAt: new Date().toISOString() };
    const user = { ...userOf(orgId, userId, email), ...door, displayName: name, externalId, version: MANY, turn: MANY };
    return expectOneUnit(store.users.create(user), () => store.users.at(orgId, userId));
  });

  it("an assignment", () => {
    const grants = Array.from(
      { length: limits.rolesPerUserAndPlace },
      (): Grant => ({
        roleId: newId("rol"),
        managedBy: "organization",
        source: `claim-rule:${newId("rol")}`,
        expiresAt: Date.now(),
      }),
    );
    const assignment = { place, userId, grants, version: MANY };
    return expectOneUnit(store.assignments.replace(undefined, assignment), () => store.assignments.at(place, userId));
  });

  it("a role", () => {
    const role: CustomRole = {
      id: newId("rol"),
      name,
      description,
      level: "organization",
      scopes: fullScopes(),
      managedBy: "organization",
      createdAt: new Date().toISOString(),
      version: MANY,
      policy: MANY,
      turn: MANY,
    };
    return expectOneUnit(store.roles.create(place, role), () => store.roles.at(place, role.id));
  });

  it("a resource", () => {
    const resource: Resource = {
      type: "t".repeat(limits.resourceTypeLength),
      id: "i".repeat(limits.resourceIdLength),
      incarnation: newId("res"),
      name,
      labels: fullLabels(),
      createdAt: new Date().toISOString(),
      version: MANY,
      expiresAt: Date.now(),
    };
    return expectOneUnit([store.resources.put(place, resource)], () => store.resources.at(place, resource));
  });

  it("what a workspace has of a share", () => {
    const share: Share = {
      id: newId("shr"),
      resourceType: "t".repeat(limits.resourceTypeLength),
      resourceId: "i".repeat(limits.resourceIdLength),
      incarnation: newId("res"),
      sourceWorkspaceId: newId("wks"),
      targetWorkspaceId: newId("wks"),
      actions: Array.from({ length: limits.actionsPerShare }, (_, index) =>
        `${index}`.padEnd(limits.resourceTypeLength, "a"),
      ),
      state: "accepted",
      createdAt: new Date().toISOString(),
      createdBy: newId("usr"),
      pendingUntil: Date.now(),
      expiresAt: Date.now(),
      version: MANY,
    };
    const target = { orgId, workspaceId: share.targetWorkspaceId };
    const { key } = store.shares.sharedAt(target, share.resourceType, share.resourceId);
    const changes = store.shares.write(orgId, undefined, share, { shared: undefined, dependent: undefined });
    return expectOneUnit(
      changes.filter((change) => change.key.pk === key.pk),
      () => store.shares.sharedAt(target, share.resourceType, share.resourceId),
    );
  });

  it("an organization with the largest settings, which stand beside it", async () => {
    const id = newId("org");
    const settings = {
      sharing: {
        types: Array.from({ length: limits.sharingTypes }, (_, index) =>
          `${index}`.padEnd(limits.resourceTypeLength, "t"),
        ),
        targets: Array.from({ length: limits.sharingTargets }, () => newId("wks")),
      },
    };
    await expectOneUnit(
      [
        ...store.organizations.create({ ...organizationOf(id), ...head, ...counts, name }),
        store.settings.put(id, settings),
      ],
      () => store.organizations.at(id),
    );
    expect((await store.read({ settings: store.settings.at(id) })).settings).toEqual(settings);
  });

  /** The first of the changes puts the item; the engine's own count is asked too. */
  async function expectOneUnit(changes: readonly Change[], refOf: () => Parameters<Store["read"]>[0][string]) {
    const [first] = changes;
    if (first?.kind !== "put") throw new Error("the first change puts no item");
    expect(sizeOf({ ...first.item, ...first.key })).toBeLessThanOrEqual(READ_UNIT);
    for (const { key } of changes) expect(Buffer.byteLength(key.sk)).toBeLessThanOrEqual(SORT_KEY);
    expect(await store.commit(changes, randomUUID(), async () => false)).toBe("committed");
    calls.length = 0;
    const { found } = await store.read({ found: refOf() });
    expect(found).toBeDefined();
    expect(calls).toEqual([{ operation: "BatchGet", units: 1 }]);
  }
});

it("the keys of a secret are no longer than keys may be", () => {
  const place = { orgId: newId("org"), workspaceId: newId("wks") };
  const [type, id] = ["t".repeat(limits.resourceTypeLength), "i".repeat(limits.resourceIdLength)];
  const pointer = `/${"n".repeat(899)}`;
  expect(splitAttributes({ [pointer.slice(1)]: { secret: true, value: "x" } }).given.get(pointer)).toBe("x");
  const { pk, sk } = keys.secret(place, type, id, pointer);
  expect(Buffer.byteLength(pk)).toBeLessThanOrEqual(PARTITION_KEY);
  expect(Buffer.byteLength(sk)).toBeLessThanOrEqual(SORT_KEY);
});

/** Labels of as many bytes as they may have. */
function fullLabels(): Record<string, string> {
  const labels: Record<string, string> = {};
  const bytes = () => Buffer.byteLength(JSON.stringify(labels));
  for (let index = 0; bytes() < limits.labelsBytes; index++) {
    const left = limits.labelsBytes - bytes() - Buffer.byteLength(`${index === 0 ? "" : ","}"${index}":""`);
    const wide = Math.min(limits.labelValueLength, Math.floor(left / 3));
    labels[index] = "日".repeat(wide) + "x".repeat(wide < limits.labelValueLength ? left - 3 * wide : 0);
  }
  return labels;
}

/** Scopes of as many bytes as they may have. */
function fullScopes(): string[] {
  const scopes = Array.from({ length: 100 }, (_, index) => `${index}:`.padEnd(23, "a"));
  const left = limits.scopesBytes - Buffer.byteLength(scopes.join(" "));
  return [...scopes.slice(0, -1), `${scopes.at(-1)}${"a".repeat(left)}`];
}
