import type { InboundEvent } from '@keycourier/journey/ports/ledger';
import { sql, type Selectable } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { flowsOffSince } from '../flows/flows-off.ts';
import { prepared } from '../prepared.ts';
import { sealedContext } from '../sealed-columns.ts';
import type { Tables } from '../tables.ts';

type StoredEvent = Omit<InboundEvent, 'body'> & Pick<Selectable<Tables['inbound_events']>, 'body'>;

/** An event with its body decrypted; null when its body is erased, or it is set aside or unknown. */
export async function readEvent(ledger: Ledger, eventId: string): Promise<InboundEvent | null> {
  const {
    rows: [row],
  } = await sql<StoredEvent>`${prepared}
    select id, inbound_events.tenant, body, state, source, coalesce(failures, 0) as failures,
      ${flowsOffSince(sql`inbound_events.tenant`, sql`published`)} as "flowsOff"
    from inbound_events left join outbox on subject_id = id where id = ${eventId}`.execute(ledger.db);
  if (row === undefined || row.state === 'set_aside' || row.body === null) return null;
  const body: unknown = JSON.parse(ledger.sealing.unseal(row.body, sealedContext.eventBody(eventId)));
  return { ...row, body };
}
