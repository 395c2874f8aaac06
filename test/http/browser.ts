/** A browser as far as signing in needs one: follows redirects, keeps cookies, fills in forms. Runs no scripts. */
import { createHash, randomBytes } from "node:crypto";

/** What to fill in where a page asks. */
type Fields = Readonly<Record<string, string>>;

export interface Tokens {
  readonly access_token: string;
  readonly id_token: string;
  readonly refresh_token?: string;
}

/** Where a walk came to an end: the address that it was to lead to, or a page without a form. */
export interface Arrival {
  readonly address: URL;
  readonly status: number;
  readonly page: string;
}

const MOST_STEPS = 20;

export class Browser {
  readonly #cookies = new Map<string, string>();

  /** Goes from page to page until an address begins with `goal`, which is not asked itself. */
  async walk(start: string, goal: string, fields: Fields): Promise<Arrival> {
    let [address, form] = [new URL(start), undefined as URLSearchParams | undefined];
    for (let step = 0; step < MOST_STEPS; step++) {
      if (address.href.startsWith(goal)) return { address, status: 0, page: "" };
      const response = await fetch(address, {
        method: form === undefined ? "GET" : "POST",
        redirect: "manual",
        headers: { Cookie: [...this.#cookies.values()].join("; ") },
        ...(form === undefined ? {} : { body: form }),
      });
      for (const cookie of response.headers.getSetCookie()) {
        const [pair = ""] = cookie.split(";");
        this.#cookies.set(pair.split("=")[0] ?? "", pair);
      }
      const page = await response.text();
      const leadsTo = response.headers.get("location");
      if (leadsTo !== null) [address, form] = [new URL(leadsTo, address), undefined];
      else {
        const found = readForm(page);
        if (found === undefined) return { address, status: response.status, page };
        for (const [name, value] of Object.entries(fields)) found.fields.set(name, value);
        [address, form] = [new URL(found.action, address), found.fields];
      }
    }
    throw new Error(`the walk from ${start} never ends; it is at ${address}`);
  }
}

/** A sign-in by the code flow with PKCE, as an application does it. */
export class CodeFlow {
  readonly #login: string;
  readonly #clientId: string;
  readonly #verifier = randomBytes(32).toString("base64url");
  readonly state: string = randomBytes(8).toString("base64url");

  constructor(login: string, clientId: string) {
    this.#login = login;
    this.#clientId = clientId;
  }

  get redirectUri(): string {
    return `${this.#login}/`;
  }

  start(provider?: string): string {
    const query = new URLSearchParams({
      client_id: this.#clientId,
      redirect_uri: this.redirectUri,
      response_type: "code",
      scope: "openid email",
      state: this.state,
      code_challenge: createHash("sha256").update(this.#verifier).digest("base64url"),
      code_challenge_method: "S256",
      ...(provider === undefined ? {} : { identity_provider: provider }),
    });
    return `${this.#login}/oauth2/authorize?${query}`;
  }

  redeem(code: string, verifier = this.#verifier): Promise<Response> {
    return this.#ask({
      grant_type: "authorization_code",
      code,
      redirect_uri: this.redirectUri,
      code_verifier: verifier,
    });
  }

  refresh(token: string): Promise<Response> {
    return this.#ask({ grant_type: "refresh_token", refresh_token: token });
  }

  #ask(body: Record<string, string>): Promise<Response> {
    const form = new URLSearchParams({ client_id: this.#clientId, ...body });
    return fetch(`${this.#login}/oauth2/token`, { method: "POST", body: form });
  }
}

function readForm(page: string): { action: string; fields: URLSearchParams } | undefined {
  const [, action] = /<form[^>]*\baction="([^"]*)"/.exec(page) ?? [];
  if (action === undefined) return undefined;
  const fields = new URLSearchParams();
  for (const [input] of page.matchAll(/<input[^>]*>/g)) {
    const [name, value] = ["name", "value"].map((it) => new RegExp(`\\b${it}="([^"]*)"`).exec(input)?.[1] ?? "");
    if (/type="hidden"/.test(input) && name) fields.set(name, decode(value ?? ""));
  }
  return { action: decode(action), fields };
}

function decode(text: string): string {
  const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", "#39": "'" };
  return text.replace(/&(#x[0-9a-f]+|#?\w+);/gi, (whole, name: string) => {
    if (/^#x/i.test(name)) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    return named[name] ?? (/^#\d+$/.test(name) ? String.fromCodePoint(Number(name.slice(1))) : whole);
  });
}
