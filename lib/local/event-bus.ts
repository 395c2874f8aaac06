/**
 * The event bus of the template, and the one operation of EventBridge that the service calls, over AWS's JSON protocol 1.1. No rules
 * are known here: each event is a line of a file, which `npm run audit:tail` follows.
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { awsAnswer, awsException, isSigned, readAwsRequest, targetOf } from "./aws-json.ts";
import type { Deployment } from "./deployment.ts";
import type { AddLines } from "./json-lines.ts";
import { referenceOf } from "./physical-names.ts";
import type { Reply } from "./reply.ts";
import { readBody } from "./request-body.ts";
import { isRecord } from "./shape.ts";

/** Where the events of the service are, in the data folder. */
export const EVENTS_FILE = "events.jsonl";

const TARGET = "AWSEvents.";
/** Of PutEvents: entries in a request, and bytes of them all. */
const MOST_ENTRIES = 10;
const MOST_BYTES = 256 * 1024;
/** JSON escapes some characters of a detail by more bytes than they count for. */
const BODY_LIMIT = 8 * MOST_BYTES;

export interface EventBus {
  /** Undefined where the template has none. */
  readonly name: string | undefined;
  readonly region: string;
  readonly account: string;
  readonly addEvents: AddLines;
}

/** An entry of PutEvents, as much of it as is known here. */
interface OfferedEvent {
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly Resources: readonly string[];
  /** Seconds since 1970. */
  readonly Time: number | undefined;
}

interface Refused {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** @throws StartRefusal when the template has more than one */
export function readEventBus(deployment: Deployment, addEvents: AddLines): EventBus {
  const isThere = deployment.every("AWS::Events::EventBus").length > 0;
  const bus = isThere ? deployment.only("AWS::Events::EventBus") : undefined;
  const { region = "", account = "" } = bus?.stack ?? {};
  return { name: bus === undefined ? undefined : referenceOf(bus), region, account, addEvents };
}

/** Whether a request is one to EventBridge. */
export function isBusCall(message: IncomingMessage): boolean {
  return message.method === "POST" && message.url === "/" && targetOf(message).startsWith(TARGET);
}

/** Rejects for a fault only. */
export async function answerBusCall(bus: EventBus, message: IncomingMessage): Promise<Reply> {
  const target = targetOf(message);
  const body = await readBody(message, BODY_LIMIT);
  if (target !== `${TARGET}PutEvents`) {
    return awsException("UnknownOperationException", `The local event bus does not know ${target}.`);
  }
  if (!isSigned(message)) {
    return awsException("MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  const request = Buffer.isBuffer(body) ? readAwsRequest(body) : undefined;
  if (!Array.isArray(request?.Entries)) {
    return awsException("SerializationException", "The body is no request of PutEvents, too large, or not complete.");
  }
  const { Entries: entries, ...others } = request;
  const [other] = Object.keys(others).filter((name) => others[name] !== undefined);
  if (other !== undefined) return awsException("ValidationException", `The local event bus does not know ${other}.`);
  if (entries.length === 0 || entries.length > MOST_ENTRIES) {
    return awsException("ValidationException", `PutEvents takes 1 to ${MOST_ENTRIES} entries, not ${entries.length}.`);
  }
  const offered = entries.map((entry) => readOffer(bus, entry));
  if (offered.reduce((sum, one) => sum + ("ErrorCode" in one ? 0 : sizeOf(one)), 0) > MOST_BYTES) {
    return awsException("ValidationException", `Total size of the entries in the request is over the limit.`);
  }
  return awsAnswer(await put(bus, offered));
}

/** Takes what is in order; the others are refused one by one. */
async function put(bus: EventBus, offered: readonly (OfferedEvent | Refused)[]): Promise<object> {
  const events: object[] = [];
  const results = offered.map((one) => {
    if ("ErrorCode" in one) return one;
    const event = toEvent(bus, one);
    events.push(event);
    return { EventId: event.id };
  });
  await bus.addEvents(events);
  return { FailedEntryCount: results.length - events.length, Entries: results };
}

/** The event as rules and targets see it. */
function toEvent({ region, account }: EventBus, { Source, DetailType, Detail, Resources, Time }: OfferedEvent) {
  const time = new Date(Time === undefined ? Date.now() : Time * 1_000);
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": DetailType,
    source: Source,
    account,
    // Whole seconds, as EventBridge writes it.
    time: time.toISOString().replace(/\.\d+Z$/, "Z"),
    region,
    resources: Resources,
    detail: parse(Detail),
  };
}

const known = new Set(["Detail", "DetailType", "EventBusName", "Resources", "Source", "Time"]);

function readOffer(bus: EventBus, entry: unknown): OfferedEvent | Refused {
  if (!isRecord(entry)) return invalid("An entry is no object.");
  const { Source, DetailType, Detail, EventBusName, Resources = [], Time } = entry;
  const other = Object.keys(entry).find((name) => !known.has(name));
  if (other !== undefined) return invalid(`The local event bus does not know ${other}.`);
  if (EventBusName === undefined || EventBusName !== bus.name) return invalid(`There is no bus ${EventBusName}.`);
  if (typeof Source !== "string" || Source === "") return invalid("Parameter Source is not valid.");
  if (Source.startsWith("aws.")) return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: Source };
  if (typeof DetailType !== "string" || DetailType === "") return invalid("Parameter DetailType is not valid.");
  if (!isTextList(Resources)) return invalid("Parameter Resources is not valid.");
  if (Time !== undefined && !Number.isFinite(Time)) return invalid("Parameter Time is not valid.");
  if (typeof Detail !== "string" || !isRecord(parse(Detail))) {
    return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
  }
  return { Source, DetailType, Detail, Resources, Time: Time as number | undefined };
}

function invalid(ErrorMessage: string): Refused {
  return { ErrorCode: "InvalidArgument", ErrorMessage };
}

/** As EventBridge counts. */
function sizeOf({ Source, DetailType, Detail, Resources, Time }: OfferedEvent): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), Time === undefined ? 0 : 14);
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
