/** Faults in how long entries stay, in how they are given as lines, and in the copies of them. */
import type { Mutant } from "./mutant.ts";

const aged = ["test/api/aged-chains.test.ts"];
const retention = ["test/api/audit-retention.test.ts"];
const tampering = ["test/api/tampering.test.ts"];
const lines = ["test/api/audit-lines.test.ts"];
const copies = ["test/api/entry-archive.test.ts"];
const settings = ["test/api/settings.test.ts"];

const beginning = "lib/api/chain-beginning.ts";
const archive = "lib/archive/entry-archive.ts";
const pipeline = "lib/api/pipeline.ts";

export const auditRetentionMutants: readonly Mutant[] = [
  {
    claim: "no entry goes before the one before it",
    file: "lib/domain/audit.ts",
    text: "const until = Math.max(head.until ?? 0, Math.floor(Date.parse(entry.at) / 1000) + auditDays * 86_400);",
    instead: "const until = Math.floor(Date.parse(entry.at) / 1000) + auditDays * 86_400;",
    tests: retention,
  },
  {
    claim: "an entry stays as long as the organization settled",
    file: "lib/api/command.ts",
    text: "chainEntries(outcome, locked, acting, request, input, host, heads.organization)",
    instead: "chainEntries(outcome, locked, acting, request, input, host, undefined)",
    tests: retention,
  },
  {
    claim: "an entry that nobody asked for stays so long, too",
    file: "lib/api/system-change.ts",
    text: "heads.organization,",
    instead: "undefined,",
    tests: retention,
  },
  {
    claim: "a place never expires",
    file: "lib/store/places.ts",
    text: "return { seq, hash, ...(until === undefined ? {} : { until }) };",
    instead: "return { seq, hash, ...(until === undefined ? {} : { until, expires: until }) } as ChainHead;",
    tests: retention,
  },
  {
    claim: "the table is told when it may let an entry go",
    file: "lib/store/places.ts",
    text: "...(entry.until && { expires: entry.until })",
    instead: "...(entry.until && {})",
    tests: retention,
  },
  {
    claim: "what is past its time is not shown, taken away or not",
    file: "lib/api/audit-log.ts",
    text: "if (isGone(value, filter.now)) continue;",
    instead: "",
    tests: aged,
  },
  {
    claim: "an entry is past its time at the very second",
    file: beginning,
    text: "return until !== undefined && now >= until * 1_000;",
    instead: "return until !== undefined && now > until * 1_000;",
    tests: aged,
  },
  {
    claim: "a chain that begins late is believed where a checkpoint vouches, and nowhere else",
    file: "lib/api/audit-verification.ts",
    text: "const isForAge = beginning.seq > last.seq && (await vouch(place, beginning));",
    instead: "const isForAge = beginning.seq > last.seq;",
    tests: aged,
  },
  {
    claim: "a chain that begins late for its age is whole",
    file: "lib/api/audit-verification.ts",
    text: "if (!isForAge) return breakAt(last.seq + 1);",
    instead: "return breakAt(last.seq + 1);",
    tests: aged,
  },
  {
    claim: "only a checkpoint as old as entries become vouches",
    file: beginning,
    text: "const moment = now - days * DAY + LATE;",
    instead: "const moment = now;",
    tests: aged,
  },
  {
    claim: "the shortest retention that there ever was counts",
    file: beginning,
    text: "return auditDaysLeast > limits.auditDaysLeast ? auditDaysLeast : limits.auditDaysLeast;",
    instead: "return auditDaysLeast > limits.auditDaysLeast ? limits.auditDaysUsual : limits.auditDaysUsual;",
    tests: aged,
  },
  {
    claim: "fewer days than anybody may settle are not believed, whoever wrote them",
    file: beginning,
    text: "return auditDaysLeast > limits.auditDaysLeast ? auditDaysLeast : limits.auditDaysLeast;",
    instead: "return auditDaysLeast;",
    tests: aged,
  },
  {
    claim: "an entry that readers do not see, and that is none of the beginning, is found",
    file: beginning,
    text: "return !isOfBeginning || now <",
    instead: "return now <",
    tests: aged,
  },
  {
    claim: "an entry that readers do not see, though it is young, is found",
    file: beginning,
    text: "return !isOfBeginning || now < (Math.floor(Date.parse(openEntry(entry).at) / 1_000) + days * 86_400) * 1_000;",
    instead: "return !isOfBeginning;",
    tests: aged,
  },
  {
    claim: "a longer retention does not make younger what was written under a shorter one",
    file: "lib/api/organizations.ts",
    text: "auditDaysLeast: Math.min(auditDaysLeast, auditDays ?? limits.auditDaysUsual),",
    instead: "auditDaysLeast: auditDays ?? limits.auditDaysUsual,",
    tests: aged,
  },
  {
    claim: "a checkpoint vouches for what it saw, and for nothing after it",
    file: beginning,
    text: "if (noted === undefined || noted.seq < gone.seq) return false;",
    instead: "if (noted === undefined) return false;",
    tests: aged,
  },
  {
    claim: "what a checkpoint noted may be gone for its age",
    file: "lib/api/checkpoint-comparison.ts",
    text: "return noted.seq < beginning.seq || isAt(beginning, noted);",
    instead: "return false;",
    tests: aged,
  },
  {
    claim: "the log is kept for 90 days at least",
    file: "lib/api/settings-bodies.ts",
    text: "retentionDays: z.int().min(limits.auditDaysLeast)",
    instead: "retentionDays: z.int().min(1)",
    tests: settings,
  },
  {
    claim: "what stands before the first entry is found, as whoever reads the log sees it",
    file: "lib/store/store.ts",
    text: "after: seq === 0 ? undefined : keys.auditEntry(place, seq).sk,",
    instead: "after: keys.auditEntry(place, seq).sk,",
    tests: tampering,
  },
  {
    claim: "what stands after the last entry is found, whatever number it says",
    file: "lib/api/audit-verification.ts",
    text: "const isNext = beyond.seq > last.seq && beyond.seq <= (await readHead(store, place)).seq;",
    instead: "const isNext = (await readHead(store, place)).seq >= beyond.seq;",
    tests: tampering,
  },
  {
    claim: "an entry without a text is one that was tampered with, and no failure",
    file: "lib/store/places.ts",
    text: "text: String(text)",
    instead: "text",
    tests: tampering,
  },
  {
    claim: "an entry whose text is none says nothing of those before it, and is no failure",
    file: beginning,
    text: "hash: readPrevHash(value)",
    instead: "hash: JSON.parse(value.text).prevHash",
    tests: tampering,
  },
  {
    claim: "what does not stand where its number says tells nothing of where a chain begins",
    file: beginning,
    text: "return value.seq === 1 || !isInPlace ? start",
    instead: "return value.seq === 1 ? start",
    tests: aged,
  },
  {
    claim: "whoever accepts lines gets lines",
    file: pipeline,
    text: ": route.list?.lines && acceptsLines(request)",
    instead: ": false && acceptsLines(request)",
    tests: lines,
  },
  {
    claim: "lines come with their cursor",
    file: pipeline,
    text: '...(nextCursor === undefined ? {} : { "next-cursor": nextCursor })',
    instead: "",
    tests: lines,
  },
  {
    claim: "an entry is one line, whatever stands in it",
    file: "lib/domain/json-lines.ts",
    text: "const LINE_ENDS = /[\\u0085\\u2028\\u2029]/g;",
    instead: "const LINE_ENDS = /[\\u0085\\u2028]/g;",
    tests: lines,
  },
  {
    claim: "copies of entries stand with their chain",
    file: archive,
    text: "const chain = chainOf(entry);",
    instead: "const chain: string = entry.orgId;",
    tests: copies,
  },
  {
    claim: "a copy holds what its name says",
    file: archive,
    text: "const follows = last?.entries.at(-1)?.seq === entry.seq - 1;",
    instead: "const follows = true;",
    tests: copies,
  },
  {
    claim: "a copy can be read again, however much there is to say",
    file: archive,
    text: "last.length + line.length <= OBJECT_LENGTH",
    instead: "last.length <= OBJECT_LENGTH",
    tests: copies,
  },
  {
    claim: "what could not be archived is told",
    file: archive,
    text: "if (reason !== undefined) left.push(",
    instead: "if (reason === undefined) left.push(",
    tests: copies,
  },
  {
    claim: "what lies under a copy's name must be that copy",
    file: archive,
    text: ' === "put" || (await bucket.read(key)) === body;',
    instead: " !== undefined;",
    tests: copies,
  },
  {
    claim: "nothing is archived once there is no time",
    file: archive,
    text: 'const reason = Date.now() < until ? await put(bucket, part) : "There was no time left.";',
    instead: "const reason = await put(bucket, part);",
    tests: copies,
  },
  {
    claim: "a copy of each entry is made when it was written",
    file: "functions/stream.ts",
    text: 'const consumers = [openEventBus({ name: EVENT_BUS_NAME }), openEntryArchive(openBucket(AUDIT_BUCKET, "job"))];',
    instead:
      'const consumers = [openEventBus({ name: EVENT_BUS_NAME }), openEntryArchive(openBucket(AUDIT_BUCKET, "job"))].slice(0, 1);',
    tests: ["test/functions/stream.test.ts"],
  },
  {
    claim: "copies of entries are as locked as checkpoints",
    file: "lib/infra/audit-archive.ts",
    text: "resources: [CHECKPOINTS, ENTRIES].map((objects) => bucket.arnForObjects(objects)),",
    instead: "resources: [CHECKPOINTS].map((objects) => bucket.arnForObjects(objects)),",
    tests: ["test/infra/infra.test.ts"],
  },
  {
    claim: "an entry has one writer: the same change leaves one entry in each chain that it touches, wherever it dies",
    file: "lib/api/chained-entries.ts",
    text: "    changes.push(store.places.append(ref, sealed));",
    instead: "    if (entries.length < 2) changes.push(store.places.append(ref, sealed));",
    tests: ["test/api/every-command-broken-off.test.ts"],
  },
];
