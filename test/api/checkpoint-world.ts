/** An organization whose checkpoints lie in a folder that the test can get at, and somebody with a hand in the table itself. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchWriteCommand, DeleteCommand, GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { expect } from "vitest";
import type { RoundOutcome } from "../../lib/api/checkpoint-round.ts";
import { makeCheckpoints } from "../../lib/api/checkpoint-round.ts";
import { hashText, NO_HASH } from "../../lib/domain/audit.ts";
import type { Json } from "../../lib/domain/canonical-json.ts";
import { canonicalize } from "../../lib/domain/canonical-json.ts";
import type { Checkpoint, Manifest } from "../../lib/domain/checkpoints.ts";
import { openDataFolder } from "../../lib/local/data-folder.ts";
import type { PlaceRef } from "../../lib/store/keys.ts";
import { keys } from "../../lib/store/keys.ts";
import type { TestArchive } from "../archive.ts";
import { openTestArchive } from "../archive.ts";
import type { TestStore } from "../engine.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { makeAcme, makeRole } from "./acme.ts";

export interface CheckpointWorld {
  readonly acme: Acme;
  readonly opened: TestStore;
  readonly archive: TestArchive;
  readonly checkpoints: CheckpointFiles;
  /** One round, with all the time that it needs. */
  round(): Promise<RoundOutcome>;
  verify(): Promise<Verified>;
  close(): Promise<void>;
}

interface Verified {
  readonly intact: boolean;
  readonly entries: number;
  readonly checkpoints: number;
  readonly lastCheckpointAt?: string;
  readonly brokenAt?: { readonly chain: string; readonly seq: number };
}

/** One organization with one workspace, and nothing else in the table. */
export async function openCheckpointWorld(): Promise<CheckpointWorld> {
  const path = mkdtempSync(join(tmpdir(), "bailiwick-checkpoints-"));
  const folder = openDataFolder(path);
  const archive = await openTestArchive(folder);
  const opened = await openTestStore();
  const acme = await makeAcme(opened, undefined, undefined, archive);
  return {
    acme,
    opened,
    archive,
    checkpoints: new CheckpointFiles(join(path, "audit/checkpoints", acme.org)),
    round: () => makeCheckpoints({ store: opened.store, archive }, Date.now() + 60_000),
    verify: async () => (await acme.api.call(acme.ann, `POST ${acme.O}/audit-log/verify`, { body: {} })).body,
    close: async () => {
      await archive.close();
      folder.close();
      rmSync(path, { recursive: true });
    },
  };
}

/** Entries of the workspace's chain, one for each name. */
export async function addEntries({ acme }: Pick<CheckpointWorld, "acme">, ...names: readonly string[]): Promise<void> {
  for (const name of names) await makeRole(acme, name, []);
}

/** The checkpoints of an organization as files, which whoever owns the disk can change. */
class CheckpointFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  numbers(): number[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder)
      .sort()
      .map((file) => Number(file.replace(".json", "")));
  }

  read(number: number): Checkpoint {
    expect(this.numbers()).toContain(number);
    return JSON.parse(readFileSync(this.#path(number), "utf8"));
  }

  manifest(number: number): Manifest {
    return JSON.parse(this.read(number).manifest);
  }

  write(number: number, content: Checkpoint | string): void {
    writeFileSync(this.#path(number), typeof content === "string" ? content : JSON.stringify(content));
  }

  writeAs(file: string, content: string): void {
    writeFileSync(join(this.#folder, file), content);
  }

  remove(number: number): void {
    rmSync(this.#path(number));
  }

  #path(number: number): string {
    return join(this.#folder, `${String(number).padStart(12, "0")}.json`);
  }
}

interface KeptEntry {
  readonly seq: number;
  readonly text: string;
  readonly hash: string;
}

/** Everything that somebody may do to one chain who can write the table and computes hashes as well as we do. */
export class TamperedChain {
  readonly #opened: TestStore;
  readonly #place: PlaceRef;

  constructor(opened: TestStore, place: PlaceRef) {
    this.#opened = opened;
    this.#place = place;
  }

  /** Cuts the chain off after an entry, and sets its head back to that. */
  async cutAfter(seq: number): Promise<void> {
    const entries = await this.#read();
    for (const entry of entries.slice(seq)) await this.#remove(entry.seq);
    await this.#setHead(entries[seq - 1] ?? { seq: 0, hash: NO_HASH });
  }

  /** Changes each entry from one on and makes all hashes fit, the head's too. */
  async rewriteFrom(seq: number): Promise<void> {
    const entries = await this.#read();
    let prevHash = entries[seq - 2]?.hash ?? NO_HASH;
    for (const { seq: at, text } of entries.slice(seq - 1)) {
      const entry = { ...JSON.parse(text), prevHash, origin: { ip: "", userAgent: "", requestId: "mine" } };
      prevHash = await this.#put(at, canonicalize(entry as Json));
    }
    await this.#setHead({ seq: entries.length, hash: prevHash });
  }

  /** Takes every entry away that says something, and makes all others fit. */
  async leaveOut(isUnwanted: (entry: { readonly action: string }) => boolean): Promise<void> {
    const entries = await this.#read();
    const kept = entries.map(({ text }) => JSON.parse(text)).filter((entry) => !isUnwanted(entry));
    for (const { seq } of entries) await this.#remove(seq);
    let prevHash = NO_HASH;
    for (const [index, entry] of kept.entries()) {
      prevHash = await this.#put(index + 1, canonicalize({ ...entry, seq: index + 1, prevHash } as Json));
    }
    await this.#setHead({ seq: kept.length, hash: prevHash });
  }

  /** As if there had never been such a place. */
  async removeAll(): Promise<void> {
    for (const { seq } of await this.#read()) await this.#remove(seq);
    const { client, tableName: TableName } = this.#opened;
    await client.send(new DeleteCommand({ TableName, Key: keys.place(this.#place) }));
  }

  async #read(): Promise<KeptEntry[]> {
    const { items } = await this.#opened.store.places.listEntriesAfter(this.#place, 0, 1_000);
    return items.map(({ value }) => value);
  }

  async #remove(seq: number): Promise<void> {
    const { client, tableName: TableName } = this.#opened;
    await client.send(new DeleteCommand({ TableName, Key: keys.auditEntry(this.#place, seq) }));
  }

  async #put(seq: number, text: string): Promise<string> {
    const { client, tableName } = this.#opened;
    const hash = hashText(text);
    const Item = { ...keys.auditEntry(this.#place, seq), seq, text, hash };
    await client.send(new BatchWriteCommand({ RequestItems: { [tableName]: [{ PutRequest: { Item } }] } }));
    return hash;
  }

  async #setHead({ seq, hash }: { readonly seq: number; readonly hash: string }): Promise<void> {
    const { client, tableName: TableName } = this.#opened;
    await client.send(
      new UpdateCommand({
        TableName,
        Key: keys.place(this.#place),
        UpdateExpression: "SET #seq = :seq, #hash = :hash",
        ExpressionAttributeNames: { "#seq": "seq", "#hash": "hash" },
        ExpressionAttributeValues: { ":seq": seq, ":hash": hash },
      }),
    );
  }
}

/** Says in the table that an organization's last checkpoint is another one. */
export async function setNoted({ acme, opened }: CheckpointWorld, number: number): Promise<void> {
  await opened.client.send(
    new UpdateCommand({
      TableName: opened.tableName,
      Key: keys.listedOrganization(acme.org),
      UpdateExpression: "SET #number = :number",
      ExpressionAttributeNames: { "#number": "number" },
      ExpressionAttributeValues: { ":number": number },
    }),
  );
}

export async function readNoted({ acme, opened }: CheckpointWorld): Promise<number | undefined> {
  const { client, tableName: TableName } = opened;
  const { Item } = await client.send(new GetCommand({ TableName, Key: keys.listedOrganization(acme.org) }));
  return Item?.number;
}
