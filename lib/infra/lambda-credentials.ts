/**
 * Stands in for the SDK's `@aws-sdk/credential-provider-node` inside the bundles: Lambda hands a function its credentials in
 * its environment, and they outlive it.
 */
export function defaultProvider() {
  return async () => ({
    accessKeyId: required("AWS_ACCESS_KEY_ID"),
    secretAccessKey: required("AWS_SECRET_ACCESS_KEY"),
    ...(process.env.AWS_SESSION_TOKEN ? { sessionToken: process.env.AWS_SESSION_TOKEN } : {}),
  });
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: a function's credentials come from its environment`);
  return value;
}
