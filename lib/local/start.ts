/** `npm start`: the whole service on one machine. */
import { parseArgs } from "node:util";
import { describeRoles, MANAGER, people, VIEWER } from "./demonstration.ts";
import { type Seeded, seed } from "./seed.ts";
import { type LocalService, root, startLocal } from "./service.ts";
import { StartRefusal } from "./start-refusal.ts";
import { synthesizeIfChanged } from "./synthesis.ts";

const DEFAULT_LOGIN_PORT = 4001;

try {
  await run();
} catch (error) {
  if (!(error instanceof StartRefusal)) throw error;
  console.error(error.message);
  process.exit(1);
}

async function run(): Promise<void> {
  const flags = readFlags();
  const port = readPort("PORT", 4000);
  const loginPort = readPort("LOGIN_PORT", DEFAULT_LOGIN_PORT);
  let service: LocalService | undefined;
  stopOnSignals(() => service);
  if (port === loginPort && port !== 0) throw new StartRefusal(`PORT and LOGIN_PORT must differ; both are ${port}.`);
  await synthesizeIfChanged(root);
  service = await startLocal({ port, loginPort, memory: flags.memory, showLogs: flags.logs });
  const seeded = flags["no-seed"] ? undefined : await seed(service);
  console.log(`ready {"api": "${service.api}", "login": "${service.login}"}`);
  console.log(linesToPaste(service, seeded).join("\n"));
  if (seeded !== undefined) console.log([...linesOfPeople(), lineOfProviders(service)].join("\n"));
}

function readFlags() {
  const options = {
    memory: { type: "boolean", default: false },
    "no-seed": { type: "boolean", default: false },
    logs: { type: "boolean", default: false },
  } as const;
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new StartRefusal(`${error instanceof Error ? error.message : error}\nKnown flags: --memory --no-seed --logs`);
  }
}

function readPort(name: string, usual: number): number {
  const text = process.env[name];
  if (text === undefined || text === "") return usual;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new StartRefusal(`${name} must be a port number, not "${text}".`);
}

function linesToPaste({ api, login }: LocalService, seeded: Seeded | undefined): string[] {
  const port = new URL(login).port;
  const npm = `${Number(port) === DEFAULT_LOGIN_PORT ? "" : `LOGIN_PORT=${port} `}npm run -s token --`;
  const tokenOf = (email: string) => `-H "Authorization: Bearer $(${npm} ${email})"`;
  const json = `-H "Content-Type: application/json"`;
  const getToken = `TOKEN=$(${npm} ${MANAGER})`;
  if (seeded === undefined) {
    return [getToken, `curl -s ${api}/v1/orgs -H "Authorization: Bearer $TOKEN" ${json} -d '{"name": "Acme"}'`];
  }
  const workspaces = `${api}/v1/orgs/${seeded.orgId}/workspaces`;
  return [
    getToken,
    `curl -s ${workspaces} -H "Authorization: Bearer $TOKEN"`,
    `curl -s ${workspaces} ${tokenOf(VIEWER)} ${json} -d '{"name": "Mine"}'`,
  ];
}

/** Some of those for whom a token shows something of its own. */
function linesOfPeople(): string[] {
  const manager = ["Ann", MANAGER, "Organization Manager, Owner in every workspace"];
  const others = people.slice(0, 5).map((person) => [person.name, person.email, describeRoles(person)]);
  const lines = [manager, ...others].map(([name = "", email = "", roles]) => {
    return `  ${name.padEnd(5)} ${email.padEnd(18)} ${roles}`;
  });
  return ["People to sign in as, for example:", ...lines];
}

function lineOfProviders({ login }: LocalService): string {
  return `In a browser, ${login}/ signs in through the organization's identity providers.`;
}

function stopOnSignals(started: () => LocalService | undefined): void {
  let since: number | undefined;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      const service = started();
      // npm passes on what the terminal has sent already; asked again later, it ends at once.
      if (service === undefined || (since !== undefined && Date.now() - since > 1_000)) process.exit(1);
      if (since !== undefined) return;
      since = Date.now();
      void service.stop().then(() => process.exit(0));
    });
  }
}
