/**
 * The whole service in this process: the cloud assembly read, the engine started, the functions loaded, the API and the sign-in
 * listening. What `npm start`, the tests and the benchmarks use.
 */
import { join } from "node:path";
import { createArchive } from "./archive-server.ts";
import { readTenant } from "./assembly.ts";
import { openBroker } from "./broker.ts";
import { type DataFolder, openDataFolder, openMemory } from "./data-folder.ts";
import { Deployment } from "./deployment.ts";
import { type Engine, foreignEngine, startEngine } from "./engine.ts";
import { EVENTS_FILE, readEventBus } from "./event-bus.ts";
import { readEventSources } from "./event-sources.ts";
import { functionOf } from "./function-definition.ts";
import { environmentFor, type LocalAws } from "./function-environment.ts";
import { type FunctionLog, openFunctionLog } from "./function-log.ts";
import { FunctionPool } from "./function-pool.ts";
import { createGateway } from "./gateway.ts";
import { openJsonLines } from "./json-lines.ts";
import { close, listen } from "./listening.ts";
import { LogDelivery } from "./log-delivery.ts";
import { ObjectStore, readBuckets } from "./object-store.ts";
import { type RestApi, readRestApi } from "./rest-api.ts";
import type { FunctionOutput } from "./sandbox.ts";
import { keepSchedules } from "./schedule-clock.ts";
import { readSchedules } from "./schedules.ts";
import { InstallationSecrets } from "./secrets.ts";
import type { SignInParts } from "./sign-in-server.ts";
import { createSignIn } from "./sign-in-server.ts";
import { openSigningKey } from "./signing-key.ts";
import { readSigningKey, SigningService } from "./signing-service.ts";
import { StartRefusal } from "./start-refusal.ts";
import { followStreams } from "./stream-host.ts";
import { readSubscriptions } from "./subscriptions.ts";
import { ensureTable, readTable } from "./table.ts";
import { openTestProviders } from "./test-providers.ts";
import { readUserPool, type UserPool } from "./user-pool.ts";

/** The repository. */
export const root: string = join(import.meta.dirname, "../..");

export interface LocalOptions {
  /** Of the API; 0 takes any free one. Default 4000. */
  readonly port?: number;
  /** Of the sign-in; 0 takes any free one. Default 4001. */
  readonly loginPort?: number;
  /** Keeps nothing. */
  readonly memory?: boolean;
  /** Where everything is kept; default `.local` of the repository. */
  readonly dataDir?: string;
  /** The cloud assembly; default `cdk.out` of the repository. */
  readonly assembly?: string;
  /** The tenant served; default `example`. */
  readonly tenant?: string;
  /** Uses the engine there instead of the embedded one. Default: `DYNAMODB_ENDPOINT` of the environment. */
  readonly dynamodbEndpoint?: string | undefined;
  /** Shows what the functions log on stderr instead of keeping it in a file. */
  readonly showLogs?: boolean;
  /** Told what the person at the keyboard should know; default: stderr. */
  readonly notice?: (line: string) => void;
}

export interface LocalService {
  /** E.g. `http://127.0.0.1:4000` */
  readonly api: string;
  readonly login: string;
  /** The engine behind it; its `pid` changes when it is started again. */
  readonly engine: Pick<Engine, "endpoint" | "pid">;
  readonly tableName: string;
  /** What was kept under a name, and keeping it; gone at the end where nothing is kept. */
  readonly folder: Pick<DataFolder, "read" | "write">;
  /** Ends everything that was started; may be called more than once. */
  stop(): Promise<void>;
}

/** @throws StartRefusal with a sentence for the person at the keyboard */
export async function startLocal(options: LocalOptions = {}): Promise<LocalService> {
  // Undone in the opposite order, also when starting fails half-way.
  const undo: (() => void | Promise<void>)[] = [];
  const stopAll = async () => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    return await start(options, undo, stopAll);
  } catch (error) {
    await stopAll();
    throw error;
  }
}

async function start(
  options: LocalOptions,
  undo: (() => void | Promise<void>)[],
  stopAll: () => Promise<void>,
): Promise<LocalService> {
  const notice = options.notice ?? ((line: string) => console.error(line));
  const stacks = readTenant(options.assembly ?? join(root, "cdk.out"), options.tenant ?? "example");
  const folder = options.memory ? openMemory() : openDataFolder(options.dataDir ?? join(root, ".local"));
  undo.push(() => folder.close());
  const log = openFunctionLog(folder, options.showLogs ?? false);
  undo.push(() => log.close());

  // The issuer's address is in the functions' environment, so its port is taken before there is anything to serve at it.
  const signIn = Promise.withResolvers<SignInParts>();
  const signInServer = createSignIn(signIn.promise);
  const loginPort = await listen(signInServer, options.loginPort ?? 4001, "LOGIN_PORT");
  undo.push(() => close(signInServer));
  const login = `http://127.0.0.1:${loginPort}`;
  const secrets = new InstallationSecrets(folder);
  const deployment = new Deployment(stacks, {
    providerUrl: login,
    secretOf: (secret, field) => secrets.valueOf(secret, field),
  });
  const api = readRestApi(deployment);
  const userPool = readUserPool(deployment, login);
  const schedules = readSchedules(deployment);
  const sources = readEventSources(deployment);
  const bus = readEventBus(deployment, openJsonLines(folder, EVENTS_FILE));
  const table = readTable(deployment);
  const archive = await openArchive(deployment, folder, log, undo);

  const foreign = "dynamodbEndpoint" in options ? options.dynamodbEndpoint : process.env.DYNAMODB_ENDPOINT;
  const engine: Engine = foreign
    ? foreignEngine(foreign)
    : await startEngine(folder, notice, () => ensureTable(table, engine.endpoint));
  undo.push(() => engine.stop());

  const awaited = functionsAwaited(api, userPool);
  const subscriptions = readSubscriptions(deployment);
  const unawaited = [
    ...schedules.flatMap(({ targets }) => targets),
    ...sources.map(({ target }) => target),
    ...subscriptions.map(({ target }) => target),
  ];
  const around = { dynamodbEndpoint: engine.endpoint, login, archive };
  const delivery = new LogDelivery({ subscriptions, poolOf: (arn) => poolIn(pools, arn), report: log.note });
  const pools = makePools(deployment, new Set([...awaited, ...unawaited]), around, log, delivery);
  undo.push(async () => void (await Promise.all([...pools.values()].map((pool) => pool.close()))));
  undo.push(() => delivery.end());
  const poolOf = (arn: string) => poolIn(pools, arn);
  const always = new Set([...functionsOnEveryWay(api, userPool)].map(poolOf));
  const warm = warmAll([...awaited].map(poolOf), always);
  const [key] = await Promise.all([openSigningKey(folder), ensureTable(table, engine.endpoint), warm]);

  const broker = openBroker({
    login,
    pool: userPool,
    folder,
    key,
    trigger: poolOf(userPool.trigger),
    inboundTrigger: poolOf(userPool.inboundTrigger),
    testProviders: await openTestProviders({ login, folder }),
    report: log.note,
  });
  const gateway = createGateway({ api, poolOf, report: log.note });
  const port = await listen(gateway, options.port ?? 4000, "PORT");
  undo.push(() => close(gateway));
  const address = `http://127.0.0.1:${port}`;
  signIn.resolve({ broker, bus, api: address });
  undo.push(keepSchedules({ schedules, poolOf, report: log.note }));
  undo.push(followStreams({ sources, engine, tableName: table.name, folder, poolOf, report: log.note }));

  return { api: address, login, engine, tableName: table.name, folder, stop: stopAll };
}

/** @returns where S3 and KMS answer */
async function openArchive(
  deployment: Deployment,
  folder: DataFolder,
  log: FunctionLog,
  undo: (() => void | Promise<void>)[],
): Promise<string> {
  const key = readSigningKey(deployment);
  const stores = readBuckets(deployment).map((bucket) => new ObjectStore(bucket, folder));
  await Promise.all(stores.map((store) => store.letGo()));
  const parts = {
    stores,
    signing: key && new SigningService(key, folder),
  };
  const server = createArchive(parts, log.note);
  const port = await listen(server, 0, "any port");
  undo.push(() => close(server));
  return `http://127.0.0.1:${port}`;
}

/** ARNs of the functions for which somebody waits: they are loaded before the first request, to see that they can be. */
function functionsAwaited(api: RestApi, userPool: UserPool): ReadonlySet<string> {
  const arns = new Set([userPool.trigger, userPool.inboundTrigger]);
  for (const { authorizer, integration } of api.methods) {
    arns.add(integration);
    if (authorizer !== undefined) arns.add(authorizer);
  }
  return arns;
}

/** ARNs of the functions that every request, or every sign-in, goes through: these alone are kept loaded while nobody asks. */
function functionsOnEveryWay(api: RestApi, userPool: UserPool): ReadonlySet<string> {
  const authorizers = api.methods.flatMap(({ authorizer }) => authorizer ?? []);
  return new Set([userPool.trigger, userPool.inboundTrigger, ...authorizers]);
}

function makePools(
  deployment: Deployment,
  arns: ReadonlySet<string>,
  around: LocalAws,
  log: FunctionLog,
  delivery: LogDelivery,
): ReadonlyMap<string, FunctionPool> {
  return new Map(
    [...arns].map((arn) => {
      const definition = functionOf(deployment, arn);
      const environment = environmentFor(definition, around);
      const { logGroup } = definition;
      const tell: FunctionOutput = (name, output, logStream) => {
        log.write(name, output);
        delivery.take({ logGroup, logStream }, output);
      };
      return [arn, new FunctionPool(definition, environment, tell)];
    }),
  );
}

/** A function that cannot be loaded would fail every request: better said at once. Most are given back until they are asked for. */
async function warmAll(pools: readonly FunctionPool[], always: ReadonlySet<FunctionPool>): Promise<void> {
  const faults = await Promise.all(
    pools.map(async (pool) => {
      const error = await pool.warm();
      if (!always.has(pool)) await pool.rest();
      return error === undefined ? [] : [`${pool.definition.name}: ${error.errorType}: ${error.errorMessage}`];
    }),
  );
  if (faults.flat().length > 0) throw new StartRefusal(`Functions cannot be loaded:\n  ${faults.flat().join("\n  ")}`);
}

function poolIn(pools: ReadonlyMap<string, FunctionPool>, arn: string): FunctionPool {
  const pool = pools.get(arn);
  if (pool === undefined) throw new Error(`There is no function ${arn}`);
  return pool;
}
