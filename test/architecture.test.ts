/** The shape of the code, kept by its import graph: who may import whom, and what may stand where (`ARCHITECTURE.md`). */
import { readdirSync, readFileSync } from "node:fs";
import { basename, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

interface SourceFile {
  /** From the top of the repository. */
  readonly path: string;
  readonly text: string;
}

interface Layer {
  /** Layers that it may import, beside itself. */
  readonly layers: readonly string[];
  /** Layers of which it may import types only. */
  readonly types: readonly string[];
  /** Packages by name or, with a `/` at the end, by scope. `any` where the host is made of what it needs. */
  readonly packages: readonly string[] | "any";
  /** Modules of Node, each with what may be imported of it. */
  readonly builtins: Readonly<Record<string, readonly string[]>> | "any";
}

const pure = { layers: [], types: [], packages: [], builtins: {} } as const;

const layers: Readonly<Record<string, Layer>> = {
  "lib/domain": { ...pure, builtins: { "node:crypto": ["createHash"] } },
  "lib/store": {
    ...pure,
    layers: ["lib/domain"],
    packages: ["@aws-sdk/client-dynamodb", "@aws-sdk/lib-dynamodb"],
    builtins: { "node:zlib": ["deflateRawSync", "inflateRawSync"] },
  },
  "lib/identity": {
    ...pure,
    layers: ["lib/domain"],
    types: ["lib/store"],
    packages: ["jose"],
    builtins: { "node:crypto": ["createHmac", "timingSafeEqual"], "node:zlib": ["crc32"] },
  },
  "lib/api": {
    layers: ["lib/domain"],
    types: ["lib/store", "lib/identity", "lib/pool", "lib/archive"],
    packages: ["zod", "zod-openapi"],
    builtins: { "node:crypto": ["createHmac", "randomBytes", "randomUUID", "timingSafeEqual"] },
  },
  "lib/pool": {
    ...pure,
    layers: ["lib/domain"],
    packages: ["@aws-sdk/client-cognito-identity-provider"],
    builtins: {
      "node:dns/promises": ["lookup"],
      "node:http": ["IncomingMessage", "request"],
      "node:https": ["request"],
    },
  },
  "lib/archive": {
    ...pure,
    layers: ["lib/domain"],
    packages: ["@aws-sdk/client-s3", "@aws-sdk/s3-request-presigner", "@aws-sdk/client-kms"],
    builtins: { "node:crypto": ["createHash", "createPublicKey", "KeyObject", "verify"] },
  },
  "lib/events": { ...pure, layers: ["lib/domain"], packages: ["@aws-sdk/client-eventbridge"] },
  functions: {
    layers: ["lib/domain", "lib/store", "lib/identity", "lib/pool", "lib/archive", "lib/events", "lib/api"],
    types: ["aws-lambda"],
    packages: ["@middy/", "@aws-lambda-powertools/"],
    builtins: { "node:zlib": ["gunzipSync"], "node:timers/promises": ["setTimeout"] },
  },
  "lib/infra": {
    layers: ["lib/domain", "lib/api"],
    types: [],
    packages: ["aws-cdk-lib", "constructs", "cdk-nag", "esbuild", "yaml", "zod"],
    builtins: "any",
  },
  "lib/local": { layers: ["lib/domain"], types: ["lib/api"], packages: "any", builtins: "any" },
};

const layerOf = (path: string) => Object.keys(layers).find((name) => path.startsWith(`${name}/`));

interface Import {
  readonly from: string;
  readonly isType: boolean;
  /** What is imported, where it is named. */
  readonly names: readonly string[];
}

function listImports(text: string): Import[] {
  const statements = text.matchAll(/^(?:import|export)\s+(type\s+)?([^"';]*?)\s*from\s+"([^"]+)"/gm);
  const bare = text.matchAll(/^import\s+"([^"]+)"|\b(?:import|require)\(\s*"([^"]+)"/gm);
  return [
    ...[...statements].map(([, type, clause = "", from = ""]) => {
      const parts = (/\{([^}]*)\}/.exec(clause)?.[1] ?? clause).split(",").map((part) => part.trim());
      const names = parts.filter((part) => part !== "");
      const isType = type !== undefined || (clause.startsWith("{") && names.every((name) => name.startsWith("type ")));
      return { from, isType, names: names.map((name) => name.replace(/^type /, "").replace(/ as .*$/, "")) };
    }),
    ...[...bare].map(([, plain, called]) => ({ from: plain ?? called ?? "", isType: false, names: [] })),
  ];
}

function findImportFaults({ path, text }: SourceFile): string[] {
  const own = layerOf(path);
  const layer = layers[own ?? ""];
  if (layer === undefined) return [];
  return listImports(text).flatMap((one) => {
    const fault = [`${path} imports ${one.from}`];
    if (one.from.startsWith(".")) {
      const target = posix.join(posix.dirname(path), one.from);
      const other = layerOf(target);
      if (other === own || target.endsWith(".json")) return [];
      if (other === undefined) return fault;
      return layer.layers.includes(other) || (one.isType && layer.types.includes(other)) ? [] : fault;
    }
    if (one.from.startsWith("node:")) {
      if (layer.builtins === "any") return [];
      const allowed = layer.builtins[one.from] ?? [];
      return one.names.length > 0 && one.names.every((name) => allowed.includes(name)) ? [] : fault;
    }
    if (layer.packages === "any" || (one.isType && layer.types.includes(one.from))) return [];
    const isAllowed = layer.packages.some(
      (name) => one.from === name || one.from.startsWith(name.replace(/\/?$/, "/")),
    );
    return isAllowed ? [] : fault;
  });
}

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");

const readsEnvironment = ["functions/wiring/config.ts", "lib/local/", "lib/infra/", "test/", "bench/"];
const hasKeys = ["lib/store/keys.ts", "lib/infra/", "lib/local/", "test/", "bench/"];
const VAGUE = /^(utils?|helpers?|common|managers?|misc|index)$/;
const MOST_LINES = 400;

function findShapeFaults({ path, text }: SourceFile): string[] {
  const code = withoutComments(text);
  const name = basename(path);
  const stands = (places: readonly string[]) => places.some((place) => path.startsWith(place));
  const faults: [boolean, string][] = [
    [name.split(/[.-]/).some((part) => VAGUE.test(part)), "has a name that says nothing"],
    [!/^[a-z0-9]+([.-][a-z0-9]+)*\.ts$/.test(name), "is not named in kebab case"],
    [/^export default\b|^export =|^export \{[^}]*\bas default\b/m.test(code), "has a default export"],
    [/\bprocess\b\??\.?\[?"?env\b|"node:process"/.test(code) && !stands(readsEnvironment), "reads the environment"],
    [/[A-Za-z}]#|["'`]#["'`]/.test(code) && !stands(hasKeys), "writes a key"],
    [/^(lib|functions)\//.test(path) && text.trimEnd().split("\n").length > MOST_LINES, `is over ${MOST_LINES} lines`],
  ];
  return faults.flatMap(([isFault, what]) => (isFault ? [`${path} ${what}`] : []));
}

const findFaults = (files: readonly SourceFile[]) =>
  files.flatMap((file) => [...findImportFaults(file), ...findShapeFaults(file)]);

function readSources(): SourceFile[] {
  const top = fileURLToPath(new URL("..", import.meta.url));
  return ["lib", "functions", "test", "bench"].flatMap((folder) =>
    readdirSync(`${top}${folder}`, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && !path.includes("node_modules"))
      .map((path) => ({ path: `${folder}/${path}`, text: readFileSync(`${top}${folder}/${path}`, "utf8") })),
  );
}

describe("the code", () => {
  const files = readSources();

  it("imports only downwards, and each thing stands in its place", () => {
    expect(findFaults(files)).toEqual([]);
  });

  it("was really looked at: every layer has files, and their imports were seen", () => {
    for (const layer of Object.keys(layers)) {
      const own = files.filter(({ path }) => layerOf(path) === layer);
      expect(own.length).toBeGreaterThan(2);
      expect(own.flatMap(({ text }) => listImports(text)).length).toBeGreaterThan(3);
    }
  });
});

describe("the test itself", () => {
  const bad: readonly [string, string, string][] = [
    ["lib/domain/a.ts", 'import { x } from "../store/store.ts";', "imports ../store/store.ts"],
    ["lib/domain/a.ts", 'import type { X } from "../api/route.ts";', "imports ../api/route.ts"],
    ["lib/domain/a.ts", 'import * as z from "zod";', "imports zod"],
    ["lib/domain/a.ts", 'import { readFileSync } from "node:fs";', "imports node:fs"],
    ["lib/domain/a.ts", 'import { createHash, randomBytes } from "node:crypto";', "imports node:crypto"],
    ["lib/domain/a.ts", 'const x = await import("../store/store.ts");', "imports ../store/store.ts"],
    ["lib/domain/a.ts", 'export { x } from "../store/store.ts";', "imports ../store/store.ts"],
    ["lib/domain/a.ts", 'import "../../test/engine.ts";', "imports ../../test/engine.ts"],
    ["lib/store/a.ts", 'import type { X } from "../api/route.ts";', "imports ../api/route.ts"],
    ["lib/store/a.ts", 'import { x } from "@aws-sdk/client-s3";', "imports @aws-sdk/client-s3"],
    ["lib/identity/a.ts", 'import { openStore } from "../store/store.ts";', "imports ../store/store.ts"],
    ["lib/api/a.ts", 'import { pause } from "../store/faults.ts";', "imports ../store/faults.ts"],
    ["lib/api/a.ts", 'import {\n  type A,\n  pause,\n} from "../store/faults.ts";', "imports ../store/faults.ts"],
    ["lib/api/a.ts", 'import { verify } from "../identity/verify-token.ts";', "imports ../identity/verify-token.ts"],
    ["lib/api/a.ts", 'import type { Handler } from "aws-lambda";', "imports aws-lambda"],
    ["functions/a.ts", 'import { Stack } from "aws-cdk-lib";', "imports aws-cdk-lib"],
    ["functions/wiring/a.ts", 'import { x } from "../../lib/local/host.ts";', "imports ../../lib/local/host.ts"],
    ["lib/infra/a.ts", 'import { handler } from "../../functions/meta.ts";', "imports ../../functions/meta.ts"],
    ["lib/infra/a.ts", 'import { openStore } from "../store/store.ts";', "imports ../store/store.ts"],
    ["lib/local/a.ts", 'import { routes } from "../api/routes.ts";', "imports ../api/routes.ts"],
    ["lib/local/a.ts", 'import { openStore } from "../store/store.ts";', "imports ../store/store.ts"],
    ["lib/api/index.ts", "", "has a name that says nothing"],
    ["lib/api/route-helpers.ts", "", "has a name that says nothing"],
    ["lib/api/fooBar.ts", "", "is not named in kebab case"],
    ["lib/api/a.ts", "export default function x() {}", "has a default export"],
    ["lib/api/a.ts", "export { x as default };", "has a default export"],
    ["lib/api/a.ts", "const x = process.env.X;", "reads the environment"],
    ["functions/meta.ts", 'const { X } = process["env"];', "reads the environment"],
    ["lib/api/a.ts", `const key = \`ORG#\${org}\`;`, "writes a key"],
    ["lib/store/users.ts", `const key = \`\${org}#USERS\`;`, "writes a key"],
    ["lib/store/users.ts", 'const key = [org, user].join("#");', "writes a key"],
    ["lib/api/a.ts", "x;\n".repeat(401), "is over 400 lines"],
  ];

  it.each(bad)("finds in %s: %j", (path, text, fault) => {
    expect(findFaults([{ path, text }])).toEqual([`${path} ${fault}`]);
  });

  it("finds nothing in code as it should be", () => {
    const good: readonly [string, string][] = [
      [
        "lib/domain/a.ts",
        'import { createHash } from "node:crypto";\nimport type { Json } from "./canonical-json.ts";',
      ],
      [
        "lib/api/a.ts",
        'import type { Store } from "../store/store.ts";\nimport { type A, type B } from "../store/changes.ts";',
      ],
      ["lib/api/a.ts", `class X {\n  readonly #keys = \`#\${1}\`;\n  y() {\n    return \`\${this.#keys}\`;\n  }\n}`],
      ["lib/api/a.ts", "/** Reads `ORG#o`; nothing in `process.env`. */\n// process.env, WS#w\nexport const a = 1;"],
      ["lib/store/keys.ts", `export const key = (org: string) => \`ORG#\${org}\`;`],
      ["functions/wiring/config.ts", "export const x = process.env;"],
      ["functions/a.ts", 'import type { Handler } from "aws-lambda";\nimport middy from "@middy/core";'],
      ["lib/infra/a.ts", 'import { Key } from "aws-cdk-lib/aws-kms";\nimport { routes } from "../api/routes.ts";'],
      ["lib/local/a.ts", 'import type { Route } from "../api/route.ts";\nimport { createServer } from "node:http";'],
    ];
    expect(findFaults(good.map(([path, text]) => ({ path, text })))).toEqual([]);
  });
});
