/**
 * What one tenant file (`tenants/<name>.yaml`) may say. A tenant is one deployment of Bailiwick: a table, a user pool and an API
 * of its own. Unknown or missing settings are refused by name, so that a typing error never becomes a default.
 */
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import * as z from "zod";
import { declaredProviders, isInPlace } from "./declared-providers.ts";

const retentionDays = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === "number" && days !== RetentionDays.INFINITE,
);

/** What AWS WAF takes as the limit of a rate rule. */
const perMinute = z.int().min(10).max(2_000_000_000);

const throttling = z.strictObject({
  /** Requests per second that the whole API takes in the long run. */
  rate: z.int().min(1).max(10_000),
  /** Requests that it takes at once. */
  burst: z.int().min(1).max(5_000),
  /** Requests in one minute that one caller may make, more or less: the firewall's count is near, not exact. */
  perMinute: z
    .strictObject({
      /** With one credential. */
      credential: perMinute.default(6_000),
      /** From one address without a credential, be it to a public route. */
      anonymous: perMinute.default(600),
      /** From one address, whatever it brings: a whole company may stand behind it. */
      address: perMinute.default(30_000),
    })
    .prefault({}),
});

/** In five minutes, from which number on there is an alarm. */
const spike = z.int().min(1);

const alarms = z.strictObject({
  accessDenied: spike.default(500),
  credentialRefused: spike.default(1_000),
  signInRefused: spike.default(100),
  /** Where alarms go: a topic of Amazon SNS in the region of the deployment. Without one they are only shown. */
  topicArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/, {
      error: "must be the ARN of a topic of Amazon SNS",
    })
    .optional(),
});

const customDomain = z.strictObject({
  /** Served with an empty base path, so that `/v1` and `/.well-known` stand at its root. */
  name: z.hostname(),
  /** A certificate of AWS Certificate Manager in the region of the deployment. */
  certificateArn: z.string().regex(/^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]+$/, {
    error: "must be the ARN of a certificate of AWS Certificate Manager",
  }),
});

const audit = z.strictObject({
  /**
   * Days for which nothing in the bucket of the audit log can be deleted: in production by nobody at all. Longer is possible at any
   * time for what comes then, shorter too; what is there stays as it was locked.
   */
  lockDays: z.int().min(1).max(36_500),
});

const signIn = z.strictObject({
  /** The managed login lives at `https://<domainPrefix>.auth.<region>.amazoncognito.com`; unique in the region. */
  domainPrefix: z.string().regex(/^(?!.*(?:aws|amazon|cognito))[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, {
    error: "must be lower-case letters, digits and -, without the words aws, amazon and cognito",
  }),
  /** Where a browser may be sent after signing in and out, exactly: https, or http on this machine. Cognito takes 100. */
  callbackUrls: z
    .array(
      z.string().regex(/^(?:https:\/\/|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$))[^\s#]*$/, {
        error: "must be https, or http on localhost, 127.0.0.1 or [::1], without a fragment",
      }),
    )
    .min(1)
    .max(100),
});

export const tenantSettings = z
  .strictObject({
    /** Equals the file's name; part of every stack's name. */
    name: z.string().regex(/^[a-z][a-z0-9-]{0,29}$/, {
      error: "must be up to 30 lower-case letters, digits and -, starting with a letter",
    }),
    /** Outside development, taking a stack away keeps its table, keys, users and logs. */
    environment: z.enum(["production", "staging", "development"]),
    /** Both may be left out: then the deploying credentials decide. */
    account: z
      .string({ error: "must be 12 digits in quotes" })
      .regex(/^\d{12}$/, { error: "must be 12 digits in quotes" })
      .optional(),
    region: z
      .string()
      .regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, { error: "must be an AWS region such as eu-central-1" })
      .optional(),
    /** Whether any signed-in person may make an organization (`POST /v1/orgs`). */
    organizationCreation: z.enum(["open", "closed"]),
    logRetentionDays: z.literal(retentionDays, { error: `must be one of ${retentionDays.join(", ")}` }),
    audit: audit.default({ lockDays: 400 }),
    throttling,
    /** On spikes of what is refused. */
    alarms: alarms.prefault({}),
    /** AWS X-Ray for every function and the API. */
    tracing: z.boolean().default(false),
    domain: customDomain.optional(),
    signIn,
    /** Providers that the deployment makes, beside those that organizations connect through the API. */
    identityProviders: declaredProviders.default([]),
  })
  .refine(
    (tenant) => !tenant.domain || !tenant.region || tenant.domain.certificateArn.split(":")[3] === tenant.region,
    {
      path: ["domain", "certificateArn"],
      error: "must be in the region of the deployment",
    },
  )
  .refine(({ alarms: { topicArn }, region }) => !topicArn || !region || topicArn.split(":")[3] === region, {
    path: ["alarms", "topicArn"],
    error: "must be in the region of the deployment",
  })
  .superRefine((tenant, context) => {
    for (const [index, provider] of tenant.identityProviders.entries()) {
      if (isInPlace(provider, tenant)) continue;
      const path = ["identityProviders", index, "clientSecret"];
      context.addIssue({ code: "custom", path, message: "must be in the account and region of the deployment" });
    }
  });

export type TenantSettings = Readonly<z.output<typeof tenantSettings>>;
