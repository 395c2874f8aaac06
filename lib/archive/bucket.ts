/**
 * A bucket of the audit log: the archive, or that of exports. Nothing in it is ever overwritten or deleted from here: an object is put
 * under a key that is free, or not at all. The archive's lock keeps it from others, too. Region, credentials and, where there is one, the endpoint come from the environment as
 * everywhere in AWS.
 */
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { demand, isNamed, type Patience, patience, receive } from "./answers.ts";

export interface Bucket {
  /** Puts an object whole or not at all. @returns `taken` where one of that key is there already, be it by an earlier try */
  putNew(key: string, body: string): Promise<"put" | "taken">;
  /** Undefined where there is none. What is larger than anything that the service puts is told as empty. */
  read(key: string): Promise<string | undefined>;
  /** Keys that begin with a prefix, in the order of their bytes, after a key; up to 1,000. */
  list(prefix: string, after: string | undefined): Promise<KeyPage>;
}

interface KeyPage {
  readonly keys: readonly string[];
  readonly isLast: boolean;
}

/** Bytes of an object that is read at all. */
const MOST = 32 * 1024 * 1024;
/** How often a put is sent while somebody else's of the same key is under way. */
const CONFLICTS = 5;
const SERVICE = "The archive";

/** @param waiter who waits for its answers */
export function openBucket(name: string, waiter: Patience): Bucket {
  const client = new S3Client(patience[waiter]);
  return {
    putNew: (key, body) => demand(SERVICE, () => putNew(client, name, key, body)),
    read: (key) => demand(SERVICE, () => read(client, name, key)),
    list: (prefix, after) => demand(SERVICE, () => list(client, name, prefix, after)),
  };
}

async function putNew(client: S3Client, Bucket: string, Key: string, Body: string): Promise<"put" | "taken"> {
  const ContentType = Key.endsWith(".jsonl") ? "application/jsonl" : "application/json";
  const input = { Bucket, Key, Body, ContentType, IfNoneMatch: "*" };
  for (let attempt = 1; ; attempt++) {
    try {
      await client.send(new PutObjectCommand(input));
      return "put";
    } catch (error) {
      if (isNamed(error, "PreconditionFailed")) return "taken";
      if (!isNamed(error, "ConditionalRequestConflict") || attempt === CONFLICTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50 * attempt * (0.5 + Math.random())));
    }
  }
}

async function read(client: S3Client, Bucket: string, Key: string): Promise<string | undefined> {
  try {
    const { Body, ContentLength = 0 } = await client.send(new GetObjectCommand({ Bucket, Key }));
    if (Body === undefined) return "";
    const giveUp = () => void ("destroy" in Body && Body.destroy());
    if (ContentLength > MOST) {
      giveUp();
      return "";
    }
    return await receive(Body.transformToString(), giveUp);
  } catch (error) {
    if (isNamed(error, "NoSuchKey")) return undefined;
    throw error;
  }
}

async function list(client: S3Client, Bucket: string, Prefix: string, after: string | undefined): Promise<KeyPage> {
  const input = { Bucket, Prefix, ...(after === undefined ? {} : { StartAfter: after }) };
  const { Contents = [], IsTruncated } = await client.send(new ListObjectsV2Command(input));
  return { keys: Contents.flatMap(({ Key }) => Key ?? []), isLast: IsTruncated !== true };
}
