/**
 * The profiles of the local user pool: of people with an address, who become one by signing in, and of those whom an identity
 * provider brings, each under the provider's name and its subject. A profile keeps its id ever after.
 */
import { randomUUID } from "node:crypto";
import type { DataFolder } from "./data-folder.ts";

const FILE = "pool.jsonl";

/** Who an identity provider says somebody is. */
export interface ProviderIdentity {
  readonly providerName: string;
  readonly providerType: "SAML" | "OIDC";
  /** What the provider calls the person, as it wrote it. */
  readonly userId: string;
  readonly issuer: string;
  /** Milliseconds since 1970. */
  readonly dateCreated: number;
}

export interface PoolPerson {
  /** The pool's id of the person. */
  readonly sub: string;
  /** The same for people with an address, as in every pool whose people sign in with one. */
  readonly username: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly identity?: ProviderIdentity;
}

export class PoolPeople {
  readonly #folder: DataFolder;
  readonly #byAddress = new Map<string, PoolPerson>();
  readonly #byName = new Map<string, PoolPerson>();

  constructor(folder: DataFolder) {
    this.#folder = folder;
    for (const line of (folder.read(FILE) ?? "").split("\n")) if (line !== "") this.#take(readPerson(JSON.parse(line)));
  }

  /** The person of that address, whose case does not matter; a new one for an address not seen before. */
  personOf(address: string): PoolPerson {
    const email = address.toLowerCase();
    const sub = randomUUID();
    return this.#byAddress.get(email) ?? this.#keep({ sub, username: sub, attributes: verified(email) });
  }

  named(username: string): PoolPerson | undefined {
    return this.#byName.get(username);
  }

  /** @param attributes what the sign-in says; what it does not name stays as it was, as Cognito leaves it */
  federated(identity: Omit<ProviderIdentity, "dateCreated">, attributes: Readonly<Record<string, string>>): PoolPerson {
    const username = usernameOf(identity.providerName, identity.userId);
    const known = this.#byName.get(username);
    if (known === undefined) {
      // Cognito takes no provider's word for an address, unless email_verified is mapped.
      const own = { email_verified: "false", ...attributes };
      const dateCreated = Date.now();
      return this.#keep({ sub: randomUUID(), username, attributes: own, identity: { ...identity, dateCreated } });
    }
    const merged = { ...known.attributes, ...attributes };
    const isSame = Object.entries(merged).every(([name, value]) => known.attributes[name] === value);
    return isSame ? known : this.#keep({ ...known, attributes: merged });
  }

  #keep(person: PoolPerson): PoolPerson {
    this.#folder.append(FILE, `${JSON.stringify(person)}\n`);
    return this.#take(person);
  }

  /** The last line of a person is what holds. */
  #take(person: PoolPerson): PoolPerson {
    this.#byName.set(person.username, person);
    if (person.identity === undefined) this.#byAddress.set(person.attributes.email ?? "", person);
    return person;
  }
}

/** The pool does not tell cases apart, so all names in it are lower-case. */
export function usernameOf(providerName: string, subject: string): string {
  return `${providerName}_${subject}`.toLowerCase();
}

function verified(email: string): Record<string, string> {
  return { email_verified: "true", email };
}

/** Folders made before there were identity providers hold `{sub, email}`. */
function readPerson(kept: PoolPerson | { readonly sub: string; readonly email: string }): PoolPerson {
  return "email" in kept ? { sub: kept.sub, username: kept.sub, attributes: verified(kept.email) } : kept;
}
