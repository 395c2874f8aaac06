/** Using what is shared, and what comes to nothing. */
import type { SharingCase } from "./case.ts";
import { accept, HOUR, live, make, offer, owned, revoke, sam, shut, T, unknown, used } from "./steps.ts";

export const using: readonly SharingCase[] = [
  { it: "who owns the target reads and runs what is shared, and writes nothing", steps: live, asked: [used] },
  { it: "the source goes on doing everything with its own", steps: live, asked: [sam] },
  {
    it: "an Operator of the target reads and runs",
    people: { vic: { south: ["Operator"] } },
    steps: live,
    asked: [{ ...used, who: "vic", write: "scope.missing" }],
  },
  {
    it: "a Viewer of the target reads, and lacks the scope to run",
    people: { vic: { south: ["Viewer"] } },
    steps: live,
    asked: [{ ...used, who: "vic", run: "scope.missing", write: "scope.missing" }],
  },
  {
    it: "a role of the target without any scope of the type gives nothing through a share",
    people: { vic: { south: ["Interact Only"] } },
    steps: live,
    asked: [{ ...shut("scope.missing"), who: "vic", sees: "shut out" }],
  },
  {
    it: "who holds nothing in the target uses nothing there",
    people: { vic: { north: ["Owner"] } },
    steps: live,
    asked: [{ ...shut("scope.missing"), who: "vic", sees: "shut out" }],
  },
  {
    it: "an action that is not shared is refused, whatever one's role",
    steps: [make, offer(["read"]), accept()],
    asked: [{ ...used, run: "share.action" }],
  },
  {
    it: "what may be run and not read is run unseen",
    steps: [make, offer(["run"]), accept()],
    asked: [{ ...used, read: "share.action", sees: "unreadable" }],
  },
  {
    it: "what is only shared is neither edited nor deleted, nor made under its id",
    steps: [
      ...live,
      { who: "tom", in: "south", edits: T, refused: "access.denied" },
      { who: "tom", in: "south", deletes: T, refused: "access.denied" },
      { who: "tom", in: "south", deletes: T, force: true, refused: "access.denied" },
      { who: "tom", in: "south", makes: T, refused: "id.taken" },
      { who: "tom", in: "south", makes: T, by: "POST", refused: "id.taken" },
    ],
    asked: [used, sam],
  },
  {
    it: "a third workspace knows nothing of a share",
    steps: live,
    asked: [{ ...unknown, who: "eve", in: "east" }],
  },
  {
    it: "somebody in both workspaces writes in the one and not in the other",
    people: { vic: { north: ["Owner"], south: ["Owner"] } },
    steps: live,
    asked: [
      { ...sam, who: "vic" },
      { ...used, who: "vic" },
    ],
  },
  {
    it: "a strong role in the source widens no weak one in the target",
    people: { vic: { north: ["Owner"], south: ["Viewer"] } },
    steps: live,
    asked: [{ ...used, who: "vic", run: "scope.missing", write: "scope.missing" }],
  },
  {
    it: "a weak role in the source narrows no strong one in the target",
    people: { vic: { north: ["Viewer"], south: ["Operator"] } },
    steps: live,
    asked: [
      { ...used, who: "vic", write: "scope.missing" },
      { ...sam, who: "vic", run: "scope.missing", write: "scope.missing" },
    ],
  },
  {
    it: "who manages the organization uses nothing in a workspace without a role there",
    people: { mia: { organization: ["Organization Manager"] } },
    steps: live,
    asked: [{ ...shut("scope.missing"), who: "mia", sees: "shut out" }],
  },
  {
    it: "an org-managed role of the target counts as any other",
    roles: { Runner: ["workflow:run"] },
    people: { vic: { south: ["Runner"] } },
    steps: live,
    asked: [{ ...used, who: "vic", read: "scope.missing", write: "scope.missing", sees: "shut out" }],
  },
  {
    it: "a custom role of the target counts as any other",
    roles: { "south/Reader": ["workflow:read"] },
    people: { vic: { south: ["Reader"] } },
    steps: live,
    asked: [{ ...used, who: "vic", run: "scope.missing", write: "scope.missing" }],
  },
  {
    it: "`workflow:*` gives of a shared workflow what is shared, and no more",
    roles: { "south/Author": ["workflow:*"] },
    people: { vic: { south: ["Author"] } },
    steps: live,
    asked: [{ ...used, who: "vic" }],
  },
  {
    it: "`*` gives of a shared workflow what is shared, and no more",
    roles: { Everything: ["*"] },
    people: { vic: { south: ["Everything"] } },
    steps: [make, offer(["read"]), accept()],
    asked: [{ ...used, who: "vic", run: "share.action" }],
  },
  {
    it: "the scopes of several roles of the target are united",
    roles: { Runner: ["workflow:run"], "south/Reader": ["workflow:read"] },
    people: { vic: { south: ["Runner", "Reader"] } },
    steps: live,
    asked: [{ ...used, who: "vic", write: "scope.missing" }],
  },
  {
    it: "a role that is edited in the target counts as it is now",
    roles: { Runner: ["workflow:read"] },
    people: { vic: { south: ["Runner"] } },
    steps: [...live, { edits: "Runner", scopes: ["workflow:read", "workflow:run"] }],
    asked: [{ ...used, who: "vic", write: "scope.missing" }],
  },
  {
    it: "a role that lost a scope gives it no more, whatever is shared",
    roles: { Runner: ["workflow:read", "workflow:run"] },
    people: { vic: { south: ["Runner"] } },
    steps: [...live, { edits: "Runner", scopes: ["workflow:run"] }],
    asked: [{ ...used, who: "vic", read: "scope.missing", write: "scope.missing", sees: "shut out" }],
  },
  {
    it: "a grant in the target that is over gives nothing from its millisecond on",
    steps: [...live, { gives: "tom", in: "south", roles: ["Owner"], expiresIn: HOUR }, { passes: HOUR }],
    asked: [{ ...shut("scope.missing"), sees: "shut out" }],
  },
  {
    it: "a grant in the target gives until a millisecond before its end",
    steps: [...live, { gives: "tom", in: "south", roles: ["Owner"], expiresIn: HOUR }, { passes: HOUR - 1 }],
    asked: [used],
  },
  {
    it: "a suspended user of the target uses nothing",
    steps: [...live, { suspends: "tom" }],
    asked: [{ ...shut("user.suspended"), sees: "unauthenticated" }],
  },
  {
    it: "a user of the target who is resumed uses it again",
    steps: [...live, { suspends: "tom" }, { resumes: "tom" }],
    asked: [used],
  },
  {
    it: "a user of the target who was deleted uses nothing",
    steps: [...live, { removes: "tom" }],
    asked: [{ ...shut("user.absent"), sees: "shut out" }],
  },
  {
    it: "what is shared with two workspaces is used by each as its own share says",
    steps: [
      make,
      offer(["read"]),
      accept(),
      { who: "sam", in: "north", shares: T, with: "east", actions: ["run"], as: "second" },
      { who: "eve", in: "east", accepts: "second" },
    ],
    asked: [
      { ...used, run: "share.action" },
      { ...used, who: "eve", in: "east", read: "share.action", sees: "unreadable" },
    ],
  },
  {
    it: "of two shares of one thing, the end of one leaves the other",
    steps: [
      ...live,
      { who: "sam", in: "north", shares: T, with: "east", actions: ["read", "run"], as: "second" },
      { who: "eve", in: "east", accepts: "second" },
      revoke(),
    ],
    asked: [shut("share.revoked"), { ...used, who: "eve", in: "east" }],
    states: { first: "revoked", second: "accepted" },
  },
  {
    it: "a thing of another type under the same id is another thing",
    steps: [...live, { who: "tom", in: "south", makes: "dashboard/triage" }],
    asked: [used, { ...owned, of: "dashboard/triage", run: "scope.unknown" }],
  },
  {
    it: "an id that differs in case is another id",
    steps: live,
    asked: [{ ...unknown, of: "workflow/Triage" }],
  },
  {
    it: "what is shared for use is used and not written, and its secret is never seen",
    people: { vic: { south: ["Contributor"] } },
    steps: [
      { who: "sam", in: "north", makes: "step-integration/jira" },
      { who: "sam", in: "north", shares: "step-integration/jira", with: "south", actions: ["read", "use"], as: "jira" },
      accept("jira"),
      { who: "sam", in: "north", edits: "step-integration/jira" },
      { who: "tom", in: "south", edits: "step-integration/jira", refused: "access.denied" },
    ],
    asked: [
      { ...used, of: "step-integration/jira", run: "scope.unknown", use: true },
      { ...used, who: "vic", of: "step-integration/jira", run: "scope.unknown", use: true },
    ],
  },
  {
    it: "a variable that is shared is read and not written",
    steps: [
      { who: "sam", in: "north", makes: "workspace-variable/region" },
      { who: "sam", in: "north", shares: "workspace-variable/region", with: "south", actions: ["read"], as: "region" },
      accept("region"),
    ],
    asked: [{ ...used, of: "workspace-variable/region", run: "scope.unknown" }],
  },
];
