/**
 * What the credential of an API key looks like, so that one which is sent where none belongs is known, and is neither kept nor told:
 * in a name, as a user agent, in a path.
 */

/** `bwk_<keyId>_<secret><checksum>`, as a regular expression; searchers for secrets are told this. */
export const KEY_FORM = "bwk_(key_[0-7][0-9a-hjkmnp-tv-z]{25})_[0-9A-Za-z]{36}";

/** Also one that was cut: what is left may be the whole secret, and the checksum anybody can make. */
const ANYWHERE = new RegExp(KEY_FORM.replace("{36}", "+"), "g");

/** Whether there is a credential in a text, good or not, or a part of its secret. */
export function holdsCredential(text: string): boolean {
  return text.search(ANYWHERE) !== -1;
}

/** The text with every credential's secret left out; which key it is of stays. */
export function hideCredentials(text: string): string {
  return text.replace(ANYWHERE, "bwk_$1_...");
}
