/**
 * Identifiers: random, prefixed, sortable by the time they were made, never reused.
 *
 * Shape: `<prefix>_<26 characters>`, a ULID in lower case (48 bits of milliseconds, then 80 random bits, Crockford base 32).
 * Predefined roles carry one fixed id in every place (`rol_owner`). Time and random bytes are arguments: this file has no clock.
 */

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type OrgId = Branded<"org">;
export type WorkspaceId = Branded<"wks">;
export type RoleId = Branded<"rol">;
export type UserId = Branded<"usr">;
export type ProviderId = Branded<"idp">;
export type RuleId = Branded<"rul">;
export type EntryId = Branded<"aud">;
export type ShareId = Branded<"shr">;
export type KeyId = Branded<"key">;
export type ExportId = Branded<"exp">;
/** A resource's incarnation, and its id where the caller chooses none. */
export type MadeResourceId = Branded<"res">;

interface IdOf {
  org: OrgId;
  wks: WorkspaceId;
  rol: RoleId;
  usr: UserId;
  idp: ProviderId;
  rul: RuleId;
  aud: EntryId;
  shr: ShareId;
  key: KeyId;
  exp: ExportId;
  res: MadeResourceId;
}
export type IdPrefix = keyof IdOf;

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const MADE = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;
const FIXED_ROLE = /^rol_[a-z]+(-[a-z]+)*$/;

/** The number of random bytes that one id takes. */
export const ID_RANDOM_BYTES = 10;

/**
 * Makes an id.
 * @param now milliseconds since 1970
 * @param random exactly {@link ID_RANDOM_BYTES} random bytes
 */
export function makeId<P extends IdPrefix>(prefix: P, now: number, random: Uint8Array): IdOf[P] {
  if (random.length !== ID_RANDOM_BYTES) throw new RangeError(`an id takes ${ID_RANDOM_BYTES} random bytes`);
  let bits = BigInt(now);
  for (const byte of random) bits = (bits << 8n) | BigInt(byte);
  let text = "";
  for (let place = 0; place < 26; place++) {
    text = ALPHABET[Number(bits & 31n)] + text;
    bits >>= 5n;
  }
  return `${prefix}_${text}` as IdOf[P];
}

/** Whether a text from outside has the shape of such an id; says nothing about whether the thing exists. */
export function isId<P extends IdPrefix>(prefix: P, text: string): text is IdOf[P] {
  if (prefix === "rol" && text.length <= 64 && FIXED_ROLE.test(text)) return true;
  return text.startsWith(`${prefix}_`) && MADE.test(text.slice(prefix.length + 1));
}
