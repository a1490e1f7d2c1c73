import { keyHolderOf } from '../model/key-holder.ts';
import { isNext } from '../model/plan.ts';
import type { Context } from '../ports/context.ts';
import { ConnectorError } from '../ports/errors.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { orRefusal } from '../steps/hold.ts';
import { done, later, type Outcome } from '../steps/outcome.ts';

const retryRefusedAfterMs = 60 * 60_000;

/**
 * Deletes a leaver's credential from Okta, active or pending, and discards a PIN that is not sent yet: the key is useless
 * from then on.
 */
export async function revokeCredential(context: Context, { shipment }: StepAttempt): Promise<Outcome> {
  const { id, credential } = shipment;
  const { org, userId } = keyHolderOf(shipment);
  const enrollmentId = credential.enrollmentId ?? '';
  const refusal = await orRefusal(() => context.identity.deleteEnrollment(org, userId, enrollmentId));
  if (refusal instanceof ConnectorError && refusal.fault !== 'not_found') {
    context.alarm('credential_not_revoked', { shipment: id, enrollment: enrollmentId, status: refusal.status });
    return later(retryRefusedAfterMs, refusal.message);
  }
  await context.ledger.move(id, (current) => {
    if (!isNext(current.plan, 'revoke-credential')) return null;
    const { pin } = current.plan;
    return {
      change: {
        credential: 'revoked',
        ...(pin === 'sent' || pin === 'discarded' ? {} : { pin: 'discarded' as const }),
        secrets: { pinCopy: null, responseEnvelopes: null },
      },
      note: { event: 'credential.revoked', detail: { enrollmentId } },
    };
  });
  return done();
}
