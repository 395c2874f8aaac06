import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, inject, it } from "vitest";

const program = join(import.meta.dirname, "../../lib/local/demo.ts");

async function runDemo(env: Readonly<Record<string, string>>): Promise<{ code: number; out: string; err: string }> {
  const options = { env: { ...process.env, ...env } };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], options);
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

describe("npm run demo", () => {
  const { api, login } = inject("service");
  const ports = { PORT: new URL(api).port, LOGIN_PORT: new URL(login).port };

  it("tells its story on the running service, as often as it is asked to", async () => {
    for (const _ of [1, 2]) {
      const { code, out, err } = await runDemo(ports);
      expect([code, err]).toEqual([0, ""]);
      expect(out.split("\n").filter((line) => line.includes("access/v1/evaluation"))).toEqual([
        expect.stringMatching(/may not .* 200 {2}decision false/),
        expect.stringMatching(/may, .* 200 {2}decision true/),
        expect.stringMatching(/may not, .* 200 {2}decision false/),
      ]);
    }
  });

  it("says in one sentence that no service runs", async () => {
    const api = await runDemo({ ...ports, PORT: "1" });
    expect(api).toEqual({
      code: 1,
      out: "",
      err: "No API answers at http://127.0.0.1:1: start the service with npm start.\n",
    });
    const signIn = await runDemo({ ...ports, LOGIN_PORT: "1" });
    expect(signIn).toMatchObject({ code: 1, err: expect.stringMatching(/^No sign-in answers at .*npm start\.\n$/) });
  });
});
