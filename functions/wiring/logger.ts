/**
 * The function's log: one JSON line for each thing told, in CloudWatch and on one machine alike. Never a credential. Which lines are
 * security events, and what they hold, says `lib/domain/security-events.ts`.
 */
import type { LogItem } from "@aws-lambda-powertools/logger";
import { Logger, LogLevelThreshold } from "@aws-lambda-powertools/logger";
import { hideCredentials } from "../../lib/domain/key-form.ts";
import { escapeInvisible } from "./log-line.ts";

/** Powertools' own, but for the last step: what a caller wrote is printed so that it stays within its line, and without API keys. */
class LineLogger extends Logger {
  protected override printLog(level: number, item: LogItem): void {
    item.prepareForPrint();
    const line = hideCredentials(escapeInvisible(JSON.stringify(item.getAttributes(), this.getJsonReplacer())));
    (level < LogLevelThreshold.WARN ? process.stdout : process.stderr).write(`${line}\n`);
  }
}

/** Its name and level come from POWERTOOLS_SERVICE_NAME and LOG_LEVEL. */
export const logger = new LineLogger();
