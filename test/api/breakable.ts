/** A client of a process that dies at a chosen call to the engine, or to another service: before the call arrives, or before its answer does. */
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

export type Moment = "before" | "after";

export class Breakage {
  #left = Number.POSITIVE_INFINITY;
  #moment: Moment = "before";
  #isDead = false;

  /** Lets so many calls pass and dies at the next one. */
  arm(passing: number, moment: Moment): void {
    this.#left = passing;
    this.#moment = moment;
    this.#isDead = false;
  }

  /** A new process, which lives on. @returns whether the one before it had died */
  mend(): boolean {
    const wasDead = this.#isDead;
    this.#left = Number.POSITIVE_INFINITY;
    this.#isDead = false;
    return wasDead;
  }

  wrap(client: DynamoDBDocumentClient): DynamoDBDocumentClient {
    return this.wrapMethods(client, ["send"]);
  }

  /** Counts calls of these methods, whichever object they are of. */
  wrapMethods<T extends object>(service: T, names: readonly (keyof T & string)[]): T {
    const breakable = (name: string | symbol) => {
      const method = Reflect.get(service, name) as (...args: unknown[]) => Promise<unknown>;
      const call = method.bind(service);
      return async (...args: unknown[]) => {
        const isLast = !this.#isDead && this.#left-- <= 0;
        if (isLast) this.#isDead = true;
        if (isLast && this.#moment === "after") await call(...args);
        if (this.#isDead) throw new Error("the process is dead");
        return call(...args);
      };
    };
    const isWrapped = (name: string | symbol) => (names as readonly (string | symbol)[]).includes(name);
    return new Proxy(service, {
      get: (target, name) => (isWrapped(name) ? breakable(name) : Reflect.get(target, name)),
    });
  }
}
