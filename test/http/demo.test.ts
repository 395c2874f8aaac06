import { execFile } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { AnotherAnswer, Scene } from "../../lib/local/demo-scene.ts";

type Program = "demo.ts" | "demo-directory.ts" | "demo-sso.ts" | "demo-sharing.ts" | "demo-audit.ts";

const { api, login } = inject("service");
const ports = { PORT: new URL(api).port, LOGIN_PORT: new URL(login).port };

async function run(
  program: Program,
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; out: string; err: string }> {
  const file = join(import.meta.dirname, "../../lib/local", program);
  const options = { env: { ...process.env, ...env } };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], options);
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

/** Runs it twice, as each run makes an organization of its own. @returns the lines of each run */
async function runTwice(program: Program): Promise<string[][]> {
  const runs: string[][] = [];
  for (const _ of [1, 2]) {
    const { code, out, err } = await run(program, ports);
    expect([code, err]).toEqual([0, ""]);
    runs.push(out.split("\n"));
  }
  return runs;
}

describe("npm run demo", () => {
  it("tells its story on the running service, as often as it is asked to", async () => {
    for (const lines of await runTwice("demo.ts")) {
      expect(lines.filter((line) => line.includes("access/v1/evaluation"))).toEqual([
        expect.stringMatching(/may not .* 200 {2}decision false/),
        expect.stringMatching(/may, .* 200 {2}decision true/),
        expect.stringMatching(/may not, .* 200 {2}decision false/),
      ]);
    }
  });
});

describe("npm run demo:directory", () => {
  it("shows roles, people and workspaces on the running service, as often as it is asked to", async () => {
    for (const lines of await runTwice("demo-directory.ts")) {
      expect(lines.filter((line) => line.includes("access/v1/evaluation"))).toEqual([
        expect.stringMatching(/^Tia may run .* decision true, .* "Tier 1 Analyst"$/),
        expect.stringMatching(/^Ben may run .* decision true, .* "Tier 1 Analyst"$/),
        expect.stringMatching(/^Tia may not, .* decision false, .* "workflow:run"$/),
        expect.stringMatching(/^Ben may not, .* decision false, .* "workflow:run"$/),
        expect.stringMatching(/^Tia may run again, .* decision true, .* "Operator"$/),
        expect.stringMatching(/^Ben may run again, .* decision true, .* "Operator"$/),
        expect.stringMatching(/^Carl may not .* decision false, .* "workflow:run"$/),
        expect.stringMatching(/^Carl may, .* decision true, .* "Operator"$/),
        expect.stringMatching(/^Carl is shut out, .* 403 {2}code "access.denied"$/),
      ]);
      expect(lines).toContainEqual(expect.stringMatching(/\/preview .* loses\.\*\.userId \[\{tia\},\{ben\}\], /));
      expect(lines).toContainEqual(expect.stringMatching(/users\/bulk .* "Invalid email address"$/));
      expect(lines).toContainEqual(expect.stringMatching(/audit-log\?workspaceId=.* "workspace\.deleted"$/));
      expect(lines.filter((line) => line.length > 140)).toEqual([]);
    }
  });
});

describe("npm run demo:sharing", () => {
  it("shares, uses and ends on the running service, as often as it is asked to", async () => {
    for (const lines of await runTwice("demo-sharing.ts")) {
      expect(lines.filter((line) => line.includes("access/v1/evaluation"))).toEqual([
        expect.stringMatching(/^Tia may run it, .* decision true, .* "Operator"$/),
        expect.stringMatching(/^Vic may not run it, .* decision false, .* "workflow:run"$/),
        expect.stringMatching(/^Nora is told why .* decision false, context\.reason "share\.action"$/),
        expect.stringMatching(/^Nora may use it .* decision true, .* "Owner"$/),
        expect.stringMatching(/^Sam may not, .* decision false, context\.reason "share\.revoked"$/),
        expect.stringMatching(/^Tia may still run .* decision true, .* "Operator"$/),
      ]);
      expect(lines.filter((line) => line.includes("PATCH"))).toEqual([
        expect.stringMatching(/^Tia cannot edit it .* 403 .* "workflow:write"$/),
        expect.stringMatching(/^Nora cannot either, .* 403 .* "workflow:write"$/),
      ]);
      expect(lines.filter((line) => line.includes("nowhere tk-4711"))).toHaveLength(4);
      expect(lines).toContainEqual(expect.stringMatching(/activity-log .* items\.0\.resource\.id \{run\}, /));
      expect(lines).toContainEqual(expect.stringMatching(/shares\/bulk .* \["accepted","pending","accepted"\]$/));
      expect(lines.filter((line) => line.includes("DELETE"))).toEqual([
        expect.stringMatching(/ 409 {2}usedBy.* \[\{north\},\{shr1\},\{south\},\{shr2\},\{east\},\{shr3\}\]$/),
        expect.stringMatching(/\?force=true +204$/),
      ]);
      expect(lines.filter((line) => line.includes("finds it no more"))).toEqual(
        ["Nora", "Sam", "Ella"].map((who) => expect.stringMatching(`^${who} .* 404  code "not_found"$`)),
      );
      expect(lines).toContainEqual(expect.stringMatching(/audit-log.*sharedWith \[\{north\},\{south\},\{east\}\]$/));
      expect(lines).toContainEqual(expect.stringMatching(/audit-log.*because \["resource\.deleted"\]$/));
      expect(lines.filter((line) => line.length > 140)).toEqual([]);
    }
  });
});

describe("npm run demo:audit", () => {
  it("shows keys, the log and its verification on the running service, as often as it is asked to", async () => {
    for (const lines of await runTwice("demo-audit.ts")) {
      expect(lines.filter((line) => /^(Pipeline|Laptop) /.test(line))).toEqual([
        expect.stringMatching(/^Pipeline deploys .* 201 /),
        expect.stringMatching(/^Pipeline reads it .* 200 /),
        expect.stringMatching(/^Pipeline cannot publish it .* decision false, .* "workflow:publish"$/),
        expect.stringMatching(/^Pipeline sees no members .* 403 .* "user-permission:read"$/),
        expect.stringMatching(/^Pipeline reads no audit log .* 403 .* "audit-log:read"$/),
        expect.stringMatching(/^Pipeline makes no other key .* 403 .* "api-key:write"$/),
        expect.stringMatching(/^Pipeline goes on with the old one .* 200 /),
        expect.stringMatching(/^Pipeline comes with the new one .* 200 /),
        expect.stringMatching(/^Pipeline is late with the old one .* 401 /),
        expect.stringMatching(/^Pipeline goes on with the new one .* 200 /),
        expect.stringMatching(/^Pipeline is shut out at once .* 401 /),
        expect.stringMatching(/^Laptop edits the workflow .* 200$/),
        expect.stringMatching(/^Laptop may not, .* 403 .* "workflow:write"$/),
        expect.stringMatching(/^Laptop still reads it .* 200 /),
      ]);
      expect(lines.filter((line) => line.endsWith("nowhere old, nowhere new"))).toHaveLength(5);
      expect(lines.filter((line) => /bwk_/.test(line))).toEqual([]);
      expect(lines.filter((line) => /VERIFY|EDIT/.test(line))).toEqual([
        expect.stringMatching(/ VERIFY max\.jsonl --filtered +0 +broken \[\]$/),
        expect.stringMatching(/ VERIFY log\.jsonl +0 +broken \[\], says\.0 "\{wks\}: entries 1 to 9"$/),
        expect.stringMatching(/^Mallory .* 0 +bytes 1$/),
        expect.stringMatching(/ VERIFY log\.jsonl +1 +broken\.0\.seq 7, broken\.0\.reason "altered"$/),
        expect.stringMatching(/^Mallory .* 0 +bytes 1$/),
        expect.stringMatching(/ VERIFY max\.jsonl --filtered +1 +broken\.0\.seq 7, broken\.0\.reason "altered"$/),
      ]);
      expect(lines.filter((line) => line.length > 140)).toEqual([]);
    }
  });
});

describe.each<Program>(["demo.ts", "demo-directory.ts", "demo-sharing.ts", "demo-audit.ts"])("%s", (program) => {
  const teapot = createServer((_request, response) => void response.writeHead(418).end('{"code":"teapot"}'));
  beforeAll(() => new Promise<void>((resolve) => void teapot.listen(0, "127.0.0.1", resolve)));
  afterAll(() => void teapot.close());

  it("ends at the first answer that is not as told", async () => {
    const { port } = teapot.address() as AddressInfo;
    const { code, out, err } = await run(program, { ...ports, PORT: String(port) });
    expect(code).toBe(1);
    expect(out).toMatch(/^Ann makes an organization +POST \/v1\/orgs +418 {2}name undefined\n$/);
    expect(err).toBe('Told was 201 with {"name":"Acme"}; the whole answer is {"code":"teapot"}\n');
  });

  it("says in one sentence that no service runs", async () => {
    expect(await run(program, { ...ports, PORT: "1" })).toEqual({
      code: 1,
      out: "",
      err: "No API answers at http://127.0.0.1:1: start the service with npm start.\n",
    });
    const signIn = await run(program, { ...ports, LOGIN_PORT: "1" });
    expect(signIn).toMatchObject({ code: 1, err: expect.stringMatching(/^No sign-in answers at .*npm start\.\n$/) });
  });
});

describe("a line of a demo", () => {
  it("is not as told where what it hides shows anywhere in the answer", async () => {
    const printed = vi.spyOn(console, "log").mockImplementation(() => {});
    const scene = new Scene(api, login, {}, { deed: 1, request: 1 });
    const health = { who: "Ann", does: "asks", request: "GET /v1/health", status: 200, shows: {} };
    await scene.play({ ...health, hides: "tk-4711" });
    expect(printed.mock.lastCall?.[0]).toMatch(/ 200 {2}nowhere tk-4711$/);
    await expect(scene.play({ ...health, hides: "status" })).rejects.toThrow(AnotherAnswer);
    expect(printed.mock.lastCall?.[0]).toMatch(/ 200 {2}somewhere status$/);
    printed.mockRestore();
  });

  it("tells a secret by its name, and is not as told where the secret itself shows", async () => {
    const printed = vi.spyOn(console, "log").mockImplementation(() => {});
    const scene = new Scene(api, login, {}, { deed: 1, request: 1 });
    const health = { who: "Ann", does: "asks", request: "GET /v1/health", status: 200, shows: {} };
    await scene.play({ ...health, keeps: { key: "status" } });
    await expect(scene.play({ ...health, hides: ["other", "key"] })).rejects.toThrow(
      /^Told .* and no other and no key;/,
    );
    expect(printed.mock.lastCall?.[0]).toMatch(/ 200 {2}nowhere other, somewhere key$/);
    expect(scene.legend()).toBe("");
    printed.mockRestore();
  });
});

describe("npm run demo:sso", () => {
  it("signs people in through a provider, as often as it is asked to", async () => {
    for (const lines of await runTwice("demo-sso.ts")) {
      expect(lines.filter((line) => line.includes("SIGN-IN"))).toEqual([
        expect.stringMatching(/^Dana signs in with a browser .* 200$/),
        expect.stringMatching(/^Dana signs in again .* 200$/),
        expect.stringMatching(/^Fay signs in; she is an admin .* 200$/),
        expect.stringMatching(/^Dana is not let in any more .* 403 {2}detail /),
      ]);
      expect(lines.filter((line) => line.includes('"lockout"'))).toHaveLength(1);
    }
  });
});
