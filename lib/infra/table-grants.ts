/** What a function may do to the table: by action and never by wildcard, writes only as part of a transaction. */

import { Stack } from "aws-cdk-lib";
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Key } from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import type { TableAccess } from "./function-table.ts";

const readActions = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"];
const writeActions = ["dynamodb:ConditionCheckItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"];

const keyActions = {
  read: ["kms:Decrypt", "kms:DescribeKey"],
  write: [
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
  ],
};

export interface EncryptedTable {
  readonly table: Table;
  readonly key: Key;
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
  const writes = new PolicyStatement({
    actions: writeActions,
    resources: [table.tableArn],
    // A write outside a transaction could not carry its audit entry: it is refused by IAM, not by convention.
    conditions: { "ForAnyValue:StringEquals": { "dynamodb:EnclosingOperation": ["TransactWriteItems"] } },
  });
  const keyUse = new PolicyStatement({
    actions: keyActions[access],
    resources: [key.keyArn],
    // The key is for the table alone; a function cannot decrypt anything else with it.
    conditions: { StringEquals: { "kms:ViaService": `dynamodb.${region}.${urlSuffix}` } },
  });
  return access === "write" ? [reads, writes, keyUse] : [reads, keyUse];
}
