import { sql } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import { ofAnyLength } from '../prepared.ts';
import type { Outage } from './recover.ts';

/**
 * Records that services answered just now, and accepted the tenants' credentials: of each tenant and service once a minute, by
 * whichever worker.
 */
export async function recordAnswers({ db }: Pick<Ledger, 'db'>, answers: readonly Outage[]): Promise<void> {
  if (answers.length === 0) return;
  await sql`
    insert into service_answers (tenant, service, answered_at)
    select tenant, service, now()
    from unnest(${ofAnyLength(answers.map(({ tenant }) => tenant))}, ${answers.map(({ service }) => service)}::text[])
      as answered (tenant, service)
    order by tenant, service
    on conflict (tenant, service) do update set answered_at = excluded.answered_at
      where service_answers.answered_at <= excluded.answered_at - interval '1 minute'`.execute(db);
}
