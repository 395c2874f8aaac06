/**
 * The functions, as one table: one row is one Lambda, made from `functions/<name>.ts`. What a function may do to the table and
 * which settings it gets are said here and nowhere else.
 */
import type { Area } from "../api/route.ts";
import type { ArchiveAccess } from "./archive-grants.ts";
import type { ExportAccess } from "./export-grants.ts";

/**
 * - `read`: GetItem, BatchGetItem, Query. - `write`: those, and what TransactWriteItems needs. - `note`: as `read`, and in transactions
 * updates of the items that say how far checkpoints are. - `export`: as `read`, and in transactions puts
 * of export jobs and what is known of their files; the table's stream, which brings them. - `stream`: the table's stream, and nothing of the table itself. - `none`:
 * nothing at all.
 */
export type TableAccess = "none" | "read" | "note" | "export" | "write" | "stream";

/** Settings beyond those of every function (`LOG_LEVEL`, `POWERTOOLS_SERVICE_NAME`) and `TABLE_NAME`, which comes with access to the table. */
export type FunctionSetting =
  | "TOKEN_ISSUER"
  | "TOKEN_CLIENT_IDS"
  | "CURSOR_SECRET"
  | "API_KEY_PEPPER"
  | "ORGANIZATION_CREATION"
  | "USER_POOL_ID"
  | "CALLBACK_URLS"
  | "METADATA_ADDRESSES"
  | "DECLARED_PROVIDERS"
  | "AUDIT_BUCKET"
  | "AUDIT_SIGNING_KEY"
  | "EVENT_BUS_NAME"
  | "EXPORT_BUCKET";

interface FunctionRow {
  readonly purpose: string;
  /** MiB; a Lambda's share of a CPU grows with it. */
  readonly memory: number;
  readonly timeoutSeconds: number;
  readonly tableAccess: TableAccess;
  /** Configures the user pool's identity providers and the organizations' clients. */
  readonly configuresPool?: true;
  readonly archive?: ArchiveAccess;
  readonly exports?: ExportAccess;
  readonly settings: readonly FunctionSetting[];
}

const areaRows: Readonly<Record<Area, FunctionRow>> = {
  directory: {
    purpose: "Organizations, workspaces, users",
    memory: 1024,
    // As long as API Gateway waits: a bulk of invitations works through them one by one, for up to 20 s.
    timeoutSeconds: 29,
    tableAccess: "write",
    settings: ["CURSOR_SECRET", "ORGANIZATION_CREATION"],
  },
  access: {
    purpose: "Roles, assignments and API keys",
    memory: 1024,
    timeoutSeconds: 10,
    tableAccess: "write",
    settings: ["CURSOR_SECRET", "API_KEY_PEPPER"],
  },
  federation: {
    purpose: "Identity providers and claim rules",
    memory: 1024,
    // As long as API Gateway waits: Cognito looks at a provider before it takes it, for up to 25 s in all.
    timeoutSeconds: 29,
    tableAccess: "write",
    configuresPool: true,
    settings: ["CURSOR_SECRET", "USER_POOL_ID", "CALLBACK_URLS", "METADATA_ADDRESSES"],
  },
  resources: {
    purpose: "Resources of workspaces, and the activity log",
    memory: 1024,
    // As long as API Gateway waits: a bulk works through its rows one by one, for up to 20 s.
    timeoutSeconds: 29,
    tableAccess: "write",
    settings: ["CURSOR_SECRET"],
  },
  sharing: {
    purpose: "Shares between workspaces",
    memory: 1024,
    // As above.
    timeoutSeconds: 29,
    tableAccess: "write",
    settings: ["CURSOR_SECRET"],
  },
  decisions: {
    purpose: "Answers whether somebody may do something",
    memory: 1024,
    timeoutSeconds: 10,
    tableAccess: "read",
    settings: ["CURSOR_SECRET"],
  },
  audit: {
    purpose: "Reads and verifies the audit log",
    memory: 1024,
    timeoutSeconds: 10,
    tableAccess: "read",
    archive: "compare",
    exports: "link",
    settings: ["CURSOR_SECRET", "AUDIT_BUCKET", "AUDIT_SIGNING_KEY", "EXPORT_BUCKET"],
  },
  meta: {
    purpose: "Health, the API's description, and the answer to unknown paths",
    memory: 512,
    timeoutSeconds: 10,
    tableAccess: "none",
    settings: [],
  },
};

const triggerRows = {
  authorizer: {
    purpose: "Judges the credential and the scope of every request",
    memory: 1024,
    timeoutSeconds: 5,
    tableAccess: "read",
    settings: ["TOKEN_ISSUER", "TOKEN_CLIENT_IDS", "API_KEY_PEPPER"],
  },
  "inbound-federation": {
    purpose: "Judges each sign-in through an identity provider and gives what the claim rules say",
    memory: 1024,
    // Cognito gives a trigger no more than this.
    timeoutSeconds: 5,
    tableAccess: "write",
    settings: [],
  },
  "sign-in": {
    purpose: "Puts the user's id into each access token, accepts open invitations",
    memory: 1024,
    // Cognito gives a trigger no more than this.
    timeoutSeconds: 5,
    tableAccess: "write",
    settings: [],
  },
  "security-log": {
    purpose: "Counts what was refused, from the logs of who refuses it",
    memory: 512,
    timeoutSeconds: 60,
    tableAccess: "write",
    settings: [],
  },
  sweeper: {
    purpose: "Tidies up what large changes leave behind",
    memory: 512,
    timeoutSeconds: 60,
    tableAccess: "write",
    settings: [],
  },
  checkpoint: {
    purpose: "Signs where every chain of the audit log ends",
    memory: 1024,
    timeoutSeconds: 300,
    tableAccess: "note",
    archive: "make",
    settings: ["AUDIT_BUCKET", "AUDIT_SIGNING_KEY"],
  },
  reconciler: {
    purpose: "Makes the tenant file's identity providers, brings the user pool back to what is stored",
    memory: 512,
    timeoutSeconds: 300,
    tableAccess: "write",
    configuresPool: true,
    settings: ["USER_POOL_ID", "CALLBACK_URLS", "METADATA_ADDRESSES", "DECLARED_PROVIDERS"],
  },
  exporter: {
    purpose: "Writes exports of the audit log to files",
    memory: 1024,
    timeoutSeconds: 180,
    tableAccess: "export",
    exports: "write",
    settings: ["EXPORT_BUCKET", "AUDIT_SIGNING_KEY"],
  },
  stream: {
    purpose: "Puts each audit entry on the event bus, and a copy into the archive",
    memory: 512,
    timeoutSeconds: 30,
    tableAccess: "stream",
    archive: "copy",
    settings: ["EVENT_BUS_NAME", "AUDIT_BUCKET"],
  },
} as const satisfies Record<string, FunctionRow>;

export type FunctionName = Area | keyof typeof triggerRows;

export const functionTable: Readonly<Record<FunctionName, FunctionRow>> = { ...areaRows, ...triggerRows };
export const functionNames = Object.keys(functionTable) as readonly FunctionName[];
