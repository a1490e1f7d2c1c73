import { claimStep } from '@keycourier/ledger/attempts/claim-step';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { until } from '@keycourier/runtime/testing/until';
import { sql } from 'kysely';

/** Another worker claims the step as if the attempt at it had expired, and again where that was renewed in between. */
export async function takeOver(ledger: Ledger, shipmentId: string): Promise<void> {
  const claimAsExpired = async () => {
    await sql`update step_attempts set leased_until = now() - interval '1 ms' where shipment_id = ${shipmentId}`.execute(
      ledger.db,
    );
    return claimStep(ledger, { step: 'check-profile', shipmentId, dispatchId: null, leaseMs: 60_000 });
  };
  const { outcome } = await until(claimAsExpired, (claim) => claim.outcome !== 'already_running');
  if (outcome !== 'claimed') throw new RangeError(`the claim of the other worker was ${outcome}`);
}
