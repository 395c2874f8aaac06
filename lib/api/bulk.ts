/**
 * Runs a command for each row of one request, one after the other: each row is a change of its own with an entry of its own, and
 * has its own answer. Broken off anywhere and sent again under its `Idempotency-Key`, it goes on where it was: a row that was
 * done answers as it did.
 */
import type { Fault } from "../domain/errors.ts";
import { Refusal } from "../domain/errors.ts";
import { validate } from "./body.ts";
import { runCommand } from "./command.ts";
import type { HttpRequest } from "./exchange.ts";
import type { AnyInput, Host } from "./host.ts";
import { findKeptAnswer, keepAnswer } from "./kept-answer.ts";
import { toProblem } from "./problem.ts";
import type { AnyBulk, Reply } from "./route.ts";

/** Milliseconds after which no further row is begun: the gateway waits 29 s, and a row may take 5 of them. */
const PATIENCE = 20_000;
/** Faults that one row's refusal names, and bytes of a row for which some of them are left out: 100 rows are kept as one item. */
const MOST_FAULTS = 5;
const ROW_BYTES = 3_800;

interface Row {
  readonly status: number;
  readonly [thing: string]: unknown;
}

export async function runBulk(route: AnyBulk, request: HttpRequest, input: AnyInput, host: Host): Promise<Reply> {
  const kept = await findKeptAnswer(request, input, host.store);
  if (kept.answer !== undefined) return kept.answer;
  const until = Date.now() + PATIENCE;
  const items: Row[] = [];
  let failure: Refusal | undefined;
  for (const [index, body] of route.rowsOf(input.body).entries()) {
    if (failure === undefined && Date.now() >= until) {
      failure = new Refusal("unavailable", "There was no time left for this row; send the request again.");
    }
    try {
      if (failure !== undefined) throw failure;
      items.push(await runRow(route, index, body, request, input, host));
    } catch (error) {
      const refusal = toRefusal(error, host);
      // A store that fails one row would fail the next: what was not done is told so, and can be sent again.
      if (refusal.code === "unavailable") failure = refusal;
      if (failure !== undefined && index === 0) throw failure;
      // Only what the path names is ever absent, and so it is for the whole request.
      if (refusal.code === "not_found" && index === 0) throw refusal;
      items.push(describeRefusal(refusal, (within) => route.pointerOf(index, within), request.origin.requestId));
    }
  }
  const reply: Reply = { body: { items } };
  if (kept.asked === undefined || failure !== undefined) return reply;
  const answer = keepAnswer(reply, route.reply.status, kept.bodyHash, input.now);
  const changes = [host.store.idempotency.keep(kept.asked, answer, Math.floor(input.now / 1000))];
  const outcome = await host.store.commit(changes, input.newId("aud"), async () => false);
  return outcome === "committed" ? reply : ((await findKeptAnswer(request, input, host.store)).answer ?? reply);
}

async function runRow(
  { each, thing, shownOf = (made) => made }: AnyBulk,
  index: number,
  body: unknown,
  request: HttpRequest,
  input: AnyInput,
  host: Host,
): Promise<Row> {
  // A path of its own, of which there is no route: the row's answer is kept under it.
  const sent = { ...request, path: `${request.path}/${index}`, body: JSON.stringify(body) };
  const checked = each.body === undefined ? body : validate(each.body, body);
  const reply = await runCommand(each, sent, { ...input, body: checked, ifMatch: undefined }, host);
  return { status: reply.status ?? each.reply.status, [thing]: shownOf(reply.body as never) };
}

function toRefusal(error: unknown, host: Host): Refusal {
  if (error instanceof Refusal) {
    if (error.code === "unavailable" && error.cause !== undefined) host.reportFault(error.cause);
    return error;
  }
  host.reportFault(error);
  return new Refusal("unavailable", "Something went wrong on our side; nothing was half done.");
}

function describeRefusal(refusal: Refusal, pointerOf: (within: string) => string, requestId: string): Row {
  for (let most = MOST_FAULTS; ; most--) {
    const described = describeFaults(refusal, most, pointerOf, requestId);
    if (most === 1 || Buffer.byteLength(JSON.stringify(described)) <= ROW_BYTES) return described;
  }
}

function describeFaults(refusal: Refusal, most: number, pointerOf: (within: string) => string, requestId: string): Row {
  const { errors, ...fields } = refusal.fields;
  const within: Fault[] | undefined = errors
    ?.slice(0, most)
    .map(({ pointer, detail }) => ({ pointer: pointerOf(pointer), detail }));
  const told = new Refusal(
    refusal.code,
    refusal.message,
    within === undefined ? fields : { ...fields, errors: within },
  );
  const { status, body } = toProblem(told, requestId);
  return { status, problem: JSON.parse(body) };
}
