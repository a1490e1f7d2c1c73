import { sql, type RawBuilder } from 'kysely';

import type { Ledger } from '../connect-ledger.ts';
import type { Knock } from './publish-due.ts';
import { isUnderWay, lost } from '../attempts/under-way.ts';

/**
 * The sweep's step: knocks that were published, ought to have been answered `graceMs` ago, and are not being answered
 * now. `isAlive` asks the queue for the job; a live one is given more time, a lost one is published again. Cards whose
 * worker did not come back are ended.
 * @returns how many were published again
 */
export async function sweepOverdue(
  ledger: Ledger,
  options: { graceMs: number; limit: number; isAlive: (knock: Knock) => Promise<boolean> },
): Promise<number> {
  const isOverdue = sql`published_at is not null and due_at < now() - ${options.graceMs} * interval '1 ms'
    and not ${isUnderWay}`;
  const { rows } = await sql<Knock>`
    select subject_id as "subjectId", door, tenant, turn, priority from knocks where ${isOverdue}
    order by due_at limit ${options.limit}`.execute(ledger.db);
  const alive: Knock[] = [];
  const gone: Knock[] = [];
  for (const knock of rows) ((await options.isAlive(knock)) ? alive : gone).push(knock);
  await update(ledger, alive, isOverdue, sql`due_at = now()`);
  const again = await update(
    ledger,
    gone,
    isOverdue,
    sql`due_at = now(), published_at = null, turn = nextval('knock_turn')`,
  );
  if (again > 0) ledger.bell.ring();
  await endLostCards(ledger, options.graceMs);
  return again;
}

/** The next visit ends the card of the one before; this is for a door that nobody is to pass again. */
async function endLostCards(ledger: Ledger, graceMs: number): Promise<void> {
  await sql`
    update card_executions set ended_at = ${ledger.now()}, outcome = ${lost.outcome}, why = ${lost.why} where id in (
      select id from card_executions where ended_at is null and leased_until < now() - ${graceMs} * interval '1 ms'
      for update skip locked
    )`.execute(ledger.db);
}

/** While the queue was asked, a visit may have begun or ended: what it said is of use only where nothing has changed since. */
async function update(
  ledger: Ledger,
  knocks: readonly Knock[],
  isOverdue: RawBuilder<unknown>,
  change: RawBuilder<unknown>,
): Promise<number> {
  if (knocks.length === 0) return 0;
  const { numAffectedRows } = await sql`
    update knocks set ${change} where (subject_id, door) in (
      select knocks.subject_id, knocks.door
      from knocks join unnest(${knocks.map(({ subjectId }) => subjectId)}::text[], ${knocks.map(({ door }) => door)}::text[],
        ${knocks.map(({ turn }) => turn)}::bigint[]) as asked (subject_id, door, turn) using (subject_id, door, turn)
      where ${isOverdue}
      for update of knocks skip locked
    )`.execute(ledger.db);
  return Number(numAffectedRows ?? 0n);
}
