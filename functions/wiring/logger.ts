/** The function's log: one JSON line for each thing told, in CloudWatch and on one machine alike. Never a credential. */
import { Logger } from "@aws-lambda-powertools/logger";

/** Its name and level come from POWERTOOLS_SERVICE_NAME and LOG_LEVEL. */
export const logger = new Logger();
