/**
 * The settings of a client of the user pool. Each reading starts from Cognito's defaults, so an update sets back whatever it does
 * not name, as Cognito's reference of UpdateUserPoolClient warns.
 */
import { refuse } from "./pool-refusal.ts";
import type { PoolRequest } from "./pool-request.ts";
import { demandText, readFlag, readNumber, readText, readTextMap, readTexts } from "./pool-request.ts";

export interface ClientSettings {
  readonly ClientName: string;
  readonly SupportedIdentityProviders: readonly string[];
  readonly CallbackURLs: readonly string[];
  readonly LogoutURLs: readonly string[];
  readonly DefaultRedirectURI?: string;
  readonly AllowedOAuthFlows: readonly string[];
  readonly AllowedOAuthFlowsUserPoolClient: boolean;
  readonly AllowedOAuthScopes: readonly string[];
  readonly ExplicitAuthFlows: readonly string[];
  readonly EnableTokenRevocation: boolean;
  readonly PreventUserExistenceErrors: string;
  readonly AccessTokenValidity: number;
  readonly IdTokenValidity: number;
  readonly RefreshTokenValidity: number;
  readonly TokenValidityUnits: Readonly<Record<string, string>>;
  readonly ReadAttributes?: readonly string[];
  readonly WriteAttributes?: readonly string[];
}

type TokenKind = "AccessToken" | "IdToken" | "RefreshToken";

const unitSeconds = new Map([
  ["seconds", 1],
  ["minutes", 60],
  ["hours", 3_600],
  ["days", 86_400],
]);
const usual = {
  AccessToken: { amount: 60, unit: "minutes", range: [300, 86_400] },
  IdToken: { amount: 60, unit: "minutes", range: [300, 86_400] },
  RefreshToken: { amount: 30, unit: "days", range: [3_600, 315_360_000] },
} as const;
const MOST_URLS = 100;
/** No resource server stands beside the pool, so there are no scopes of one's own. */
const scopes = new Set(["phone", "email", "openid", "profile", "aws.cognito.signin.user.admin"]);
const flows = new Set(["code", "implicit", "client_credentials"]);

/** @param hasProvider whether the pool has a provider of that name */
export function readClientSettings(
  request: PoolRequest,
  hasProvider: (name: string) => boolean,
  knownName?: string,
): ClientSettings {
  const texts = (name: string) => readTexts(request, name);
  const providers = texts("SupportedIdentityProviders") ?? ["COGNITO"];
  const missing = providers.find((name) => name !== "COGNITO" && !hasProvider(name));
  if (missing !== undefined) {
    refuse("InvalidParameterException", `The provider ${missing} does not exist for the user pool.`);
  }
  const CallbackURLs = readUrls(request, "CallbackURLs");
  const DefaultRedirectURI = readText(request, "DefaultRedirectURI");
  if (DefaultRedirectURI !== undefined && !CallbackURLs.includes(DefaultRedirectURI)) {
    refuse("InvalidParameterException", "DefaultRedirectURI must be one of the CallbackURLs.");
  }
  return {
    ClientName:
      knownName !== undefined && request.ClientName === undefined
        ? knownName
        : demandText(request, "ClientName", { least: 1, most: 128, pattern: /^[\w\s+=,.@-]+$/ }),
    SupportedIdentityProviders: providers,
    CallbackURLs,
    LogoutURLs: readUrls(request, "LogoutURLs"),
    ...(DefaultRedirectURI === undefined ? {} : { DefaultRedirectURI }),
    ...readOAuth(request, CallbackURLs),
    ExplicitAuthFlows: texts("ExplicitAuthFlows") ?? [
      "ALLOW_REFRESH_TOKEN_AUTH",
      "ALLOW_USER_SRP_AUTH",
      "ALLOW_CUSTOM_AUTH",
    ],
    EnableTokenRevocation: readFlag(request, "EnableTokenRevocation") ?? true,
    PreventUserExistenceErrors: readText(request, "PreventUserExistenceErrors") ?? "LEGACY",
    ...readValidities(request),
    ...withList("ReadAttributes", texts("ReadAttributes")),
    ...withList("WriteAttributes", texts("WriteAttributes")),
  };
}

/** How long a token of that kind is good, in seconds. */
export function validityOf(settings: ClientSettings, kind: TokenKind): number {
  return settings[`${kind}Validity`] * (unitSeconds.get(settings.TokenValidityUnits[kind] ?? "") ?? 1);
}

function readOAuth(request: PoolRequest, callbacks: readonly string[]) {
  const AllowedOAuthFlows = readTexts(request, "AllowedOAuthFlows") ?? [];
  const AllowedOAuthScopes = readTexts(request, "AllowedOAuthScopes") ?? [];
  const AllowedOAuthFlowsUserPoolClient = readFlag(request, "AllowedOAuthFlowsUserPoolClient") ?? false;
  const badFlow = AllowedOAuthFlows.find((flow) => !flows.has(flow));
  if (badFlow !== undefined) refuse("InvalidParameterException", `There is no OAuth flow ${badFlow}.`);
  if (AllowedOAuthFlows.includes("client_credentials") && AllowedOAuthFlows.length > 1) {
    refuse("InvalidOAuthFlowException", "client_credentials must be the only flow of a client.");
  }
  const badScope = AllowedOAuthScopes.find((scope) => !scopes.has(scope));
  if (badScope !== undefined) refuse("ScopeDoesNotExistException", `The scope ${badScope} does not exist.`);
  const isOn = AllowedOAuthFlows.length > 0 || AllowedOAuthScopes.length > 0;
  if (isOn && !AllowedOAuthFlowsUserPoolClient) {
    refuse("InvalidParameterException", "AllowedOAuthFlowsUserPoolClient must be true for OAuth flows and scopes.");
  }
  if (AllowedOAuthFlows.length > 0 && AllowedOAuthScopes.length === 0) {
    refuse("InvalidParameterException", "AllowedOAuthScopes must not be empty where there is a flow.");
  }
  if (AllowedOAuthFlows.includes("code") && callbacks.length === 0) {
    refuse("InvalidParameterException", "CallbackURLs must not be empty for the flow code.");
  }
  return { AllowedOAuthFlows, AllowedOAuthScopes, AllowedOAuthFlowsUserPoolClient };
}

/** Absolute, without a fragment, over https; over http only to this machine; or an application's own scheme. */
function readUrls(request: PoolRequest, name: string): readonly string[] {
  const urls = readTexts(request, name) ?? [];
  if (urls.length > MOST_URLS) refuse("InvalidParameterException", `${name} must not have more than ${MOST_URLS}.`);
  for (const url of urls) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    const isLocal = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(parsed?.hostname ?? "");
    if (parsed === undefined || url.includes("#") || (parsed.protocol === "http:" && !isLocal)) {
      refuse("InvalidParameterException", `${url} cannot be one of the ${name}.`);
    }
  }
  return urls;
}

function readValidities(request: PoolRequest) {
  const units = readTextMap(request, "TokenValidityUnits") ?? {};
  const read = (kind: TokenKind) => {
    const given = readNumber(request, `${kind}Validity`) ?? 0;
    const { amount, unit, range } = usual[kind];
    // Cognito's default unit is hours for a given number, days for the refresh token; 0 means the default.
    const named = units[kind] ?? (kind === "RefreshToken" ? "days" : "hours");
    const [value, its] = given === 0 ? [amount, unit] : [given, named];
    const seconds = value * (unitSeconds.get(its) ?? Number.NaN);
    if (!(seconds >= range[0] && seconds <= range[1])) {
      refuse("InvalidParameterException", `Invalid range for token validity: ${kind}Validity.`);
    }
    return [value, its] as const;
  };
  const [access, id, refresh] = [read("AccessToken"), read("IdToken"), read("RefreshToken")];
  return {
    AccessTokenValidity: access[0],
    IdTokenValidity: id[0],
    RefreshTokenValidity: refresh[0],
    TokenValidityUnits: { AccessToken: access[1], IdToken: id[1], RefreshToken: refresh[1] },
  };
}

function withList<N extends string>(name: N, value: readonly string[] | undefined) {
  return (value === undefined ? {} : { [name]: value }) as { readonly [key in N]?: readonly string[] };
}
