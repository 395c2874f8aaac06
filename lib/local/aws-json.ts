/**
 * AWS's JSON protocol 1.1, which Cognito, EventBridge and KMS speak: a header names the operation, request and answer are JSON objects,
 * and an exception goes by its name.
 */
import type { IncomingMessage } from "node:http";
import { json, type Reply } from "./reply.ts";
import { isRecord } from "./shape.ts";

const TYPE = { "Content-Type": "application/x-amz-json-1.1" };

/** The service and the operation, with a dot between. */
export function targetOf({ headers }: IncomingMessage): string {
  return String(headers["x-amz-target"] ?? "");
}

/** A request has to be signed, since the service's is; by whom is not looked at. */
export function isSigned({ headers }: IncomingMessage): boolean {
  return headers.authorization?.startsWith("AWS4-HMAC-SHA256 ") ?? false;
}

/** Undefined for what is no JSON object. */
export function readAwsRequest(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const request: unknown = JSON.parse(body.toString());
    return isRecord(request) ? request : undefined;
  } catch {
    return undefined;
  }
}

/** What an operation answers when all is well. */
export function awsAnswer(body: object): Reply {
  return json(200, body, TYPE);
}

/** @param exception as the reference of the operation names it */
export function awsException(exception: string, message: string): Reply {
  return json(400, { __type: exception, message }, { ...TYPE, "x-amzn-ErrorType": exception });
}
