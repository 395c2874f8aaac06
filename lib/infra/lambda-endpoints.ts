/**
 * Stands in for the SDK's `@aws-sdk/middleware-endpoint-discovery` inside the bundles. DynamoDB's client only carries it along for
 * who switches discovery on, with a cache that is a fiftieth of the authorizer; a function's endpoint is its region's.
 */
export function resolveEndpointDiscoveryConfig<T>(input: T): T {
  return input;
}

export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: () => undefined,
  configFileSelector: () => undefined,
  default: undefined,
};
