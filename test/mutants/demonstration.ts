import type { Mutant } from "./mutant.ts";

/** Faults in what a newcomer meets first: the demonstration organization, and the stories that the demos tell. */
export const demonstrationMutants: readonly Mutant[] = [
  {
    claim: "a start that was broken off makes nothing twice",
    file: "lib/local/seed.ts",
    text: '"Idempotency-Key"',
    instead: '"X-Key"',
    tests: ["test/http/seed.test.ts"],
  },
  {
    claim: "what is made once is not made at the next start",
    file: "lib/local/seed.ts",
    text: "folder.write(FILE, JSON.stringify(seeded));",
    instead: "",
    tests: ["test/http/seed.test.ts"],
  },
  {
    claim: "a demo fails at an answer that is not as told",
    file: "lib/local/demo-stage.ts",
    text: "process.exitCode = 1;",
    instead: "",
    tests: ["test/http/demo.test.ts"],
  },
];
