/**
 * The functions, as one table: one row is one Lambda, made from `functions/<name>.ts`. What a function may do to the table and
 * which settings it gets are said here and nowhere else.
 */
import type { Area } from "../api/route.ts";

/** - `read`: GetItem, BatchGetItem, Query. - `write`: those, and what TransactWriteItems needs. - `none`: nothing at all. */
export type TableAccess = "none" | "read" | "write";

/** Settings beyond those of every function (`LOG_LEVEL`, `POWERTOOLS_SERVICE_NAME`) and `TABLE_NAME`, which comes with table access. */
export type FunctionSetting =
  | "TOKEN_ISSUER"
  | "TOKEN_CLIENT_IDS"
  | "CURSOR_SECRET"
  | "ORGANIZATION_CREATION"
  | "USER_POOL_ID"
  | "CALLBACK_URLS"
  | "METADATA_ADDRESSES"
  | "DECLARED_PROVIDERS";

interface FunctionRow {
  readonly purpose: string;
  /** MiB; a Lambda's share of a CPU grows with it. */
  readonly memory: number;
  readonly timeoutSeconds: number;
  readonly tableAccess: TableAccess;
  /** Configures the user pool's identity providers and the organizations' clients. */
  readonly configuresPool?: true;
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
    purpose: "Roles and assignments",
    memory: 1024,
    timeoutSeconds: 10,
    tableAccess: "write",
    settings: ["CURSOR_SECRET"],
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
    settings: ["CURSOR_SECRET"],
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
    settings: ["TOKEN_ISSUER", "TOKEN_CLIENT_IDS"],
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
  sweeper: {
    purpose: "Tidies up what large changes leave behind",
    memory: 512,
    timeoutSeconds: 60,
    tableAccess: "write",
    settings: [],
  },
  reconciler: {
    purpose: "Makes the tenant file's identity providers, brings the user pool back to what is stored",
    memory: 512,
    timeoutSeconds: 300,
    tableAccess: "write",
    configuresPool: true,
    settings: ["USER_POOL_ID", "CALLBACK_URLS", "METADATA_ADDRESSES", "DECLARED_PROVIDERS"],
  },
} as const satisfies Record<string, FunctionRow>;

export type FunctionName = Area | keyof typeof triggerRows;

export const functionTable: Readonly<Record<FunctionName, FunctionRow>> = { ...areaRows, ...triggerRows };
export const functionNames = Object.keys(functionTable) as readonly FunctionName[];
