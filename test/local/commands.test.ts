import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalService, startLocal } from "../../lib/local/service.ts";
import { writeAssembly } from "./test-assembly.ts";

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Runs a command of `lib/local` with the Node that runs the tests. */
function run(script: string, given: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const file = join(import.meta.dirname, "../../lib/local", script);
    execFile(
      process.execPath,
      [file, ...given],
      { env: { ...process.env, ...environment } },
      (error, out, complaint) => {
        resolve({ code: error === null ? 0 : Number(error.code), out, error: complaint });
      },
    );
  });
}

describe("npm start", () => {
  test.each<[string, readonly string[], Record<string, string>, string]>([
    ["an unknown flag", ["--nonsense"], {}, "Known flags: --memory --no-seed --logs"],
    ["a port that is none", [], { PORT: "http" }, 'PORT must be a port number, not "http".'],
    ["a port beyond the last", [], { LOGIN_PORT: "65536" }, 'LOGIN_PORT must be a port number, not "65536".'],
  ])("refuses %s in a sentence", async (_, flags, environment, sentence) => {
    const ended = await run("start.ts", flags, environment);
    expect(ended).toMatchObject({ code: 1, out: "" });
    expect(ended.error).toContain(sentence);
    expect(ended.error).not.toContain("    at ");
  });
});

describe("npm run token", () => {
  let service: LocalService;
  beforeAll(async () => {
    const assembly = writeAssembly({
      functions: { answer: { code: "export const handler = async () => ({ statusCode: 200 });" } },
      methods: { "GET /v1/health": { function: "answer" } },
    });
    service = await startLocal({ port: 0, loginPort: 0, memory: true, assembly });
  });
  afterAll(() => service.stop());
  const LOGIN_PORT = () => new URL(service.login).port;

  test("prints a token and nothing else", async () => {
    const ended = await run("token.ts", ["ann@acme.example"], { LOGIN_PORT: LOGIN_PORT() });
    expect(ended).toEqual({ code: 0, out: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+\n$/), error: "" });
  });

  test.each<[string, readonly string[], string]>([
    ["the reason of a refusal", ["refused@acme.example"], "The organization has locked you out"],
    ["what is wrong with the address", ["ann"], "The sign-in refuses ann"],
    ["how it is used", [], "Say for whom"],
    ["that it knows no such option", ["ann@acme.example", "--colour", "red"], "Say for whom"],
    ["that only a provider brings claims", ["ann@acme.example", "--claims", "{}"], "Say for whom"],
    [
      "that claims are an object",
      ["ann@acme.example", "--identity-provider", "idp_1", "--claims", "SOC"],
      "The claims must be a JSON object.",
    ],
    [
      "that there is no such provider",
      ["ann@acme.example", "--identity-provider", "idp_1", "--claims", '{"groups":["SOC"]}'],
      "/identityProvider there is no such identity provider",
    ],
  ])("says %s", async (_, given, sentence) => {
    const ended = await run("token.ts", given, { LOGIN_PORT: LOGIN_PORT() });
    expect(ended).toMatchObject({ code: 1, out: "" });
    expect(ended.error).toContain(sentence);
  });

  test("says that no service runs", async () => {
    const ended = await run("token.ts", ["ann@acme.example"], { LOGIN_PORT: "1" });
    expect(ended).toEqual({
      code: 1,
      out: "",
      error: "No sign-in answers at http://127.0.0.1:1: start the service with npm start.\n",
    });
  });
});
