/**
 * The example tenant lets browsers come back to the sign-in's own start page, at its usual port. Where the sign-in has another port,
 * that address is put in the place of the usual one, in every list of callbacks that the template writes.
 */

const USUAL = "http://127.0.0.1:4001/";

export function placeStartPage(callbacks: readonly string[], login: string): string[] {
  return callbacks.map((address) => (address === USUAL ? `${login}/` : address));
}
