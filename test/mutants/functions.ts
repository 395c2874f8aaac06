import type { Mutant } from "./mutant.ts";

/** Faults in the functions that are deployed. */
export const functionMutants: readonly Mutant[] = [
  {
    claim: "what the authorizer cannot judge it does not allow",
    file: "functions/authorizer.ts",
    text: 'throw new Error("The request could not be judged.");',
    instead:
      'return { kind: "allowed", authorized: { principal: { kind: "user", userId: "" }, holdsScope: true, isWorkspaceAbsent: false }, resource: event.methodArn } as never;',
    tests: ["test/functions/authorizer.test.ts"],
  },
  {
    claim: "a fault is never answered as a bad credential",
    file: "functions/authorizer.ts",
    text: "The request could not be judged.",
    instead: "Unauthorized",
    tests: ["test/functions/authorizer.test.ts"],
  },
  {
    claim: "a `*` in a path never widens what is allowed",
    file: "functions/wiring/method-arn.ts",
    text: 'path.replace(/[^A-Za-z0-9/._~:%-]/g, "?")',
    instead: "path",
    tests: ["test/functions/authorizer-answer.test.ts"],
  },
  {
    claim: "an allow is good for the one call that was judged",
    file: "functions/wiring/authorizer-answer.ts",
    text: 'policyDocument: statement("Allow", resource),',
    instead: 'policyDocument: statement("Allow", resource.replace(/[^/]*$/, "*")),',
    tests: ["test/functions/authorizer-answer.test.ts"],
  },
  {
    claim: "an organization's id that is none comes near no key",
    file: "functions/wiring/judgement.ts",
    text: 'if (!isId("org", orgId)) return undefined;',
    instead: "",
    tests: ["test/functions/authorizer-cost.test.ts"],
  },
  {
    claim: "a provider's user belongs to that provider's organization only",
    file: "functions/wiring/judge-request.ts",
    text: "|| (home !== undefined && home.orgId !== place.orgId))",
    instead: "|| home?.orgId === null)",
    tests: ["test/functions/home.test.ts"],
  },
  {
    claim: "a workspace's id that is none comes near no key",
    file: "functions/wiring/judgement.ts",
    text: 'return isId("wks", workspaceId) ? { orgId, workspaceId } : { orgId };',
    instead: "return { orgId, workspaceId: workspaceId as never };",
    tests: ["test/functions/authorizer-cost.test.ts"],
  },
  {
    claim: "one request brings one credential",
    file: "lib/identity/bearer.ts",
    text: 'if (second !== undefined) refuse("credential.doubled");',
    instead: "void second;",
    tests: ["test/functions/authorizer.test.ts", "test/identity/bearer.test.ts"],
  },
  {
    claim: "a function without its settings does not start",
    file: "functions/wiring/config.ts",
    text: 'text === undefined || text === "" ? refuse("is not set") : text, refuse',
    instead: 'text ?? "", () => text as never',
    tests: ["test/functions/config.test.ts"],
  },
  {
    claim: "a secret that nobody resolved is no secret",
    file: "functions/wiring/config.ts",
    text: "CURSOR_SECRET: (text: string, refuse: Refuse): string => {",
    instead: 'CURSOR_SECRET: (text: string, refuse: Refuse): string => { if (text.startsWith("{{")) return text;',
    tests: ["test/functions/config.test.ts"],
  },
];
