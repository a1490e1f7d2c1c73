import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { sealedContext } from '../sealed-columns.ts';
import { personIndexesOf, storedEventType, storedUuid, subjectOfBody } from './event-keys.ts';

/**
 * Stores events of versions before this one anew: what others wrote in a uuid or a type as keyed hashes, and who they name as
 * blind indexes. They stay known under their uuids. Several processes may do it at once.
 * @returns how many events, at most `limit`; fewer mean that none is left
 */
export async function protectEvents(ledger: Ledger, limit: number): Promise<number> {
  return ledger.db.transaction().execute(async (tx) => {
    const rows = await tx
      .selectFrom('inbound_events')
      .select(['id', 'tenant', 'uuid', 'event_type', 'body'])
      .where('is_protected', '=', false)
      .orderBy('id')
      .limit(limit)
      .forUpdate()
      .skipLocked()
      .execute();
    if (rows.length === 0) return 0;
    const stored = rows.map((row) => ({ id: row.id, ...protect(ledger, row) }));
    await sql`
      update inbound_events set uuid = anew.uuid, event_type = anew.event_type, is_protected = true,
        user_index = coalesce(inbound_events.user_index, anew.user_index),
        login_index = coalesce(inbound_events.login_index, anew.login_index)
      from unnest(${stored.map(({ id }) => id)}::text[], ${stored.map(({ uuid }) => uuid)}::text[],
        ${stored.map(({ eventType }) => eventType)}::text[], ${stored.map(({ userIndex }) => userIndex)}::text[],
        ${stored.map(({ loginIndex }) => loginIndex)}::text[]) as anew (id, uuid, event_type, user_index, login_index)
      where inbound_events.id = anew.id`.execute(tx);
    return rows.length;
  });
}

interface Stored {
  id: string;
  tenant: string;
  uuid: string;
  event_type: string;
  body: string | null;
}

function protect(ledger: Ledger, { id, tenant, uuid, event_type: eventType, body }: Stored) {
  const content: unknown = body === null ? null : JSON.parse(ledger.sealing.unseal(body, sealedContext.eventBody(id)));
  return {
    uuid: storedUuid(ledger, tenant, uuid),
    eventType: storedEventType(ledger, tenant, eventType),
    ...personIndexesOf(ledger, tenant, subjectOfBody(content)),
  };
}
