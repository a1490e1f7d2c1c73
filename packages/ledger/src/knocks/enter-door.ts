import type { Entry } from '@keycourier/journey/context';
import { owed, type Door } from '@keycourier/journey/plan';

import { LedgerError } from '../errors.ts';
import { newId } from '../new-id.ts';
import type { Ledger } from '../open-ledger.ts';
import { lockShipment } from '../shipments/lock-shipment.ts';

/**
 * Claims a door for one visit of `leaseMs`, which renewLease() prolongs. A door that the plan does not (or no longer)
 * ask for is not entered: this is what makes running a finished shipment's jobs again harmless (invariant 7).
 */
export async function enterDoor(
  ledger: Ledger,
  { door, shipmentId, turn, leaseMs }: { door: Door; shipmentId: string; turn: string | null; leaseMs: number },
): Promise<Entry> {
  return ledger.db.transaction().execute(async (tx): Promise<Entry> => {
    const shipment = await lockShipment(ledger, tx, shipmentId).catch((error: unknown) => {
      if (error instanceof LedgerError && error.code === 'shipment_missing') return null;
      throw error;
    });
    if (shipment === null) return { outcome: 'missing' };
    if (!owed(shipment.plan).includes(door)) return { outcome: 'not_owed', shipment };
    const now = ledger.now();
    const tenant = await tx.selectFrom('tenants').selectAll().where('name', '=', shipment.tenant).executeTakeFirst();
    if (tenant?.paused_until != null && tenant.paused_until > now)
      return { outcome: 'paused', retryAfterMs: tenant.paused_until.getTime() - now.getTime(), reason: tenant.pause_reason ?? 'paused' };

    const knock = await tx
      .selectFrom('knocks')
      .select(['turn', 'attempts', 'leased_until', 'execution_id'])
      .where('subject_id', '=', shipmentId)
      .where('door', '=', door)
      .executeTakeFirst();
    if (knock !== undefined && turn !== null && knock.turn !== turn) return { outcome: 'superseded' };
    if (knock?.leased_until != null && knock.leased_until > now)
      return { outcome: 'occupied', retryAfterMs: knock.leased_until.getTime() - now.getTime() };

    if (knock?.execution_id != null)
      await tx
        .updateTable('card_executions')
        .set({ ended_at: now, outcome: 'lost', why: 'the worker did not come back' })
        .where('id', '=', knock.execution_id)
        .where('ended_at', 'is', null)
        .execute();
    const execution = newId('run');
    const attempt = (knock?.attempts ?? 0) + 1;
    const claim = { attempts: attempt, leased_until: new Date(now.getTime() + leaseMs), execution_id: execution };
    await tx
      .insertInto('knocks')
      .values({ subject_id: shipmentId, door, tenant: shipment.tenant, due_at: now, published_at: now, ...claim })
      .onConflict((conflict) => conflict.columns(['subject_id', 'door']).doUpdateSet(claim))
      .execute();
    await tx
      .insertInto('card_executions')
      .values({ id: execution, shipment_id: shipmentId, card: door, attempt, started_at: now })
      .execute();
    return { outcome: 'entered', visit: { door, shipment, attempt, execution } };
  });
}
