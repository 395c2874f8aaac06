/**
 * The answers that API Gateway gives by itself, rendered from the template. Its templates are no language: `$context.name` is
 * replaced by the value as it is, or by nothing where there is none.
 */
import type { Deployment } from "./deployment.ts";
import { asNumber, asRecord, asText } from "./shape.ts";
import { StartRefusal } from "./start-refusal.ts";

/** The types this host can come to, with the status that API Gateway uses unless the template says another. */
const defaultStatus = {
  ACCESS_DENIED: 403,
  UNAUTHORIZED: 401,
  AUTHORIZER_FAILURE: 500,
  AUTHORIZER_CONFIGURATION_ERROR: 500,
  MISSING_AUTHENTICATION_TOKEN: 403,
  INVALID_SIGNATURE: 403,
  BAD_REQUEST_BODY: 400,
  REQUEST_TOO_LARGE: 413,
  INTEGRATION_FAILURE: 502,
  INTEGRATION_TIMEOUT: 504,
} as const;

export type GatewayResponseType = keyof typeof defaultStatus;

/** Where values come from: a path such as `context.authorizer.code` or `method.request.header.X-Request-ID`. */
export type Lookup = (path: string) => string | undefined;

export interface RenderedResponse {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

type Part = { readonly literal: string } | { readonly path: string };

interface Compiled {
  readonly status: number | undefined;
  readonly headers: readonly (readonly [string, Part])[];
  readonly body: readonly Part[] | undefined;
}

const HEADER = "gatewayresponse.header.";
const VARIABLE = /\$(context(?:\.[A-Za-z_][\w-]*)+|stageVariables\.\w+)/g;

export class GatewayResponses {
  readonly #compiled: ReadonlyMap<string, Compiled>;

  constructor(compiled: ReadonlyMap<string, Compiled>) {
    this.#compiled = compiled;
  }

  render(type: GatewayResponseType, lookup: Lookup): RenderedResponse {
    const usual = defaultStatus[type];
    const own = this.#compiled.get(type) ?? this.#compiled.get(usual < 500 ? "DEFAULT_4XX" : "DEFAULT_5XX");
    const headers = new Map<string, readonly [string, string]>([
      ["content-type", ["Content-Type", "application/json"]],
    ]);
    for (const [name, part] of own?.headers ?? []) {
      const value = valueOfPart(part, lookup);
      if (value !== undefined && isHeaderValue(value)) headers.set(name.toLowerCase(), [name, value]);
    }
    const body = own?.body ?? [{ literal: '{"message":' }, { path: "context.error.messageString" }, { literal: "}" }];
    return {
      status: own?.status ?? usual,
      headers: [...headers.values()],
      body: body.map((part) => valueOfPart(part, lookup) ?? "").join(""),
    };
  }
}

export function readGatewayResponses(deployment: Deployment): GatewayResponses {
  const compiled = new Map<string, Compiled>();
  for (const resource of deployment.every("AWS::ApiGateway::GatewayResponse")) {
    const read = (name: string) => deployment.property(resource, name);
    const status = read("StatusCode");
    const parameters = Object.entries(asRecord(read("ResponseParameters") ?? {}, `${resource.id}.ResponseParameters`));
    const templates = asRecord(read("ResponseTemplates") ?? {}, `${resource.id}.ResponseTemplates`);
    const template = templates["application/json"];
    compiled.set(asText(read("ResponseType"), `${resource.id}.ResponseType`), {
      status: status === undefined ? undefined : asNumber(status, `${resource.id}.StatusCode`),
      headers: parameters.map(([name, source]) => readParameter(name, asText(source, name))),
      body: template === undefined ? undefined : partsOf(asText(template, `${resource.id}.ResponseTemplates`)),
    });
  }
  return new GatewayResponses(compiled);
}

function readParameter(name: string, source: string): readonly [string, Part] {
  const header = name.startsWith(HEADER) ? name.slice(HEADER.length) : "";
  const constant = /^'(.*)'$/s.exec(source)?.[1];
  const isSource = /^(context|method\.request\.(header|querystring|path)|stageVariables)\./.test(source);
  if (header === "" || (constant === undefined && !isSource)) {
    throw new StartRefusal(`A gateway response has the parameter ${name}: ${source}, which API Gateway would refuse.`);
  }
  return [header, constant === undefined ? { path: source } : { literal: constant }];
}

function partsOf(template: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const found of template.matchAll(VARIABLE)) {
    parts.push({ literal: template.slice(end, found.index) }, { path: found[1] ?? "" });
    end = found.index + found[0].length;
  }
  return [...parts, { literal: template.slice(end) }];
}

function valueOfPart(part: Part, lookup: Lookup): string | undefined {
  return "literal" in part ? part.literal : lookup(part.path);
}

/** Values of the authorizer's context are any text; a header must not be cut in two by one. */
function isHeaderValue(value: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}
