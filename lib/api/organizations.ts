/** Organizations: making one, those of the caller, and its own settings. */
import * as z from "zod";
import { NO_HASH } from "../domain/audit.ts";
import { refuseAbsent } from "../domain/errors.ts";
import { findOrganizationLapse } from "../domain/liveness.ts";
import type { Organization } from "../domain/places.ts";
import { ORGANIZATION_MANAGER } from "../domain/predefined-roles.ts";
import type { Settings } from "../domain/settings.ts";
import type { User } from "../domain/users.ts";
import { readPage } from "./lists.ts";
import { patchLabels } from "./merge-patch.ts";
import { matchVersion } from "./preconditions.ts";
import { demandUser } from "./principal-ids.ts";
import { refuseAccess, refuseUnauthenticated } from "./problem.ts";
import { command, query } from "./route.ts";
import { labelsPatchSchema, nameSchema, organizationShape, pageOf } from "./schemas.ts";
import { patchSettings, settingsPatchSchema, settingsShape } from "./settings-bodies.ts";
import { toTime } from "./times.ts";

/** Names what a closed deployment would ask for; nobody can hold it. */
const CREATE = "organization:create";

const withSettings = organizationShape.extend({ settings: settingsShape });

export const organizationRoutes = [
  command({
    method: "POST",
    path: "/v1/orgs",
    operationId: "createOrganization",
    summary: "Makes an organization; the caller becomes its Organization Manager.",
    area: "directory",
    access: { kind: "signed-in" },
    admit: (principal, { organizationCreation }) => {
      if (principal.kind !== "user" || principal.home !== undefined) refuseAccess(CREATE);
      if (organizationCreation !== "open") refuseAccess(CREATE);
    },
    body: z.strictObject({ name: nameSchema }),
    reply: { status: 201, schema: organizationShape, hasETag: true },
    example: { body: { name: "Acme" } },
    locks: "none",
    load: async (store, { principal }) => {
      const { person } = await store.read({ person: store.persons.at(demandUser(principal)) });
      return { person };
    },
    decide: ({ person }, { body, now, newId }, _standing, store) => {
      if (person === undefined) refuseUnauthenticated();
      const at = toTime(now);
      const id = newId("org");
      const organization: Organization = {
        id,
        name: body.name,
        status: "active",
        labels: {},
        createdAt: at,
        version: 1,
        seq: 0,
        hash: NO_HASH,
        policy: 0,
        enabledProviders: [],
        userCount: 1,
      };
      const user: User = {
        id: person.id,
        orgId: id,
        email: person.email,
        status: "active",
        acceptedAt: at,
        createdAt: at,
        version: 1,
      };
      const grant = { roleId: ORGANIZATION_MANAGER, managedBy: "system", source: "direct" } as const;
      return {
        changes: [
          ...store.organizations.create(organization),
          ...store.users.create(user),
          ...store.assignments.replace(undefined, {
            place: { orgId: id },
            userId: user.id,
            grants: [grant],
            version: 1,
          }),
          store.persons.join(person.id, id, "member"),
        ],
        audit: [
          {
            chain: id,
            action: "organization.created",
            target: { type: "organization", id },
            after: { name: organization.name, manager: user.id },
          },
        ],
        actorEmail: person.email,
        reply: { body: showOrganization(organization), version: 1 },
      };
    },
  }),

  query({
    method: "GET",
    path: "/v1/orgs",
    operationId: "listOrganizations",
    summary: "The caller's organizations.",
    area: "directory",
    access: { kind: "signed-in" },
    list: {},
    reply: { status: 200, schema: pageOf(organizationShape) },
    example: {},
    run: async (store, { principal, page }) => {
      // The authorizer has seen that the key, and whom it acts as, are good where the key is from.
      if (principal.kind === "api-key") {
        const { organization } = await store.read({ organization: store.organizations.at(principal.orgId) });
        return { body: { items: organization === undefined ? [] : [showOrganization(organization)] } };
      }
      const { userId, home } = principal;
      const { items, ...rest } =
        home === undefined
          ? await readPage(page, (options) => store.persons.listOrganizations(userId, options))
          : { items: [home.orgId] };
      const { organizations, users } = await store.read({
        organizations: items.map((id) => store.organizations.at(id)),
        users: items.map((id) => store.users.at(id, userId)),
      });
      const own = organizations.filter(
        (organization, index): organization is Organization =>
          organization !== undefined && findOrganizationLapse(organization, users[index]) === undefined,
      );
      return { body: { items: own.map(showOrganization), ...rest } };
    },
  }),

  query({
    method: "GET",
    path: "/v1/orgs/{orgId}",
    operationId: "getOrganization",
    summary: "The organization, and what it settled for all its workspaces.",
    area: "directory",
    access: { kind: "scope", level: "organization", scope: "organization:read" },
    reply: { status: 200, schema: withSettings, hasETag: true },
    example: {},
    run: async (store, { params }) => {
      const { organization, settings = {} } = await store.read({
        organization: store.organizations.at(params.orgId),
        settings: store.settings.at(params.orgId),
      });
      if (organization === undefined) refuseAbsent("organization");
      return { body: { ...showOrganization(organization), settings }, version: organization.version };
    },
  }),

  command({
    method: "PATCH",
    path: "/v1/orgs/{orgId}",
    operationId: "updateOrganization",
    summary:
      "Renames and labels the organization, and settles what may be shared, and how long API keys and the audit log are kept.",
    area: "directory",
    access: { kind: "scope", level: "organization", scope: "organization:update" },
    body: z.strictObject({
      name: nameSchema.optional(),
      labels: labelsPatchSchema.optional(),
      settings: settingsPatchSchema.optional(),
    }),
    reply: { status: 200, schema: withSettings, hasETag: true },
    example: { body: { name: "Acme Security" }, headers: { "if-match": "*" } },
    locks: "organization",
    load: (store, { params }) => store.read({ settings: store.settings.at(params.orgId) }),
    decide: ({ settings: settled = {} }, { params, body, ifMatch }, { organization: before }, store) => {
      if (before === undefined) refuseAbsent("organization");
      matchVersion(ifMatch, before.version, true);
      const settings = patchSettings(settled, body.settings ?? {});
      const set = {
        name: body.name ?? before.name,
        labels: patchLabels(before.labels, body.labels),
        version: before.version + 1,
      };
      const after = { ...before, ...set };
      return {
        changes: [
          store.organizations.edit(params.orgId, {
            ...set,
            ...(body.settings === undefined ? {} : policiesOf(settings)),
          }),
          ...(body.settings === undefined ? [] : [store.settings.put(params.orgId, settings)]),
        ],
        audit: [
          {
            chain: params.orgId,
            action: "organization.updated",
            target: { type: "organization", id: params.orgId },
            before: describe(before, body.settings && settled),
            after: describe(after, body.settings && settings),
          },
        ],
        reply: { body: { ...showOrganization(after), settings }, version: after.version },
      };
    },
  }),
];

/** What decisions and changes need of the settings without reading them. */
function policiesOf({ keys, audit }: Settings) {
  return { keyLifetimeDays: keys?.maxLifetimeDays, auditDays: audit?.retentionDays };
}

/** Settings are told where they are part of the change. */
function describe({ name, labels }: Organization, settings: Settings | undefined) {
  return { name, labels, ...(settings === undefined ? {} : { settings: { ...settings } }) } as const;
}

function showOrganization({ id, name, status, labels, createdAt, version }: Organization) {
  return { id, name, status, labels, createdAt, version };
}
