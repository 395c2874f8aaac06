import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mutate } from "./fault.ts";
import { mutants } from "./mutants.ts";

const root = join(import.meta.dirname, "../..");

describe("every mutant", () => {
  it.each(mutants.map((mutant) => [mutant.claim, mutant] as const))(
    "applies to the code as it is: %s",
    (_claim, mutant) => {
      const source = readFileSync(join(root, mutant.file), "utf8");
      expect(mutate(source, mutant)).not.toBe(source);
      expect(mutant.tests.filter((file) => !existsSync(join(root, file)))).toEqual([]);
      expect(mutant.tests).not.toEqual([]);
    },
  );

  it("attacks a claim of its own", () => {
    const claims = mutants.map(({ claim }) => claim);
    expect(claims.filter((claim, index) => claims.indexOf(claim) !== index)).toEqual([]);
  });
});
