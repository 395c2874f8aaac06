/**
 * `npm run verify:aws` signs fixture people in at a deployed user pool, as a browser and as their SAML provider, and prints where
 * the pool does otherwise than the local sign-in. What the trigger was given is told by which rules match. It makes a workspace and
 * a provider in the organization that it is told, and takes away what it made, also when it fails.
 */
import { randomBytes } from "node:crypto";
import {
  AdminDeleteUserCommand,
  CognitoIdentityProviderClient,
  ListUsersCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { Deployment } from "./deployment.ts";
import { Removals } from "./removals.ts";
import { Report } from "./report.ts";
import { NotPrepared, readSettings, type Settings } from "./settings.ts";
import { askForTokens, describeEnd, redeem, type Tokens, visit } from "./sign-in.ts";
import { makeStage, type Stage } from "./stage.ts";
import { candidatesOf, stringForms } from "./string-forms.ts";

/** The least that a rule can give. */
const ROLE = "rol_interact-only";

try {
  process.exitCode = (await verify(readSettings(process.env))) ? 0 : 1;
} catch (error) {
  console.error(error instanceof NotPrepared ? error.message : error);
  process.exitCode = 1;
}

async function verify(settings: Settings): Promise<boolean> {
  const removals = new Removals();
  process.once("SIGINT", () => void removals.run().finally(() => process.exit(1)));
  const report = new Report();
  let isClean = false;
  try {
    await compareAll(settings, report, removals);
  } finally {
    isClean = await removals.run();
  }
  sayWhatIsLeft(report, settings);
  return report.close() && isClean;
}

async function compareAll(settings: Settings, report: Report, removals: Removals): Promise<void> {
  const deployment = new Deployment(settings);
  const pool = new CognitoIdentityProviderClient({ region: settings.region });
  const stage = await makeStage(settings, deployment, pool, removals);
  const { providerId, workspaceId, providerName } = stage;
  // Letters of both cases: the pool is told to tell none apart, and folds some of what it keeps.
  const email = `Verify-${randomBytes(6).toString("hex")}@Acme.example`;
  const claims = Object.fromEntries(stringForms.map(({ claim, values }) => [claim, values]));
  const username = `${providerName}_${email.toLowerCase()}`;
  removals.add(`profile ${username}`, () => removeProfile(pool, settings, username));

  const refused = await visit(settings, stage, { email, claims });
  const { name } = await deployment.call("GET", "");
  const reason = `Nothing that your identity provider says of you gives you a role in ${name}. Ask its administrators.`;
  report.compare("what a refused sign-in comes back with", `invalid_request: ${reason}`, describeEnd(refused.callback));
  report.compare("profiles left by a refused sign-in", [], await listProfiles(pool, settings, email));

  await deployment.call("POST", `/workspaces/${workspaceId}/claim-rules`, {
    name: "whoever comes through this provider",
    when: { all: [{ attribute: "email", operator: "exists", values: [] }] },
    roleId: ROLE,
    identityProviderIds: [providerId],
  });
  const admitted = await visit(settings, stage, { email, claims });
  const tokens = await redeem(settings, stage, admitted);
  if (typeof tokens === "string") throw new Error(`Nobody was let in: ${tokens}`);
  const userId = String(tokens.access.bailiwick_user_id);
  removals.add(`user ${userId}`, () => deployment.call("DELETE", `/users/${userId}`));

  await compareForms(deployment, stage, userId, report);
  compareTokens(tokens, stage, settings, email, report);
  const renewed = await askForTokens(settings, stage, {
    grant_type: "refresh_token",
    refresh_token: tokens.refreshToken,
  });
  report.compare(
    "what a refresh answers",
    ["access_token", "expires_in", "id_token", "token_type"],
    Object.keys(renewed).sort(),
  );
  report.compare("a code that comes again", "invalid_grant", await redeem(settings, stage, admitted));
  const { browser, posted } = admitted;
  const end = await browser.visit(stage.saml.acsUrl, stage.redirectUri, posted);
  const isLetIn = typeof end !== "string" && end.searchParams.has("code");
  report.compare("whether a SAML response that comes again lets somebody in", false, isLetIn);
  await compareSecondSignIn(settings, deployment, stage, { email, userId }, report);
}

/** The first item: what becomes of a SAML attribute's values on the way to the inbound trigger. */
async function compareForms(deployment: Deployment, stage: Stage, userId: string, report: Report): Promise<void> {
  const asked = stringForms.flatMap((form) => candidatesOf(form).map((text) => ({ attribute: form.attribute, text })));
  const matched = await simulate(deployment, stage, userId, asked);
  for (const { attribute, values, seen } of stringForms) {
    const there = asked.filter((one, index) => one.attribute === attribute && matched[index]).map(({ text }) => text);
    report.compare(
      `what rules see of the attribute "${attribute}", said as ${JSON.stringify(values)}`,
      [...(seen ?? values)].sort(),
      there.sort(),
    );
  }
}

/** Which texts rules see in the last sign-in. An empty text stands for any. */
async function simulate(
  deployment: Deployment,
  { workspaceId, providerId }: Stage,
  userId: string,
  asked: readonly { readonly attribute: string; readonly text: string }[],
): Promise<boolean[]> {
  const rules = asked.map(({ attribute, text }, index) => ({
    name: `candidate ${index}`,
    when: {
      all: [
        { attribute, ...(text === "" ? { operator: "exists", values: [] } : { operator: "equals", values: [text] }) },
      ],
    },
    roleId: ROLE,
  }));
  const body = { identityProviderId: providerId, userId, rules };
  const answer = await deployment.call("POST", `/workspaces/${workspaceId}/claim-rules/simulate`, body);
  const found = new Map<string, boolean>(
    answer.rules.map(({ name, matched }: { name: string; matched: boolean }) => [name, matched]),
  );
  return rules.map(({ name }) => found.get(name) ?? false);
}

/** Where the subject stands, in which letters, and what the pre-token trigger has made of it. */
function compareTokens({ access, id }: Tokens, stage: Stage, settings: Settings, email: string, report: Report): void {
  const username = `${stage.providerName}_${email.toLowerCase()}`;
  report.compare("username in the access token", username, access.username);
  report.compare("cognito:username in the id token", username, id["cognito:username"]);
  const [identity] = (Array.isArray(id.identities) ? id.identities : []) as { userId?: string }[];
  report.compare("userId in the id token's identities", email, identity?.userId);
  report.compare("e-mail in the id token", email, id.email);
  report.compare("organization in the access token", settings.orgId, access.bailiwick_org_id);
  report.compare("provider in the access token", stage.providerId, access.bailiwick_idp_id);
  report.compare(
    "groups in the access token",
    [`${settings.userPoolId}_${stage.providerName}`],
    access["cognito:groups"],
  );
}

async function compareSecondSignIn(
  settings: Settings,
  deployment: Deployment,
  stage: Stage,
  { email, userId }: { readonly email: string; readonly userId: string },
  report: Report,
): Promise<void> {
  const tokens = await redeem(settings, stage, await visit(settings, stage, { email, claims: {} }));
  if (typeof tokens === "string") throw new Error(`Nobody was let in a second time: ${tokens}`);
  report.compare("whose the second sign-in is", userId, tokens.access.bailiwick_user_id);
  const asked = stringForms.map(({ attribute }) => ({ attribute, text: "" }));
  const matched = await simulate(deployment, stage, userId, asked);
  const kept = asked.filter((_, index) => matched[index]).map(({ attribute }) => attribute);
  report.compare("attributes that stay although the second sign-in does not say them", [], kept);
}

async function listProfiles(pool: CognitoIdentityProviderClient, settings: Settings, email: string): Promise<string[]> {
  const Filter = `email = "${email}"`;
  const { Users } = await pool.send(new ListUsersCommand({ UserPoolId: settings.userPoolId, Filter }));
  return (Users ?? []).map(({ Username = "" }) => Username);
}

async function removeProfile(pool: CognitoIdentityProviderClient, { userPoolId }: Settings, username: string) {
  await pool.send(new AdminDeleteUserCommand({ UserPoolId: userPoolId, Username: username })).catch((error: Error) => {
    if (error.name !== "UserNotFoundException") throw error;
  });
}

function sayWhatIsLeft(report: Report, { userPoolId }: Settings): void {
  report.leave(
    "the texts of nested and of numeric OpenID Connect claims: the pool cannot reach a provider on this machine",
    "connect a provider of yours, sign in, and ask POST O/claim-rules/simulate with that user's id",
  );
  report.leave(
    "how often the pool calls a trigger that gives no answer: the deployed one answers",
    `in a pool of your own, point LambdaConfig.InboundFederation at a function that sleeps for 6 seconds, sign in, and count: ` +
      "aws logs filter-log-events --log-group-name /aws/lambda/<function> --filter-pattern START",
  );
  report.leave(
    "what managed login shows to somebody whom a trigger refuses, where the client is not told",
    `open the login address of the pool ${userPoolId} in a browser, and sign in as somebody for whom no rule is`,
  );
}
