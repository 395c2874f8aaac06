/** What passes between the host and a function's thread. Events and answers are JSON texts, as they are for Lambda. */

/** How Lambda reports that a function did not answer. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type Outcome =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly thrown: boolean; readonly error: FunctionError };

/** Given to a thread when it starts. */
export interface ThreadSetup {
  readonly file: string;
  readonly exportName: string;
  readonly functionName: string;
  readonly arn: string;
  readonly memory: number;
  readonly logGroup: string;
  readonly logStream: string;
}

export interface ThreadRequest {
  readonly requestId: string;
  readonly traceId: string;
  /** Milliseconds since 1970. */
  readonly deadline: number;
  readonly event: string;
}

/** A thread says first that it is ready, or why not; then answers each request. */
export type ThreadReply =
  | { readonly kind: "ready" }
  | { readonly kind: "not-ready"; readonly error: FunctionError }
  | { readonly kind: "answer"; readonly payload: string }
  | { readonly kind: "error"; readonly error: FunctionError };
