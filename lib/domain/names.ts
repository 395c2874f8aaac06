/** Names that people give: shown as typed, compared after folding. */

/** Control characters, line and paragraph separators, and lone surrogates: they break logs, lists and UTF-8. */
const FORBIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

export function hasForbiddenCharacters(text: string): boolean {
  return FORBIDDEN.test(text);
}

/**
 * Two names are the same name when they fold to the same text: NFKC, case, trimming. Lower case alone is not case folding: the
 * way over upper case makes `Straße` and `STRASSE` one, and the two small sigmas.
 */
export function foldName(name: string): string {
  return name.normalize("NFKC").toLowerCase().toUpperCase().toLowerCase().normalize("NFKC").trim();
}
