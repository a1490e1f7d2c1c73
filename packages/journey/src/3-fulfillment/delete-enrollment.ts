import { keyHolderOf } from '../model/key-holder.ts';
import { isNext } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { orRefusal } from '../steps/hold.ts';
import { done, later, type Outcome } from '../steps/outcome.ts';
import { cleanUpEnrollment } from './clean-up-enrollment.ts';
import { removeOrphanOrders } from './reconcile-order.ts';

/**
 * Deletes a cancelled shipment's enrollment from Okta, also one that an unanswered call may have created, and any
 * orphan order at the provider. No later step would find either, so this one waits twice as long for them.
 */
export async function deleteEnrollment(context: Context, { shipment }: StepAttempt): Promise<Outcome> {
  const afterMs = await removeAppearedOrders(context, shipment);
  if (afterMs > 0) return later(afterMs, 'waiting whether the unanswered order appears');
  const { enrollmentId } = shipment.credential;
  if (enrollmentId !== null) {
    await deleteOrMark(context, shipment, enrollmentId);
    return recordDeleted(context, shipment);
  }
  const isStill = ({ plan }: Shipment): boolean => isNext(plan, 'delete-enrollment');
  const cleanUp = await cleanUpEnrollment(context, shipment, { isStill, patience });
  switch (cleanUp.outcome) {
    case 'clear':
      return recordDeleted(context, shipment);
    case 'wait':
      return later(cleanUp.afterMs, 'waiting whether the unanswered enrollment appears');
    case 'overtaken':
      return done('another attempt has deleted it');
    case 'unclear':
      // Pending enrollments without a key can never become active; which of them is ours is unknown.
      context.alarm('enrollment_unclear', { shipment: shipment.id });
      return recordDeleted(context, shipment);
  }
}

const patience = 2;

/** @returns for how many milliseconds an order may still appear; 0 where every requested order is accounted for */
async function removeAppearedOrders(context: Context, shipment: Shipment): Promise<number> {
  const { id, tenant, intents, createdAt, order } = shipment;
  if (intents.order === undefined || (intents.order.attempt === 1 && order.providerId !== null)) return 0;
  const found = await context.fulfillment.findOrders(tenant, { referencePrefix: `${id}-`, since: createdAt });
  await removeOrphanOrders(context, shipment, found);
  const untilMs = Date.parse(intents.order.at) + patience * context.tenant(tenant).reconcileAfterMs;
  return Math.max(0, untilMs - context.now().getTime());
}

/** Okta may refuse to delete an enrollment; marked as an error, it is at least recognisable in Okta's list. */
async function deleteOrMark(context: Context, shipment: Shipment, enrollmentId: string): Promise<void> {
  const { org, userId } = keyHolderOf(shipment);
  const refusal = await orRefusal(() => context.identity.deleteEnrollment(org, userId, enrollmentId));
  if (!(refusal instanceof ConnectorError) || refusal.fault === 'not_found') return;
  context.alarm('enrollment_not_deleted', { shipment: shipment.id, enrollment: enrollmentId, status: refusal.status });
  await orRefusal(() => context.identity.markEnrollmentError(org, userId, enrollmentId));
}

async function recordDeleted(context: Context, shipment: Shipment): Promise<Outcome> {
  await context.ledger.move(shipment.id, (current) => {
    if (!isNext(current.plan, 'delete-enrollment')) return null;
    return {
      change: {
        credential: 'none',
        credentialDetails: { enrollmentId: null, keyId: null },
        secrets: { requestEnvelopes: null },
      },
      note: { event: 'enrollment.deleted', detail: { enrollmentId: current.credential.enrollmentId } },
    };
  });
  return done();
}
