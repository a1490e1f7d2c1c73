import type { InboundEvent } from '@keycourier/journey/ports/ledger';

import type { Ledger } from '../connect-ledger.ts';
import { sealedContext } from '../sealed-columns.ts';

/** An event with its body decrypted; null when its body is erased, or it is set aside or unknown. */
export async function readEvent(ledger: Ledger, eventId: string): Promise<InboundEvent | null> {
  const row = await ledger.db
    .selectFrom('inbound_events')
    .leftJoin('outbox', 'subject_id', 'id')
    .select(['id', 'inbound_events.tenant', 'body', 'state', 'source', 'failures'])
    .where('id', '=', eventId)
    .executeTakeFirst();
  if (row === undefined || row.state === 'set_aside' || row.body === null) return null;
  const body: unknown = JSON.parse(ledger.sealing.unseal(row.body, sealedContext.eventBody(eventId)));
  return { id: row.id, tenant: row.tenant, body, state: row.state, source: row.source, failures: row.failures ?? 0 };
}
