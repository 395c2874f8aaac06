/** What every answer must be, whichever test asked: as its own OpenAPI document says, or a problem with all that a problem has. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";
import { problemKinds } from "../../lib/api/problem.ts";
import type { Answer } from "./client.ts";

export type AnswerCheck = (
  method: string,
  path: string,
  sent: Readonly<Record<string, string | readonly string[]>>,
  answer: Answer,
) => void;

interface Operation {
  readonly responses: Readonly<
    Record<string, { content?: Record<string, { schema: object }>; headers?: Record<string, unknown> } | undefined>
  >;
}

export interface OpenApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const formats = { "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, email: /^[^@\s]+@[^@\s]+$/ };

export function readContract(document: OpenApiDocument): AnswerCheck {
  // OpenAPI's own words (`example`) mean nothing to a validator.
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats });
  ajv.addSchema(document, "openapi.json");
  const find = pathFinder(Object.keys(document.paths));
  const validatorOf = (path: string, method: string, status: string, type: string) => {
    const steps = ["paths", path, method, "responses", status, "content", type, "schema"];
    const pointer = steps.map((step) => encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
    return ajv.getSchema(`openapi.json#/${pointer}`);
  };

  return (method, path, sent, answer) => {
    const told = `${method} ${path} answered ${answer.status} ${answer.text.slice(0, 2_000)}`;
    const written = Object.entries(sent).find(([name]) => name.toLowerCase() === "x-request-id")?.[1];
    const template = find(path.split("?")[0] ?? path);
    const operation = template === undefined ? undefined : document.paths[template]?.[method.toLowerCase()];
    if (answer.status >= 400) {
      checkProblem(answer, written, method, told);
      if (operation === undefined) return;
      const declared = String(answer.status) in operation.responses ? String(answer.status) : "default";
      const validate = validatorOf(template ?? "", method.toLowerCase(), declared, "application/problem+json");
      if (validate === undefined) throw new Error(`${told}, which the operation does not declare`);
      validate(answer.body);
      return expect(validate.errors ?? [], told).toEqual([]);
    }
    const response = operation?.responses[String(answer.status)];
    expect(response, `${told}, which the document does not know`).toBeDefined();
    expect(answer.headers["x-request-id"], told).toMatch(/^\S+$/);
    expect(answer.headers["cache-control"], told).toBe("no-store");
    if (response?.headers?.ETag !== undefined) expect(answer.headers.etag, told).toMatch(/^"[^"]+"$/);
    if (response?.content === undefined) return expect(answer.text, told).toBe("");
    const type = "application/json";
    expect(answer.headers["content-type"], told).toBe(type);
    const validate = validatorOf(template ?? "", method.toLowerCase(), String(answer.status), type);
    if (validate === undefined) throw new Error(`${told}, for which there is no schema`);
    validate(answer.body);
    expect(validate.errors ?? [], told).toEqual([]);
  };
}

/** RFC 9457, with the members that the contract names, from whatever part of the service it comes. */
function checkProblem(answer: Answer, sentId: string | readonly string[] | undefined, method: string, told: string) {
  expect(answer.headers["content-type"], told).toBe("application/problem+json");
  expect(answer.headers["cache-control"], told).toBe("no-store");
  if (method === "HEAD") return;
  const { body } = answer;
  const kind = problemKinds[body.code as keyof typeof problemKinds];
  expect(kind, told).toBeDefined();
  expect(body, told).toMatchObject({
    type: `urn:bailiwick:problem:${body.code}`,
    title: kind.title,
    status: answer.status,
    detail: expect.stringMatching(/./),
    requestId: expect.stringMatching(/^\S+$/),
  });
  expect(kind.status, told).toBe(answer.status);
  expect("requiredScope" in body, told).toBe(body.code === "access.denied");
  if (answer.status === 401)
    expect(answer.headers["www-authenticate"] ?? answer.headers["x-amzn-remapped-www-authenticate"], told).toBe(
      "Bearer",
    );
  if (answer.status === 429 || answer.status === 503) expect(answer.headers["retry-after"], told).toMatch(/^\d+$/);
  for (const { pointer, detail } of body.errors ?? []) {
    expect(pointer, told).toMatch(/^(\/([^~/]|~[01])*)*$/);
    expect(detail, told).toMatch(/./);
  }
  // An id that can be echoed is; one that cannot is replaced.
  const echo = answer.headers["x-request-id"];
  if (typeof sentId === "string" && /^[\w.~-]{1,128}$/.test(sentId)) expect(echo, told).toBe(sentId);
}

/** Finds the path of the document that a path is of; a literal step is preferred to a parameter. */
function pathFinder(templates: readonly string[]): (path: string) => string | undefined {
  const patterns = templates
    .map((template) => ({
      template,
      pattern: new RegExp(`^${template.replace(/\{\w+\}/g, "[^/]+").replaceAll(".", "\\.")}/?$`),
    }))
    .sort((a, b) => count(a.template) - count(b.template));
  return (path) => patterns.find(({ pattern }) => pattern.test(path))?.template;
}

function count(template: string): number {
  return template.split("{").length;
}
