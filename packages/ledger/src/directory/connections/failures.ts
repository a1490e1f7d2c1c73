import { sql } from 'kysely';

import type { Ledger } from '../../connect-ledger.ts';
import { userNameIndex } from '../keyed.ts';
import type { Connection } from './connection.ts';

/** Whom a refused request was about: a user or a group by its id, or a user who does not exist yet. */
export type FailureSubject = { id: string } | { userName: string };

export interface Failure {
  /** An id, or a keyed hash of a user name. */
  subject: string;
  at: Date;
  status: number;
  scimType: string | null;
  /** As it was answered: it names attributes and rules, and no value. */
  detail: string;
  /** How often since the last success. */
  times: number;
}

/** The newest of a connection; older ones are dropped. */
const maxFailures = 1_000;

export interface FailureToRecord extends Omit<Failure, 'subject'> {
  subject: FailureSubject;
}

/** The last refusal of each subject, outside of the refused requests' own transactions, which are rolled back. */
export async function recordFailures(
  { db, sealing }: Pick<Ledger, 'db' | 'sealing'>,
  connection: Connection,
  failures: readonly FailureToRecord[],
): Promise<void> {
  const byKey = new Map(failures.map((failure) => [keyOf({ sealing }, connection, failure.subject), failure]));
  const [keys, values] = [[...byKey.keys()], [...byKey.values()]];
  // Only a person that exists is named: the id may be any text of the client's.
  await sql`
    insert into scim_failures as failure (connection_id, subject, person_id, at, status, scim_type, detail, times)
    select ${connection.id}, refusal.subject, (
        select id from people where tenant = ${connection.tenant} and (id = refusal.subject or user_name_index = refusal.subject)
        limit 1
      ), refusal.at, refusal.status, refusal.scim_type, refusal.detail, refusal.times
    from unnest(${keys}::text[], ${values.map(({ at }) => at.toISOString())}::timestamptz[],
      ${values.map(({ status }) => status)}::int[], ${values.map(({ scimType }) => scimType)}::text[],
      ${values.map(({ detail }) => detail)}::text[], ${values.map(({ times }) => times)}::int[])
      as refusal (subject, at, status, scim_type, detail, times)
    order by refusal.subject
    on conflict (connection_id, subject) do update set at = excluded.at, status = excluded.status,
      scim_type = excluded.scim_type, detail = excluded.detail, times = failure.times + excluded.times,
      person_id = coalesce(excluded.person_id, failure.person_id)`.execute(db);
  await sql`
    delete from scim_failures where connection_id = ${connection.id} and at < (
      select at from scim_failures where connection_id = ${connection.id}
      order by at desc offset ${maxFailures - 1} limit 1)`.execute(db);
}

/** After successes. */
export async function clearFailures(
  { db, sealing }: Pick<Ledger, 'db' | 'sealing'>,
  connection: Connection,
  subjects: readonly FailureSubject[],
): Promise<void> {
  const keys = subjects.map((subject) => keyOf({ sealing }, connection, subject));
  await sql`delete from scim_failures where connection_id = ${connection.id} and (subject = any(${keys}::text[]) or person_id = any(${keys}::text[]))`.execute(
    db,
  );
}

/** Newest first; none of another tenant's connection. */
export async function listFailures(
  { db }: Pick<Ledger, 'db'>,
  { tenant, connectionId, limit }: { tenant: string; connectionId: string; limit: number },
): Promise<readonly Failure[]> {
  const { rows } = await sql<Failure>`
    select subject, at, status, scim_type as "scimType", detail, times
    from scim_failures join scim_connections on id = connection_id
    where connection_id = ${connectionId} and tenant = ${tenant}
    order by at desc limit ${limit}`.execute(db);
  return rows;
}

/** An id that is too long, or that no id of ours can be, is not kept: it may hold anything. */
function keyOf({ sealing }: Pick<Ledger, 'sealing'>, { tenant }: Connection, subject: FailureSubject): string {
  if ('userName' in subject) return userNameIndex(sealing, tenant, subject.userName);
  return ownId.test(subject.id) ? subject.id : 'unknown id';
}

const ownId = /^(?:usr|grp)_[0-9a-z]{26}$/;
