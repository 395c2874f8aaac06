/**
 * The event sources of the template: streams that Lambda reads and runs functions on. What this host does not emulate is refused by
 * name, so that nothing is believed to be delivered that is not.
 */
import type { Resource } from "./assembly.ts";
import type { Deployment } from "./deployment.ts";
import { type RecordFilter, readFilter } from "./record-filter.ts";
import { asList, asNumber, asRecord, asText } from "./shape.ts";
import { StartRefusal } from "./start-refusal.ts";

export interface EventSource {
  /** The logical id: its place in the stream is kept under it. */
  readonly id: string;
  readonly streamArn: string;
  readonly region: string;
  /** ARN of the function. */
  readonly target: string;
  readonly batchSize: number;
  readonly filter: RecordFilter;
  readonly splitsOnError: boolean;
  readonly reportsFailures: boolean;
  /** Tries after the first one. */
  readonly retries: number;
  /** Milliseconds since it was written, after which a record is given up. */
  readonly oldest: number;
  /** ARN of the queue that is told what was given up. */
  readonly failureQueue: string | undefined;
}

/** Each is either read below or settled by what is the only value known here. */
const known = new Set([
  "BatchSize",
  "BisectBatchOnFunctionError",
  "DestinationConfig",
  "Enabled",
  "EventSourceArn",
  "FilterCriteria",
  "FunctionName",
  "FunctionResponseTypes",
  "MaximumBatchingWindowInSeconds",
  "MaximumRecordAgeInSeconds",
  "MaximumRetryAttempts",
  "ParallelizationFactor",
  "StartingPosition",
  "Tags",
]);
/** What differs from these would be delivered otherwise than on AWS. */
const settled: Readonly<Record<string, readonly unknown[]>> = {
  Enabled: [undefined, true],
  MaximumBatchingWindowInSeconds: [undefined, 0],
  ParallelizationFactor: [undefined, 1],
  StartingPosition: ["TRIM_HORIZON"],
};
/** Lambda's default, and the most for a stream that is read at once. */
const USUAL_BATCH = 100;
const MOST_IN_BATCH = 1_000;

/** @throws StartRefusal for what would not run as on AWS */
export function readEventSources(deployment: Deployment): EventSource[] {
  return deployment.every("AWS::Lambda::EventSourceMapping").map((resource) => readEventSource(deployment, resource));
}

function readEventSource(deployment: Deployment, resource: Resource): EventSource {
  const { id, stack } = resource;
  const read = (name: string) => deployment.property(resource, name);
  const other = Object.keys(resource.properties).find((name) => !known.has(name));
  if (other !== undefined) throw unknownHere(id, other);
  for (const [name, values] of Object.entries(settled)) {
    if (!values.includes(read(name))) throw unknownHere(id, `${name} ${JSON.stringify(read(name))}`);
  }
  const numberOf = (name: string, usual: number) => {
    const written = read(name);
    const number = written === undefined ? -1 : asNumber(written, `${id}.${name}`);
    // -1 is how the template says: without an end.
    return number === -1 ? usual : number;
  };
  const batchSize = numberOf("BatchSize", USUAL_BATCH);
  if (batchSize < 1 || batchSize > MOST_IN_BATCH) throw unknownHere(id, `BatchSize ${batchSize}`);
  return {
    id,
    streamArn: readStreamArn(deployment, resource),
    region: stack.region,
    target: readTarget(deployment, asText(read("FunctionName"), `${id}.FunctionName`)),
    batchSize,
    filter: readFilter(read("FilterCriteria"), `The filter criteria of ${id}`),
    splitsOnError: read("BisectBatchOnFunctionError") === true,
    reportsFailures: readResponseTypes(read("FunctionResponseTypes"), id),
    retries: numberOf("MaximumRetryAttempts", Number.POSITIVE_INFINITY),
    oldest: numberOf("MaximumRecordAgeInSeconds", Number.POSITIVE_INFINITY) * 1_000,
    failureQueue: readFailureQueue(deployment, resource),
  };
}

function readStreamArn(deployment: Deployment, resource: Resource): string {
  const arn = asText(deployment.property(resource, "EventSourceArn"), `${resource.id}.EventSourceArn`);
  const table = deployment.only("AWS::DynamoDB::Table");
  if (arn !== deployment.attribute(table, "StreamArn")) throw unknownHere(resource.id, `EventSourceArn ${arn}`);
  return arn;
}

function readTarget(deployment: Deployment, name: string): string {
  const arns = deployment.every("AWS::Lambda::Function").map((one) => deployment.attribute(one, "Arn"));
  const arn = arns.find((one) => one === name || one.endsWith(`:function:${name}`));
  if (arn === undefined) throw new StartRefusal(`No stack has the function ${name}.`);
  return arn;
}

function readResponseTypes(written: unknown, id: string): boolean {
  const types = asList(written ?? [], `${id}.FunctionResponseTypes`);
  const other = types.find((type) => type !== "ReportBatchItemFailures");
  if (other !== undefined) throw unknownHere(id, `FunctionResponseTypes ${String(other)}`);
  return types.length > 0;
}

function readFailureQueue(deployment: Deployment, resource: Resource): string | undefined {
  const where = `${resource.id}.DestinationConfig`;
  const { OnFailure, ...others } = asRecord(deployment.property(resource, "DestinationConfig") ?? {}, where);
  if (Object.keys(others).length > 0) throw unknownHere(resource.id, `DestinationConfig ${Object.keys(others)}`);
  if (OnFailure === undefined) return undefined;
  const destination = asText(asRecord(OnFailure, where).Destination, `${where}.OnFailure.Destination`);
  const queues = deployment.every("AWS::SQS::Queue").map((queue) => deployment.attribute(queue, "Arn"));
  if (!queues.includes(destination)) throw unknownHere(resource.id, `the failure destination ${destination}`);
  return destination;
}

function unknownHere(id: string, what: string): StartRefusal {
  return new StartRefusal(`The event source ${id} has ${what}, which this host does not know.`);
}
