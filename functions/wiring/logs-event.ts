/** What CloudWatch Logs sends to a function that subscribes to a log: gzipped JSON of some lines of one log stream. */
import { gunzipSync } from "node:zlib";
import type { CloudWatchLogsDecodedData, CloudWatchLogsEvent } from "aws-lambda";
import { readSecurityEvent } from "../../lib/domain/security-events.ts";
import type { LoggedEvent } from "../../lib/domain/security-records.ts";

/** Bytes. CloudWatch sends no more than a megabyte, compressed. */
const MOST = 64 * 1024 * 1024;

/** The security events among the lines, and how many lines are none. */
export interface LogLines {
  readonly events: readonly LoggedEvent[];
  readonly unreadable: number;
}

/** @throws for what is no event of a log: nothing of it is counted then */
export function readLogLines({ awslogs }: CloudWatchLogsEvent): LogLines {
  const text = gunzipSync(Buffer.from(awslogs.data, "base64"), { maxOutputLength: MOST }).toString();
  const { messageType, logEvents }: CloudWatchLogsDecodedData = JSON.parse(text);
  // CloudWatch asks with a message of its own whether the function can be reached.
  if (messageType !== "DATA_MESSAGE") return { events: [], unreadable: 0 };
  const events = logEvents.flatMap(({ id, timestamp, message }): LoggedEvent[] => {
    const event = readSecurityEvent(parse(message));
    return event === undefined ? [] : [{ id, at: timestamp, event }];
  });
  return { events, unreadable: logEvents.length - events.length };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
