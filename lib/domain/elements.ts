/** One element of an attribute, read as whatever it is asked as, once. */
import { fold } from "./character-sets.ts";
import type { Address } from "./networks.ts";
import { parseAddress } from "./networks.ts";

export class Element {
  readonly text: string;
  #folded: string | undefined;
  #number: { readonly is: number | undefined } | undefined;
  #address: { readonly is: Address | undefined } | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get folded(): string {
    this.#folded ??= fold(this.text);
    return this.#folded;
  }

  get number(): number | undefined {
    this.#number ??= { is: readNumber(this.text) };
    return this.#number.is;
  }

  get address(): Address | undefined {
    this.#address ??= { is: parseAddress(this.text) };
    return this.#address.is;
  }
}

export function readNumber(written: string): number | undefined {
  return /^-?\d{1,100}(\.\d{1,100})?([eE][+-]?\d{1,3})?$/.test(written) ? Number(written) : undefined;
}
