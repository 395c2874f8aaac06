/** What a function may do to the table: by action and never by wildcard, writes only as part of a transaction. */

import { Stack } from "aws-cdk-lib";
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Key } from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import type { TableAccess } from "./function-table.ts";

const readActions = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"];
const writeActions = ["dynamodb:ConditionCheckItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"];

/** Where the table says how far checkpoints are (`lib/store/keys.ts`). */
const NOTES = ["ORGANIZATIONS", "CHECKPOINTS"];

/** What the partitions of export jobs, and of nothing else, begin with (`lib/store/keys.ts`). */
const EXPORT_JOBS = ["EXPORTS#*"];

/** What Lambda does on the function's behalf. */
const streamActions = [
  "dynamodb:DescribeStream",
  "dynamodb:GetRecords",
  "dynamodb:GetShardIterator",
  "dynamodb:ListStreams",
];

const readingKey = ["kms:Decrypt", "kms:DescribeKey"];
const writingKey = [...readingKey, "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"];
const keyActions = {
  read: readingKey,
  stream: readingKey,
  note: writingKey,
  export: writingKey,
  write: writingKey,
};

export interface EncryptedTable {
  readonly table: Table;
  readonly key: Key;
}

/** Whether a function that may do this to the table is told its name. */
export function namesTable(access: TableAccess): boolean {
  return access !== "none" && access !== "stream";
}

/** The statements that give a function its access; none for `none`. */
export function tableStatements(
  scope: Construct,
  access: TableAccess,
  { table, key }: EncryptedTable,
): PolicyStatement[] {
  if (access === "none") return [];
  const { region, urlSuffix } = Stack.of(scope);
  const reads = new PolicyStatement({ actions: readActions, resources: [table.tableArn] });
  // A write outside a transaction could not carry its audit entry: it is refused by IAM, not by convention.
  const inTransactions = { "ForAnyValue:StringEquals": { "dynamodb:EnclosingOperation": ["TransactWriteItems"] } };
  const writes = new PolicyStatement({
    actions: writeActions,
    resources: [table.tableArn],
    conditions: inTransactions,
  });
  const notes = new PolicyStatement({
    actions: ["dynamodb:UpdateItem"],
    resources: [table.tableArn],
    conditions: { ...inTransactions, "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": NOTES } },
  });
  const exports = new PolicyStatement({
    actions: ["dynamodb:PutItem"],
    resources: [table.tableArn],
    conditions: { ...inTransactions, "ForAllValues:StringLike": { "dynamodb:LeadingKeys": EXPORT_JOBS } },
  });
  // Not `grantStreamRead`, which lets a function list the streams of every table.
  const stream = new PolicyStatement({ actions: streamActions, resources: [table.tableStreamArn ?? ""] });
  const keyUse = new PolicyStatement({
    actions: keyActions[access],
    resources: [key.keyArn],
    // The key is for the table alone; a function cannot decrypt anything else with it.
    conditions: { StringEquals: { "kms:ViaService": `dynamodb.${region}.${urlSuffix}` } },
  });
  if (access === "stream") return [stream, keyUse];
  const changes = { read: [], note: [notes], export: [exports, stream], write: [writes] }[access];
  return [reads, ...changes, keyUse];
}
