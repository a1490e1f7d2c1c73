import type { Shipment } from '../model/shipment.ts';
import { recheck } from '../requests/recheck.ts';
import { make, type CancelRequest } from './cancel-request.ts';
import { faultsAtTheEnd, type Mishap } from './check-end.ts';
import { drive } from './drive.ts';
import { createHarness, type Harness, type HarnessSettings } from './harness.ts';

export interface FaultRun {
  harness: Harness;
  /** Every call in order, to the outside and to the ledger, whether it had its effect or not. */
  made: string[];
  /** What is not as it must be at the end, or was not on the way. */
  faults: string[];
}

/** One whole journey, from request to its end, with these mishaps on the way, and what somebody asked for meanwhile. */
export async function runWithFaults(
  settings: HarnessSettings,
  mishaps: readonly Mishap[],
  cancelRequest: CancelRequest | null = null,
): Promise<FaultRun> {
  const harness = createHarness(settings);
  const made: string[] = [];
  const faults: string[] = [];
  harness.log.fateOf = (name, index) => {
    made.push(name);
    if (index === cancelRequest?.at) make(harness, cancelRequest);
    return mishaps.find(({ at }) => at === index)?.fate ?? null;
  };
  harness.log.onEffect = (name) => {
    if (!isIntended(name, harness.shipment())) faults.push(`${name} was called though nothing was committed before`);
  };
  await drive(harness);
  // Asked about an enrollment first, a person may still have to confirm the receipt afterwards.
  while (actAsOperator(harness)) await drive(harness);
  return { harness, made, faults: [...faults, ...harness.ledger.violations, ...faultsAtTheEnd(harness, mishaps)] };
}

/** Intent before effect: what must be committed before each call that creates or changes something outside. */
function isIntended(name: string, { plan, intents }: Shipment): boolean {
  switch (name) {
    case 'okta.enroll':
      return plan.order === 'enrolling' && intents.enroll !== undefined;
    case 'provider.placeOrder':
      return plan.order === 'placing' && intents.order !== undefined;
    case 'okta.activate':
      return plan.credential === 'pending' && intents.activate !== undefined;
    case 'mail.sendPinMail':
    case 'okta.sendPin':
      // Whoever stalled before the mail repeats it after another has sent it: the same mail. Or after it was revoked.
      if (intents.send === undefined) return false;
      return plan.credential === 'revoked' || (plan.credential === 'active' && isOnItsWay(plan));
    default:
      return true;
  }
}

const isOnItsWay = ({ pin }: Shipment['plan']): boolean => pin === 'sending' || pin === 'sent';

/**
 * What a person does who is asked: confirms the receipt that the policy waits for; and where two enrollments appeared
 * after unanswered calls, which cannot be told apart, deletes those that nobody needs and retries.
 * @returns whether there was anything to do
 */
function actAsOperator({ ledger, org, shipment }: Harness): boolean {
  const { plan, hold, credential } = shipment();
  if (hold?.code === 'enrollment_unclear') {
    org.enrollments = org.enrollments.filter(({ id }) => id === credential.enrollmentId);
    ledger.move('shp_1', (current) => recheck(current, 'operator'));
    return true;
  }
  if (plan.release !== 'on_receipt' || plan.credential !== 'active' || plan.receiptConfirmed) return false;
  ledger.move('shp_1', () => ({ change: { receiptConfirmed: true }, note: { event: 'receipt.confirmed' } }));
  return true;
}
