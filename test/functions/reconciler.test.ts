/** The function that compares the user pool with what is stored, as a cold start loads it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { openUserPool } from "../../lib/pool/user-pool.ts";
import type { Acme } from "../api/acme.ts";
import { done, makeAcme } from "../api/acme.ts";
import { openTestStore } from "../engine.ts";
import { TestCognito, USER_POOL_ID } from "../pool/cognito.ts";
import { samlMetadata } from "../pool/saml-metadata.ts";
import { catchLog, linesOf, loadClockFunction, type Run } from "./clock-function.ts";

const callbackUrls = ["https://console.acme.example/"];
const cognito = new TestCognito();
let logged: string[];
let run: Run;
let acme: Acme;
let id: string;

beforeAll(async () => {
  logged = catchLog();
  await cognito.open();
  const opened = await openTestStore();
  const surroundings = {
    AWS_ENDPOINT_URL_DYNAMODB: opened.endpoint,
    POWERTOOLS_SERVICE_NAME: "reconciler",
    LOG_LEVEL: "INFO",
    TABLE_NAME: opened.tableName,
    USER_POOL_ID,
    CALLBACK_URLS: JSON.stringify(callbackUrls),
    METADATA_ADDRESSES: "public",
    DECLARED_PROVIDERS: "[]",
  };
  for (const [name, value] of Object.entries(surroundings)) vi.stubEnv(name, value);
  run = await loadReconciler();
  const pool = openUserPool({ userPoolId: USER_POOL_ID, callbackUrls, metadataAddresses: "public" });
  acme = await makeAcme(opened, undefined, pool);
  const body = { name: "Okta", protocol: "saml", saml: { metadataXml: samlMetadata() } };
  ({ id } = await done(acme.api.call(acme.ann, `POST ${acme.O}/identity-providers`, { body })));
});

beforeEach(() => {
  logged.length = 0;
});

afterAll(() => {
  cognito.close();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** In the environment as it is by then. */
const loadReconciler = () => loadClockFunction({ name: "reconciler", every: 3_600_000, usual: 300_000 }, {});
const lines = () => linesOf(logged);

describe("the reconciler", () => {
  it("says nothing where the pool is as it should be", async () => {
    await run();
    expect(lines()).toEqual([]);
  });

  it("brings the pool back, and says as an error how it had differed", async () => {
    cognito.providers.clear();
    await run();
    expect(cognito.providers.size).toBe(1);
    expect(lines()).toMatchObject([
      {
        level: "ERROR",
        message: "the user pool differed from what is stored",
        orgId: acme.org,
        differences: [`${id}: The user pool does not have this provider.`],
      },
    ]);
  });

  it("says as an error which provider is not configured, and why", async () => {
    cognito.providers.clear();
    cognito.fail("CreateIdentityProvider", { type: "LimitExceededException" });
    await run();
    const reason = "The user pool has no room for more: its quota is used up.";
    expect(lines()).toContainEqual(
      expect.objectContaining({ level: "ERROR", message: "a provider is not configured", id, reason }),
    );
  });

  it("begins nothing near its end, and says what it left", async () => {
    cognito.calls.length = 0;
    await run(24_000);
    expect(cognito.calls).toEqual([]);
    expect(lines()).toMatchObject([{ level: "WARN", message: "there was no time for all providers", left: 1 }]);
  });

  it("makes the providers of the tenant's file, says so once, and tells what it could not make", async () => {
    const login = { name: "Login", protocol: "oidc", issuer: "https://a.example", clientId: "b", clientSecret: "c" };
    const declared = [
      { organizationId: acme.org, ...login },
      { organizationId: "org_01jdexamp1e0000000000000ab", ...login },
      { organizationId: acme.org, ...login, name: "Plain", issuer: "http://a.example" },
    ];
    vi.stubEnv("DECLARED_PROVIDERS", `${JSON.stringify(declared)}\nhunter2\nhunter2\nhunter2`);
    // What another test left in the pool is put right first.
    await run();
    logged.length = 0;
    run = await loadReconciler();
    await run();
    const [created, ...problems] = lines();
    expect(created).toMatchObject({
      level: "INFO",
      message: "a provider of the tenant's file: created",
      name: "Login",
    });
    const absent = { level: "WARN", organizationId: declared[1]?.organizationId };
    const refused = { level: "ERROR", name: "Plain", reason: "/oidc/issuer An issuer is at an https address." };
    expect(problems).toMatchObject([absent, refused]);
    expect(logged.join()).not.toContain("hunter2");
    logged.length = 0;
    await run();
    expect(lines()).toMatchObject([absent, refused]);
    vi.stubEnv("DECLARED_PROVIDERS", "[]");
    run = await loadReconciler();
    logged.length = 0;
    await run();
    expect(lines()).toMatchObject([
      { level: "WARN", message: "a provider is not in the tenant's file any more", name: "Login", orgId: acme.org },
    ]);
  });

  it("does not start without its settings", async () => {
    vi.stubEnv("CALLBACK_URLS", "");
    await expect(loadReconciler()).rejects.toThrow("CALLBACK_URLS is not set");
  });
});
