/** The decision table of sharing (`test/decisions/sharing.ts`), lived through the API: evaluation, `GET` and lists agree in each case. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { OwnType } from "../../lib/domain/own-types.ts";
import { predefinedRoles } from "../../lib/domain/predefined-roles.ts";
import type { Store } from "../../lib/store/store.ts";
import type { Asked, Edit, SharingCase, Step } from "../decisions/sharing/case.ts";
import { sharingThemes } from "../decisions/sharing.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admit, done, edit, makeAcme, makeRole, makeSharedRole, makeWorkspace } from "./acme.ts";
import type { Answer, Caller, Sent } from "./in-process.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Stands in every resource that a case makes, and in no answer. */
const SECRET = "nobody-ever-reads-this";
/** Of the form of an id, and never made. */
const ABSENT = `wks_${"0".repeat(26)}`;

const owners: Readonly<Record<string, string>> = { sam: "north", tom: "south", eve: "east" };

let store: Store;
beforeAll(async () => {
  ({ store } = await openTestStore());
});

type Named<T> = T extends T ? (step: T) => Promise<unknown> : never;
type StepOf<K extends string> = Extract<Step, Readonly<Record<K, unknown>>>;

/** The world of one case. */
class Scene {
  readonly answers: Answer[] = [];
  readonly #acme: Acme;
  readonly #clock: { now: number };
  readonly #places = new Map<string, string>([["absent", ABSENT]]);
  readonly #people = new Map<string, Caller>();
  readonly #roles = new Map<string, string>(predefinedRoles.map(({ name, id }) => [name, id]));
  readonly #shares = new Map<string, { readonly id: string; readonly sides: readonly string[] }>();
  readonly #shut = new Set<string>();

  private constructor(acme: Acme, clock: { now: number }) {
    this.#acme = acme;
    this.#clock = clock;
  }

  static async make({ people = {}, roles = {}, steps, asked = [], isUnswept }: SharingCase): Promise<Scene> {
    // A request sweeps for a few seconds of the machine's clock: long ago, that time is over.
    const clock = { now: Date.now() + (isUnswept ? -30 * DAY : HOUR) };
    const scene = new Scene(await makeAcme({ store }, () => clock.now), clock);
    const acme = scene.#acme;
    scene.#people.set("ann", acme.ann);
    scene.#places.set("north", acme.workspace);
    for (const name of ["south", "east"]) scene.#places.set(name, await makeWorkspace(acme, name));
    if (JSON.stringify(steps).includes('"foreign"')) {
      const { id } = await done(acme.api.call(acme.ann, "POST /v1/orgs", { body: { name: "Globex" } }));
      scene.#places.set("foreign", await makeWorkspace({ ...acme, O: `/v1/orgs/${id}` }, "Elsewhere"));
    }
    for (const [path, scopes] of Object.entries(roles)) {
      const [place, name] = path.includes("/") ? path.split("/") : [undefined, path];
      const made =
        place === undefined ? makeSharedRole(acme, path, scopes) : makeRole(acme, name ?? "", scopes, scene.#W(place));
      scene.#roles.set(name ?? "", await made);
    }
    const mentioned = JSON.stringify([steps, asked]);
    const named = Object.keys(owners).filter((name) => mentioned.includes(`"${name}"`));
    const all = { ...Object.fromEntries(named.map((name) => [name, { [owners[name] ?? ""]: ["Owner"] }])), ...people };
    for (const [name, held] of Object.entries(all)) {
      scene.#people.set(name, await admit(acme, name));
      for (const [place, names] of Object.entries(held)) await scene.#give(name, place, names ?? []);
    }
    return scene;
  }

  async take(step: Step): Promise<void> {
    const answer = await this.#do(step);
    if (answer === undefined) return;
    const refused = "refused" in step ? step.refused : undefined;
    const about = `${JSON.stringify(step)}: ${JSON.stringify(answer.body)}`;
    if (refused === undefined) expect(answer.status, about).toBeLessThan(300);
    else {
      const [code, pointer] = refused.split(" ");
      expect(answer.body?.code, about).toBe(code);
      if (pointer !== undefined) expect(answer.body.errors, about).toContainEqual(expect.objectContaining({ pointer }));
    }
  }

  /** Everything that is answered about one thing to one person. */
  async check(asked: Asked): Promise<void> {
    const { who, of, sees, from } = asked;
    const [type = "", id = ""] = of.split("/");
    const { userId } = this.#person(who);
    const evaluate = (by: string, name: string) =>
      this.#call(by, asked.in, "POST", "/access/v1/evaluation", {
        body: { subject: { type: "user", id: userId }, action: { name }, resource: { type, id } },
      });
    for (const name of ["read", "run", "write", "use"] as const) {
      const answer = asked[name];
      if (answer === undefined) continue;
      const about = `${who} in ${asked.in}: ${name} ${of}`;
      const { status, body } = await evaluate("ann", name);
      if (this.#shut.has(asked.in)) expect([status, answer], about).toEqual([403, "workspace.suspended"]);
      else {
        const because = body.decision ? "allowed" : body.context.reason;
        expect([status, because], about).toEqual([200, answer === true ? "allowed" : answer]);
      }
      const own = await evaluate(who, name);
      if (own.status === 200) expect(own.body, about).toEqual(body);
      else expect(answer, about).not.toBe(true);
    }
    await this.#checkSight(asked, { type, id }, sees, from);
  }

  async #checkSight(asked: Asked, { type, id }: { type: string; id: string }, sees: Asked["sees"], from?: string) {
    const { who, of } = asked;
    const about = `${who} in ${asked.in} gets ${of}`;
    const got = await this.#call(who, asked.in, "GET", `/resources/${type}/${id}`);
    const listed = await this.#list(who, asked.in, type);
    const shutOut = { "shut out": 403, unauthenticated: 401 }[sees as string];
    if (shutOut !== undefined) {
      expect([got.status, listed], about).toEqual([shutOut, shutOut]);
      return;
    }
    if (typeof listed === "number") throw new Error(`${about}: the list is answered ${listed}`);
    const rows = listed.filter((row) => row.id === id);
    const status = { own: 200, shared: 200, nothing: 404, unreadable: 403 }[sees as "own"];
    expect(got.status, `${about}: ${JSON.stringify(got.body)}`).toBe(status);
    if (sees === "unreadable")
      expect(got.body, about).toMatchObject({ code: "access.denied", requiredScope: `${type}:read` });
    expect(rows, about).toHaveLength(status === 200 ? 1 : 0);
    for (const one of status === 200 ? [got.body, ...rows] : []) {
      expect(one.shared?.from.workspaceId, about).toBe(sees === "own" ? undefined : this.#places.get(from ?? ""));
    }
    if (status === 200) expect(got.body.attributes.token, about).toEqual({ secret: true });
  }

  async checkState(name: string, state: string): Promise<void> {
    const { id, sides } = this.#share(name);
    for (const side of sides.filter((place) => this.#places.has(place) && !this.#shut.has(place))) {
      const { status, body } = await this.#call("ann", side, "GET", `/shares/${id}`);
      expect([status, body.state], `${name} in ${side}`).toEqual([200, state]);
      const { body: page } = await this.#call("ann", side, "GET", `/shares?state=${state}`);
      expect(page.items, `${name} in ${side}`).toContainEqual(expect.objectContaining({ id, state }));
    }
  }

  get faults(): readonly unknown[] {
    return this.#acme.api.faults;
  }

  #do(step: Step): Promise<Answer | undefined> {
    if ("scopes" in step)
      return this.#manage("PATCH", `/roles/${this.#roles.get(step.edits)}`, edit({ scopes: step.scopes }));
    for (const [name, deed] of Object.entries(this.#deeds)) {
      if (name in step) return (deed as Named<Step>)(step as never) as Promise<Answer | undefined>;
    }
    throw new Error(`nobody knows how to do ${JSON.stringify(step)}`);
  }

  readonly #deeds = {
    makes: (step: StepOf<"makes">) => {
      const [type = "", id = ""] = step.makes.split("/");
      const attributes = { url: "https://x.example", token: { secret: true, value: SECRET } };
      const body = { name: id, attributes, ...this.#until(step.expiresIn) };
      return step.by === "POST"
        ? this.#call(step.who, step.in, "POST", `/resources/${type}`, { body: { id, ...body } })
        : this.#call(step.who, step.in, "PUT", `/resources/${step.makes}`, { body });
    },
    edits: (step: Edit) =>
      this.#call(
        step.who,
        step.in,
        "PATCH",
        `/resources/${step.edits}`,
        edit({ name: "Edited", attributes: { port: 1 }, ...this.#until(step.expiresIn) }),
      ),
    deletes: (step: StepOf<"deletes">) =>
      this.#call(step.who, step.in, "DELETE", `/resources/${step.deletes}${step.force ? "?force=true" : ""}`),
    shares: async (step: StepOf<"shares">) => {
      const [resourceType, resourceId] = step.shares.split("/");
      const { actions, answersAs } = step;
      const headers = { "x-request-id": "the-same" };
      const offer = (target: string) =>
        this.#call(step.who, step.in, "POST", "/shares", {
          body: {
            resourceType,
            resourceId,
            targetWorkspaceId: this.#places.get(target) ?? ABSENT,
            actions,
            ...this.#until(step.expiresIn),
          },
          headers,
        });
      const answer = await offer(step.with);
      if (answersAs !== undefined) expect(await offer(answersAs)).toEqual(answer);
      if (step.as !== undefined && answer.status === 201) {
        this.#shares.set(step.as, { id: answer.body.id, sides: [step.in, step.with] });
      }
      return answer;
    },
    accepts: (step: StepOf<"accepts">) => this.#answer(step, step.accepts, "accept"),
    denies: (step: StepOf<"denies">) => this.#answer(step, step.denies, "deny"),
    revokes: (step: StepOf<"revokes">) => this.#answer(step, step.revokes, "revoke"),
    suspends: ({ suspends: whom }: StepOf<"suspends">) => {
      if (this.#people.has(whom)) return this.#manage("PATCH", this.#userPath(whom), edit({ status: "suspended" }));
      this.#shut.add(whom);
      return this.#manage("POST", `/workspaces/${this.#places.get(whom)}/suspend`);
    },
    resumes: ({ resumes: whom }: StepOf<"resumes">) => {
      if (this.#people.has(whom)) return this.#manage("PATCH", this.#userPath(whom), edit({ status: "active" }));
      this.#shut.delete(whom);
      return this.#manage("POST", `/workspaces/${this.#places.get(whom)}/resume`);
    },
    removes: async ({ removes: whom }: StepOf<"removes">) => {
      if (this.#people.has(whom)) return this.#manage("DELETE", this.#userPath(whom));
      const path = `/workspaces/${this.#places.get(whom)}`;
      await this.#manage("POST", `${path}/suspend`);
      const answer = await this.#manage("DELETE", path);
      this.#shut.add(whom);
      return answer;
    },
    gives: async (step: StepOf<"gives">) => {
      await this.#give(step.gives, step.in, step.roles, step.expiresIn);
      return undefined;
    },
    settles: ({ settles }: StepOf<"settles">) => {
      const targets = settles?.targets?.map((name) => this.#places.get(name)) ?? null;
      const sharing = settles && { types: settles.types ?? null, targets };
      return this.#manage("PATCH", "", edit({ settings: { sharing } }));
    },
    registers: async (step: StepOf<"registers">) => {
      await this.#register(step);
      return undefined;
    },
    passes: async ({ passes }: StepOf<"passes">) => {
      this.#clock.now += passes;
      return undefined;
    },
  };

  #answer(step: { readonly who: string; readonly in: string }, share: string, deed: string) {
    return this.#call(step.who, step.in, "POST", `/shares/${this.#share(share).id}/${deed}`);
  }

  /** As the routes for own types write it. */
  async #register({ registers: name, shareable, persistence = "persistent" }: StepOf<"registers">): Promise<void> {
    const { org } = this.#acme;
    const { own, turn } = await store.read({ own: store.ownTypes.at(org), turn: store.ownTypes.turnAt(org, name) });
    const version = (own?.version ?? 0) + 1;
    const type: OwnType = {
      name,
      description: "Notes",
      actions: ["read", "run", "write"].map((action) => ({ name: action, description: action })),
      shareable,
      persistence,
      predefinedRoles: [],
      createdAt: "2026-11-01T00:00:00.000Z",
      version,
    };
    const mark =
      turn === undefined ? store.ownTypes.register(org, name, version) : store.ownTypes.edit(org, name, turn, version);
    const changes = [mark, ...store.ownTypes.replace(org, { version, types: [type] })];
    expect(await store.commit(changes, randomUUID(), async () => false)).toBe("committed");
  }

  async #give(who: string, place: string, names: readonly string[], expiresIn?: number): Promise<void> {
    const at = place === "organization" ? "" : `/workspaces/${this.#places.get(place)}`;
    const path = `${at}/assignments/${this.#person(who).userId}`;
    const roleIds = names.map((name) => this.#roles.get(name));
    const { status, body } =
      names.length === 0
        ? await this.#manage("DELETE", path)
        : await this.#manage("PUT", path, { body: { roleIds, ...this.#until(expiresIn) } });
    expect(status, JSON.stringify(body)).toBeLessThan(300);
  }

  /** Everything in a list, one row to a page; or the status of its refusal. */
  async #list(who: string, place: string, type: string) {
    const rows: { readonly id: string; readonly shared?: { readonly from: { readonly workspaceId: string } } }[] = [];
    for (let cursor = ""; ; ) {
      const { status, body } = await this.#call(who, place, "GET", `/resources/${type}?limit=1${cursor}`);
      if (status !== 200) return status;
      rows.push(...body.items);
      if (body.nextCursor === undefined) return rows;
      cursor = `&cursor=${body.nextCursor}`;
    }
  }

  async #call(who: string, place: string, method: string, path: string, sent: Sent = {}): Promise<Answer> {
    const answer = await this.#acme.api.call(this.#person(who), `${method} ${this.#W(place)}${path}`, sent);
    this.answers.push(answer);
    return answer;
  }

  #manage(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    return this.#acme.api.call(this.#acme.ann, `${method} ${this.#acme.O}${path}`, sent);
  }

  #until(expiresIn: number | undefined): { expiresAt?: string } {
    return expiresIn === undefined ? {} : { expiresAt: new Date(this.#clock.now + expiresIn).toISOString() };
  }

  #W(place: string): string {
    return `${this.#acme.O}/workspaces/${this.#places.get(place)}`;
  }

  #userPath(who: string): string {
    return `/users/${this.#person(who).userId}`;
  }

  #person(name: string): Caller {
    const found = this.#people.get(name);
    if (found === undefined) throw new Error(`the case has no ${name}`);
    return found;
  }

  #share(name: string) {
    const found = this.#shares.get(name);
    if (found === undefined) throw new Error(`the case has no share ${name}`);
    return found;
  }
}

for (const [theme, cases] of Object.entries(sharingThemes)) {
  describe(theme, () => {
    it.each(cases)("$it", async (asked) => {
      const scene = await Scene.make(asked);
      for (const step of asked.steps) await scene.take(step);
      for (const question of asked.asked ?? []) await scene.check(question);
      for (const [name, state] of Object.entries(asked.states ?? {})) await scene.checkState(name, state);
      expect(JSON.stringify(scene.answers)).not.toContain(SECRET);
      expect(scene.faults).toEqual([]);
    });
  });
}

describe("the table itself", () => {
  const cases = Object.values(sharingThemes).flat();
  const questions = cases.flatMap(({ asked = [] }) => asked);

  it("holds a case of each sentence once, and each of them asks something", () => {
    expect(new Set(cases.map((one) => one.it)).size).toBe(cases.length);
    const isIdle = ({ steps, asked = [], states = {} }: SharingCase) =>
      asked.length + Object.keys(states).length === 0 && !steps.some((step) => "refused" in step);
    // A deed that succeeds says something by itself where the sentence is about just that.
    expect(cases.filter(isIdle).map((one) => one.it)).toEqual(["what a deleted target used may be deleted"]);
  });

  it("neither allows nor denies nearly everything, and sees things in every way", () => {
    const answers = questions.flatMap(({ read, run, write, use = [] }) => [read, run, write, use].flat());
    const share = answers.filter((answer) => answer === true).length / answers.length;
    console.info(`${cases.length} cases; ${answers.length} answers, of which ${Math.round(100 * share)} % allow`);
    expect(cases.length).toBeGreaterThanOrEqual(50);
    expect(share).toBeGreaterThan(0.3);
    expect(share).toBeLessThan(0.7);
    const sights = ["nothing", "own", "shared", "shut out", "unauthenticated", "unreadable"];
    expect([...new Set(questions.map(({ sees }) => sees))].sort()).toEqual(sights);
  });
});
