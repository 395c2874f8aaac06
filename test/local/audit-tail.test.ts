import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { openDataFolder } from "../../lib/local/data-folder.ts";
import { eventLine } from "../../lib/local/event-line.ts";
import { openJsonLines } from "../../lib/local/json-lines.ts";
import { temporaryFolder } from "./test-assembly.ts";

const detail = (seq: number, more: object = {}) => ({
  action: "role.updated",
  actor: { kind: "user", id: "usr_1", email: "ann@acme.example" },
  at: "2026-11-26T08:46:15.962Z",
  chain: "wks_1",
  seq,
  target: { type: "role", id: "rol_1" },
  ...more,
});
const event = (seq: number, more: object = {}) => ({ "detail-type": "role.updated", detail: detail(seq, more) });
const line = (seq: number) =>
  `2026-11-26T08:46:15.962Z  role.updated                ann@acme.example  role rol_1  wks_1 ${seq}`;

class Tail {
  readonly child: ChildProcess;
  out = "";
  error = "";
  readonly ended: Promise<number | null>;

  constructor(given: readonly string[]) {
    const file = join(import.meta.dirname, "../../lib/local/audit-tail.ts");
    this.child = spawn(process.execPath, [file, ...given], { stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout?.on("data", (chunk) => {
      this.out += chunk;
    });
    this.child.stderr?.on("data", (chunk) => {
      this.error += chunk;
    });
    this.ended = new Promise((resolve) => this.child.once("close", resolve));
  }

  get lines(): string[] {
    return this.out.split("\n").slice(0, -1);
  }
}

const running: Tail[] = [];
afterEach(() => {
  for (const { child } of running.splice(0)) child.kill("SIGKILL");
});
function tail(folder: string, ...flags: readonly string[]): Tail {
  const started = new Tail(["--folder", folder, ...flags]);
  running.push(started);
  return started;
}
const eventually = { timeout: 10_000, interval: 30 };

/** A data folder in which a service has put these events. */
async function folderWith(...events: readonly object[]): Promise<{ folder: string; file: string }> {
  const folder = temporaryFolder();
  const open = openDataFolder(folder);
  await openJsonLines(open, "events.jsonl")(events);
  open.close();
  return { folder, file: join(folder, "events.jsonl") };
}

describe("npm run audit:tail", () => {
  test("begins with the last ten, goes on with each that comes, and ends with Ctrl-C", async () => {
    const { folder, file } = await folderWith(...Array.from({ length: 15 }, (_, at) => event(at + 1)));
    const shown = tail(folder);
    await vi.waitFor(
      () => expect(shown.lines).toEqual(Array.from({ length: 10 }, (_, at) => line(at + 6))),
      eventually,
    );
    const [first, rest] = [JSON.stringify(event(16)).slice(0, 30), JSON.stringify(event(16)).slice(30)];
    appendFileSync(file, first);
    await new Promise((resolve) => setTimeout(resolve, 500));
    appendFileSync(file, `${rest}\n${JSON.stringify(event(17))}\n`);
    await vi.waitFor(() => expect(shown.lines.slice(10)).toEqual([line(16), line(17)]), eventually);
    shown.child.kill("SIGINT");
    expect([await shown.ended, shown.error]).toEqual([0, ""]);
  });

  test("gives the events as they are with --json", async () => {
    const { folder, file } = await folderWith(event(1, { after: { name: "ü\u2028" } }));
    const shown = tail(folder, "--json");
    await vi.waitFor(() => expect(shown.out).toBe(readFileSync(file, "utf8")), eventually);
    expect(JSON.parse(shown.out)).toEqual(event(1, { after: { name: "ü\u2028" } }));
  });

  test("reads a file anew that has become shorter", async () => {
    const { folder, file } = await folderWith(event(1), event(2));
    const shown = tail(folder);
    await vi.waitFor(() => expect(shown.lines).toEqual([line(1), line(2)]), eventually);
    writeFileSync(file, `${JSON.stringify(event(3))}\n`);
    await vi.waitFor(() => expect(shown.lines).toEqual([line(1), line(2), line(3)]), eventually);
  });

  test("begins in the middle of a large file at the beginning of a line", async () => {
    const large = { after: { text: "x".repeat(700_000) } };
    const { folder } = await folderWith(...Array.from({ length: 9 }, (_, at) => event(at + 1, large)));
    const shown = tail(folder);
    await vi.waitFor(() => expect(shown.lines.at(-1)).toBe(line(9)), eventually);
    expect(shown.lines).toEqual([5, 6, 7, 8, 9].map(line));
    const raw = tail(folder, "--json");
    await vi.waitFor(() => expect(raw.lines).toHaveLength(5), eventually);
    expect(raw.lines.map((json) => JSON.parse(json).detail.seq)).toEqual([5, 6, 7, 8, 9]);
  });

  test("waits for the first event of a service that has just begun", async () => {
    const { folder, file } = await folderWith();
    const shown = tail(folder);
    await new Promise((resolve) => setTimeout(resolve, 300));
    appendFileSync(file, `${JSON.stringify(event(1))}\n`);
    await vi.waitFor(() => expect(shown.lines).toEqual([line(1)]), eventually);
  });

  test("says in a sentence that no service has run here", async () => {
    const shown = tail(temporaryFolder());
    expect(await shown.ended).toBe(1);
    expect([shown.out, shown.error]).toEqual(["", expect.stringMatching(/^No service has run here .* npm start.*\n$/)]);
  });

  test("says how it is used", async () => {
    const shown = tail(temporaryFolder(), "--colour");
    expect(await shown.ended).toBe(1);
    expect(shown.error).toContain("Known flags: --json");
    expect(shown.error).not.toContain("    at ");
  });
});

describe("a line", () => {
  test.each<[string, object, string]>([
    [
      "names whoever has no address by their id",
      { actor: { kind: "system", id: "retention" } },
      "  retention  role rol_1",
    ],
    [
      "names on whose behalf it was",
      { actor: { kind: "api-key", id: "key_1" }, onBehalfOf: { kind: "user", id: "usr_1", email: "ann@acme.example" } },
      "  key_1 for ann@acme.example  ",
    ],
    ["tells that the event is not whole", { truncated: true }, "wks_1 1  (too large for an event"],
  ])("%s", (_, more, part) => {
    expect(eventLine(JSON.stringify(event(1, more)))).toContain(part);
  });

  test.each([
    ["\n", "\\n"],
    ["\r", "\\r"],
    ["\t", "\\t"],
    ["\u001b[31m", "\\e[31m"],
    ["\u0000", "\\u{0}"],
    ["\u007f", "\\u{7f}"],
    ["\u0085", "\\u{85}"],
    ["\u009b31m", "\\u{9b}31m"],
    ["\u2028", "\\u{2028}"],
    ["\u2029", "\\u{2029}"],
    ["\u202e", "\\u{202e}"],
    ["\u2066", "\\u{2066}"],
    ["\ud800", "\\u{d800}"],
    ["\ufeff", "\\u{feff}"],
  ])("stays one line and shows %j as what it is", (hostile, shown) => {
    const made = eventLine(
      JSON.stringify(
        event(1, {
          actor: { id: `a${hostile}b` },
          target: { type: "role", id: `c${hostile}d` },
          action: `e${hostile}f`,
          at: `g${hostile}h`,
        }),
      ),
    );
    expect(made).toContain(`a${shown}b`);
    expect(made).toContain(`c${shown}d`);
    expect(made).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Cs}]/u);
  });

  test.each(["", "{", "null", "[]", '{"detail":1}', '{"version":"0"}'])("of %j is none", (json) => {
    expect(eventLine(json)).toBeUndefined();
  });
});

test("a line that the death of a service broke off does not spoil the next one", async () => {
  const { folder, file } = await folderWith(event(1));
  appendFileSync(file, '{"detail":{"seq":2');
  const open = openDataFolder(folder);
  await openJsonLines(open, "events.jsonl")([event(3)]);
  open.close();
  expect(readFileSync(file, "utf8").split("\n").map(eventLine)).toEqual([line(1), undefined, line(3), undefined]);
});
