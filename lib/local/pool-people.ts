/** The people of the local user pool: whoever signs in with an address becomes one, and stays the same one ever after. */
import { randomUUID } from "node:crypto";
import type { DataFolder } from "./data-folder.ts";

const FILE = "pool.jsonl";

export interface PoolPerson {
  /** The pool's id of the person, also the user name, as in every pool whose people sign in with an e-mail address. */
  readonly sub: string;
  readonly email: string;
}

export class PoolPeople {
  readonly #folder: DataFolder;
  readonly #people = new Map<string, PoolPerson>();

  constructor(folder: DataFolder) {
    this.#folder = folder;
    for (const line of (folder.read(FILE) ?? "").split("\n")) {
      if (line === "") continue;
      const person: PoolPerson = JSON.parse(line);
      this.#people.set(person.email, person);
    }
  }

  /** The person of that address, whose case does not matter; a new one for an address not seen before. */
  personOf(address: string): PoolPerson {
    const email = address.toLowerCase();
    const known = this.#people.get(email);
    if (known !== undefined) return known;
    const person = { sub: randomUUID(), email };
    this.#folder.append(FILE, `${JSON.stringify(person)}\n`);
    this.#people.set(email, person);
    return person;
  }
}
