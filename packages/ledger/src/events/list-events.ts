import { sql, type RawBuilder } from 'kysely';
import { z } from 'zod';

import type { Ledger } from '../connect-ledger.ts';
import { idsBetween } from '../new-id.ts';
import { loginIndexOf } from '../shipments/person.ts';
import { storedUuid, userIndexOf } from './event-keys.ts';

/** What became of an event; `duplicate` is any event that was delivered again, which changed nothing. */
export const eventOutcomes = ['received', 'accepted', 'ignored', 'set_aside', 'duplicate'] as const;

export type EventOutcome = (typeof eventOutcomes)[number];

export interface EventQuery {
  tenant: string;
  /** An exact Okta id or login; letter case of a login is ignored. */
  user?: string | undefined;
  id?: string | undefined;
  uuid?: string | undefined;
  outcome?: EventOutcome | undefined;
  /** Received at or after, and before. */
  since?: Date | undefined;
  until?: Date | undefined;
  /** The id of the last event of the page before. */
  before?: string | undefined;
  limit: number;
}

const rowSchema = z.object({
  id: z.string(),
  uuid: z.string(),
  eventType: z.string(),
  published: z.date().nullable(),
  receivedAt: z.date(),
  processedAt: z.date().nullable(),
  outcome: z.enum(['received', 'accepted', 'ignored', 'set_aside']),
  reason: z.string().nullable(),
  shipmentId: z.string().nullable(),
  redeliveries: z.number(),
  redeliveredAt: z.date().nullable(),
});

export type ListedEvent = z.infer<typeof rowSchema> & {
  /** Which key of the event this is about, from 1; an event for one key has just that. */
  key: number;
};

/** A page of a tenant's events, newest first, without their content; `nextCursor` is null on the last one. */
export async function listEvents(
  ledger: Ledger,
  query: EventQuery,
): Promise<{ items: readonly ListedEvent[]; nextCursor: string | null }> {
  const conditions = await conditionsOf(ledger, query);
  const { rows } = await sql`
    select id, uuid, event_type as "eventType", published, received_at as "receivedAt", processed_at as "processedAt",
      state as outcome, reason, shipment_id as "shipmentId", redeliveries, redelivered_at as "redeliveredAt"
    from inbound_events where ${sql.join(conditions, sql` and `)} order by id desc limit ${query.limit + 1}`.execute(
    ledger.db,
  );
  const page = z.array(rowSchema).parse(rows.slice(0, query.limit));
  const nextCursor = rows.length > query.limit ? (page.at(-1)?.id ?? null) : null;
  return { items: page.map(withKey), nextCursor };
}

/** How many events are selected; what is beyond `atMost` is not counted. */
export async function countEvents(
  ledger: Ledger,
  query: Omit<EventQuery, 'before' | 'limit'>,
  atMost: number,
): Promise<number> {
  const conditions = await conditionsOf(ledger, query);
  const { rows } = await sql<{ count: string }>`
    select count(*) from (select from inbound_events where ${sql.join(conditions, sql` and `)} limit ${atMost}) as found`.execute(
    ledger.db,
  );
  return Number(rows[0]?.count ?? 0);
}

async function conditionsOf(ledger: Ledger, query: Omit<EventQuery, 'limit'>): Promise<RawBuilder<unknown>[]> {
  const { tenant, id: eventId, user, uuid, outcome, since, until, before } = query;
  const conditions = [sql`tenant = ${tenant}`];
  const { from, to } = idsBetween('evt', query);
  if (from !== null) conditions.push(sql`id >= ${from}`);
  if (to !== null) conditions.push(sql`id < ${to}`);
  if (eventId !== undefined) conditions.push(sql`id = ${eventId}`);
  if (uuid !== undefined) conditions.push(sql`uuid = any(${uuidsOf(ledger, tenant, uuid)}::text[])`);
  if (outcome === 'duplicate') conditions.push(sql`redeliveries > 0`);
  else if (outcome !== undefined) conditions.push(sql`state = ${outcome}`);
  if (since !== undefined) conditions.push(sql`received_at >= ${since}`);
  if (until !== undefined) conditions.push(sql`received_at < ${until}`);
  if (before !== undefined) conditions.push(sql`id < ${before}`);
  if (user !== undefined) {
    const loginIndex = loginIndexOf(ledger, user);
    const userIds = [user, ...(await userIdsOf(ledger, tenant, loginIndex))];
    conditions.push(sql`(login_index = ${loginIndex}
      or user_index = any(${userIds.map((id) => userIndexOf(ledger, tenant, id))}::text[]))`);
  }
  return conditions;
}

/** An event may name its user by id alone: the shipments know which ids a login has had. */
async function userIdsOf(ledger: Ledger, tenant: string, loginIndex: string): Promise<string[]> {
  const rows = await ledger.db
    .selectFrom('shipments')
    .select('okta_user_id')
    .distinct()
    .where('tenant', '=', tenant)
    .where('login_index', '=', loginIndex)
    .where('okta_user_id', 'is not', null)
    .limit(10)
    .execute();
  return rows.flatMap(({ okta_user_id: id }) => (id === null ? [] : [id]));
}

const maxKeys = 10;

/** The event and its further keys; and as a version before this one stored it, until it is stored anew. */
function uuidsOf(ledger: Ledger, tenant: string, uuid: string): string[] {
  const stored = storedUuid(ledger, tenant, uuid);
  return [...new Set([stored, uuid])].flatMap((known) => [
    known,
    ...Array.from({ length: maxKeys - 1 }, (_, index) => `${known}/${index + 2}`),
  ]);
}

function withKey(row: z.infer<typeof rowSchema>): ListedEvent {
  const [uuid = row.uuid, key] = row.uuid.split('/');
  return { ...row, uuid, key: key === undefined ? 1 : Number(key) };
}
