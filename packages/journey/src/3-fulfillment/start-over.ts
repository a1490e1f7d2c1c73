import { isNext } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { done, type Outcome } from '../steps/outcome.ts';
import { deleteOurEnrollment } from './clean-up-enrollment.ts';

/**
 * Back to the enrollment: a decided re-order uses a fresh one, so that a key from the first order could never be
 * activated. The shipment is enrolled without its envelopes until the old enrollment is gone.
 */
export async function startOver(context: Context, shipment: Shipment): Promise<Outcome> {
  const { enrollmentId } = shipment.credential;
  if (enrollmentId !== null) await deleteOurEnrollment(context, shipment, enrollmentId);
  await context.ledger.move(shipment.id, (current) => {
    if (current.plan.order !== 'enrolled' || !isNext(current.plan, 'place-order')) return null;
    if (current.secrets.requestEnvelopes !== undefined || current.credential.enrollmentId !== enrollmentId) return null;
    return {
      change: { order: 'ready', credential: 'none', credentialDetails: { enrollmentId: null, keyId: null } },
      note: { event: 'order.started_over' },
    };
  });
  return done('starting over with a fresh enrollment');
}
