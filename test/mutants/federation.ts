// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these texts are pieces of sources
import type { Mutant } from "./mutant.ts";

const signIns = ["test/identity/federated-sign-in.test.ts"];
const wide = ["test/identity/wide-sign-in.test.ts"];
const homes = ["test/functions/home.test.ts"];

/** Faults in who is let in through an identity provider, and in what they hold from then on. */
export const federationMutants: readonly Mutant[] = [
  {
    claim: "what rules gave before is gone with the sign-in that does not give it",
    file: "lib/identity/federated-outcome.ts",
    text: "const outcome = isSame ? undefined : decided;",
    instead: "const outcome = isSame || hasNone ? undefined : decided;",
    tests: signIns,
  },
  {
    claim: "a refused sign-in takes first what is not given any more",
    file: "lib/identity/federated-sign-in.ts",
    text: 'if ((await write(facts, decision, signIn, tools)) === "committed") {',
    instead: 'if (decision.refusal !== undefined || (await write(facts, decision, signIn, tools)) === "committed") {',
    tests: signIns,
  },
  {
    claim: "whom no rule matches is not let in",
    file: "lib/identity/federated-outcome.ts",
    text: "const isMatched = !hasNone || holdsDirectly(facts, now);",
    instead: "const isMatched = !hasNone || before !== undefined;",
    tests: signIns,
  },
  {
    claim: "a direct role that has run out lets nobody in",
    file: "lib/identity/federated-outcome.ts",
    text: "grants.some((grant) => isUnexpired(grant, now))",
    instead: "grants.length > 0",
    tests: signIns,
  },
  {
    claim: "nobody comes through a provider that is switched off",
    file: "lib/identity/federated-outcome.ts",
    text: "if (!provider.enabled || !organization.enabledProviders.includes(provider.id)) {",
    instead: "if (!provider.enabled) {",
    tests: signIns,
  },
  {
    claim: "nobody is let in while suspended",
    file: "lib/identity/federated-outcome.ts",
    text: 'const isAdmitted = isMatched && before?.status !== "suspended";',
    instead: "const isAdmitted = isMatched;",
    tests: signIns,
  },
  {
    claim: "nobody who was suspended before they came makes themselves another user",
    file: "lib/identity/federated-outcome.ts",
    text: 'if (isInvited && before?.status === "suspended") refuse(reasonFor(before, organization.name));',
    instead: "",
    tests: signIns,
  },
  {
    claim: "two subjects that differ in case are not one person",
    file: "lib/identity/federated-outcome.ts",
    text: "if (door !== undefined && before !== undefined && door.subject !== signIn.subject) {",
    instead: "if (door !== undefined && before !== undefined && door.userId !== before.id) {",
    tests: signIns,
  },
  {
    claim: "an invitation is accepted by no address that the provider does not vouch for",
    file: "lib/identity/federated-facts.ts",
    text: "door === undefined && claims.email_verified !== false ? said : undefined",
    instead: "door === undefined ? said : undefined",
    tests: signIns,
  },
  {
    claim: "only the sign-in that the user's own item names counts",
    file: "lib/domain/made-grants.ts",
    text: "return held?.made?.find(({ generation }) => generation === user.generation);",
    instead: "return held?.made?.at(-1);",
    tests: wide,
  },
  {
    claim: "what holds everywhere does not hold where a sign-in says otherwise",
    file: "lib/domain/made-grants.ts",
    text: "...(part?.grants ?? user?.everywhere ?? [])",
    instead: "...(part?.grants ?? []), ...(user?.everywhere ?? [])",
    tests: signIns,
  },
  {
    claim: "a rule that is switched off gives nothing from the next request on",
    file: "lib/domain/grants.ts",
    text: "if (rule?.enabled !== true) return false;",
    instead: "if (rule === undefined) return false;",
    tests: signIns,
  },
  {
    claim: "a rule that is gone gives nothing from the next request on",
    file: "lib/domain/grants.ts",
    text: "if (rule?.enabled !== true) return false;",
    instead: "if (rule === undefined) return true; else if (!rule.enabled) return false;",
    tests: signIns,
  },
  {
    claim: "a rule that gives another role does not give the former one",
    file: "lib/domain/grants.ts",
    text: "return findReplacement(grant, replaced).roleId === findReplacement(refOf(rule), replaced).roleId;",
    instead: "return true;",
    tests: signIns,
  },
  {
    claim: "rows of a former sign-in keep no role in use",
    file: "lib/api/role-holders.ts",
    text: "return holders.filter((holder) => !former.has(holder));",
    instead: "return [...holders];",
    tests: signIns,
  },
  {
    claim: "a part that is staged takes no other sign-in's away that is under way",
    file: "lib/store/assignments.ts",
    text: "const kept = [...made.filter(({ generation }) => generation === counting), ...underWay];",
    instead: "const kept = made.filter(({ generation }) => generation === counting && underWay.length >= 0);",
    tests: wide,
  },
  {
    claim: "a part that is staged overwrites none that was staged since it was looked at",
    file: "lib/store/assignments.ts",
    text: "{ equals: { version, staged } }",
    instead: "{ equals: { version } }",
    tests: wide,
  },
  {
    claim: "what former sign-ins gave is swept",
    file: "lib/api/sweep.ts",
    text: "const changes = store.assignments.dropParts(before, generation);",
    instead: "const changes = store.assignments.dropParts(before, before.made?.[0]?.generation ?? generation);",
    tests: signIns,
  },
  {
    claim: "a token for another client is worth nothing",
    file: "functions/wiring/judge-request.ts",
    text: "return home === undefined || organization?.clientId === home.clientId;",
    instead: "return home === undefined || organization?.clientId !== undefined;",
    tests: homes,
  },
  {
    claim: "a token is good for the provider alone that its user comes through",
    file: "functions/wiring/judge-request.ts",
    text: "if (user?.identityProviderId !== home?.providerId) return false;",
    instead: "",
    tests: homes,
  },
  {
    claim: "a provider's user is nobody anywhere once the provider is switched off",
    file: "functions/wiring/judge-request.ts",
    text: 'return findLapse("organization", facts) === undefined && cameByOwnDoor(principal, facts);',
    instead: "return cameByOwnDoor(principal, facts);",
    tests: homes,
  },
];
