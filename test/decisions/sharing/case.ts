/** What a case about sharing says: what happened, and what is then answered. */
import type { Decision } from "../../../lib/domain/decide.ts";
import type { ShareState } from "../../../lib/domain/shares.ts";

type Workspace = "north" | "south" | "east";
type Target = Workspace | "foreign" | "absent";

export type Reason = Extract<Decision, { allow: false }>["reason"];
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
