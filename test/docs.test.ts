/**
 * The documents say what the code does. What can be derived is derived here and compared; where a test of this file fails because
 * the code has moved on, it prints the text that belongs into the page.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { routes } from "../lib/api/routes.ts";
import { follows, hashText, NO_HASH } from "../lib/domain/audit.ts";
import type { Json } from "../lib/domain/canonical-json.ts";
import { canonicalize } from "../lib/domain/canonical-json.ts";
import type { KeyId } from "../lib/domain/ids.ts";
import { KEY_FORM } from "../lib/domain/key-form.ts";
import { limits } from "../lib/domain/limits.ts";
import { predefinedRoles } from "../lib/domain/predefined-roles.ts";
import { readSecurityEvent } from "../lib/domain/security-events.ts";
import { makeKeyCredential } from "../lib/identity/key-credentials.ts";
import { tenantSettings } from "../lib/infra/tenant-settings.ts";
import { TestPeople } from "../lib/local/test-people.ts";
import packageJson from "../package.json" with { type: "json" };
import { readSettings } from "./aws/settings.ts";
import { listExampleFaults, operatorTable, outcomeTable, PAGE } from "./docs/claim-rule-tables.ts";
import { keyRows, rangeRows } from "./docs/key-tables.ts";
import { expectMarked, pages, pathOf, readMarked, readPage, toTable, withSentences } from "./docs/page.ts";
import { measureRoutes } from "./docs/route-costs.ts";
import { routeTables, shorten } from "./docs/route-tables.ts";
import { stateTable } from "./docs/share-states.ts";
import { costTable } from "./docs/sharing-costs.ts";

describe("README", () => {
  it("lists every route, who may, and what it does", () => {
    expectMarked("README.md", "routes", routeTables(routes));
  });

  it("lists every predefined role", () => {
    const rows = predefinedRoles.map(({ id, name, level, description, needs }) => [
      name,
      `\`${id}\``,
      level,
      needs === undefined ? description : `${description} Needs the feature \`${needs}\`.`,
    ]);
    expectMarked("README.md", "roles", toTable(["role", "id", "level", "what it is for"], rows));
  });

  it("lists every limit", () => {
    const rows = Object.entries(limits).map(([name, value]) => [`\`${name}\``, value.toLocaleString("en")]);
    const wanted = withSentences("README.md", "limits", rows);
    expectMarked("README.md", "limits", toTable(["limit", "value", "of what"], wanted));
  });

  it("lists every setting of a tenant file", () => {
    const rows = Object.keys(tenantSettings.shape).map((name) => [`\`${name}\``]);
    const wanted = withSentences("README.md", "settings", rows);
    expectMarked("README.md", "settings", toTable(["setting", "what it says"], wanted));
  });

  it("lists every npm script", () => {
    const rows = Object.keys(packageJson.scripts).map((name) => [
      `\`npm ${name === "start" || name === "test" ? "" : "run "}${name}\``,
    ]);
    const wanted = withSentences("README.md", "commands", rows);
    expectMarked("README.md", "commands", toTable(["command", "what it does"], wanted));
  });
});

describe("ARCHITECTURE", () => {
  it("lists every key of the table as the code makes it", () => {
    const wanted = withSentences("ARCHITECTURE.md", "keys", keyRows());
    expectMarked("ARCHITECTURE.md", "keys", toTable(["`keys.`", "pk", "sk", "what it is, and who reads it"], wanted));
  });

  it("lists every range that is queried", () => {
    const wanted = withSentences("ARCHITECTURE.md", "ranges", rangeRows());
    expectMarked("ARCHITECTURE.md", "ranges", toTable(["`ranges.`", "pk", "sk begins with", "who reads it"], wanted));
  });

  it("says what each route costs at the table", async () => {
    const guarded = routes.filter(({ access }) => access.kind !== "public");
    const costs = await measureRoutes(guarded);
    const rows = guarded.map((route) => {
      const cost = costs.get(route);
      expect([route.operationId, cost?.status]).toEqual([route.operationId, route.reply.status]);
      return [
        `\`${route.method} ${shorten(route.path)}\``,
        ...[cost?.trips, cost?.readUnits, cost?.writeUnits].map((number) => String(number)),
      ];
    });
    expectMarked("ARCHITECTURE.md", "costs", toTable(["route", "round trips", "read units", "write units"], rows));
  }, 120_000);

  it("hashes the worked example as another tool does, and as the audit log does", () => {
    const lines = readMarked("ARCHITECTURE.md", "audit-example")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("```"));
    const entries = lines.flatMap((text, index) => (index % 2 === 0 ? [{ text, hash: lines[index + 1] ?? "" }] : []));
    expect(entries.length).toBeGreaterThan(1);
    let head = { seq: 0, hash: NO_HASH };
    for (const [index, { text, hash }] of entries.entries()) {
      expect(hashElsewhere(text)).toBe(hash);
      expect(hashText(text)).toBe(hash);
      expect(canonicalize(JSON.parse(text) as Json)).toBe(text);
      const sealed = { seq: index + 1, text, hash };
      expect(follows(JSON.parse(text).chain, head, sealed)).toBe(true);
      head = sealed;
    }
  });
});

describe("the page of claim rules", () => {
  it("lists every operator with its examples", () => {
    expectMarked(PAGE, "operators", operatorTable());
  });

  it("shows what its own example comes to, whose conditions may be written so", () => {
    expect(listExampleFaults()).toEqual([]);
    expectMarked(PAGE, "outcome", outcomeTable());
  });
});

describe("the page of sharing", () => {
  it("shows what a share gives in every state", async () => {
    expectMarked("docs/sharing.md", "states", await stateTable());
  }, 120_000);

  it("says what something shared costs, and something of one's own", async () => {
    expectMarked("docs/sharing.md", "costs", await costTable());
  }, 120_000);
});

describe("the page of the local sign-in", () => {
  it("lists the people of the test providers, and what is said of them", () => {
    const rows = new TestPeople().list().map(({ email, claims }) => [`\`${email}\``, `\`${JSON.stringify(claims)}\``]);
    expectMarked("docs/local-sign-in.md", "test-people", toTable(["address", "claims"], rows));
  });

  it("names every variable that the check at AWS wants", () => {
    const wanted = wantedVariables();
    expect(wanted.length).toBeGreaterThan(5);
    expect(wanted.filter((name) => !readPage("docs/local-sign-in.md").includes(`\`${name}\``))).toEqual([]);
  });
});

describe("the page of API keys", () => {
  it("says how one finds keys in a text, as README does", () => {
    const [, pattern = ""] = readMarked("docs/api-keys.md", "pattern").split("\n");
    const key = makeKeyCredential("key_01m8bm0a4fmm9p5es0dzqsb4ed" as KeyId, randomBytes);
    expect(pattern).toBe(KEY_FORM.replace(/[()]/g, ""));
    expect(new RegExp(pattern).exec(`KEY="${key}"`)?.[0]).toBe(key);
    expect(new RegExp(pattern).test(key.slice(0, -1))).toBe(false);
    expect(readPage("README.md")).toContain(`\`${pattern}\``);
  });
});

describe("the page of security events", () => {
  it("shows lines of which records are made", () => {
    const lines = readMarked("docs/security-events.md", "lines")
      .split("\n")
      .filter((line) => line.startsWith("{"));
    const read = lines.map((line) => readSecurityEvent(JSON.parse(line))?.event);
    expect(read).toEqual(["access.denied", "credential.refused", "sign_in.refused"]);
  });

  it("says the defaults of the firewall and of the alarms, and how long records stay", () => {
    const { throttling, alarms } = tenantSettings.shape;
    const page = readPage("docs/security-events.md");
    for (const [name, value] of Object.entries(throttling.parse({ rate: 1, burst: 1 }).perMinute)) {
      expect(page).toContain(`\`throttling.perMinute.${name}\` (${value.toLocaleString("en")})`);
    }
    for (const [name, value] of Object.entries(alarms.parse({}))) expect(page).toContain(`  ${name}: ${value}\n`);
    expect(page).toContain(`after ${limits.activityDays} days`);
    expect(page).toContain(`for ${limits.refusedSubjects} subjects`);
  });
});

describe("every page", () => {
  it.each(pages)("%s links to what is there", (page) => {
    const targets = [...readPage(page).matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map(([, target]) => target ?? "");
    const broken = targets.filter((target) => !existsSync(join(dirname(pathOf(page)), target)));
    expect(broken).toEqual([]);
  });

  it.each(pages)("%s names files that are there", (page) => {
    const named = [...readPage(page).matchAll(/`((?:lib|functions|test|bench|docs|tenants)\/[^`\s]*?)`/g)];
    const paths = named.map(([, path]) => path ?? "").filter((path) => !/[<*{]/.test(path));
    expect(paths.filter((path) => !existsSync(pathOf(path)))).toEqual([]);
  });

  it.each(pages)("%s names npm scripts that there are", (page) => {
    const named = [...readPage(page).matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, script]) => script ?? "");
    expect(named.filter((script) => !Object.hasOwn(packageJson.scripts, script))).toEqual([]);
  });

  it("that records a decision is reached from ARCHITECTURE, and their numbers have no gap", () => {
    const decisions = pages.filter((page) => page.startsWith("docs/decisions/"));
    const numbers = decisions.map((page) => Number(page.slice("docs/decisions/".length).split("-")[0]));
    expect(numbers).toEqual(decisions.map((_, index) => index + 1));
    for (const page of decisions) expect(readPage("ARCHITECTURE.md")).toContain(`(${page})`);
  });
});

/** As the check itself asks for them. */
function wantedVariables(): string[] {
  try {
    readSettings({});
  } catch (error) {
    return (error as Error).message.match(/[A-Z]+(?:_[A-Z]+)+/g) ?? [];
  }
  return [];
}

/** SHA-256 by a tool that shares no line with ours: whichever of them the machine has. */
function hashElsewhere(text: string): string {
  const tools = [["sha256sum"], ["shasum", "-a", "256"], ["openssl", "dgst", "-sha256", "-r"]] as const;
  for (const [tool, ...flags] of tools) {
    const { status, stdout } = spawnSync(tool, flags, { input: text, encoding: "utf8" });
    if (status === 0) return stdout.split(" ")[0] ?? "";
  }
  throw new Error(`none of ${tools.map(([tool]) => tool).join(", ")} is here`);
}
