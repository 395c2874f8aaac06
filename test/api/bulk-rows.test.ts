/** The rows of a bulk as they are sent: what each may hold, how many there may be, and where the refusal of one points. */
import { beforeEach, describe, expect, it } from "vitest";
import { limits } from "../../lib/domain/limits.ts";
import { openTestStore } from "../engine.ts";
import type { Acme } from "./acme.ts";
import { admitManager, done, makeAcme, makeRole } from "./acme.ts";
import type { Answer, Caller } from "./in-process.ts";

let acme: Acme;

beforeEach(async () => {
  acme = await makeAcme(await openTestStore());
});

const address = (name: string | number) => `${name}@acme.example`;
const send = (users: readonly unknown[], by: Caller = acme.ann, key = "k"): Promise<Answer> =>
  acme.api.call(by, `POST ${acme.O}/users/bulk`, { body: { users }, headers: { "idempotency-key": key } });
const statuses = ({ body }: Answer) => body.items.map(({ status }: { status: number }) => status);
const emails = async () =>
  (await done(acme.api.call(acme.ann, `GET ${acme.O}/users?limit=100`))).items.map(
    ({ email }: { email: string }) => email,
  );

describe("each row", () => {
  it("answers as an invitation by itself would, in the order sent", async () => {
    const role = await makeRole(acme, "Runner", ["workflow:run"]);
    const rows = [
      { email: address(1), displayName: "One" },
      { email: address(2), roleId: role, workspaceId: acme.workspace },
      { email: address(3), externalId: "x3" },
    ];
    const { status, body } = await send(rows);
    expect(status).toBe(200);
    for (const [index, row] of rows.entries()) {
      expect(Object.keys(body.items[index]).sort()).toEqual(["status", "user"]);
      const { status: is, user } = body.items[index];
      expect([is, user.email, user.status]).toEqual([201, row.email, "invited"]);
      const alone = await done(acme.api.call(acme.ann, `GET ${acme.O}/users/${user.id}`));
      expect(alone).toEqual(user);
    }
    const { items } = await done(acme.api.call(acme.ann, `GET ${acme.O}/audit-log?action=user.invited`));
    expect(items).toHaveLength(3);
    const invited = await done(acme.api.call(acme.ann, `GET ${acme.W}/assignments/${body.items[1].user.id}`));
    expect(invited.grants).toMatchObject([{ roleId: role }]);
  });

  it.each([
    ["is no object of an invitation", { name: "x" }, 422, "/users/1/email"],
    ["has a member too many", { email: address("x"), status: "active" }, 422, "/users/1/status"],
    ["has no address", { email: "nobody" }, 422, "/users/1/email"],
    ["names a role without its workspace", { email: address("x"), roleId: "rol_viewer" }, 422, "/users/1/roleId"],
    [
      "names a role that is not there",
      { email: address("x"), roleId: "rol_none", workspaceId: "{w}" },
      422,
      "/users/1/roleId",
    ],
    ["is somebody who is there", { email: address("ann") }, 409, undefined],
    ["is the row before", { email: address("first") }, 409, undefined],
  ])("that %s is refused alone, where it stands", async (_, wrong, status, pointer) => {
    const row = JSON.parse(JSON.stringify(wrong).replace("{w}", acme.workspace));
    const answer = await send([{ email: address("first") }, row, { email: address("last") }]);
    expect(statuses(answer)).toEqual([201, status, 201]);
    const { problem } = answer.body.items[1];
    expect(problem).toMatchObject({ status, code: status === 409 ? "conflict" : "request.invalid" });
    if (pointer !== undefined)
      expect(problem.errors.map((fault: { pointer: string }) => fault.pointer)).toContain(pointer);
    expect(new Set(await emails())).toEqual(new Set([address("ann"), address("first"), address("last")]));
  });

  it("gives nothing that the caller does not hold", async () => {
    const inviter = await admitManager(acme, "inviter", ["user:write"]);
    const rows = [{ email: address(1) }, { email: address(2), roleId: "rol_owner", workspaceId: acme.workspace }];
    const answer = await send(rows, inviter);
    expect(statuses(answer)).toEqual([201, 403]);
    expect(answer.body.items[1].problem).toMatchObject({
      code: "grant.exceeds_own",
      errors: [{ pointer: "/users/1/roleId" }],
    });
  });
});

describe("the request", () => {
  it.each([
    ["no rows", { users: [] }, "/users"],
    [
      "a row too many",
      { users: Array.from({ length: limits.usersPerBulk + 1 }, (_, n) => ({ email: address(n) })) },
      "/users",
    ],
    ["a row that is no object", { users: [{ email: address(1) }, "two"] }, "/users/1"],
    ["something beside the rows", { users: [{ email: address(1) }], dryRun: true }, "/dryRun"],
  ])("is refused whole for %s", async (_, body, pointer) => {
    const answer = await acme.api.call(acme.ann, `POST ${acme.O}/users/bulk`, { body });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
    expect(await emails()).toEqual([address("ann")]);
  });

  it("has as many rows as the limit says", async () => {
    const rows = Array.from({ length: limits.usersPerBulk }, (_, index) => ({ email: address(index) }));
    expect(new Set(statuses(await send(rows)))).toEqual(new Set([201]));
  });

  it("sent again under its key answers the same and does nothing; with other rows it is refused", async () => {
    const rows = [{ email: address(1) }, { email: address("ann") }];
    const first = await send(rows);
    expect(statuses(first)).toEqual([201, 409]);
    // What stood in the way of a row may be gone by now: the answer stays what it was.
    expect((await send(rows)).body).toEqual(first.body);
    expect(await send([{ email: address(2) }])).toMatchObject({ status: 422, body: { code: "request.invalid" } });
    expect(statuses(await send(rows, acme.ann, "another"))).toEqual([409, 409]);
  });
});
