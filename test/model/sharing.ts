/**
 * A second statement of what `domain.md` means by sharing, to be held against the service. It imports nothing, and it works another
 * way: it keeps everything that ever happened, and finds each answer by going through all of that.
 */

export type ModelAction = "read" | "run" | "write";

export interface ModelPolicy {
  /** What may be shared, and with whom; undefined where nothing is held back. */
  readonly types?: readonly string[] | undefined;
  readonly targets?: readonly string[] | undefined;
}

interface Offered {
  readonly what: "offered";
  readonly share: number;
  readonly from: string;
  readonly id: string;
  readonly to: string;
  readonly actions: readonly string[];
  readonly at: number;
  readonly until: number | undefined;
}

type Happening =
  | { readonly what: "made" | "deleted"; readonly place: string; readonly id: string }
  | Offered
  | { readonly what: "accepted" | "denied" | "revoked"; readonly share: number }
  | { readonly what: "suspended" | "resumed"; readonly whom: string }
  | { readonly what: "edited"; readonly role: string; readonly scopes: readonly string[] }
  | { readonly what: "settled"; readonly policy: ModelPolicy }
  | {
      readonly what: "given";
      readonly person: string;
      readonly place: string;
      readonly roles: readonly string[];
      readonly until: number | undefined;
    };

const TYPE = "workflow";
const WEEK = 7 * 24 * 60 * 60 * 1000;

export class SharingModel {
  now: number;
  readonly #happened: Happening[] = [];

  constructor(now: number) {
    this.now = now;
  }

  /** Whether somebody may do something to what an id names in a place. */
  may(person: string, place: string, action: ModelAction, id: string): boolean {
    if (!this.holds(person, place, `${TYPE}:${action}`)) return false;
    const standing = this.standing(place, id);
    if (standing !== "shared") return standing !== "ended" && standing !== "resting";
    return this.#offer(this.#knownThrough(place, id) ?? -1).actions.includes(action);
  }

  /** What an id names in a place. */
  standing(place: string, id: string): "own" | "shared" | "resting" | "ended" | "unknown" {
    if (this.isThere(place, id)) return "own";
    const share = this.#knownThrough(place, id);
    if (share === undefined) return "unknown";
    if (!this.isInForce(share)) return "ended";
    const { from, to } = this.#offer(share);
    return this.isActive(from) && this.#isAllowed(to) ? "shared" : "resting";
  }

  holds(person: string, place: string, scope: string): boolean {
    if (!this.isActive(person) || !this.isActive(place)) return false;
    const given = this.#last((one) => one.what === "given" && one.person === person && one.place === place);
    if (given?.what !== "given" || (given.until !== undefined && given.until <= this.now)) return false;
    return given.roles.some((role) => {
      const edited = this.#last((one) => one.what === "edited" && one.role === role);
      return edited?.what === "edited" && edited.scopes.includes(scope);
    });
  }

  isActive(whom: string): boolean {
    const last = this.#last((one) => (one.what === "suspended" || one.what === "resumed") && one.whom === whom);
    return last?.what !== "suspended";
  }

  /** Whether a place has a resource of its own under an id. */
  isThere(place: string, id: string): boolean {
    return this.#last((one) => isAbout(one, place, id))?.what === "made";
  }

  /** Whether a share was accepted, and nothing ended it for good. */
  isInForce(share: number): boolean {
    return (
      this.#wasSaid("accepted", share) &&
      !this.#wasSaid("revoked", share) &&
      !this.#isOver(share) &&
      this.isOfThis(share)
    );
  }

  isPending(share: number): boolean {
    const wasAnswered = this.#wasSaid("accepted", share) || this.#wasSaid("denied", share);
    const isLate = this.now - this.#offer(share).at >= WEEK;
    return !wasAnswered && !this.#wasSaid("revoked", share) && !isLate && !this.#isOver(share);
  }

  /** Whether what was offered is there still: not deleted, and not another one under its id. */
  isOfThis(share: number): boolean {
    const { from, id } = this.#offer(share);
    const since = this.#happened.slice(
      this.#happened.findIndex((one) => one.what === "offered" && one.share === share),
    );
    return !since.some((one) => one.what === "deleted" && isAbout(one, from, id));
  }

  /** All shares that were ever offered. */
  get shares(): readonly Offered[] {
    return this.#happened.filter((one) => one.what === "offered");
  }

  /** Moments at which something ends by itself. */
  get ends(): readonly number[] {
    return this.#happened.flatMap((one) => {
      if (one.what === "offered") return [one.at + WEEK, ...(one.until === undefined ? [] : [one.until])];
      return one.what === "given" && one.until !== undefined ? [one.until] : [];
    });
  }

  /** The deeds below are done if they may be. @returns whether they were */
  make(person: string, place: string, id: string): boolean {
    const isFree = !this.#isTaken(place, id);
    return this.#do(this.holds(person, place, `${TYPE}:write`) && isFree, { what: "made", place, id });
  }

  remove(person: string, place: string, id: string, force: boolean): boolean {
    const isUsed = this.shares.some(({ from, id: of, share }) => from === place && of === id && this.isInForce(share));
    const mayGo = this.isThere(place, id) && (force || !isUsed);
    return this.#do(this.holds(person, place, `${TYPE}:write`) && mayGo, { what: "deleted", place, id });
  }

  offer(person: string, offer: Omit<Offered, "what" | "share" | "at">): boolean {
    const { from, id, to, actions, until } = offer;
    const isAtOnce = this.holds(person, to, "share:accept");
    const stands = ({ share, ...one }: Offered) =>
      one.from === from &&
      one.to === to &&
      one.id === id &&
      this.isOfThis(share) &&
      (this.isInForce(share) || this.isPending(share));
    const may =
      this.holds(person, from, "share:create") &&
      actions.every((action) => this.holds(person, from, `${TYPE}:${action}`)) &&
      !actions.includes("write") &&
      this.isThere(from, id) &&
      from !== to &&
      this.#isAllowed(to) &&
      (until === undefined || until > this.now) &&
      !this.shares.some(stands) &&
      !(isAtOnce && this.#isTaken(to, id));
    const share = this.shares.length;
    this.#do(may, { what: "offered", share, at: this.now, ...offer });
    return this.#do(may && isAtOnce, { what: "accepted", share }) || may;
  }

  accept(person: string, place: string, share: number): boolean {
    const { to, id } = this.#offer(share);
    const may =
      this.holds(person, place, "share:accept") &&
      place === to &&
      this.isPending(share) &&
      this.isOfThis(share) &&
      this.#isAllowed(to) &&
      !this.#isTaken(to, id);
    return this.#do(may, { what: "accepted", share });
  }

  deny(person: string, place: string, share: number): boolean {
    const isTheirs = place === this.#offer(share).to && this.isPending(share);
    return this.#do(this.holds(person, place, "share:accept") && isTheirs, { what: "denied", share });
  }

  revoke(person: string, place: string, share: number): boolean {
    const { from, to } = this.#offer(share);
    const isTheirs = (place === to || place === from) && (this.isPending(share) || this.isInForce(share));
    return this.#do(this.holds(person, place, "share:revoke") && isTheirs, { what: "revoked", share });
  }

  /** What is done by somebody who may, always. */
  note(
    happening: Exclude<
      Happening,
      { readonly what: "made" | "deleted" | "offered" | "accepted" | "denied" | "revoked" }
    >,
  ) {
    this.#happened.push(happening);
  }

  #do(may: boolean, happening: Happening): boolean {
    if (may) this.#happened.push(happening);
    return may;
  }

  /** An own resource, or whatever is shared and not over for good, has the id. */
  #isTaken(place: string, id: string): boolean {
    return ["own", "shared", "resting"].includes(this.standing(place, id));
  }

  #isAllowed(to: string): boolean {
    const settled = this.#last((one) => one.what === "settled");
    const { types, targets } = settled?.what === "settled" ? settled.policy : {};
    return (types === undefined || types.includes(TYPE)) && (targets === undefined || targets.includes(to));
  }

  #isOver(share: number): boolean {
    const { until } = this.#offer(share);
    return until !== undefined && this.now >= until;
  }

  #wasSaid(what: "accepted" | "denied" | "revoked", share: number): boolean {
    return this.#happened.some((one) => one.what === what && one.share === share);
  }

  /** The share that was accepted last under an id in a place. */
  #knownThrough(place: string, id: string): number | undefined {
    const last = this.#last((one) => {
      if (one.what !== "accepted") return false;
      const offer = this.#offer(one.share);
      return offer.to === place && offer.id === id;
    });
    return last?.what === "accepted" ? last.share : undefined;
  }

  #offer(share: number): Offered {
    const found = this.shares[share];
    if (found === undefined) throw new Error(`nothing was offered as ${share}`);
    return found;
  }

  #last(isIt: (one: Happening) => boolean): Happening | undefined {
    return this.#happened.findLast(isIt);
  }
}

function isAbout(one: Happening, place: string, id: string): boolean {
  return (one.what === "made" || one.what === "deleted") && one.place === place && one.id === id;
}
