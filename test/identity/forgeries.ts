/** Tokens that must not be believed: each forgery and oddity, how it is made, and why it is refused. */
import { createHmac, sign } from "node:crypto";
import type { RefusalReason } from "../../lib/identity/credential-refusal.ts";
import type { IssuerKey } from "./issuer.ts";
import { encode, publishKey, signTexts, signToken } from "./issuer.ts";

export interface Forge {
  /** The claims of a token that is good. */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly key: IssuerKey;
  /** A key that the issuer does not publish. */
  readonly foreign: IssuerKey;
  /** Seconds since 1970. */
  readonly now: number;
}

/** Why, and for a header's member or a claim also which. */
type Why = RefusalReason | `${RefusalReason}: ${string}`;
type Row = readonly [sentence: string, make: (forge: Forge) => string, why: Why];

const plain = (claims: Readonly<Record<string, unknown>>) => JSON.stringify(claims);
const good = ({ claims, key }: Forge) => signToken(claims, key);
const headerOf = (key: IssuerKey, more: object = {}) => JSON.stringify({ kid: key.kid, alg: "RS256", ...more });
const withClaim = (name: string, value: unknown) => (forge: Forge) =>
  signToken({ ...forge.claims, [name]: value }, forge.key);
const without = (name: string) => (forge: Forge) => signToken({ ...forge.claims, [name]: undefined }, forge.key);
const withText = (change: (text: string) => string) => (forge: Forge) =>
  signTexts(headerOf(forge.key), change(plain(forge.claims)), forge.key);
const withHeader = (more: object) => (forge: Forge) => signToken(forge.claims, forge.key, { ...more });
const pem = (key: IssuerKey) => key.publicKey.export({ type: "spki", format: "pem" }) as string;

function hmac(forge: Forge, secret: string, alg = "HS256"): string {
  const signed = `${encode(headerOf(forge.key, { alg }))}.${encode(plain(forge.claims))}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

function unsigned(forge: Forge, alg: string, signature: string): string {
  return `${encode(headerOf(forge.key, { alg }))}.${encode(plain(forge.claims))}.${signature}`;
}

/** The last character of the signature with one of its unused bits turned: base64url readers give the same bytes. */
function turnUnusedBit(token: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet.indexOf(token.at(-1) ?? "");
  return token.slice(0, -1) + alphabet[last ^ 1];
}

const replacePart = (token: string, index: number, change: (part: string) => string) =>
  token
    .split(".")
    .map((part, at) => (at === index ? change(part) : part))
    .join(".");

export const forgeries: readonly Row[] = [
  // Algorithms
  ["alg none without a signature", (f) => unsigned(f, "none", ""), "token.not_canonical"],
  ["alg none with some signature", (f) => unsigned(f, "none", "AAAA"), "token.bad_header: alg"],
  ["alg NONE in capitals", (f) => unsigned(f, "NONE", "AAAA"), "token.bad_header: alg"],
  ["HS256 with the public key as its secret", (f) => hmac(f, pem(f.key)), "token.bad_header: alg"],
  ["an HMAC of the public key that is called RS256", (f) => hmac(f, pem(f.key), "RS256"), "token.bad_signature"],
  ["HS256 with an empty secret", (f) => hmac(f, ""), "token.bad_header: alg"],
  ["RS512", withHeader({ alg: "RS512" }), "token.bad_header: alg"],
  ["PS256", withHeader({ alg: "PS256" }), "token.bad_header: alg"],
  ["no alg", withHeader({ alg: undefined }), "token.bad_header: alg"],
  ["alg as a list", withHeader({ alg: ["RS256"] }), "token.bad_header: alg"],

  // Keys
  [
    "a key of its own in jwk",
    (f) => signToken(f.claims, f.foreign, { jwk: publishKey(f.foreign), kid: f.key.kid }),
    "token.bad_header: jwk",
  ],
  ["a key set of its own in jku", withHeader({ jku: "https://evil.example/jwks.json" }), "token.bad_header: jku"],
  ["a certificate of its own in x5u", withHeader({ x5u: "https://evil.example/cert.pem" }), "token.bad_header: x5u"],
  ["a certificate of its own in x5c", withHeader({ x5c: ["MIIB"] }), "token.bad_header: x5c"],
  ["an unknown critical extension", withHeader({ crit: ["exp"] }), "token.bad_header: crit"],
  ["an unencoded payload (b64)", withHeader({ b64: false, crit: ["b64"] }), "token.bad_header: b64"],
  ["a header member nobody knows", withHeader({ x: 1 }), "token.bad_header: x"],
  ["no kid", withHeader({ kid: undefined }), "token.bad_header: kid"],
  ["kid as a number", withHeader({ kid: 1 }), "token.bad_header: kid"],
  ["an empty kid", withHeader({ kid: "" }), "token.bad_header: kid"],
  ["kid as a path", withHeader({ kid: "../../../../dev/null" }), "token.unknown_key"],
  ["kid as SQL", withHeader({ kid: "' UNION SELECT 'key" }), "token.unknown_key"],
  ["kid as a member of every object", withHeader({ kid: "__proto__" }), "token.unknown_key"],
  [
    "another key under the issuer's kid",
    (f) => signToken(f.claims, f.foreign, { kid: f.key.kid }),
    "token.bad_signature",
  ],
  ["a key that the issuer does not publish", (f) => signToken(f.claims, f.foreign), "token.unknown_key"],
  ["typ of something else", withHeader({ typ: "dpop+jwt" }), "token.bad_header: typ"],
  ["typ as a number", withHeader({ typ: 1 }), "token.bad_header: typ"],

  // Signatures and spelling
  ["no signature", (f) => replacePart(good(f), 2, () => ""), "token.not_canonical"],
  [
    "claims of another token",
    (f) => replacePart(good(f), 1, () => encode(plain({ ...f.claims, jti: "x" }))),
    "token.bad_signature",
  ],
  [
    "a changed signature",
    (f) => replacePart(good(f), 2, (part) => (part.startsWith("A") ? "B" : "A") + part.slice(1)),
    "token.bad_signature",
  ],
  [
    "a signature of the claims alone",
    (f) =>
      `${encode(headerOf(f.key))}.${encode(plain(f.claims))}.${sign("sha256", Buffer.from(plain(f.claims)), f.key.privateKey).toString("base64url")}`,
    "token.bad_signature",
  ],
  ["a changed unused bit", (f) => turnUnusedBit(good(f)), "token.not_canonical"],
  ["padding at its end", (f) => `${good(f)}==`, "token.not_canonical"],
  ["padding in the middle", (f) => replacePart(good(f), 0, (part) => `${part}=`), "token.not_canonical"],
  ["a space at its end", (f) => `${good(f)} `, "token.not_canonical"],
  ["a newline at its end", (f) => `${good(f)}\n`, "token.not_canonical"],
  [
    "a newline in the middle",
    (f) => replacePart(good(f), 1, (part) => `${part.slice(0, 9)}\n${part.slice(9)}`),
    "token.not_canonical",
  ],
  [
    "base64 in place of base64url",
    (f) => replacePart(good(f), 2, (part) => `${part.slice(0, -4)}+/+/`),
    "token.not_canonical",
  ],
  ["two parts", (f) => good(f).split(".").slice(0, 2).join("."), "token.not_canonical"],
  ["four parts", (f) => `${good(f)}.AAAA`, "token.not_canonical"],
  ["five parts, as if encrypted", (f) => `${good(f)}.AAAA.AAAA`, "token.not_canonical"],
  ["a text that is no token", () => "hello", "token.not_canonical"],
  ["only dots", () => "..", "token.not_canonical"],
  ["8,193 bytes of dots", () => ".".repeat(8_193), "token.too_large"],
  ["a token of 359 KB", (f) => signToken({ ...f.claims, more: "x".repeat(269_000) }, f.key), "token.too_large"],
  ["a good token just over 8 KB", (f) => signToken({ ...f.claims, more: "x".repeat(5_800) }, f.key), "token.too_large"],

  // JSON that readers could understand differently
  ["sub twice", withText((text) => text.replace("{", '{"sub":"somebody-else",')), "token.bad_json: a doubled name"],
  [
    "sub twice, once written with an escape",
    withText((text) => text.replace("{", '{"s\\u0075b":"somebody-else",')),
    "token.bad_json: a doubled name",
  ],
  [
    "a doubled name deep inside",
    withText((text) => text.replace("{", '{"x":[{"a":1,"a":2}],')),
    "token.bad_json: a doubled name",
  ],
  [
    "a doubled name hidden by a colon in a text",
    withText((text) => text.replace("{", '{"x":":","x":"::",')),
    "token.bad_json: a doubled name",
  ],
  [
    "alg twice",
    (f) => signTexts(`{"alg":"none","kid":${JSON.stringify(f.key.kid)},"alg":"RS256"}`, plain(f.claims), f.key),
    "token.bad_json: a doubled name",
  ],
  ["NUL in sub", withClaim("sub", "ann\0admin"), "token.bad_json: NUL"],
  ["NUL in a name", withClaim("x\0", 1), "token.bad_json: an unusable name"],
  ["NUL deep inside", withClaim("x", [{ y: ["\0"] }]), "token.bad_json: NUL"],
  [
    "__proto__",
    withText((text) => text.replace("{", '{"__proto__":{"admin":true},')),
    "token.bad_json: an unusable name",
  ],
  [
    "__proto__ deep inside",
    withText((text) => text.replace("{", '{"x":[{"__proto__":1}],')),
    "token.bad_json: an unusable name",
  ],
  ["constructor", withClaim("constructor", { prototype: 1 }), "token.bad_json: an unusable name"],
  ["prototype", withClaim("x", { prototype: 1 }), "token.bad_json: an unusable name"],
  ["claims that are a list", withText((text) => `[${text}]`), "token.bad_json"],
  ["claims that are null", withText(() => "null"), "token.bad_json"],
  ["claims that are a text", withText(() => '"sub"'), "token.bad_json"],
  ["claims that are not JSON", withText((text) => `${text}}`), "token.bad_json"],
  ["a byte order mark before the claims", withText((text) => `\ufeff${text}`), "token.bad_json"],
  ["a header that is not JSON", (f) => signTexts("RS256", plain(f.claims), f.key), "token.bad_json"],
  ["bytes that are not UTF-8", notUtf8, "token.bad_json"],

  // Who it is from and for
  [
    "another issuer",
    withClaim("iss", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_other"),
    "token.bad_claim: iss",
  ],
  ["the issuer with a slash", (f) => withClaim("iss", `${f.claims.iss}/`)(f), "token.bad_claim: iss"],
  ["the issuer in a list", (f) => withClaim("iss", [f.claims.iss])(f), "token.bad_claim: iss"],
  ["no issuer", without("iss"), "token.bad_claim: iss"],
  ["another client", withClaim("client_id", "someotherclient"), "token.bad_claim: client_id"],
  ["clients in a list", (f) => withClaim("client_id", [f.claims.client_id])(f), "token.bad_claim: client_id"],
  ["no client", without("client_id"), "token.bad_claim: client_id"],
  ["an audience that is not us", withClaim("aud", "https://other.example"), "token.bad_claim: aud"],
  ["an audience that is nobody", withClaim("aud", null), "token.bad_claim: aud"],
  [
    "an id token",
    (f) => signToken({ ...f.claims, token_use: "id", aud: f.claims.client_id, client_id: undefined }, f.key),
    "token.bad_claim: token_use",
  ],
  ["an id token with a client", withClaim("token_use", "id"), "token.bad_claim: token_use"],
  ["a refresh token", withClaim("token_use", "refresh"), "token.bad_claim: token_use"],
  ["no token_use", without("token_use"), "token.bad_claim: token_use"],
  ["token_use in a list", withClaim("token_use", ["access"]), "token.bad_claim: token_use"],
  ["the scope to edit oneself", withClaim("scope", "aws.cognito.signin.user.admin"), "token.bad_claim: scope"],
  [
    "the scope to edit oneself among others",
    withClaim("scope", "openid aws.cognito.signin.user.admin email"),
    "token.bad_claim: scope",
  ],
  ["scopes in a list", withClaim("scope", ["openid"]), "token.bad_claim: scope"],
  ["no sub", without("sub"), "token.bad_claim: sub"],
  ["an empty sub", withClaim("sub", ""), "token.bad_claim: sub"],
  ["sub as a number", withClaim("sub", 7), "token.bad_claim: sub"],

  // Times
  ["expired a second ago", (f) => withClaim("exp", f.now - 1)(f), "token.bad_claim: exp"],
  ["expiring now", (f) => withClaim("exp", f.now)(f), "token.bad_claim: exp"],
  ["no exp", without("exp"), "token.bad_claim: exp"],
  ["exp as a text", (f) => withClaim("exp", String(f.now + 60))(f), "token.bad_claim: exp"],
  ["exp with a fraction", (f) => withClaim("exp", f.now + 60.5)(f), "token.bad_claim: exp"],
  ["exp in 1e12", withClaim("exp", 1e12), "token.bad_claim: exp"],
  ["exp beyond all numbers", withText((text) => text.replace(/"exp":\d+/, '"exp":1e999')), "token.bad_claim: exp"],
  ["a life of a day and a second", (f) => withClaim("exp", f.now + 86_401)(f), "token.bad_claim: exp"],
  ["no iat", without("iat"), "token.bad_claim: iat"],
  ["iat as a text", (f) => withClaim("iat", String(f.now))(f), "token.bad_claim: iat"],
  ["iat in the future", (f) => withClaim("iat", f.now + 6)(f), "token.bad_claim: iat"],
  ["iat so early that the life is too long", withClaim("iat", 0), "token.bad_claim: exp"],
  ["not yet good", (f) => withClaim("nbf", f.now + 6)(f), "token.bad_claim: nbf"],
  ["nbf as a text", (f) => withClaim("nbf", String(f.now))(f), "token.bad_claim: nbf"],
  ["nbf as null", withClaim("nbf", null), "token.bad_claim: nbf"],

  // Whom it stands for
  ["no user id", without("bailiwick_user_id"), "token.bad_claim: bailiwick_user_id"],
  [
    "a user id in a list",
    (f) => withClaim("bailiwick_user_id", [f.claims.bailiwick_user_id])(f),
    "token.bad_claim: bailiwick_user_id",
  ],
  [
    "an organization's id as the user's",
    withClaim("bailiwick_user_id", "org_01jdexamp1e0000000000000ab"),
    "token.bad_claim: bailiwick_user_id",
  ],
  [
    "a user id with a key's separator",
    (f) => withClaim("bailiwick_user_id", `${f.claims.bailiwick_user_id}#USER`)(f),
    "token.bad_claim: bailiwick_user_id",
  ],
  [
    "a user id in capitals",
    (f) => withClaim("bailiwick_user_id", String(f.claims.bailiwick_user_id).toUpperCase())(f),
    "token.bad_claim: bailiwick_user_id",
  ],
  [
    "an organization without a provider",
    withClaim("bailiwick_org_id", "org_01jdexamp1e0000000000000ab"),
    "token.bad_claim: bailiwick_idp_id",
  ],
  [
    "a provider without an organization",
    withClaim("bailiwick_idp_id", "idp_01jdexamp1e0000000000000ab"),
    "token.bad_claim: bailiwick_org_id",
  ],
  [
    "an organization that is none",
    (f) =>
      signToken({ ...f.claims, bailiwick_org_id: "org_1", bailiwick_idp_id: "idp_01jdexamp1e0000000000000ab" }, f.key),
    "token.bad_claim: bailiwick_org_id",
  ],
  [
    "a provider that is none",
    (f) => signToken({ ...f.claims, bailiwick_org_id: "org_01jdexamp1e0000000000000ab", bailiwick_idp_id: "*" }, f.key),
    "token.bad_claim: bailiwick_idp_id",
  ],

  ["an API key", () => "bwk_01jdexamp1e0000000000000ab_secret", "token.not_canonical"],
];

function notUtf8({ claims, key }: Forge): string {
  const bytes = Buffer.concat([
    Buffer.from('{"x":"'),
    Buffer.from([0xc3, 0x28]),
    Buffer.from(`",${plain(claims).slice(1)}`),
  ]);
  const signed = `${encode(headerOf(key))}.${encode(bytes)}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), key.privateKey).toString("base64url")}`;
}
