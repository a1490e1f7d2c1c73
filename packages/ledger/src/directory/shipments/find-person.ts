import { isOktaUserId } from '@keycourier/journey/model/outside-id';
import type { DirectoryPerson, SoughtPerson } from '@keycourier/journey/ports/directory';
import { sql, type Kysely, type RawBuilder } from 'kysely';

import type { Ledger } from '../../connect-ledger.ts';
import { userIndexOf } from '../../events/event-keys.ts';
import { prepared } from '../../prepared.ts';
import { loginIndexOf } from '../../shipments/person.ts';
import type { Tables } from '../../tables.ts';
import { externalIdIndex, userNameIndex } from '../keyed.ts';
import { readAttributes } from '../users/attributes.ts';

export interface Reading {
  ledger: Ledger;
  db: Kysely<Tables>;
  /** Of the rows that are read; by default none. */
  lock?: RawBuilder<unknown>;
}

export interface PersonRow {
  id: string;
  connectionId: string | null;
  active: boolean;
  deactivatedAt: Date | null;
  userNameIndex: string;
}

/** Locks the rows that are read until the transaction ends: no client deactivates or reactivates them meanwhile. */
export const sharing = sql`for share`;

/** One who was deleted, and whose event is not decided yet, is known as inactive since then. */
export async function findPerson(
  reading: Reading,
  tenant: string,
  sought: SoughtPerson,
): Promise<DirectoryPerson | null> {
  const { hasPeople, deletedSince } = await look(reading, tenant, sought);
  const row = hasPeople ? await findPersonRow(reading, tenant, sought) : null;
  if (row !== null) return { id: row.id, inactiveSince: row.active ? null : row.deactivatedAt };
  return deletedSince === null ? null : { id: null, inactiveSince: deletedSince };
}

/**
 * The person with this id, else the one whose connection sends this Okta id, else the one with this user name, unless that
 * one has the Okta id of another user. Between several of one Okta id the user name decides.
 */
export async function findPersonRow(
  reading: Reading,
  tenant: string,
  { personId, userId, login }: SoughtPerson,
): Promise<PersonRow | null> {
  const rowsWhere = (condition: RawBuilder<boolean>): Promise<PersonRow[]> => readRows(reading, tenant, condition);
  const [own] = personId === null ? [] : await rowsWhere(sql`id = ${personId}`);
  if (own !== undefined) return own;
  const index = login === null ? null : userNameIndex(reading.ledger.sealing, tenant, login);
  const byUserId = userId === null ? [] : await findByUserId(reading, tenant, { userId, rowsWhere });
  if (byUserId.length > 0)
    return byUserId.length === 1
      ? (byUserId[0] ?? null)
      : (byUserId.find((one) => one.userNameIndex === index) ?? null);
  const [named] = index === null ? [] : await rowsWhere(sql`user_name_index = ${index}`);
  return named === undefined || (userId !== null && (await hasOtherUserId(reading, named.id, userId))) ? null : named;
}

async function readRows(
  { db, lock = sql`` }: Reading,
  tenant: string,
  condition: RawBuilder<boolean>,
): Promise<PersonRow[]> {
  const { rows } = await sql<PersonRow>`
    select id, connection_id as "connectionId", active, deactivated_at as "deactivatedAt",
      user_name_index as "userNameIndex"
    from people where tenant = ${tenant} and ${condition} order by id ${lock}`.execute(db);
  return rows;
}

/** An externalId is its connection's own, so its hash is another one in each. */
async function findByUserId(
  { ledger, db }: Reading,
  tenant: string,
  { userId, rowsWhere }: { userId: string; rowsWhere: (condition: RawBuilder<boolean>) => Promise<PersonRow[]> },
): Promise<PersonRow[]> {
  if (!isOktaUserId(userId)) return [];
  const connections = await db.selectFrom('scim_connections').select('id').where('tenant', '=', tenant).execute();
  const ids = connections.map(({ id }) => id);
  const indexes = ids.map((id) => externalIdIndex(ledger.sealing, id, userId));
  return rowsWhere(
    sql`(connection_id, external_id_index) in (select * from unnest(${ids}::text[], ${indexes}::text[]))`,
  );
}

async function hasOtherUserId(reading: Reading, personId: string, userId: string): Promise<boolean> {
  const externalId = (await readAttributes(reading, [personId], ['externalId'])).get(personId)?.get('externalId');
  return typeof externalId === 'string' && isOktaUserId(externalId) && externalId !== userId;
}

/** In one statement what most tenants are done with: they have no people in the directory. */
async function look(
  { ledger, db }: Reading,
  tenant: string,
  { userId, login }: SoughtPerson,
): Promise<{ hasPeople: boolean; deletedSince: Date | null }> {
  const userIndex = userId === null ? null : userIndexOf(ledger, tenant, userId);
  const loginIndex = login === null ? null : loginIndexOf(ledger, login);
  const { rows } = await sql<{ hasPeople: boolean; deletedSince: Date | null }>`${prepared}
    select exists (select from people where tenant = ${tenant}) as "hasPeople", (
      select coalesce(published, received_at) from (
        ${eventsOf(tenant, sql`user_index = ${userIndex}`)} union all ${eventsOf(tenant, sql`login_index = ${loginIndex}`)}
      ) as event
      where state = 'received' and source = 'scim' and event_type = 'scim.user.deactivated'
      order by id desc limit 1
    ) as "deletedSince"`.execute(db);
  return rows[0] ?? { hasPeople: true, deletedSince: null };
}

/** Those of one person are few: looked up by nothing else ("offset" keeps the conditions apart), or one plan may read all that wait. */
const eventsOf = (tenant: string, condition: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  (select id, published, received_at, state, source, event_type from inbound_events
  where tenant = ${tenant} and ${condition} offset 0)`;
