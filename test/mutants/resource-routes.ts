/** Faults in the routes and lists of resources, the activity log, and the settings of sharing. */
import type { Mutant } from "./mutant.ts";

const resources = ["test/api/resources.test.ts"];
const lists = ["test/api/resource-lists.test.ts"];
const transient = ["test/api/transient-resources.test.ts"];
const bulk = ["test/api/resource-bulk.test.ts"];
const prices = ["test/api/resource-prices.test.ts"];
const activity = ["test/api/activity-log.test.ts"];
const settings = ["test/api/settings.test.ts"];
const canaries = ["test/http/secrets.test.ts"];
const routes = "lib/api/resources.ts";
const bodies = "lib/api/resource-bodies.ts";
const list = "lib/api/resource-list.ts";
const log = "lib/api/activity-log.ts";
const settled = "lib/api/settings-bodies.ts";

const inRoutes: readonly Mutant[] = [
  {
    claim: "a resource that is shared is read only where the share lets one",
    file: routes,
    text: 'refuseUnshared(found, "read", place, params);',
    instead: "",
    tests: lists,
  },
  {
    claim: "a PUT that expects something there makes nothing",
    file: routes,
    text: "if (ifMatch !== undefined) matchVersion(ifMatch, undefined, false);",
    instead: "",
    tests: resources,
  },
  {
    claim: "a PUT of what is there says which version it replaces",
    file: routes,
    text: "} else matchVersion(ifMatch, versionOfResource(before), true);",
    instead: "} else matchVersion(ifMatch, versionOfResource(before), false);",
    tests: resources,
  },
  {
    claim: "a PATCH says which version it edits",
    file: routes,
    text: "      matchVersion(ifMatch, versionOfResource(before), true);",
    instead: "      matchVersion(ifMatch, versionOfResource(before), false);",
    tests: resources,
  },
  {
    claim: "a DELETE under another version deletes nothing",
    file: routes,
    text: "matchVersion(ifMatch, versionOfResource(before), false);",
    instead: "",
    tests: resources,
  },
  {
    claim: "an ETag is of one resource, not of whatever has its id",
    file: "lib/api/shown-resource.ts",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a piece of the source
    text: "return `${version}-${incarnation.slice(-8)}`;",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a piece of the source
    instead: "return `${version}-${incarnation.slice(0, 3)}`;",
    tests: resources,
  },
  {
    claim: "null takes a label away",
    file: routes,
    text: "labels: patchLabels(before.labels, body.labels),",
    instead: "labels: { ...before.labels, ...(body.labels as typeof before.labels) },",
    tests: resources,
  },
  {
    claim: "a PATCH leaves the attributes that it does not name",
    file: routes,
    text: "patchAttributes(found.ownAttributes ?? {}, body.attributes ?? {});",
    instead: "body.attributes ?? found.ownAttributes ?? {};",
    tests: resources,
  },
  {
    claim: "nothing is made under what is no id",
    file: routes,
    text: "isResourceTypeName(type) && isResourceId(id) ?",
    instead: "isResourceTypeName(type) ?",
    tests: resources,
  },
  {
    claim: "who cannot change what is shared is told what that would need",
    file: routes,
    text: "refuseUnshared(found, action, place, params);",
    instead: "",
    tests: lists,
  },
  {
    claim: "what was shared once is as absent as what never was",
    file: routes,
    text: 'if (findStanding(facts, place) !== "shared") refuseAbsent("resource");',
    instead: "",
    tests: lists,
  },
  {
    claim: "a list reads the organization's types beside its rows",
    file: routes,
    text: "const catalogue = readTypes(store, params.orgId, type);",
    instead: "const catalogue = Promise.resolve(await readTypes(store, params.orgId, type));",
    tests: prices,
  },
  {
    claim: "too many attributes are refused before anything is looked for",
    file: bodies,
    text: "if (measureAttributes(attributes as Attributes) > limits.attributesBytes) {",
    instead: "if (measureAttributes(attributes as Attributes) > limits.bodyBytes) {",
    tests: resources,
  },
  {
    claim: "secrets that cannot be are refused before anything is looked for",
    file: bodies,
    text: "of splitAttributes(attributes as Attributes).faults) {",
    instead: "of splitAttributes({}).faults) {",
    tests: resources,
  },
  {
    claim: "a refused secret is named by its own name",
    file: bodies,
    text: 'part.replaceAll("~1", "/").replaceAll("~0", "~")',
    instead: "part",
    tests: resources,
  },
  {
    claim: "rows of a bulk are answered without attributes, so that all answers fit one item",
    file: "lib/api/resource-bulk.ts",
    text: "shownOf: ({ attributes: _, ...row }: z.output<typeof resourceShape>) => row,",
    instead: "",
    tests: bulk,
  },
  {
    claim: "a bulk needs the write scope of its type",
    file: "lib/api/resource-bulk.ts",
    text: 'scope: "{type}:write" }',
    instead: 'scope: "{type}:read" }',
    tests: bulk,
  },
  {
    claim: "a function logs nothing of what it was sent",
    file: "functions/wiring/route-handler.ts",
    text: 'logger.error("fault", { requestId, error: fault as Error });',
    instead: 'logger.error("fault", { requestId, error: fault as Error, sent: event.body });',
    tests: canaries,
  },
];

const inLists: readonly Mutant[] = [
  {
    claim: "a cursor of one type's list is none of another's",
    file: "lib/api/pipeline.ts",
    text: "sorted(request.params), sorted(rest.query), mode]",
    instead: 'request.params.get("orgId"), request.params.get("workspaceId"), sorted(rest.query), mode]',
    tests: lists,
  },
  {
    claim: "a page ends where it is not known yet what the other list has",
    file: list,
    text: ".filter(({ id }) => known === undefined || id <= known)",
    instead: ".filter(() => true)",
    tests: lists,
  },
  {
    claim: "own and shared resources come in one order",
    file: list,
    text: ".sort((a, b) => (a.id < b.id ? -1 : 1))",
    instead: "",
    tests: lists,
  },
  {
    claim: "a list goes on while rows that were read are left",
    file: list,
    text: "isMore = known !== undefined || candidates.length < all.size;",
    instead: "isMore = known !== undefined;",
    tests: lists,
  },
  {
    claim: "a list goes on while one of both lists does",
    file: list,
    text: "isMore = known !== undefined || candidates.length < all.size;",
    instead: "isMore = candidates.length < all.size;",
    tests: lists,
  },
  {
    claim: "what was shared once hides nothing that is made under its id",
    file: list,
    text: "all.set(id, { ...all.get(id), id, shared: value });",
    instead: "all.set(id, { id, shared: value });",
    tests: lists,
  },
  {
    claim: "an own resource that is over is in no list",
    file: list,
    text: "const present = findPresent(own, now);",
    instead: "const present = own;",
    tests: transient,
  },
  {
    claim: "an own resource that is over hides nothing that is shared under its id",
    file: list,
    text: 'findPresent(own, now) === undefined && shared?.state === "accepted"',
    instead: 'own === undefined && shared?.state === "accepted"',
    tests: lists,
  },
  {
    claim: "a list shows what the share lets one read",
    file: list,
    text: "return isReadable ? {",
    instead: "return true ? {",
    tests: lists,
  },
  {
    claim: "there is no list of a type of which the service holds nothing",
    file: list,
    text: 'if (catalogue.findKeptType(listed.type) === undefined) refuseAbsent("resource type");',
    instead: "",
    tests: resources,
  },
  {
    claim: "a list of shared resources has no own ones",
    file: list,
    text: 'origin === "shared" ? none : store',
    instead: "false ? none : store",
    tests: lists,
  },
  {
    claim: "a list of own resources has no shared ones",
    file: list,
    text: 'origin === "own" ? none : store',
    instead: "false ? none : store",
    tests: lists,
  },
  {
    claim: "a list is filtered by the beginning of names",
    file: list,
    text: "if (namePrefix !== undefined && !hasNamePrefix(row.name, namePrefix)) return false;",
    instead: "",
    tests: lists,
  },
  {
    claim: "a list is filtered by whether a label is there",
    file: list,
    text: "label === one[0] || ",
    instead: "",
    tests: lists,
  },
  {
    claim: "a list is filtered by what a label says",
    file: list,
    text: ' || label === one.join("="))',
    instead: ")",
    tests: lists,
  },
  {
    claim: "a request looks at so many rows and no more, however few fit",
    file: "lib/api/lists.ts",
    text: "look < looks;",
    instead: "look < 99;",
    tests: lists,
  },
];

const inActivity: readonly Mutant[] = [
  {
    claim: "the activity log has a scope of its own",
    file: log,
    text: 'scope: "activity-log:read"',
    instead: 'scope: "audit-log:read"',
    tests: activity,
  },
  {
    claim: "the activity log is newest first",
    file: log,
    text: 'descending: order !== "asc"',
    instead: 'descending: order === "desc"',
    tests: activity,
  },
  {
    claim: "a page of the activity log has no more than was asked for",
    file: "lib/api/lists.ts",
    text: "if (items.length === page.limit && !isLast) return { items, nextCursor: page.seal(after) };",
    instead: "",
    tests: activity,
  },
  {
    claim: "the activity log is filtered by type",
    file: log,
    text: "(filter.resourceType === undefined || filter.resourceType === resource.type) &&",
    instead: "",
    tests: activity,
  },
  {
    claim: "the activity log is filtered by id",
    file: log,
    text: "(filter.resourceId === undefined || filter.resourceId === resource.id) &&",
    instead: "",
    tests: activity,
  },
  {
    claim: "the activity log is filtered by who did it",
    file: log,
    text: "(filter.actor === undefined || isBy(actor, filter.actor) || isBy(onBehalfOf, filter.actor)) &&",
    instead: "",
    tests: activity,
  },
  {
    claim: "who did it may be named by address",
    file: "lib/domain/audit.ts",
    text: "return who?.id === named || who?.email === named;",
    instead: "return who?.id === named;",
    tests: activity,
  },
  {
    claim: "the beginning of a time counts",
    file: log,
    text: "time >= filter.from",
    instead: "time > filter.from",
    tests: activity,
  },
  {
    claim: "the end of a time does not count",
    file: log,
    text: "time < filter.to",
    instead: "time <= filter.to",
    tests: activity,
  },
  {
    claim: "a row of the activity log is over to the second, whether the table has let go of it or not",
    file: "lib/store/activity.ts",
    text: "return now < expires * 1000 ? activity : undefined;",
    instead: "return now <= expires * 1000 ? activity : undefined;",
    tests: activity,
  },
];

const inSettings: readonly Mutant[] = [
  {
    claim: "null takes the policy of sharing away",
    file: settled,
    text: "const sharing = patchSharing(before.sharing, patch.sharing);",
    instead: "const sharing = patch.sharing === null ? before.sharing : patchSharing(before.sharing, patch.sharing);",
    tests: settings,
  },
  {
    claim: "settings that a patch does not name stay",
    file: settled,
    text: "const sharing = patchSharing(before.sharing, patch.sharing);",
    instead: "const sharing = patch.sharing === undefined ? undefined : patchSharing(before.sharing, patch.sharing);",
    tests: settings,
  },
  {
    claim: "a line of the policy that a patch does not name stays",
    file: settled,
    text: "= [patchMember(before?.types, patch.types),",
    instead: "= [patchMember(undefined, patch.types),",
    tests: settings,
  },
  {
    claim: "a policy names each type once",
    file: settled,
    text: "{ types: [...new Set(types)] }",
    instead: "{ types }",
    tests: settings,
  },
  {
    claim: "a policy names so many types at most",
    file: settled,
    text: ".max(limits.sharingTypes)",
    instead: "",
    tests: settings,
  },
  {
    claim: "a policy names so many workspaces at most",
    file: settled,
    text: ".max(limits.sharingTargets)",
    instead: "",
    tests: settings,
  },
  {
    claim: "a policy names what can be a type",
    file: "lib/api/schemas.ts",
    text: "(text) => isResourceTypeName(text),",
    instead: "() => true,",
    tests: settings,
  },
  {
    claim: "a policy names what can be a workspace",
    file: settled,
    text: 'isId("wks", text)',
    instead: "true",
    tests: settings,
  },
  {
    claim: "settings that are part of a change are kept",
    file: "lib/api/organizations.ts",
    text: "...(body.settings === undefined ? [] : [store.settings.put(params.orgId, settings)]),",
    instead: "",
    tests: settings,
  },
  {
    claim: "an entry tells what the settings were",
    file: "lib/api/organizations.ts",
    text: "before: describe(before, body.settings && settled),",
    instead: "before: describe(before, undefined),",
    tests: settings,
  },
  {
    claim: "an entry tells what the settings are",
    file: "lib/api/organizations.ts",
    text: "after: describe(after, body.settings && settings),",
    instead: "after: describe(after, undefined),",
    tests: settings,
  },
];

export const resourceRouteMutants: readonly Mutant[] = [...inRoutes, ...inLists, ...inActivity, ...inSettings];
