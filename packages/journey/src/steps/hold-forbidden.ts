import { isResend, refuseResend } from '../5-pin-delivery/pin-recipients.ts';
import type { Decision } from '../model/change.ts';
import type { HoldCode } from '../model/holds.ts';
import { isNext, needsNoOperator, type StepName } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import type { ConnectorError, Service } from '../ports/errors.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { holdFor } from './hold.ts';
import { done, stop, type Outcome } from './outcome.ts';

const holdOf: Readonly<Record<Service, HoldCode>> = {
  okta: 'okta_forbidden',
  hub: 'okta_forbidden',
  fulfillment: 'provider_forbidden',
  hris: 'hris_forbidden',
  mail: 'mail_refused',
};

/**
 * A service accepts our credentials, but not for what this shipment is about: an operator must grant it. The tenant's other
 * shipments are not concerned.
 * @returns null where the shipment cannot be held, since it has ended or is being cancelled or revoked: it is retried later
 */
export async function holdForbidden(
  context: Context,
  { shipment, step }: StepAttempt,
  { service }: ConnectorError,
): Promise<Outcome | null> {
  const code = holdOf[service];
  const moved = await context.ledger.move(shipment.id, (current) =>
    decide(current, step, { service, now: context.now() }),
  );
  const { plan, hold } = moved.shipment;
  // Polling goes on under a hold: the provider may allow it again.
  if (step === 'track-parcel') return null;
  if (hold !== null) return stop(`held: ${hold.code}`);
  return isNext(plan, step) ? null : done(`no longer to be done: ${code}`);
}

function decide(current: Shipment, step: StepName, { service, now }: { service: Service; now: Date }): Decision | null {
  const code = holdOf[service];
  if (current.hold !== null || !isNext(current.plan, step)) return null;
  const isOfPin = step === 'release-pin' || (step === 'send-pin' && current.plan.pin === 'sending');
  if (isOfPin && isResend(current)) return refuseResend(code);
  if (needsNoOperator(current.plan)) return null;
  return holdFor(current, code, { now, problems: [{ field: service, code: 'forbidden' }] });
}
