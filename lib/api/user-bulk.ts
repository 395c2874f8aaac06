/** Inviting many people at once. */
import * as z from "zod";
import { limits } from "../domain/limits.ts";
import { bulk } from "./route.ts";
import { problemShape, userShape } from "./schemas.ts";
import { inviteUser } from "./users.ts";

export const userBulkRoutes = [
  bulk({
    method: "POST",
    path: "/v1/orgs/{orgId}/users/bulk",
    operationId: "inviteUsers",
    summary: "Invites up to 100 people, each as one invitation would; each row has its own answer.",
    area: "directory",
    access: { kind: "scope", level: "organization", scope: "user:write" },
    body: z.strictObject({ users: z.array(z.record(z.string(), z.unknown())).min(1).max(limits.usersPerBulk) }),
    reply: {
      status: 200,
      schema: z.object({
        items: z.array(z.object({ status: z.int(), user: userShape.optional(), problem: problemShape.optional() })),
      }),
    },
    example: { body: { users: [{ email: "first@acme.example" }, { email: "second@acme.example" }] } },
    rowsOf: ({ users }) => users,
    each: inviteUser,
    thing: "user",
    pointerOf: (index, within) => `/users/${index}${within}`,
  }),
];
