/** What each error of DynamoDB means for whoever made the call; see `FaultKind`. */
import { describe, expect, it } from "vitest";
import type { FaultKind } from "../../lib/store/faults.ts";
import { classifyFault } from "../../lib/store/faults.ts";

const cancelled = (...codes: (string | undefined)[]) => ({
  name: "TransactionCanceledException",
  CancellationReasons: codes.map((Code) => ({ Code })),
});

const lines: readonly [string, object, FaultKind][] = [
  ["a condition that failed", cancelled("None", "ConditionalCheckFailed"), "raced"],
  ["a condition that failed beside a conflict", cancelled("TransactionConflict", "ConditionalCheckFailed"), "raced"],
  ["a condition that failed beside throttling", cancelled("ConditionalCheckFailed", "ThrottlingError"), "raced"],
  ["a conflict", cancelled("None", "TransactionConflict", "None"), "busy"],
  ["a conflict beside throttling", cancelled("ThrottlingError", "TransactionConflict"), "busy"],
  ["a partition at its limit", cancelled("ProvisionedThroughputExceeded"), "busy"],
  ["an item that is too large", cancelled("ValidationError"), "broken"],
  ["an item that is too large, beside a conflict", cancelled("TransactionConflict", "ValidationError"), "broken"],
  ["a cancellation that gives no reason", cancelled(), "broken"],
  ["a cancellation whose reasons are all none", cancelled("None", undefined), "broken"],
  ["the same transaction still under way", { name: "TransactionInProgressException" }, "busy"],
  ["throttling", { name: "ThrottlingException", $metadata: { httpStatusCode: 400 } }, "busy"],
  ["a read in conflict", { name: "TransactionConflictException" }, "busy"],
  ["a time-out", { name: "TimeoutError" }, "unknown"],
  ["a call that was broken off", { name: "AbortError" }, "unknown"],
  ["a connection that was reset", { name: "Error", code: "ECONNRESET" }, "unknown"],
  ["an engine that is not there", { name: "Error", code: "ECONNREFUSED" }, "unknown"],
  ["a fault of DynamoDB's own", { name: "InternalServerError", $metadata: { httpStatusCode: 500 } }, "unknown"],
  ["any other 5xx", { name: "Whatever", $metadata: { httpStatusCode: 502 } }, "unknown"],
  ["a request that is not valid", { name: "ValidationException", $metadata: { httpStatusCode: 400 } }, "broken"],
  ["a table that is not there", { name: "ResourceNotFoundException", $metadata: { httpStatusCode: 400 } }, "broken"],
  ["an error of our own", new TypeError("x is undefined"), "broken"],
];

describe("an error of a call to DynamoDB", () => {
  it.each(lines)("%s", (_what, error, kind) => {
    expect(classifyFault(error)).toBe(kind);
  });
});
