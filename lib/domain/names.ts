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
  return fold(name).trim();
}

/** Whether a name begins with a text, whatever the case of either. A space at the text's end is a part of it. */
export function hasNamePrefix(name: string, prefix: string): boolean {
  return toOneSigma(fold(name.trim())).startsWith(toOneSigma(fold(prefix)));
}

function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase().toUpperCase().toLowerCase().normalize("NFKC");
}

/** A prefix may end where the name goes on: the small sigma at its end is then another one. */
function toOneSigma(folded: string): string {
  return folded.replaceAll("ς", "σ");
}
