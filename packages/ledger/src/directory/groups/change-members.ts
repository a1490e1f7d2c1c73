import { sql } from 'kysely';

import { newId } from '../../new-id.ts';
import { invalidValue, type Refusal } from '../refusal.ts';
import { isVisible, type Scope } from '../scope.ts';

export interface Member {
  personId: string;
  /** Of the membership. */
  id: string;
}

/** Who became a member, and who is none any more, over all operations of a request. */
export interface MembershipChanges {
  added: Map<string, string>;
  removed: Map<string, string>;
}

export const noChanges = (): MembershipChanges => ({ added: new Map(), removed: new Map() });

export const unknownMember: Refusal = invalidValue(
  'unknown_member',
  'members has a value that is not the id of a user of this connection: create the user first, then send the group again.',
);

/** Whether all are users that the origin sees. They stay so until the transaction ends. */
export async function areMembersKnown({ db, origin }: Scope, personIds: readonly string[]): Promise<boolean> {
  const distinct = [...new Set(personIds)];
  if (distinct.length === 0) return true;
  const { rows } = await sql<{ count: string }>`
    select count(*) from (
      select from people where id = any(${distinct}::text[]) and ${isVisible(origin, 'people')} order by id for key share
    ) as known`.execute(db);
  return Number(rows[0]?.count ?? 0) === distinct.length;
}

/** Adds known users in one statement, however many; those who are members stay what they are. */
export async function addMembers(
  { ledger, db }: Scope,
  groupId: string,
  { personIds, changes }: { personIds: readonly string[]; changes: MembershipChanges },
): Promise<void> {
  const { rows } = await sql<Member>`
    insert into directory_members (group_id, person_id, id, since)
    select ${groupId}, person_id, id, ${ledger.now()}
    from unnest(${[...personIds]}::text[], ${personIds.map(() => newId('mem'))}::text[]) as named (person_id, id)
    order by person_id
    on conflict do nothing returning person_id as "personId", id`.execute(db);
  for (const { personId, id } of rows) {
    // One who was removed a moment ago stays what they were, but for the membership's id.
    if (changes.removed.delete(personId)) continue;
    changes.added.set(personId, id);
  }
}

/** `named`: these; `not_named`: all but these. Those who are no members are none afterwards. */
export async function removeMembers(
  { db }: Scope,
  groupId: string,
  {
    which,
    personIds,
    changes,
  }: { which: 'named' | 'not_named'; personIds: readonly string[]; changes: MembershipChanges },
): Promise<void> {
  // Postgres hashes such a list; joined to, it would be gone through for each member while statistics say there are few.
  const list = sql`${[...personIds]}::text[]`;
  const isConcerned = which === 'named' ? sql`person_id = any(${list})` : sql`person_id <> all(${list})`;
  const { rows } = await sql<Member>`
    delete from directory_members where group_id = ${groupId} and ${isConcerned}
    returning person_id as "personId", id`.execute(db);
  for (const { personId, id } of rows) if (!changes.added.delete(personId)) changes.removed.set(personId, id);
}

/** All members, visible or not. */
export async function readAllMembers({ db }: Scope, groupId: string): Promise<readonly Member[]> {
  const { rows } = await sql<Member>`
    select person_id as "personId", id from directory_members where group_id = ${groupId} order by person_id`.execute(
    db,
  );
  return rows;
}
