// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these texts are pieces of sources
import type { Mutant } from "./mutant.ts";

const bodies = ["test/http/body-refusals.test.ts"];
const queries = ["test/http/query-refusals.test.ts"];
const versions = ["test/http/versions.test.ts"];
const order = ["test/http/order-of-refusals.test.ts"];
const hidden = ["test/http/hidden-places.test.ts"];
const malformed = ["test/http/malformed-requests.test.ts"];
const lists = ["test/http/lists.test.ts"];

/** Faults in what is refused before anything is done: requests that do not fit, and the order in which that is told. */
export const requestMutants: readonly Mutant[] = [
  {
    claim: "a body has no members that nobody knows",
    file: "lib/api/workspaces.ts",
    text: "body: z.strictObject({ name: nameSchema, labels: labelsSchema.optional()",
    instead: "body: z.looseObject({ name: nameSchema, labels: labelsSchema.optional()",
    tests: bodies,
  },
  {
    claim: "where no body is taken, none is",
    file: "lib/api/pipeline.ts",
    text: "const noBody = z.strictObject({});",
    instead: "const noBody = z.looseObject({});",
    tests: bodies,
  },
  {
    claim: "an unknown member is named by its own pointer",
    file: "lib/api/body.ts",
    text: "yield* issue.keys.values().map((key) => ({ pointer: `${at}/${escapePointer(key)}`, detail }));",
    instead: "yield* issue.keys.values().map(() => ({ pointer: at, detail }));",
    tests: bodies,
  },
  {
    claim: "a list in a body has a most",
    file: "lib/api/assignments.ts",
    text: "roleIds: z.array(roleIdSchema).max(limits.rolesPerUserAndPlace),",
    instead: "roleIds: z.array(roleIdSchema).refine(() => limits.rolesPerUserAndPlace > 0),",
    tests: bodies,
  },
  {
    claim: "a text has not one character more than its limit",
    file: "lib/api/schemas.ts",
    text: ".refine((text) => hasAtMost(most, text), `At most ${most} characters.`)",
    instead: ".refine((text) => hasAtMost(most + 1, text), `At most ${most} characters.`)",
    tests: bodies,
  },
  {
    claim: "characters are counted, whatever they take in UTF-16",
    file: "lib/api/schemas.ts",
    text: "return text.length <= most || (text.length <= 2 * most && [...text].length <= most);",
    instead: "return text.length <= most;",
    tests: bodies,
  },
  {
    claim: "there are not more labels than may be",
    file: "lib/api/schemas.ts",
    text: "if (Object.keys(labels).length > limits.labels)",
    instead: "if (Object.keys(labels).length > limits.labels + 1)",
    tests: bodies,
  },
  {
    claim: "a body has not one byte more than its limit",
    file: "lib/api/body.ts",
    text: "if (bytes > limits.bodyBytes) {",
    instead: "if (bytes > limits.bodyBytes + 1) {",
    tests: bodies,
  },
  {
    claim: "a body of exactly the limit is read",
    file: "lib/api/body.ts",
    text: "const bytes = Buffer.byteLength(body);",
    instead: "const bytes = Buffer.byteLength(body) + 1;",
    tests: bodies,
  },
  {
    claim: "only a body that does not fit is called otherwise by AuthZEN",
    file: "lib/api/pipeline.ts",
    text: 'const isUnfit = error instanceof Refusal && error.code === "request.invalid";',
    instead: "const isUnfit = error instanceof Refusal;",
    tests: bodies,
  },
  {
    claim: "a fault in a row of many is named with its row",
    file: "lib/api/bulk.ts",
    text: ".map(({ pointer, detail }) => ({ pointer: pointerOf(pointer), detail }));",
    instead: ".map(({ pointer, detail }) => ({ pointer, detail }));",
    tests: bodies,
  },
  {
    claim: "where no query is taken, none is",
    file: "lib/api/pipeline.ts",
    text: "const noQuery = z.strictObject({});",
    instead: "const noQuery = z.looseObject({});",
    tests: queries,
  },
  {
    claim: "a parameter comes once",
    file: "lib/api/body.ts",
    text: "find(([, values]) => values.length > 1);",
    instead: "find(([, values]) => values.length > 2);",
    tests: queries,
  },
  {
    claim: "a page has not one item more than its list allows, and may have as many",
    file: "lib/api/pipeline.ts",
    text: "if (/^[1-9][0-9]*$/.test(text) && limit <= most) return limit;",
    instead: "if (/^[1-9][0-9]*$/.test(text) && limit <= most + 1) return limit;",
    tests: queries,
  },
  {
    claim: "a limit may have as many digits as the most of its list",
    file: "lib/api/pipeline.ts",
    text: "if (/^[1-9][0-9]*$/",
    instead: "if (/^[1-9][0-9]{0,3}$/",
    tests: queries,
  },
  {
    claim: "a cursor is bound to its route",
    file: "lib/api/pipeline.ts",
    text: "[route.operationId, sorted(",
    instead: '["", sorted(',
    tests: queries,
  },
  {
    claim: "an edit of a workspace says which version it edits",
    file: "lib/api/workspaces.ts",
    text: "matchVersion(ifMatch, before.version, true);",
    instead: "matchVersion(ifMatch, before.version, false);",
    tests: versions,
  },
  {
    claim: "a deletion of a user honours the version that it names",
    file: "lib/api/user-removal.ts",
    text: "matchVersion(ifMatch, user.version, false);",
    instead: "matchVersion(undefined, ifMatch === undefined ? 0 : user.version, false);",
    tests: versions,
  },
  {
    claim: "an assignment honours the version that it names",
    file: "lib/api/assignments.ts",
    text: "matchVersion(ifMatch, held.length === 0 ? undefined : assignmentTag(before, user), false);",
    instead: "matchVersion(undefined, ifMatch && held.length === 0 ? undefined : assignmentTag(before, user), false);",
    tests: versions,
  },
  {
    claim: "what is wrong with a request is told before what is absent",
    file: "lib/api/pipeline.ts",
    text: "const body = readBodyOf(route, request);",
    instead: 'const body = authorized.isWorkspaceAbsent ? refuseAbsent("workspace") : readBodyOf(route, request);',
    tests: order,
  },
  {
    claim: "what is no id is answered to the byte as an id of nothing",
    file: "lib/api/pipeline.ts",
    text: "return prefix === undefined || isId(prefix, id) ? id : `${prefix}_${NEVER_MADE}`;",
    instead: "return prefix === undefined || isId(prefix, id) ? id : refuseAbsent(`${prefix}_${NEVER_MADE}`);",
    tests: ["test/http/hidden-places.test.ts"],
  },
  {
    claim: "nobody gives by a reassignment what they do not hold",
    file: "lib/api/role-changes.ts",
    text: 'refuseExcess(standing.giver, [], [toGift(target, catalogue)], "/reassignTo");',
    instead: "",
    tests: order,
  },
  {
    claim: "a role is not previewed where it is not managed",
    file: "lib/api/roles.ts",
    text: "checkEdit(place, role, body.scopes, catalogue);",
    instead: "",
    tests: order,
  },
  {
    claim: "a cursor is good for the list of one type only",
    file: "lib/api/pipeline.ts",
    text: "sorted(request.params),",
    instead: 'sorted(new Map([...request.params].filter(([name]) => name !== "type"))),',
    tests: lists,
  },
  {
    claim: "what a bulk's path names is absent for the whole request",
    file: "lib/api/bulk.ts",
    text: 'if (refusal.code === "not_found" && index === 0) throw refusal;',
    instead: "",
    tests: hidden,
  },
  {
    claim: "a fault of one target of many is told by its place in the list",
    file: "lib/api/share-bulk.ts",
    text: 'within === "/targetWorkspaceId" ? `/targetWorkspaceIds/${index}` : within',
    instead: "`/targetWorkspaceIds/${index}${within}`",
    tests: bodies,
  },
  {
    claim: "what cannot be a type's name gets into no scope, and so into no refusal",
    file: "lib/api/access.ts",
    text: "const scope = isResourceTypeName(type) ? access.scope.replace(NAMED_TYPE, type) : access.scope;",
    instead:
      'const scope = isResourceTypeName(type) || type !== "" ? access.scope.replace(NAMED_TYPE, type) : access.scope;',
    tests: malformed,
  },
  {
    claim: "who holds everything is told of a type that there is not",
    file: "lib/api/authorize.ts",
    text: "        isOfNoType(access, facts) ||",
    instead: "",
    tests: hidden,
  },
  {
    claim: "only who would hold the scope is told of a type that there is not",
    file: "lib/api/authorize.ts",
    text: "return !facts.catalogue.names(level).has(scope) && isCovered(findHeldPatterns(level, facts), scope);",
    instead: "return !facts.catalogue.names(level).has(scope);",
    tests: malformed,
  },
  {
    claim: "an edit tells what cannot be a type's name as it tells a type that there is not",
    file: "lib/api/resources.ts",
    text: 'if (!isResourceTypeName(params.type)) refuseAbsent("resource type");',
    instead: "",
    tests: hidden,
  },
  {
    claim: "a resource that is not there yet is in no version",
    file: "lib/api/resources.ts",
    text: "if (ifMatch !== undefined) matchVersion(ifMatch, undefined, false);",
    instead: "",
    tests: versions,
  },
  {
    claim: "a resource made again under its id has another version",
    file: "lib/api/shown-resource.ts",
    text: "return `${version}-${incarnation.slice(-8)}`;",
    instead: "return `${version}-${incarnation.slice(0, 3)}`;",
    tests: versions,
  },
  {
    claim: "the document knows that what is put may be made",
    file: "lib/api/openapi.ts",
    text: '...(reply.makes ? { "201": { ...success, description: "Made." } } : {}),',
    instead: "",
    tests: versions,
  },
  {
    claim: "nobody shares an action that they do not hold",
    file: "lib/api/share-changes.ts",
    text: 'refuseExcess(giver, [], [{ key: "share", level: "workspace", patterns }], "/actions");',
    instead:
      'refuseExcess({ ...giver, workspace: ["*"] }, [], [{ key: "share", level: "workspace", patterns }], "/actions");',
    tests: order,
  },
];
