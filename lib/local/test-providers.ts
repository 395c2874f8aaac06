/** The two identity providers of one machine, SAML and OpenID Connect, beneath `/test-idp/`: their pages, and sign-ins without any. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { FederationRefusal } from "./asserted-person.ts";
import type { DataFolder } from "./data-folder.ts";
import { readBody } from "./request-body.ts";
import { escapeXml } from "./saml-document.ts";
import { isRecord } from "./shape.ts";
import { openTestKeys, type TestKeys } from "./test-keys.ts";
import { TestOidcProvider } from "./test-oidc-provider.ts";
import { PAGE_POLICY, writeChoice, writePage, writeRelay } from "./test-pages.ts";
import { TestPeople, type TestPerson } from "./test-people.ts";
import { TestSamlProvider } from "./test-saml-provider.ts";
import { followToCallback } from "./test-visit.ts";

const BODY_LIMIT = 256 * 1024;
const PATH = "/test-idp/";

export interface TestProviders {
  handles(path: string): boolean;
  serve(message: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Answers a redirect to one of the two as this person would, without a browser; `undefined` when it leads elsewhere. */
  answer(redirect: string, person: TestPerson): Promise<ProviderAnswer | undefined>;
}

export type ProviderAnswer =
  | { readonly kind: "saml"; readonly relayState: string; readonly samlResponse: string }
  | { readonly kind: "oidc"; readonly callback: URLSearchParams };

/**
 * Ready at once: keys and libraries come at the first use.
 * @param options.login the sign-in's own address, which serves them
 */
export async function openTestProviders(options: {
  readonly login: string;
  readonly folder: DataFolder;
}): Promise<TestProviders> {
  return new LocalTestProviders(options.login, options.folder);
}

class LocalTestProviders implements TestProviders {
  readonly #login: string;
  readonly #people = new TestPeople();
  readonly #saml: TestSamlProvider;
  readonly #oidc: TestOidcProvider;

  constructor(login: string, folder: DataFolder) {
    let opened: Promise<TestKeys> | undefined;
    const keys = () => {
      opened ??= openTestKeys(folder);
      return opened;
    };
    this.#login = login;
    this.#saml = new TestSamlProvider(login, keys);
    this.#oidc = new TestOidcProvider(login, keys);
  }

  handles(path: string): boolean {
    return path.startsWith(PATH);
  }

  async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(message, response);
    } catch (error) {
      if (!(error instanceof FederationRefusal)) throw error;
      send(response, 400, "text/html", writePage("Sign-in refused", `<p>${escapeXml(error.message)}</p>`));
    }
  }

  async answer(redirect: string, person: TestPerson): Promise<ProviderAnswer | undefined> {
    const { origin, pathname, searchParams } = new URL(redirect);
    const address = origin + pathname;
    if (address === this.#saml.ssoUrl) {
      const request = await this.#saml.readRequest(searchParams.get("SAMLRequest") ?? "");
      const samlResponse = await this.#saml.respond(request, person);
      return { kind: "saml", relayState: searchParams.get("RelayState") ?? "", samlResponse };
    }
    if (!address.startsWith(`${this.#oidc.issuer}/`)) return undefined;
    const ticket = this.#oidc.admit(person);
    return { kind: "oidc", callback: await followToCallback(redirect, this.#oidc.redirectUri, { ticket }) };
  }

  async #route(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(message.url ?? "/", this.#login);
    const path = url.pathname.slice(PATH.length);
    if (path.startsWith("oidc/interaction/")) return this.#chooseForOidc(message, response, url.pathname);
    if (path.startsWith("oidc/")) return this.#oidc.serve(message, response);
    switch (`${message.method} ${path}`) {
      case "GET saml/metadata":
        return send(response, 200, "application/samlmetadata+xml", await this.#saml.metadata());
      case "GET saml/sso":
        return this.#askForSaml(response, url);
      case "POST saml/sso":
        return this.#answerSaml(await readForm(message), response);
      case "GET people":
        return send(response, 200, "application/json", JSON.stringify({ people: this.#people.list() }));
      case "POST people":
        return this.#changePerson(message, response);
      default:
        return send(response, 404, "text/html", writePage("Not found", "<p>There is no such page.</p>"));
    }
  }

  async #askForSaml(response: ServerResponse, { searchParams }: URL): Promise<void> {
    const samlRequest = searchParams.get("SAMLRequest") ?? "";
    await this.#saml.readRequest(samlRequest);
    const hidden = { SAMLRequest: samlRequest, RelayState: searchParams.get("RelayState") ?? "" };
    send(response, 200, "text/html", writeChoice(this.#saml.ssoUrl, this.#people.list(), hidden));
  }

  async #answerSaml(form: URLSearchParams, response: ServerResponse): Promise<void> {
    const request = await this.#saml.readRequest(form.get("SAMLRequest") ?? "");
    const samlResponse = await this.#saml.respond(request, this.#readPerson(form));
    const fields = { SAMLResponse: samlResponse, RelayState: form.get("RelayState") ?? "" };
    send(response, 200, "text/html", writeRelay(this.#saml.acsUrl, fields));
  }

  async #chooseForOidc(message: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (!(await this.#oidc.expects(message, response))) throw new FederationRefusal("This sign-in has ended.");
    if (message.method === "POST") {
      const form = await readForm(message);
      const admitted = this.#oidc.takeAdmitted(form.get("ticket") ?? "");
      return this.#oidc.finish(message, response, admitted ?? this.#readPerson(form));
    }
    send(response, 200, "text/html", writeChoice(path, this.#people.list(), {}));
  }

  #readPerson(form: URLSearchParams): TestPerson {
    const chosen = this.#people.find(form.get("person") ?? "");
    if (chosen !== undefined) return chosen;
    const email = (form.get("email") ?? "").trim();
    if (email.length > 254 || !/^[^\s@]+@[^\s@]+$/.test(email)) {
      throw new FederationRefusal("Choose a person, or type an e-mail address.");
    }
    const groups = (form.get("groups") ?? "").split(/\r?\n/).map((line) => line.trim());
    return { email, claims: { groups: groups.filter((group) => group !== "") } };
  }

  /** `{email, claims}` changes a fixture person for later sign-ins. JSON only, which no other page may send here unasked. */
  async #changePerson(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const isJson = /^application\/json\b/.test(message.headers["content-type"] ?? "");
    const input = isJson ? parseJson(await readText(message)) : undefined;
    if (!isRecord(input) || typeof input.email !== "string" || !isRecord(input.claims)) {
      return send(response, 400, "application/json", '{"detail":"send JSON: {email, claims}"}');
    }
    const person = this.#people.change(input.email, input.claims);
    if (person === undefined) return send(response, 404, "application/json", '{"detail":"there is no such person"}');
    send(response, 200, "application/json", JSON.stringify(person));
  }
}

async function readText(message: IncomingMessage): Promise<string> {
  const body = await readBody(message, BODY_LIMIT);
  if (typeof body === "string") throw new FederationRefusal("The request is too large, or not complete.");
  return body.toString();
}

async function readForm(message: IncomingMessage): Promise<URLSearchParams> {
  return new URLSearchParams(await readText(message));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, {
    "Content-Type": `${type}; charset=utf-8`,
    "Content-Length": Buffer.byteLength(text),
    "Content-Security-Policy": PAGE_POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(text);
}
