/** Plays lines of the demonstration: each a real request, its real answer, and whether that is as told. */
import { setTimeout } from "node:timers/promises";
import { DemoFiles } from "./demo-files.ts";
import { signInByBrowser } from "./demo-sign-in.ts";
import { isRecord } from "./shape.ts";
import { fetchToken } from "./sign-in-client.ts";
import { StartRefusal } from "./start-refusal.ts";

export interface Line {
  readonly who: string;
  readonly does: string;
  /**
   * Method and path; or `SIGN-IN` and an identity provider, through which whose line it is then comes with a browser; or `VERIFY` or
   * `EDIT` and a file, see `DemoFiles`. Here, in the body and in what is shown, what stands in braces is a name.
   */
  readonly request: string;
  /** The name of a secret to ask with; a token of whose line it is where there is none. */
  readonly with?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly status: number;
  /** Members of the answer by their paths, and what each is to be. A `*` in a path stands for every item of a list. */
  readonly shows: Readonly<Record<string, unknown>>;
  /** Texts, or names of secrets, that are to stand nowhere in the answer. */
  readonly hides?: string | readonly string[];
  /** A name, from this line on, for the first whole second that is more than so many milliseconds away. */
  readonly sets?: { readonly [name: string]: number };
  /** A time, by its name, before which the request is not sent. */
  readonly awaits?: string;
  /** A name, in what is shown and from then on, for a member of the answer. */
  readonly names?: { readonly [name: string]: string };
  /** The same for a secret: it is told to nobody. */
  readonly keeps?: { readonly [name: string]: string };
  /** The file that the answer, lines of JSON, is written to. */
  readonly saves?: string;
}

/** As the service answers, or as a program ends. */
interface Outcome {
  readonly status: number;
  readonly body: unknown;
}

const LINES = "application/jsonl";

/** Characters that what is done and the request may need. */
export interface Columns {
  readonly deed: number;
  readonly request: number;
}

/** An answer that is not as told. */
export class AnotherAnswer extends Error {}

export class Scene {
  readonly #api: string;
  readonly #login: string;
  readonly #names: Map<string, string>;
  readonly #columns: Columns;
  readonly #tokens = new Map<string, string>();
  readonly #secrets = new Map<string, string>();
  readonly #files = new DemoFiles();

  /** @param names what names stand for; a name may stand for a text with names in it */
  constructor(api: string, login: string, names: Readonly<Record<string, string>>, columns: Columns) {
    this.#api = api;
    this.#login = login;
    this.#names = new Map(Object.entries(names));
    this.#columns = columns;
  }

  /**
   * Sends the line's request and prints it with its answer. Whoever appears for the first time signs in.
   * @throws AnotherAnswer
   */
  async play(line: Line): Promise<void> {
    for (const [name, away] of Object.entries(line.sets ?? {})) this.#names.set(name, wholeSecondAfter(away));
    if (line.awaits !== undefined) await passBy(Date.parse(this.#resolve(line.awaits)));
    const { status, body } = await this.#send(line);
    for (const [name, path] of Object.entries(line.names ?? {})) this.#names.set(name, String(memberAt(body, path)));
    const seen = Object.entries(line.shows).map(([path, told]) => {
      const is = JSON.stringify(memberAt(body, path));
      const isAsTold = is === this.#resolve(JSON.stringify(told));
      return { isAsTold, text: `${path} ${isAsTold ? withNames(told) : is}` };
    });
    const hidden = [line.hides ?? []].flat();
    for (const text of hidden) seen.push(this.#seek(text, body));
    const deed = `${line.who} ${line.does}`.padEnd(this.#columns.deed);
    const request = line.request.padEnd(this.#columns.request);
    console.log(`${deed} ${request} ${String(status).padEnd(3)}  ${seen.map(({ text }) => text).join(", ")}`.trimEnd());
    if (status !== line.status || seen.some(({ isAsTold }) => !isAsTold)) {
      const told = `${line.status} with ${JSON.stringify(line.shows)}${hidden.map((text) => ` and no ${text}`).join("")}`;
      throw new AnotherAnswer(`Told was ${told}; the whole answer is ${JSON.stringify(body)}`);
    }
    for (const [name, path] of Object.entries(line.keeps ?? {})) this.#secrets.set(name, String(memberAt(body, path)));
  }

  /** What the names stand for, for whoever wants to go on from here. */
  legend(): string {
    const longest = Math.max(...[...this.#names.keys()].map((name) => `{${name}}`.length));
    return [...this.#names].map(([name, text]) => `${`{${name}}`.padEnd(longest)} = ${text}`).join("\n");
  }

  async #send({ who, request, with: secret, headers: more, body, saves }: Line): Promise<Outcome> {
    const [method = "", path = "", ...rest] = this.#resolve(request).split(" ");
    if (method === "SIGN-IN") return this.#signIn(who, path);
    if (method === "VERIFY") return this.#files.verify([path, ...rest]);
    if (method === "EDIT") return this.#files.edit([path, ...rest]);
    const credential = secret === undefined ? await this.#tokenOf(who) : this.#secrets.get(secret);
    const form = saves === undefined ? {} : { Accept: LINES };
    const headers = { Authorization: `Bearer ${credential}`, "Content-Type": "application/json", ...form, ...more };
    const sent = body === undefined ? {} : { body: this.#resolve(JSON.stringify(body)) };
    const response = await fetch(path.startsWith("http") ? path : `${this.#api}${path}`, {
      method,
      headers,
      ...sent,
    }).catch(() => {
      throw new StartRefusal(`No API answers at ${this.#api}: start the service with npm start.`);
    });
    const text = await response.text();
    const isLines = response.headers.get("Content-Type")?.startsWith(LINES) ?? false;
    if (saves !== undefined && isLines) this.#files.write(saves, text);
    return { status: response.status, body: isLines ? parseLines(text) : text === "" ? undefined : JSON.parse(text) };
  }

  async #signIn(who: string, provider: string): Promise<Outcome> {
    const outcome = await signInByBrowser(this.#login, provider, `${who.toLowerCase()}@acme.example`);
    if (isRecord(outcome.body) && typeof outcome.body.accessToken === "string") {
      this.#tokens.set(who, outcome.body.accessToken);
    }
    return outcome;
  }

  async #tokenOf(who: string): Promise<string> {
    const token = this.#tokens.get(who) ?? (await fetchToken(this.#login, `${who.toLowerCase()}@demo.example`));
    this.#tokens.set(who, token);
    return token;
  }

  /** A secret is told by its name. */
  #seek(hidden: string, body: unknown): { isAsTold: boolean; text: string } {
    const text = this.#secrets.get(hidden) ?? hidden;
    const isAsTold = !(JSON.stringify(body) ?? "").includes(text);
    return { isAsTold, text: `${isAsTold ? "nowhere" : "somewhere"} ${hidden}` };
  }

  #resolve(text: string): string {
    const resolved = text.replace(/\{(\w+)\}/g, (whole, name: string) => this.#names.get(name) ?? whole);
    return resolved === text ? text : this.#resolve(resolved);
  }
}

/** E.g. `grants.0.roleName`, `items.*.status`, `items.length`. */
function memberAt(value: unknown, path: string): unknown {
  const [name = "", ...rest] = path.split(".");
  const below = (at: unknown) => (rest.length === 0 ? at : memberAt(at, rest.join(".")));
  if (Array.isArray(value) && name === "*") return value.map(below);
  return (Array.isArray(value) || isRecord(value)) && Object.hasOwn(value, name)
    ? below((value as Record<string, unknown>)[name])
    : undefined;
}

function parseLines(text: string): unknown[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** As JSON, but for names: they stand for ids and times that say nothing to a reader. */
function withNames(told: unknown): string {
  return JSON.stringify(told).replace(/"(\{\w+\})"/g, "$1");
}

function wholeSecondAfter(milliseconds: number): string {
  return new Date(Math.ceil((Date.now() + milliseconds) / 1_000) * 1_000).toISOString();
}

async function passBy(moment: number): Promise<void> {
  // A timer may ring a little early.
  for (let left = moment - Date.now(); left > 0; left = moment - Date.now()) await setTimeout(left);
}
