/** Serves the audit log, verified against what the archive holds, its exports, and the record of security events. Reads only. */
import { auditExportQueries } from "../lib/api/audit-exports.ts";
import { auditRoutes } from "../lib/api/audit-log.ts";
import { securityEventRoutes } from "../lib/api/security-events.ts";
import { openBucket } from "../lib/archive/bucket.ts";
import { openFileLinks } from "../lib/archive/file-links.ts";
import { openSigningKey } from "../lib/archive/signing-key.ts";
import { makeAreaHandler } from "./wiring/area-handler.ts";
import { readSettings } from "./wiring/config.ts";

const settings = readSettings(["AUDIT_BUCKET", "AUDIT_SIGNING_KEY", "EXPORT_BUCKET"]);

export const handler = makeAreaHandler("audit", [...auditRoutes, ...auditExportQueries, ...securityEventRoutes], {
  archive: {
    bucket: openBucket(settings.AUDIT_BUCKET, "request"),
    signingKey: openSigningKey(settings.AUDIT_SIGNING_KEY, "request"),
  },
  linkToFile: openFileLinks(settings.EXPORT_BUCKET),
});
