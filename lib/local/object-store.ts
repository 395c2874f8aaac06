/**
 * A bucket of the template: what S3 keeps, as files under `.local/audit` where it has a lock, else under `.local/audit-exports`. S3
 * keeps every version of an object, and only refuses to delete one that is locked; here there is one version, so an object that is
 * locked is neither deleted nor replaced.
 */
import type { Resource } from "./assembly.ts";
import type { DataFolder } from "./data-folder.ts";
import type { Deployment } from "./deployment.ts";
import type { ObjectFiles, ObjectSummary } from "./object-files.ts";
import { objectsInFolder, objectsInMemory } from "./object-files.ts";
import { refuseObject } from "./object-refusal.ts";
import { referenceOf } from "./physical-names.ts";
import { asList, asNumber, asRecord } from "./shape.ts";
import { StartRefusal } from "./start-refusal.ts";

/** Where the objects of a locked bucket lie, and of one without a lock. */
const LOCKED = "audit";
const UNLOCKED = "audit-exports";
const DAY = 86_400_000;

const lockModes = ["COMPLIANCE", "GOVERNANCE"] as const;
type LockMode = (typeof lockModes)[number];

export interface Lock {
  readonly mode: LockMode;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export interface BucketDefinition {
  readonly name: string;
  /** Days after which an object is gone; for ever where it is absent. */
  readonly days?: number;
  /** How long an object is locked that is put without a lock of its own. */
  readonly retention?: { readonly mode: LockMode; readonly days: number };
}

/** @throws StartRefusal for more than one with a lock, or without, and for a lock or a lifecycle that is not known */
export function readBuckets(deployment: Deployment): BucketDefinition[] {
  const buckets = deployment.every("AWS::S3::Bucket").map((bucket) => readBucket(deployment, bucket));
  const locked = buckets.filter(({ retention }) => retention !== undefined).length;
  if (locked > 1 || buckets.length - locked > 1) {
    throw new StartRefusal("One machine keeps one bucket with a lock and one without; the template has more.");
  }
  return buckets;
}

function readBucket(deployment: Deployment, bucket: Resource): BucketDefinition {
  const name = referenceOf(bucket);
  const where = `${bucket.id}.ObjectLockConfiguration`;
  const lock = deployment.property(bucket, "ObjectLockConfiguration");
  if (lock === undefined) return { name, ...readLifetime(deployment, bucket) };
  const rule = asRecord(asRecord(lock, where).Rule ?? {}, where);
  const { Mode, Days } = asRecord(rule.DefaultRetention ?? {}, where);
  const mode = lockModes.find((one) => one === Mode);
  if (mode === undefined)
    throw new StartRefusal(`${where} has the mode ${String(Mode)}, which this host does not know.`);
  return { name, retention: { mode, days: asNumber(Days, `${where}.Days`) } };
}

/** Of a bucket without a lock, whose objects have one version each. */
function readLifetime(deployment: Deployment, bucket: Resource): Pick<BucketDefinition, "days"> {
  const where = `${bucket.id}.LifecycleConfiguration`;
  const rules = asList(asRecord(deployment.property(bucket, "LifecycleConfiguration") ?? {}, where).Rules ?? [], where);
  const days = rules.flatMap((rule) => {
    const { ExpirationInDays, Prefix, TagFilters } = asRecord(rule, where);
    if (ExpirationInDays === undefined) return [];
    if (Prefix !== undefined || TagFilters !== undefined)
      throw new StartRefusal(`${where} lets some objects go and others not, which this host does not know.`);
    return [asNumber(ExpirationInDays, `${where}.ExpirationInDays`)];
  });
  return days.length === 0 ? {} : { days: Math.min(...days) };
}

export interface PutOptions {
  /** Refused where there is one. */
  readonly isNew: boolean;
  readonly contentType: string;
  readonly lock?: Lock | undefined;
}

interface Notes {
  readonly contentType: string;
  readonly lock?: Lock;
}

export interface FoundObject extends Notes, ObjectSummary {
  readonly body: Buffer;
}

export class ObjectStore {
  readonly name: string;
  readonly locks: boolean;
  readonly #retention: BucketDefinition["retention"];
  readonly #lifetime: number;
  readonly #objects: ObjectFiles;
  readonly #notes: ObjectFiles;
  readonly #now: () => number;
  #turn: Promise<void> = Promise.resolve();

  constructor({ name, retention, days }: BucketDefinition, folder: DataFolder, now: () => number = Date.now) {
    const open = (at: string) => {
      const path = folder.pathOf(at);
      return path === undefined ? objectsInMemory() : objectsInFolder(path);
    };
    this.name = name;
    this.locks = retention !== undefined;
    this.#retention = retention;
    this.#lifetime = days === undefined ? Number.POSITIVE_INFINITY : days * DAY;
    const objects = retention === undefined ? UNLOCKED : LOCKED;
    this.#objects = open(objects);
    // What is known of each object beside its bytes.
    this.#notes = open(`${objects}-notes`);
    this.#now = now;
  }

  /** @throws ObjectRefusal for a key that cannot be a file's, for one that is taken, and for one that is locked */
  put(key: string, body: Buffer, { isNew, contentType, lock = this.#usualLock() }: PutOptions): Promise<ObjectSummary> {
    checkKey(key);
    return this.#inTurn(async () => {
      if (isNew && (await this.#objects.find(key)) !== undefined) refuseTaken();
      await this.#refuseLocked(key);
      const notes: Notes = { contentType, ...(lock === undefined ? {} : { lock }) };
      // These come first: an object is never there without its lock.
      await this.#notes.replace(key, Buffer.from(JSON.stringify(notes)));
      if (!isNew) await this.#objects.replace(key, body);
      else if (!(await this.#objects.writeNew(key, body))) refuseTaken();
      return (await this.#objects.find(key)) ?? refuseTaken();
    });
  }

  async get(key: string): Promise<FoundObject> {
    checkKey(key);
    const [found, body] = [await this.#objects.find(key), await this.#objects.read(key)];
    if (found === undefined || body === undefined || this.#isOver(found))
      refuseObject("NoSuchKey", "The specified key does not exist.");
    return { ...found, ...(await this.#notesOf(key)), body };
  }

  /** As S3 does, it is content where there is none. */
  remove(key: string): Promise<void> {
    checkKey(key);
    return this.#inTurn(async () => {
      await this.#refuseLocked(key);
      await this.#objects.remove(key);
      await this.#notes.remove(key);
    });
  }

  async list(prefix: string): Promise<readonly ObjectSummary[]> {
    // A prefix may end within a name, but not lead out of the folder.
    if (prefix !== "") checkKey(`${prefix}x`);
    return (await this.#objects.list(prefix)).filter((one) => !this.#isOver(one));
  }

  /** Removes what has been here for its days. */
  async letGo(): Promise<void> {
    for (const one of await this.#objects.list("")) if (this.#isOver(one)) await this.remove(one.key);
  }

  #isOver({ modified }: ObjectSummary): boolean {
    return this.#now() >= modified + this.#lifetime;
  }

  /** One change after the other: what was looked at still holds when it is written. */
  async #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const before = this.#turn;
    const turn = Promise.withResolvers<void>();
    this.#turn = turn.promise;
    await before;
    try {
      return await change();
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (!["ENOTDIR", "EISDIR", "EEXIST", "ENOTEMPTY"].includes(code)) throw error;
      return refuseObject("NotImplemented", "On one machine no key may begin with another one and a slash.");
    } finally {
      turn.resolve();
    }
  }

  async #refuseLocked(key: string): Promise<void> {
    if ((await this.#objects.find(key)) === undefined) return;
    const { lock } = await this.#notesOf(key);
    if (lock === undefined || lock.until <= this.#now()) return;
    refuseObject("AccessDenied", "Access Denied because object protected by object lock.");
  }

  async #notesOf(key: string): Promise<Notes> {
    const notes = await this.#notes.read(key);
    return notes === undefined ? { contentType: "binary/octet-stream" } : JSON.parse(notes.toString());
  }

  #usualLock(): Lock | undefined {
    const { mode, days } = this.#retention ?? {};
    return mode === undefined || days === undefined ? undefined : { mode, until: this.#now() + days * DAY };
  }
}

/** Names that mean the same on every file system, none of which leads anywhere else. */
const KEY = /^[\w!*'()=-][\w!.*'()=-]*(?:\/[\w!*'()=-][\w!.*'()=-]*)*$/;

function checkKey(key: string): void {
  if (Buffer.byteLength(key) > 1_024 || key.split("/").some((name) => name.length > 200)) {
    refuseObject("KeyTooLongError", "Your key is too long.");
  }
  if (!KEY.test(key)) {
    refuseObject(
      "NotImplemented",
      "On one machine a key is made of names of letters, digits and !_.*'()=- with slashes between.",
    );
  }
}

function refuseTaken(): never {
  refuseObject("PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
}
