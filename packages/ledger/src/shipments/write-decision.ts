import { isDeepStrictEqual } from 'node:util';

import type { Decision } from '@keycourier/journey/model/change';
import type { Shipment } from '@keycourier/journey/model/shipment';
import { sql } from 'kysely';

import type { Ledger, Tx } from '../connect-ledger.ts';
import { retryNow, syncOutbox } from '../outbox/sync-outbox.ts';
import { addHistory } from './add-history.ts';
import { loginIndexOf, personOf } from './person.ts';
import { sealSecrets } from './secrets.ts';
import { columnsOf } from './shipment-row.ts';

/**
 * Writes the result of a decision about a locked shipment: state, secrets, history and outbox messages, in one statement.
 * @returns whether a message is due that was not before
 * @throws DatabaseError for the index `one_open_shipment` when the person has another open shipment
 */
export async function writeDecision(
  ledger: Ledger,
  tx: Tx,
  { before, after, decision }: { before: Shipment; after: Shipment; decision: Decision },
): Promise<{ isDue: boolean }> {
  const { change, note } = decision;
  const { id } = after;
  const secrets = sealSecrets(ledger, id, change.secrets);
  const detail = JSON.stringify({ ...note.detail, ...facetsMoved(before, after) });
  const historyRow = sql`values (${id}, ${after.updatedAt}::timestamptz, ${note.event}, ${detail}::jsonb)`;
  const { isDue } = await syncOutbox(tx, after)
    .with('history_added', () => sql<{ shipment_id: string }>`(${addHistory(historyRow)})`)
    .with('secrets_gone', (db) =>
      db
        .deleteFrom('secrets')
        .where('shipment_id', '=', id)
        .where('name', '=', sql<string>`any(${secrets.gone})`),
    )
    .with('secrets_kept', (db) =>
      db
        .insertInto('secrets')
        .columns(['shipment_id', 'name', 'sealed'])
        .expression(sql`select ${id}, * from unnest(${secrets.names}::text[], ${secrets.sealed}::text[])`)
        .onConflict((conflict) =>
          conflict.columns(['shipment_id', 'name']).doUpdateSet((row) => ({ sealed: row.ref('excluded.sealed') })),
        ),
    )
    .updateTable('shipments')
    .set({ ...changedColumns(ledger, before, after), updated_at: after.updatedAt })
    .$if(change.moveToBack === true, (query) => query.set({ position: sql`nextval('shipment_position')` }))
    .where('id', '=', id)
    .returning(sql<boolean>`exists (select from outbox_added)`.as('isDue'))
    .executeTakeFirstOrThrow();
  if (change.retryNow === true) await retryNow(tx, id);
  return { isDue: isDue || change.retryNow === true };
}

const changedColumns = (ledger: Ledger, before: Shipment, after: Shipment) => ({
  ...difference(columnsOf(before), columnsOf(after)),
  ...changedPerson(ledger, before, after),
});

function difference<Row extends object>(before: Row, after: Row): Partial<Row> {
  const changed: Partial<Row> = {};
  for (const name in after) if (!isDeepStrictEqual(before[name], after[name])) changed[name] = after[name];
  return changed;
}

/** The two columns that are made from the id and the login of the user. */
function changedPerson(ledger: Ledger, before: Shipment, after: Shipment): { person?: string; login_index?: string } {
  const { id } = after.user;
  const { login } = after.secrets;
  return {
    ...(id !== null && id !== before.user.id ? { person: personOf(ledger, id, null) } : {}),
    ...(login !== undefined && login !== before.secrets.login ? { login_index: loginIndexOf(ledger, login) } : {}),
  };
}

function facetsMoved(before: Shipment, after: Shipment): Record<string, string> {
  const moved: Record<string, string> = {};
  for (const facet of ['order', 'parcel', 'credential', 'pin'] as const)
    if (before.plan[facet] !== after.plan[facet]) moved[facet] = `${before.plan[facet]} → ${after.plan[facet]}`;
  if (before.hold?.code !== after.hold?.code) moved['hold'] = after.hold?.code ?? 'cleared';
  return moved;
}
