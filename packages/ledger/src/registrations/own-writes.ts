import type { OwnWrites, RegistrationAttempt } from '@keycourier/journey/ports/registration';
import { sql, type Kysely } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import type { Tables } from '../tables.ts';

/** More than the writes of one attempt: an event may come a day late. */
const keptRequests = 16;

/** Records the request of a write, by which its event is recognised. */
export async function noteWrite(ledger: Ledger, { id }: RegistrationAttempt, requestId: string): Promise<void> {
  await ledger.db
    .updateTable('registrations')
    .set({ request_ids: sql<string[]>`(${requestId}::text || request_ids)[1:${sql.lit(keptRequests)}]` })
    .where('id', '=', id)
    .execute();
}

/** What identifies our own writes of a person; null where they have no registration. */
export async function writesOf(
  { db }: { db: Kysely<Tables> },
  tenant: string,
  userId: string,
): Promise<OwnWrites | null> {
  const row = await db
    .selectFrom('registrations')
    .select(['id', 'request_ids', sql<boolean>`coalesce(leased_until > now(), false)`.as('isRunning')])
    .where('tenant', '=', tenant)
    .where('okta_user_id', '=', userId)
    .executeTakeFirst();
  if (row === undefined) return null;
  return { registrationId: row.id, requestIds: row.request_ids, isRunning: row.isRunning };
}
