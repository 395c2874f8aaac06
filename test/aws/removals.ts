/** What is to be taken away in the end, the last thing first. One that fails keeps none of the others, and is told. */

export class Removals {
  readonly #all: { readonly what: string; readonly remove: () => Promise<unknown> }[] = [];

  add(what: string, remove: () => Promise<unknown>): void {
    this.#all.push({ what, remove });
  }

  /** @returns whether all of it is gone */
  async run(): Promise<boolean> {
    let isClean = true;
    for (let next = this.#all.pop(); next !== undefined; next = this.#all.pop()) {
      try {
        await next.remove();
      } catch (error) {
        isClean = false;
        console.error(`NOT REMOVED: ${next.what}: ${error instanceof Error ? error.message : error}`);
      }
    }
    return isClean;
  }
}
