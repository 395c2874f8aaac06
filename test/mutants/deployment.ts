import type { Mutant } from "./mutant.ts";

/** Faults in what is deployed, and in how the local host takes its place. */
export const deploymentMutants: readonly Mutant[] = [
  {
    claim: "no answer of the authorizer is kept by the gateway",
    file: "lib/infra/authorizer.ts",
    text: "resultsCacheTtl: Duration.seconds(0),",
    instead: `resultsCacheTtl: Duration.seconds(60), ...{ identitySources: ["method.request.header.Authorization"] },`,
    tests: ["test/infra/infra.test.ts"],
  },
  {
    claim: "no route but the public ones is open",
    file: "lib/infra/methods.ts",
    text: 'if (access.kind === "public") {',
    instead: 'if (access.kind === "public" || access.kind === "signed-in") {',
    tests: ["test/infra/infra.test.ts"],
  },
  {
    claim: "the table is not deleted by mistake",
    file: "lib/infra/data-stack.ts",
    text: "deletionProtection: true,",
    instead: "deletionProtection: false,",
    tests: ["test/infra/infra.test.ts"],
  },
  {
    claim: "the table can be brought back to any second",
    file: "lib/infra/data-stack.ts",
    text: "pointInTimeRecoveryEnabled: true",
    instead: "pointInTimeRecoveryEnabled: false",
    tests: ["test/infra/infra.test.ts"],
  },
  {
    claim: "IAM itself refuses a write without its audit entry",
    file: "lib/infra/table-grants.ts",
    text: '= { "ForAnyValue:StringEquals": { "dynamodb:EnclosingOperation": ["TransactWriteItems"] } };',
    instead: "= {};",
    tests: ["test/infra/infra.test.ts"],
  },
  {
    claim: "whoever only reads gets no permission to write",
    file: "lib/infra/table-grants.ts",
    text: "const changes = { read: [], note: [notes], export: [exports, stream], write: [writes] }[access];",
    instead: "const changes = { read: [writes], note: [notes], export: [exports, stream], write: [writes] }[access];",
    tests: ["test/infra/infra.test.ts"],
  },
  {
    claim: "an explicit deny wins",
    file: "lib/local/authorizer-policy.ts",
    text: "if (denied || !allowed)",
    instead: "if (!allowed)",
    tests: ["test/local/authorizer-policy.test.ts"],
  },
  {
    claim: "no server of the local host closes a connection under whoever uses it again",
    file: "lib/local/listening.ts",
    text: "server.keepAliveTimeout = KEPT_MS;",
    instead: "",
    tests: ["test/local/listening.test.ts"],
  },
];
