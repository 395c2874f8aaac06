/** What was found out, and what could not be. */

export class Report {
  #same = 0;
  #different = 0;
  #byHand = 0;

  /** @param here what the local sign-in does @param there what the deployment did */
  compare(what: string, here: unknown, there: unknown): void {
    const [left, right] = [here, there].map((value) => JSON.stringify(value) ?? "nothing");
    if (left === right) {
      this.#same++;
      console.log(`same     ${what}`);
      return;
    }
    this.#different++;
    console.log(`DIFFERS  ${what}\n         on one machine: ${left}\n         at AWS:         ${right}`);
  }

  /** What no script can look at: how somebody does. */
  leave(what: string, how: string): void {
    this.#byHand++;
    console.log(`BY HAND  ${what}\n         ${how}`);
  }

  /** @returns whether nothing differs */
  close(): boolean {
    console.log(`${this.#same} the same, ${this.#different} different, ${this.#byHand} to be looked at by hand`);
    return this.#different === 0;
  }
}
