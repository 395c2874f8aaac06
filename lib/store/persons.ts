/**
 * People of the user pool itself. They have one id in all organizations of the deployment, found by the pool's `sub`; the
 * address only leads to it until the first sign-in binds it.
 */
import type { OrgId, UserId } from "../domain/ids.ts";
import { foldEmail } from "../domain/users.ts";
import type { Change } from "./changes.ts";
import { keys, ranges } from "./keys.ts";
import type { Item, Page, Ref, Table } from "./table.ts";

export interface Person {
  readonly id: UserId;
  readonly email: string;
  /** The pool's subject; absent until the first sign-in. */
  readonly subject?: string;
}

/** Which person a verified address leads to, and whether a sign-in has bound it. */
export interface AddressOwner {
  readonly userId: UserId;
  readonly subject?: string;
}

export const personItems = {
  at: (userId: UserId): Ref<Person> => ({ key: keys.person(userId), decode: decodePerson }),
  bySubject: (subject: string): Ref<UserId> => ({
    key: keys.personBySubject(subject),
    decode: (item) => item.userId as UserId,
  }),
  byEmail: (email: string): Ref<AddressOwner> => ({
    key: keys.personByEmail(foldEmail(email)),
    decode: (item) => item as unknown as AddressOwner,
  }),

  /** A person made by an invitation: the address leads to them, nobody has signed in yet. */
  createInvited: (person: Person): Change[] => [
    putPerson(person),
    {
      kind: "put",
      key: keys.personByEmail(foldEmail(person.email)),
      item: { userId: person.id },
      when: { exists: false },
    },
  ],

  /** The first sign-in: binds subject, address and id to each other. `owner` is where the address led before. */
  bind: (person: Person & { subject: string }, owner: AddressOwner | undefined): Change[] => [
    putPerson(person),
    {
      kind: "put",
      key: keys.personBySubject(person.subject),
      item: { userId: person.id },
      when: { exists: false },
    },
    {
      kind: "put",
      key: keys.personByEmail(foldEmail(person.email)),
      item: { userId: person.id, subject: person.subject },
      when:
        owner === undefined
          ? { exists: false }
          : owner.subject === undefined
            ? { equals: { userId: owner.userId }, lacks: ["subject"] }
            : { equals: { userId: owner.userId, subject: owner.subject } },
    },
  ],

  /** The person's own list of organizations. Says where they were asked in, so that a sign-in looks there and nowhere else. */
  join: (userId: UserId, orgId: OrgId, as: "member" | "invited"): Change => ({
    kind: "put",
    key: keys.personOrganization(userId, orgId),
    item: { orgId, as },
  }),

  leave: (userId: UserId, orgId: OrgId): Change => ({ kind: "delete", key: keys.personOrganization(userId, orgId) }),
};

export function listPersonOrganizations(
  table: Table,
  userId: UserId,
  options: { limit: number; after?: string | undefined },
): Promise<Page<OrgId>> {
  return table.list(ranges.personOrganizations(userId), (item) => item.orgId as OrgId, options);
}

/** Organizations where an invitation of the person stands open, or whose member they have become. */
export async function listPersonRows(table: Table, userId: UserId, as: "member" | "invited"): Promise<OrgId[]> {
  const rows = await table.listAll(ranges.personOrganizations(userId), (item) => item);
  return rows.filter((row) => row.as === as).map((row) => row.orgId as OrgId);
}

function putPerson(person: Person): Change {
  return { kind: "put", key: keys.person(person.id), item: { ...person } };
}

function decodePerson(item: Item): Person {
  const { id, email, subject } = item as unknown as Person;
  return subject === undefined ? { id, email } : { id, email, subject };
}
