/** What the check at AWS has to be told: where the deployment stands, and who may change its organization. */

export interface Settings {
  readonly api: string;
  /** Of managed login. */
  readonly login: string;
  readonly userPoolId: string;
  readonly region: string;
  readonly orgId: string;
  /** Of an Organization Manager. */
  readonly token: string;
}

export class NotPrepared extends Error {}

const NAMES = ["BAILIWICK_API", "BAILIWICK_LOGIN", "BAILIWICK_USER_POOL", "BAILIWICK_ORG", "BAILIWICK_TOKEN"] as const;
/** Ways in which AWS's SDK is given credentials by the environment. */
const CREDENTIALS = ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"];

/** @throws NotPrepared naming all that is missing */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const missing: string[] = NAMES.filter((name) => !environment[name]);
  if (!CREDENTIALS.some((name) => environment[name])) missing.unshift(`AWS credentials (${CREDENTIALS.join(" or ")})`);
  if (missing.length > 0) {
    throw new NotPrepared(
      `verify:aws signs in at a real user pool and is not started without ${missing.join(", ")}; see docs/local-sign-in.md.`,
    );
  }
  const of = (name: (typeof NAMES)[number]) => (environment[name] ?? "").replace(/\/$/, "");
  const userPoolId = of("BAILIWICK_USER_POOL");
  return {
    api: of("BAILIWICK_API"),
    login: of("BAILIWICK_LOGIN"),
    userPoolId,
    region: userPoolId.replace(/_.*$/, ""),
    orgId: of("BAILIWICK_ORG"),
    token: of("BAILIWICK_TOKEN"),
  };
}
