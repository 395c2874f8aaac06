/** Plays lines of the demonstration: each a real request, its real answer, and whether that is as told. */
import { isRecord } from "./shape.ts";
import { fetchToken } from "./sign-in-client.ts";
import { StartRefusal } from "./start-refusal.ts";

export interface Line {
  readonly who: string;
  readonly does: string;
  /** Method and path. Here and in the body, what stands in braces is a name. */
  readonly request: string;
  readonly body?: object;
  readonly status: number;
  /** Members of the answer by their paths, and what each is to be. */
  readonly shows: Readonly<Record<string, unknown>>;
  /** A name, from now on, for a member of the answer. */
  readonly names?: { readonly [name: string]: string };
}

/** An answer that is not as told. */
export class AnotherAnswer extends Error {}

export class Scene {
  readonly #api: string;
  readonly #login: string;
  readonly #names: Map<string, string>;
  readonly #tokens = new Map<string, string>();

  /** @param names what names stand for; a name may stand for a text with names in it */
  constructor(api: string, login: string, names: Readonly<Record<string, string>>) {
    this.#api = api;
    this.#login = login;
    this.#names = new Map(Object.entries(names));
  }

  /**
   * Sends the line's request and prints it with its answer. Whoever appears for the first time signs in.
   * @throws AnotherAnswer
   */
  async play(line: Line): Promise<void> {
    const { status, body } = await this.#send(line);
    const seen = Object.entries(line.shows).map(([path, told]) => ({ path, told, is: memberAt(body, path) }));
    const answer = seen.map(({ path, is }) => `${path} ${JSON.stringify(is)}`).join(", ");
    console.log(`${`${line.who} ${line.does}`.padEnd(38)} ${line.request.padEnd(33)} ${status}  ${answer}`);
    if (status !== line.status || seen.some(({ told, is }) => JSON.stringify(told) !== JSON.stringify(is))) {
      const told = `${line.status} with ${JSON.stringify(line.shows)}`;
      throw new AnotherAnswer(`Told was ${told}; the whole answer is ${JSON.stringify(body)}`);
    }
    for (const [name, path] of Object.entries(line.names ?? {})) this.#names.set(name, String(memberAt(body, path)));
  }

  /** What the names stand for, for whoever wants to go on from here. */
  legend(): string {
    return [...this.#names].map(([name, text]) => `${`{${name}}`.padEnd(6)} = ${text}`).join("\n");
  }

  async #send({ who, request, body }: Line): Promise<{ status: number; body: unknown }> {
    const [method = "", path = ""] = this.#resolve(request).split(" ");
    const headers = { Authorization: `Bearer ${await this.#tokenOf(who)}`, "Content-Type": "application/json" };
    const sent = body === undefined ? {} : { body: this.#resolve(JSON.stringify(body)) };
    const response = await fetch(`${this.#api}${path}`, { method, headers, ...sent }).catch(() => {
      throw new StartRefusal(`No API answers at ${this.#api}: start the service with npm start.`);
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  }

  async #tokenOf(who: string): Promise<string> {
    const token = this.#tokens.get(who) ?? (await fetchToken(this.#login, `${who.toLowerCase()}@demo.example`));
    this.#tokens.set(who, token);
    return token;
  }

  #resolve(text: string): string {
    const resolved = text.replace(/\{(\w+)\}/g, (whole, name: string) => this.#names.get(name) ?? whole);
    return resolved === text ? text : this.#resolve(resolved);
  }
}

/** E.g. `grants.0.roleName`. */
function memberAt(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((at, name) => {
    if (Array.isArray(at)) return at[Number(name)];
    return isRecord(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  }, value);
}
