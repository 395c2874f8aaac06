/**
 * Decisions about what is shared, as data: what happened, and what is then answered. In each case an organization has three
 * workspaces, `north`, `south` and `east`. Ann manages it and owns all three; Sam owns north, Tom south, Eve east. Whoever else a
 * case names in `people` holds just those roles. `foreign` is a workspace of another organization, `absent` one that never was.
 */
import type { Decision } from "../../lib/domain/decide.ts";
import type { ShareState } from "../../lib/domain/shares.ts";

type Workspace = "north" | "south" | "east";
type Target = Workspace | "foreign" | "absent";

type Reason = Extract<Decision, { allow: false }>["reason"];
/** `true`, or why not. */
type Answer = true | Reason;

/** What a step must be refused with; it is done where there is none. */
interface Refusable {
  /** A code, or a code and a pointer. */
  readonly refused?: string;
}

interface Deed extends Refusable {
  readonly who: string;
  readonly in: Workspace;
}

export interface Edit extends Deed {
  readonly edits: string;
  readonly expiresIn?: number;
}

export type Step =
  | Edit
  /** A resource by its type and id, as `workflow/triage`. It holds a secret where it is made. */
  | (Deed & { readonly makes: string; readonly expiresIn?: number; readonly by?: "POST" | "PUT" })
  | (Deed & { readonly deletes: string; readonly force?: true })
  | (Deed & {
      readonly shares: string;
      readonly with: Target;
      readonly actions: readonly string[];
      /** How the case calls the share from then on. */
      readonly as?: string;
      readonly expiresIn?: number;
      /** A refusal that is the same to the byte, its request's id aside, where this is the target. */
      readonly answersAs?: Target;
    })
  | (Deed & { readonly accepts: string })
  | (Deed & { readonly denies: string })
  | (Deed & { readonly revokes: string })
  /** Ann's doing, from here on. */
  | { readonly suspends: string }
  | { readonly resumes: string }
  | { readonly removes: string }
  | { readonly gives: string; readonly in: Workspace; readonly roles: readonly string[]; readonly expiresIn?: number }
  | { readonly edits: string; readonly scopes: readonly string[] }
  | { readonly settles: { readonly types?: readonly string[]; readonly targets?: readonly Workspace[] } | null }
  /** A type of the organization's own. */
  | {
      readonly registers: string;
      readonly shareable: boolean | readonly string[];
      readonly persistence?: "persistent" | "transient";
    }
  /** Milliseconds. */
  | { readonly passes: number };

/** What somebody is answered about one thing: by evaluation, by `GET`, and by its place in the list. */
export interface Asked {
  readonly who: string;
  readonly in: Workspace;
  readonly of: string;
  readonly read: Answer;
  readonly run: Answer;
  readonly write: Answer;
  readonly use?: Answer;
  /**
   * - `own`, `shared`: there, in both.
   * - `nothing`: 404, and not in the list.
   * - `unreadable`: 403, since the share does not let one read it, and not in the list.
   * - `shut out`: 403 for both.
   * - `unauthenticated`: 401 for both.
   */
  readonly sees: "own" | "shared" | "nothing" | "unreadable" | "shut out" | "unauthenticated";
  /** Whose it is, where it is shared. */
  readonly from?: Workspace;
}

export interface SharingCase {
  /** The case as a sentence. */
  readonly it: string;
  /** Roles by their names, of those predefined or in `roles`. */
  readonly people?: Readonly<Record<string, Readonly<Partial<Record<Workspace | "organization", readonly string[]>>>>>;
  /** Of the organization; those in a workspace are named `south/Reader`. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  readonly steps: readonly Step[];
  readonly asked?: readonly Asked[];
  /** What each share shows as its state, on both sides. */
  readonly states?: Readonly<Record<string, ShareState>>;
  /** What may as well be swept later is not swept: what is decided must not need it. */
  readonly isUnswept?: true;
}

const DAY = 86_400_000;
const HOUR = 3_600_000;

const T = "workflow/triage";
const make: Step = { who: "sam", in: "north", makes: T };
const offer = (actions: readonly string[] = ["read", "run"], as = "first"): Step => ({
  who: "sam",
  in: "north",
  shares: T,
  with: "south",
  actions,
  as,
});
const offerFor = (expiresIn: number): Step => ({ ...offer(), expiresIn }) as Step;
const fails = (step: Step, refused: string): Step => ({ ...step, refused }) as Step;
const accept = (as = "first"): Step => ({ who: "tom", in: "south", accepts: as });
const deny = (as = "first"): Step => ({ who: "tom", in: "south", denies: as });
const revoke = (as = "first"): Step => ({ who: "tom", in: "south", revokes: as });
/** Sam's workflow is offered and accepted. */
const live: readonly Step[] = [make, offer(), accept()];

/** Tom, who owns south, asks about the workflow there. */
const tom = { who: "tom", in: "south", of: T } as const;
const used: Asked = { ...tom, read: true, run: true, write: "share.action", sees: "shared", from: "north" };
const shut = (reason: Reason): Asked => ({ ...tom, read: reason, run: reason, write: reason, sees: "nothing" });
/** Scopes alone decide, and nothing is there. */
const unknown: Asked = { ...tom, read: true, run: true, write: true, sees: "nothing" };
const owned: Asked = { ...unknown, sees: "own" };
const sam: Asked = { ...owned, who: "sam", in: "north" };

const using: readonly SharingCase[] = [
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

const giving: readonly SharingCase[] = [
  {
    it: "nobody shares a use that they lack in the source",
    roles: { "north/Sharer": ["share:create", "workflow:read"] },
    people: { vic: { north: ["Sharer"], south: ["Owner"] } },
    steps: [
      make,
      {
        who: "vic",
        in: "north",
        shares: T,
        with: "south",
        actions: ["read", "run"],
        refused: "grant.exceeds_own /actions",
      },
    ],
    asked: [unknown],
  },
  {
    it: "somebody shares just the uses that they have in the source",
    roles: { "north/Sharer": ["share:create", "workflow:read"] },
    people: { vic: { north: ["Sharer"] } },
    steps: [make, { who: "vic", in: "north", shares: T, with: "south", actions: ["read"], as: "first" }, accept()],
    asked: [{ ...used, run: "share.action" }],
  },
  {
    it: "`workflow:*` lets one share every use of a workflow",
    roles: { "north/Sharer": ["share:create", "workflow:*"] },
    people: { vic: { north: ["Sharer"] } },
    steps: [
      make,
      { who: "vic", in: "north", shares: T, with: "south", actions: ["read", "run"], as: "first" },
      accept(),
    ],
    asked: [used],
  },
  {
    it: "the right to give any role anywhere lets nobody share what they lack",
    roles: { "north/Sharer": ["share:create"] },
    people: { vic: { north: ["Sharer"], organization: ["Organization Manager"] } },
    steps: [
      make,
      { who: "vic", in: "north", shares: T, with: "south", actions: ["read"], refused: "grant.exceeds_own /actions" },
    ],
    asked: [unknown],
  },
  {
    it: "nobody shares without the scope for it",
    people: { vic: { north: ["Contributor"] } },
    steps: [make, { who: "vic", in: "north", shares: T, with: "south", actions: ["read"], refused: "access.denied" }],
  },
  {
    it: "nobody offers what is another workspace's from their own",
    steps: [
      make,
      { who: "eve", in: "east", shares: T, with: "south", actions: ["read"], refused: "request.invalid /resourceId" },
    ],
  },
  {
    it: "nobody shares from a workspace in which they are not",
    steps: [make, { who: "tom", in: "north", shares: T, with: "south", actions: ["read"], refused: "access.denied" }],
  },
  {
    it: "writing is not shared",
    steps: [make, fails(offer(["read", "write"]), "request.invalid /actions/1")],
  },
  {
    it: "publishing is not shared",
    steps: [make, fails(offer(["publish"]), "request.invalid /actions/0")],
  },
  {
    it: "an action that there is not is not shared",
    steps: [make, fails(offer(["fly"]), "request.invalid /actions/0")],
  },
  {
    it: "what is read only by its own is not shared: cases, and whatever is transient",
    steps: [
      { who: "sam", in: "north", makes: "case/theft" },
      {
        who: "sam",
        in: "north",
        shares: "case/theft",
        with: "south",
        actions: ["read"],
        refused: "request.invalid /resourceType",
      },
      { who: "sam", in: "north", makes: "workflow-run/first" },
      {
        who: "sam",
        in: "north",
        shares: "workflow-run/first",
        with: "south",
        actions: ["read"],
        refused: "request.invalid /resourceType",
      },
    ],
  },
  {
    it: "what is no kept type is not shared: roles, and what nobody ever heard of",
    steps: [
      {
        who: "sam",
        in: "north",
        shares: "role/rol_owner",
        with: "south",
        actions: ["read"],
        refused: "request.invalid /resourceType",
      },
      {
        who: "sam",
        in: "north",
        shares: "nothing/first",
        with: "south",
        actions: ["read"],
        refused: "request.invalid /resourceType",
      },
    ],
  },
  {
    it: "what is not there is not shared",
    steps: [fails(offer(), "request.invalid /resourceId")],
  },
  {
    it: "a workspace shares nothing with itself",
    steps: [
      make,
      {
        who: "sam",
        in: "north",
        shares: T,
        with: "north",
        actions: ["read"],
        refused: "request.invalid /targetWorkspaceId",
      },
    ],
    asked: [sam],
  },
  {
    it: "what is shared is not shared on by whoever uses it",
    steps: [
      ...live,
      { who: "tom", in: "south", shares: T, with: "east", actions: ["read"], refused: "request.invalid /resourceId" },
    ],
    asked: [used, { ...unknown, who: "eve", in: "east" }],
  },
  {
    it: "what is shared is not shared on by somebody who owns all workspaces, nor back to where it is from",
    steps: [
      ...live,
      { who: "ann", in: "south", shares: T, with: "east", actions: ["read"], refused: "request.invalid /resourceId" },
      { who: "ann", in: "south", shares: T, with: "north", actions: ["read"], refused: "request.invalid /resourceId" },
    ],
  },
  {
    it: "a workspace of another organization is answered as one that never was",
    steps: [
      make,
      {
        who: "sam",
        in: "north",
        shares: T,
        with: "foreign",
        actions: ["read"],
        refused: "request.invalid /targetWorkspaceId",
        answersAs: "absent",
      },
      {
        who: "ann",
        in: "north",
        shares: T,
        with: "foreign",
        actions: ["read"],
        refused: "request.invalid /targetWorkspaceId",
        answersAs: "absent",
      },
    ],
  },
  {
    it: "a workspace that was deleted is answered as one that never was",
    steps: [
      make,
      { removes: "south" },
      { ...fails(offer(), "request.invalid /targetWorkspaceId"), answersAs: "absent" } as Step,
    ],
  },
  {
    it: "nothing is shared for a time that is over",
    steps: [make, fails(offerFor(0), "request.invalid /expiresAt")],
  },
  {
    it: "somebody who may accept in the target need not be asked there",
    steps: [make, { who: "ann", in: "north", shares: T, with: "south", actions: ["read", "run"], as: "first" }],
    asked: [used],
    states: { first: "accepted" },
  },
  {
    it: "a custom role with the right to accept is enough to be accepted at once",
    roles: { "south/Taker": ["share:accept"] },
    people: { vic: { north: ["Owner"], south: ["Taker"] } },
    steps: [make, { who: "vic", in: "north", shares: T, with: "south", actions: ["read", "run"], as: "first" }],
    asked: [used],
    states: { first: "accepted" },
  },
  {
    it: "the right to accept in the target that is over accepts nothing at once",
    people: { vic: { north: ["Owner"] } },
    steps: [
      make,
      { gives: "vic", in: "south", roles: ["Owner"], expiresIn: HOUR },
      { passes: HOUR },
      { who: "vic", in: "north", shares: T, with: "south", actions: ["read"], as: "first" },
    ],
    asked: [unknown],
    states: { first: "pending" },
  },
  {
    it: "what is offered to a suspended workspace waits there",
    steps: [
      make,
      { suspends: "south" },
      { who: "ann", in: "north", shares: T, with: "south", actions: ["read", "run"], as: "first" },
      { resumes: "south" },
    ],
    asked: [unknown],
    states: { first: "pending" },
  },
  {
    it: "nothing is offered from a suspended workspace",
    steps: [make, { suspends: "north" }, fails(offer(), "access.denied")],
    asked: [unknown],
  },
];

const offering: readonly SharingCase[] = [
  {
    it: "a pending offer changes nothing in the target",
    steps: [make, offer()],
    asked: [unknown],
    states: { first: "pending" },
  },
  {
    it: "a pending offer under an id of the target's own changes nothing there",
    steps: [make, { who: "tom", in: "south", makes: T }, offer()],
    asked: [owned],
  },
  {
    it: "a pending offer keeps the target from making nothing",
    steps: [make, offer(), { who: "tom", in: "south", makes: T }],
    asked: [owned],
  },
  {
    it: "a denied offer changes nothing in the target",
    steps: [make, offer(), deny()],
    asked: [unknown],
    states: { first: "denied" },
  },
  {
    it: "a denied offer under an id of the target's own changes nothing there",
    steps: [make, { who: "tom", in: "south", makes: T }, offer(), deny()],
    asked: [owned],
  },
  {
    it: "an offer that was taken back changes nothing in the target",
    steps: [make, offer(), { who: "sam", in: "north", revokes: "first" }],
    asked: [unknown],
    states: { first: "revoked" },
  },
  {
    it: "an offer that ran out changes nothing in the target",
    steps: [make, offer(), { passes: 7 * DAY }],
    asked: [unknown],
    states: { first: "expired" },
  },
  {
    it: "a pending offer beside a live share of another's under the same id changes nothing",
    steps: [
      ...live,
      { who: "eve", in: "east", makes: T },
      { who: "eve", in: "east", shares: T, with: "south", actions: ["read"], as: "second" },
      deny("second"),
      { who: "eve", in: "east", shares: T, with: "south", actions: ["read"], as: "third" },
    ],
    asked: [used],
    states: { first: "accepted", second: "denied", third: "pending" },
  },
  {
    it: "an offer is accepted a millisecond before seven days are over",
    steps: [make, offer(), { passes: 7 * DAY - 1 }, accept()],
    asked: [used],
    states: { first: "accepted" },
  },
  {
    it: "an offer is not accepted when seven days are over",
    steps: [make, offer(), { passes: 7 * DAY }, fails(accept(), "share.state")],
    asked: [unknown],
    states: { first: "expired" },
  },
  {
    it: "an offer is not accepted at the end of what it offers",
    steps: [make, offerFor(HOUR), { passes: HOUR }, fails(accept(), "share.state")],
    asked: [unknown],
    states: { first: "expired" },
  },
  {
    it: "what ran out is neither denied nor revoked",
    steps: [make, offer(), { passes: 7 * DAY }, fails(deny(), "share.state"), fails(revoke(), "share.state")],
    states: { first: "expired" },
  },
  {
    it: "only the target answers an offer",
    steps: [
      make,
      offer(),
      { who: "sam", in: "north", accepts: "first", refused: "share.state" },
      { who: "sam", in: "north", denies: "first", refused: "share.state" },
      { who: "eve", in: "east", accepts: "first", refused: "not_found" },
      { who: "eve", in: "east", revokes: "first", refused: "not_found" },
    ],
    asked: [unknown],
    states: { first: "pending" },
  },
  {
    it: "only who may accept in the target answers an offer",
    people: { vic: { south: ["Contributor"] } },
    steps: [
      make,
      offer(),
      { who: "vic", in: "south", accepts: "first", refused: "access.denied" },
      { who: "vic", in: "south", denies: "first", refused: "access.denied" },
      { who: "vic", in: "south", revokes: "first", refused: "access.denied" },
    ],
    asked: [unknown],
  },
  {
    it: "what was answered is not answered again",
    steps: [
      ...live,
      fails(accept(), "share.state"),
      fails(deny(), "share.state"),
      revoke(),
      fails(accept(), "share.state"),
      fails(deny(), "share.state"),
      fails(revoke(), "share.state"),
    ],
    asked: [shut("share.revoked")],
    states: { first: "revoked" },
  },
  {
    it: "what was denied is neither accepted nor revoked",
    steps: [make, offer(), deny(), fails(accept(), "share.state"), fails(revoke(), "share.state")],
    asked: [unknown],
    states: { first: "denied" },
  },
  {
    it: "one offer of a thing to a workspace at a time: not while one is pending, nor while one is live",
    steps: [
      make,
      offer(),
      fails(offer(["read"], "second"), "share.state"),
      accept(),
      fails(offer(["read"], "second"), "id.taken"),
    ],
    asked: [used],
  },
  {
    it: "what was denied may be offered again",
    steps: [make, offer(), deny(), offer(["read"], "second"), accept("second")],
    asked: [{ ...used, run: "share.action" }],
    states: { first: "denied", second: "accepted" },
  },
  {
    it: "what was revoked may be shared again, as the new share says",
    steps: [...live, revoke(), offer(["read"], "second"), accept("second")],
    asked: [{ ...used, run: "share.action" }],
    states: { first: "revoked", second: "accepted" },
  },
  {
    it: "an offer that ran out may be made again",
    steps: [make, offer(), { passes: 7 * DAY }, offer(["read", "run"], "second"), accept("second")],
    asked: [used],
    states: { first: "expired", second: "accepted" },
  },
  {
    it: "a share that is over may be made again",
    steps: [make, offerFor(HOUR), accept(), { passes: HOUR }, offer(["read", "run"], "second"), accept("second")],
    asked: [used],
    states: { first: "expired", second: "accepted" },
  },
  {
    it: "an offer whose resource is gone is not accepted",
    steps: [make, offer(), { who: "sam", in: "north", deletes: T }, fails(accept(), "share.state")],
    asked: [unknown],
    states: { first: "revoked" },
  },
  {
    it: "an offer whose resource is gone and made again is not accepted",
    isUnswept: true,
    steps: [make, offer(), { who: "sam", in: "north", deletes: T }, make, fails(accept(), "share.state")],
    asked: [unknown, sam],
    states: { first: "revoked" },
  },
  {
    it: "an offer is not accepted from a workspace that is gone",
    isUnswept: true,
    steps: [make, offer(), { removes: "north" }, fails(accept(), "share.state")],
    asked: [unknown],
  },
  {
    it: "an offer may be accepted from a suspended workspace, and gives nothing before that is resumed",
    steps: [make, offer(), { suspends: "north" }, accept()],
    asked: [shut("share.source_suspended")],
    states: { first: "accepted" },
  },
];

const taken: readonly SharingCase[] = [
  {
    it: "nothing is accepted into an id of the target's own",
    steps: [make, { who: "tom", in: "south", makes: T }, offer(), fails(accept(), "id.taken")],
    asked: [owned],
    states: { first: "pending" },
  },
  {
    it: "nothing is accepted at once into an id of the target's own",
    steps: [
      make,
      { who: "tom", in: "south", makes: T },
      { who: "ann", in: "north", shares: T, with: "south", actions: ["read"], refused: "id.taken" },
    ],
    asked: [owned],
  },
  {
    it: "it is accepted once the target's own is gone",
    steps: [make, { who: "tom", in: "south", makes: T }, offer(), { who: "tom", in: "south", deletes: T }, accept()],
    asked: [used],
  },
  {
    it: "nothing is accepted into the id of another live share",
    steps: [
      ...live,
      { who: "eve", in: "east", makes: T },
      { who: "eve", in: "east", shares: T, with: "south", actions: ["read"], as: "second" },
      fails(accept("second"), "id.taken"),
      { who: "ann", in: "east", revokes: "second" },
      { who: "ann", in: "east", shares: T, with: "south", actions: ["read"], refused: "id.taken" },
    ],
    asked: [used],
    states: { first: "accepted", second: "revoked" },
  },
  {
    it: "it is accepted into the id of a share that was revoked, and is the other workspace's then",
    steps: [
      ...live,
      { who: "eve", in: "east", makes: T },
      { who: "eve", in: "east", shares: T, with: "south", actions: ["read"], as: "second" },
      revoke(),
      accept("second"),
    ],
    asked: [{ ...used, run: "share.action", from: "east" }],
    states: { first: "revoked", second: "accepted" },
  },
  {
    it: "the end of a share leaves what was accepted into its id since",
    steps: [
      make,
      offerFor(HOUR),
      accept(),
      { passes: HOUR },
      { who: "eve", in: "east", makes: T },
      { who: "eve", in: "east", shares: T, with: "south", actions: ["read", "run"], as: "second" },
      accept("second"),
      { who: "sam", in: "north", deletes: T, force: true },
    ],
    asked: [{ ...used, from: "east" }],
    states: { second: "accepted" },
  },
  {
    it: "nothing is accepted into the id of a share that rests while its source is suspended",
    steps: [
      ...live,
      { who: "eve", in: "east", makes: T },
      { who: "eve", in: "east", shares: T, with: "south", actions: ["read"], as: "second" },
      { suspends: "north" },
      fails(accept("second"), "id.taken"),
      { who: "tom", in: "south", makes: T, refused: "id.taken" },
      { resumes: "north" },
    ],
    asked: [used],
    states: { first: "accepted", second: "pending" },
  },
  {
    it: "a share that rests is ended by the target, and leaves its id",
    steps: [...live, { suspends: "north" }, revoke(), { who: "tom", in: "south", makes: T }, { resumes: "north" }],
    asked: [owned],
    states: { first: "revoked" },
  },
  {
    it: "nothing of one's own is made under the id of a share that is switched off",
    steps: [
      ...live,
      { settles: { types: ["dashboard"] } },
      { who: "tom", in: "south", makes: T, refused: "id.taken" },
      { settles: null },
    ],
    asked: [used],
  },
  {
    it: "an own resource under the id of a share that was revoked governs",
    steps: [...live, revoke(), { who: "tom", in: "south", makes: T }],
    asked: [owned],
    states: { first: "revoked" },
  },
  {
    it: "an own resource under the id of a share that is over governs",
    steps: [make, offerFor(HOUR), accept(), { passes: HOUR }, { who: "tom", in: "south", makes: T }],
    asked: [owned],
  },
  {
    it: "an own resource under the id of a share whose resource is gone governs",
    steps: [...live, { who: "sam", in: "north", deletes: T, force: true }, { who: "tom", in: "south", makes: T }],
    asked: [owned],
  },
  {
    it: "an id that was shared once is refused again when what was made under it is gone",
    steps: [...live, revoke(), { who: "tom", in: "south", makes: T }, { who: "tom", in: "south", deletes: T }],
    asked: [shut("share.revoked")],
  },
  { it: "an id that nobody knows is judged by scopes alone", steps: [], asked: [unknown] },
  {
    it: "an id that nobody knows gives no scope to whoever lacks it",
    people: { vic: { south: ["Viewer"] } },
    steps: [],
    asked: [{ ...unknown, who: "vic", run: "scope.missing", write: "scope.missing" }],
  },
  {
    it: "workspaces that share with each other use each other's, and not their own through it",
    steps: [
      ...live,
      { who: "tom", in: "south", makes: "workflow/enrich" },
      { who: "tom", in: "south", shares: "workflow/enrich", with: "north", actions: ["read"], as: "back" },
      { who: "sam", in: "north", accepts: "back" },
    ],
    asked: [
      used,
      sam,
      { ...owned, of: "workflow/enrich" },
      { ...used, who: "sam", in: "north", of: "workflow/enrich", run: "share.action", from: "south" },
    ],
  },
  {
    it: "a circle of three workspaces gives each what is its neighbour's and nothing from further on",
    steps: [
      ...live,
      { who: "tom", in: "south", makes: "workflow/enrich" },
      { who: "tom", in: "south", shares: "workflow/enrich", with: "east", actions: ["read", "run"], as: "second" },
      { who: "eve", in: "east", accepts: "second" },
      { who: "eve", in: "east", makes: "workflow/report" },
      { who: "eve", in: "east", shares: "workflow/report", with: "north", actions: ["read", "run"], as: "third" },
      { who: "sam", in: "north", accepts: "third" },
    ],
    asked: [
      used,
      { ...unknown, who: "eve", in: "east" },
      { ...used, who: "eve", in: "east", of: "workflow/enrich", from: "south" },
      { ...unknown, who: "sam", in: "north", of: "workflow/enrich" },
      { ...used, who: "sam", in: "north", of: "workflow/report", from: "east" },
    ],
  },
  {
    it: "two that each have their own under one id share it with a third only one at a time",
    steps: [
      make,
      { who: "tom", in: "south", makes: T },
      { who: "sam", in: "north", shares: T, with: "east", actions: ["read"], as: "first" },
      { who: "tom", in: "south", shares: T, with: "east", actions: ["read", "run"], as: "second" },
      { who: "eve", in: "east", accepts: "second" },
      { who: "eve", in: "east", accepts: "first", refused: "id.taken" },
    ],
    asked: [{ ...used, who: "eve", in: "east", from: "south" }, sam, owned],
    states: { first: "pending", second: "accepted" },
  },
  {
    it: "neither of two workspaces takes the other's into an id of its own",
    steps: [
      make,
      { who: "tom", in: "south", makes: T },
      offer(),
      { who: "tom", in: "south", shares: T, with: "north", actions: ["read"], as: "back" },
      fails(accept(), "id.taken"),
      { who: "sam", in: "north", accepts: "back", refused: "id.taken" },
    ],
    asked: [sam, owned],
  },
];

const ending: readonly SharingCase[] = [
  {
    it: "a share is used until a millisecond before its end",
    steps: [make, offerFor(HOUR), accept(), { passes: HOUR - 1 }],
    asked: [used],
    states: { first: "accepted" },
  },
  {
    it: "a share gives nothing at its end",
    steps: [make, offerFor(HOUR), accept(), { passes: HOUR }],
    asked: [shut("share.expired"), sam],
    states: { first: "expired" },
  },
  {
    it: "a share gives nothing a millisecond after its end",
    steps: [make, offerFor(HOUR), accept(), { passes: HOUR + 1 }],
    asked: [shut("share.expired")],
    states: { first: "expired" },
  },
  {
    it: "what was accepted outlives the seven days of its offer",
    steps: [...live, { passes: 8 * DAY }],
    asked: [used],
    states: { first: "accepted" },
  },
  {
    it: "the target ends a share, and its id is refused from then on",
    steps: [...live, revoke()],
    asked: [shut("share.revoked"), sam],
    states: { first: "revoked" },
  },
  {
    it: "the source ends a share, and its id is refused from then on",
    steps: [...live, { who: "sam", in: "north", revokes: "first" }],
    asked: [shut("share.revoked"), sam],
    states: { first: "revoked" },
  },
  {
    it: "a resource in use is not deleted without force, and its use goes on",
    steps: [...live, { who: "sam", in: "north", deletes: T, refused: "resource.in_use" }],
    asked: [used, sam],
  },
  {
    it: "a resource is in use while the target is suspended, which may be resumed",
    steps: [...live, { suspends: "south" }, { who: "sam", in: "north", deletes: T, refused: "resource.in_use" }],
  },
  {
    it: "a resource is in use no more when its share is over",
    steps: [make, offerFor(HOUR), accept(), { passes: HOUR }, { who: "sam", in: "north", deletes: T }],
    isUnswept: true,
    asked: [shut("share.expired")],
  },
  {
    it: "a resource that was only offered is deleted, and its offer ends",
    steps: [make, offer(), { who: "sam", in: "north", deletes: T }],
    asked: [unknown],
    states: { first: "revoked" },
  },
  {
    it: "use ends when the resource is deleted",
    steps: [...live, { who: "sam", in: "north", deletes: T, force: true }],
    asked: [shut("share.revoked"), { ...unknown, who: "sam", in: "north" }],
    states: { first: "revoked" },
  },
  {
    it: "use ends when the resource is deleted, before anything is swept",
    isUnswept: true,
    steps: [...live, { who: "sam", in: "north", deletes: T, force: true }],
    asked: [shut("resource.absent")],
    states: { first: "revoked" },
  },
  {
    it: "what is deleted and made again under its id is not shared",
    steps: [...live, { who: "sam", in: "north", deletes: T, force: true }, make],
    asked: [shut("share.revoked"), sam],
    states: { first: "revoked" },
  },
  {
    it: "what is deleted and made again under its id is not shared, before anything is swept",
    isUnswept: true,
    steps: [...live, { who: "sam", in: "north", deletes: T, force: true }, make],
    asked: [shut("resource.absent"), sam],
    states: { first: "revoked" },
  },
  {
    it: "what is made again is shared by a new share",
    steps: [
      ...live,
      { who: "sam", in: "north", deletes: T, force: true },
      make,
      offer(["read"], "second"),
      accept("second"),
    ],
    asked: [{ ...used, run: "share.action" }],
    states: { first: "revoked", second: "accepted" },
  },
  {
    it: "what is made again is shared by a new share, although the old one was not swept",
    isUnswept: true,
    steps: [
      ...live,
      { who: "sam", in: "north", deletes: T, force: true },
      make,
      offer(["read"], "second"),
      accept("second"),
    ],
    asked: [{ ...used, run: "share.action" }],
    states: { first: "revoked", second: "accepted" },
  },
  {
    it: "a resource that is edited stays shared, as it is now",
    steps: [...live, { who: "sam", in: "north", edits: T }],
    asked: [used],
    states: { first: "accepted" },
  },
];

const shutting: readonly SharingCase[] = [
  {
    it: "use ends while the source is suspended",
    steps: [...live, { suspends: "north" }],
    asked: [shut("share.source_suspended")],
    states: { first: "accepted" },
  },
  {
    it: "use comes back when the source is resumed",
    steps: [...live, { suspends: "north" }, { resumes: "north" }],
    asked: [used],
  },
  {
    it: "a share whose end came while its source was suspended does not come back",
    steps: [make, offerFor(HOUR), accept(), { suspends: "north" }, { passes: HOUR }, { resumes: "north" }],
    asked: [shut("share.expired")],
  },
  {
    it: "nobody is heard in a target that is suspended",
    steps: [...live, { suspends: "south" }],
    asked: [{ ...shut("workspace.suspended"), sees: "shut out" }],
  },
  {
    it: "use comes back when the target is resumed",
    steps: [...live, { suspends: "south" }, { resumes: "south" }],
    asked: [used],
  },
  {
    it: "one suspended target shuts no other",
    steps: [
      ...live,
      { who: "sam", in: "north", shares: T, with: "east", actions: ["read", "run"], as: "second" },
      { who: "eve", in: "east", accepts: "second" },
      { suspends: "south" },
    ],
    asked: [{ ...used, who: "eve", in: "east" }],
  },
  {
    it: "use ends when the source is deleted",
    isUnswept: true,
    steps: [...live, { removes: "north" }],
    asked: [shut("share.source_absent")],
  },
  {
    it: "what a deleted target used may be deleted",
    isUnswept: true,
    steps: [...live, { removes: "south" }, { who: "sam", in: "north", deletes: T }],
  },
  {
    it: "a share stands when who offered it is suspended",
    steps: [...live, { suspends: "sam" }],
    asked: [used],
    states: { first: "accepted" },
  },
  {
    it: "a share stands when who offered it is deleted",
    steps: [...live, { removes: "sam" }],
    asked: [used],
    states: { first: "accepted" },
  },
  {
    it: "a share stands when who offered it loses the role",
    steps: [...live, { gives: "sam", in: "north", roles: [] }],
    asked: [used],
    states: { first: "accepted" },
  },
  {
    it: "a share stands when who offered it loses the scope",
    roles: { Sharer: ["share:create", "workflow:read", "workflow:run"] },
    people: { vic: { north: ["Sharer"] } },
    steps: [
      make,
      { who: "vic", in: "north", shares: T, with: "south", actions: ["read", "run"], as: "first" },
      accept(),
      { edits: "Sharer", scopes: ["workflow:read"] },
    ],
    asked: [used],
    states: { first: "accepted" },
  },
  {
    it: "an offer is accepted when who made it has lost the role meanwhile",
    steps: [make, offer(), { gives: "sam", in: "north", roles: [] }, accept()],
    asked: [used],
    states: { first: "accepted" },
  },
  {
    it: "a share stands when who accepted it is suspended",
    people: { vic: { south: ["Owner"] } },
    steps: [make, offer(), { who: "vic", in: "south", accepts: "first" }, { suspends: "vic" }],
    asked: [used],
  },
];

const settling: readonly SharingCase[] = [
  {
    it: "use ends when the organization lets nothing be shared",
    steps: [...live, { settles: { types: [] } }],
    asked: [shut("share.switched_off"), sam],
    states: { first: "accepted" },
  },
  {
    it: "use ends when the organization lets only other types be shared",
    steps: [...live, { settles: { types: ["dashboard"] } }],
    asked: [shut("share.switched_off")],
  },
  {
    it: "use goes on while its type is among those that may be shared",
    steps: [...live, { settles: { types: ["dashboard", "workflow"] } }],
    asked: [used],
  },
  {
    it: "use comes back when its type is switched on again",
    steps: [...live, { settles: { types: [] } }, { settles: { types: ["workflow"] } }],
    asked: [used],
  },
  {
    it: "use comes back when nothing is held back any more",
    steps: [...live, { settles: { types: [] } }, { settles: null }],
    asked: [used],
  },
  {
    it: "use ends when the organization lets nothing be shared with its workspace",
    steps: [...live, { settles: { targets: ["east"] } }],
    asked: [shut("share.switched_off")],
  },
  {
    it: "use goes on while its workspace is among those that may be shared with, its source not",
    steps: [...live, { settles: { targets: ["south"] } }],
    asked: [used],
  },
  {
    it: "use comes back when its workspace may be shared with again",
    steps: [...live, { settles: { targets: [] } }, { settles: { targets: ["south", "east"] } }],
    asked: [used],
  },
  {
    it: "nothing is offered of a type that is switched off",
    steps: [make, { settles: { types: ["dashboard"] } }, fails(offer(), "request.invalid /resourceType")],
  },
  {
    it: "nothing is offered to a workspace that may not be shared with",
    steps: [make, { settles: { targets: ["east"] } }, fails(offer(), "request.invalid /targetWorkspaceId")],
  },
  {
    it: "nothing is accepted that is switched off, until it is switched on again",
    steps: [
      make,
      offer(),
      { settles: { types: [] } },
      fails(accept(), "share.state"),
      { settles: { targets: ["north"] } },
      fails(accept(), "share.state"),
      { settles: null },
      accept(),
    ],
    asked: [used],
  },
  {
    it: "what is switched off is ended by either side",
    steps: [...live, { settles: { types: [] } }, revoke(), { settles: null }],
    asked: [shut("share.revoked")],
    states: { first: "revoked" },
  },
];

const note = "acme.note/first";
const register: Step = { registers: "acme.note", shareable: true, persistence: "transient" };
const offerNote = (actions: readonly string[] = ["read", "run"]): Step => ({
  who: "sam",
  in: "north",
  shares: note,
  with: "south",
  actions,
  as: "note",
});
const makeNote: Step = { who: "sam", in: "north", makes: note, expiresIn: HOUR };

const passing: readonly SharingCase[] = [
  {
    it: "what is transient and shared is used until a millisecond before its end",
    steps: [register, makeNote, offerNote(), accept("note"), { passes: HOUR - 1 }],
    asked: [{ ...used, of: note }],
    states: { note: "accepted" },
  },
  {
    it: "what is transient and shared is over for all at its end",
    steps: [register, makeNote, offerNote(), accept("note"), { passes: HOUR }],
    asked: [
      { ...shut("share.expired"), of: note },
      { ...unknown, who: "sam", in: "north", of: note },
    ],
    states: { note: "expired" },
  },
  {
    it: "what is transient and over is not shared",
    steps: [register, makeNote, { passes: HOUR }, fails(offerNote(), "request.invalid /resourceId")],
  },
  {
    it: "what was one's own is unknown at its end",
    steps: [register, { who: "tom", in: "south", makes: note, expiresIn: HOUR }, { passes: HOUR }],
    asked: [{ ...unknown, of: note }],
  },
  {
    it: "what is one's own is there until a millisecond before its end",
    steps: [register, { who: "tom", in: "south", makes: note, expiresIn: HOUR }, { passes: HOUR - 1 }],
    asked: [{ ...owned, of: note }],
  },
  {
    it: "what is transient and over before its time is used no more, and an offer of it is not accepted",
    steps: [
      register,
      makeNote,
      offerNote(),
      accept("note"),
      { who: "sam", in: "north", shares: note, with: "east", actions: ["read"], as: "second" },
      { who: "sam", in: "north", edits: note, expiresIn: 1000 },
      { passes: 1000 },
      { who: "eve", in: "east", accepts: "second", refused: "share.state" },
    ],
    asked: [{ ...shut("resource.absent"), of: note }],
    states: { note: "revoked", second: "revoked" },
  },
  {
    it: "nothing is accepted into an id of one's own that has a millisecond left",
    steps: [
      register,
      { who: "sam", in: "north", makes: note, expiresIn: DAY },
      { who: "tom", in: "south", makes: note, expiresIn: HOUR },
      offerNote(),
      { passes: HOUR - 1 },
      fails(accept("note"), "id.taken"),
    ],
    asked: [{ ...owned, of: note }],
  },
  {
    it: "a share is accepted into an id of one's own that is over, and governs there",
    steps: [
      register,
      { who: "sam", in: "north", makes: note, expiresIn: DAY },
      { who: "tom", in: "south", makes: note, expiresIn: HOUR },
      offerNote(),
      { passes: HOUR },
      accept("note"),
      { who: "tom", in: "south", makes: note, expiresIn: HOUR, refused: "id.taken" },
    ],
    asked: [{ ...used, of: note }],
  },
  {
    it: "what is over and made again under its id is not shared",
    steps: [register, makeNote, offerNote(), accept("note"), { passes: HOUR }, makeNote],
    asked: [
      { ...shut("share.expired"), of: note },
      { ...owned, who: "sam", in: "north", of: note },
    ],
  },
  {
    it: "an own type is shared in the actions that it lets be shared",
    steps: [
      { registers: "acme.note", shareable: ["read"] },
      { who: "sam", in: "north", makes: note },
      fails(offerNote(), "request.invalid /actions/1"),
      offerNote(["read"]),
      accept("note"),
    ],
    asked: [{ ...used, of: note, run: "share.action" }],
  },
  {
    it: "an own type that is not shareable is not shared",
    steps: [
      { registers: "acme.note", shareable: false },
      { who: "sam", in: "north", makes: note },
      fails(offerNote(["read"]), "request.invalid /resourceType"),
    ],
  },
  {
    it: "an action of an own type that is not shareable any more is given by no share",
    steps: [
      { registers: "acme.note", shareable: true },
      { who: "sam", in: "north", makes: note },
      offerNote(),
      accept("note"),
      { registers: "acme.note", shareable: ["run"] },
    ],
    asked: [{ ...used, of: note, read: "share.action", sees: "unreadable" }],
  },
  {
    it: "an offer of an action that is not shareable any more is not accepted",
    steps: [
      { registers: "acme.note", shareable: true },
      { who: "sam", in: "north", makes: note },
      offerNote(),
      { registers: "acme.note", shareable: ["run"] },
      fails(accept("note"), "share.state"),
    ],
    asked: [{ ...unknown, of: note }],
  },
];

/** By theme, for whoever reads what came of them. */
export const sharingThemes: Readonly<Record<string, readonly SharingCase[]>> = {
  "using what is shared": using,
  "giving a share": giving,
  "offers and their answers": offering,
  "one id, one thing": taken,
  "how a share ends": ending,
  "who is shut out": shutting,
  "what the organization lets be shared": settling,
  "what is transient, and own types": passing,
};
