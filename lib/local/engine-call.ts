/** Calls to the engine over DynamoDB's plain JSON protocol: the SDK would cost the host 30 MB for the few that it makes. */
import { isRecord } from "./shape.ts";
import { StartRefusal } from "./start-refusal.ts";

export interface EngineAnswer {
  readonly ok: boolean;
  readonly answer: Readonly<Record<string, unknown>>;
}

/** @param target service and operation, e.g. `DynamoDB_20120810.DescribeTable` @throws StartRefusal when nobody answers */
export async function callEngine(endpoint: string, target: string, input: object): Promise<EngineAnswer> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.0",
      "X-Amz-Target": target,
      "X-Amz-Date": new Date().toISOString().replace(/[-:]|\.\d+/g, ""),
      // Engines for one machine take any signature, but want to see one.
      Authorization:
        "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=local",
    },
    body: JSON.stringify(input),
  }).catch((error: unknown) => {
    throw new StartRefusal(`No DynamoDB answers at ${endpoint}: ${error instanceof Error ? error.message : error}`);
  });
  const answer: unknown = await response.json();
  return { ok: response.ok, answer: isRecord(answer) ? answer : {} };
}
