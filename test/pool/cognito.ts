/**
 * A user pool under the test's control, behind the real SDK client: the few operations that the service calls, as Cognito answers
 * them. An update sets back whatever it does not name.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";

export const USER_POOL_ID = "eu-west-1_TestPool1";

type Settings = Record<string, unknown>;

/** What Cognito refuses with: the name of its exception, and its words. */
export interface Refused {
  readonly type: string;
  readonly message?: string;
  readonly status?: number;
}

export class TestCognito {
  readonly providers = new Map<string, Settings>();
  readonly clients = new Map<string, Settings>();
  readonly branded = new Set<string>();
  /** Every operation that was asked for, in order. */
  readonly calls: string[] = [];
  /** What an operation does instead of its work; `after` it, the work is done and the answer is lost. */
  readonly faults = new Map<string, (Refused | "no answer" | "no answer after the work")[]>();
  /** Waits before an operation is done. */
  before: (operation: string, input: Settings) => Promise<void> | void = () => {};
  readonly #server = createServer((message, response) => void this.#serve(message, response));
  #made = 0;

  /** Sets the SDK's environment too, for clients that are opened while it is up. */
  async open(): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(0, "127.0.0.1", done));
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("the user pool has no port");
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: `http://127.0.0.1:${address.port}`,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    });
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  reset(): void {
    for (const state of [this.providers, this.clients, this.branded, this.faults]) state.clear();
    this.calls.length = 0;
    this.before = () => {};
  }

  /** The next times that the operation is asked for, it goes so. */
  fail(operation: string, ...faults: (Refused | "no answer" | "no answer after the work")[]): void {
    this.faults.set(operation, faults);
  }

  clientNamed(name: string): Settings | undefined {
    return [...this.clients.values()].find(({ ClientName }) => ClientName === name);
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const operation = String(message.headers["x-amz-target"]).split(".")[1] ?? "";
    const input = JSON.parse(Buffer.concat(chunks).toString()) as Settings;
    this.calls.push(operation);
    await this.before(operation, input);
    const fault = this.faults.get(operation)?.shift();
    if (fault === "no answer") return void message.socket.destroy();
    try {
      if (typeof fault === "object") throw new Refusal(fault.type, fault.message ?? "", fault.status ?? 400);
      if (input.UserPoolId !== USER_POOL_ID)
        throw new Refusal("ResourceNotFoundException", "User pool does not exist.");
      const answer = this.#answer(operation, input);
      if (fault !== undefined) return void message.socket.destroy();
      reply(response, 200, answer);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      reply(response, error.status, { __type: error.type, message: error.message });
    }
  }

  #answer(operation: string, input: Settings): Settings {
    const { UserPoolId: _, ...rest } = input;
    const name = String(input.ProviderName);
    const clientId = String(input.ClientId);
    switch (operation) {
      case "DescribeIdentityProvider":
        return { IdentityProvider: this.#provider(name) };
      case "CreateIdentityProvider":
        if (this.providers.has(name)) throw new Refusal("DuplicateProviderException", `${name} exists already.`);
        if (!/^[^_]{3,32}$/.test(name)) throw new Refusal("InvalidParameterException", "The name has another form.");
        this.providers.set(name, rest);
        return { IdentityProvider: rest };
      case "UpdateIdentityProvider": {
        const { ProviderType } = this.#provider(name);
        this.providers.set(name, { ...rest, ProviderType });
        return { IdentityProvider: this.#provider(name) };
      }
      case "DeleteIdentityProvider":
        this.#provider(name);
        this.providers.delete(name);
        return {};
      case "ListUserPoolClients": {
        // Two at a time, so that whoever lists has to go on.
        const all = [...this.clients.values()].map(({ ClientId, ClientName }) => ({ ClientId, ClientName }));
        const start = Number(input.NextToken ?? 0);
        const more = start + 2 < all.length ? { NextToken: String(start + 2) } : {};
        return { UserPoolClients: all.slice(start, start + 2), ...more };
      }
      case "CreateUserPoolClient": {
        const id = `client${this.#made++}`;
        return this.#keepClient(id, rest);
      }
      case "DescribeUserPoolClient":
        return { UserPoolClient: this.#client(clientId) };
      case "UpdateUserPoolClient":
        this.#client(clientId);
        return this.#keepClient(clientId, rest);
      case "DeleteUserPoolClient":
        this.#client(clientId);
        this.clients.delete(clientId);
        this.branded.delete(clientId);
        return {};
      case "CreateManagedLoginBranding":
        if (this.branded.has(clientId)) throw new Refusal("ManagedLoginBrandingExistsException", "It has one.");
        this.branded.add(clientId);
        return { ManagedLoginBranding: {} };
      case "DescribeManagedLoginBrandingByClient":
        if (!this.branded.has(clientId)) throw new Refusal("ResourceNotFoundException", "It has none.");
        return { ManagedLoginBranding: {} };
      default:
        throw new Refusal("UnknownOperationException", operation);
    }
  }

  #provider(name: string): Settings {
    return this.providers.get(name) ?? absent(`Identity provider ${name} does not exist.`);
  }

  #client(id: string): Settings {
    return this.clients.get(id) ?? absent(`User pool client ${id} does not exist.`);
  }

  #keepClient(id: string, { GenerateSecret: _, ...settings }: Settings): Settings {
    const unknown = (settings.SupportedIdentityProviders as string[]).find((name) => !this.providers.has(name));
    if (unknown !== undefined) {
      throw new Refusal("InvalidParameterException", `The provider ${unknown} does not exist for User Pool.`);
    }
    this.clients.set(id, { ...settings, ClientId: id });
    return { UserPoolClient: this.#client(id) };
  }
}

class Refusal extends Error {
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.type = type;
    this.status = status;
  }
}

function absent(message: string): never {
  throw new Refusal("ResourceNotFoundException", message);
}

function reply(response: ServerResponse, status: number, body: Settings): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
  response.end(JSON.stringify(body));
}
