import type { Shipment } from '../model/shipment.ts';
import { recheck } from '../requests/recheck.ts';
import { make, type CancelRequest } from './cancel-request.ts';
import { violationsAtTheEnd, type InjectedFault } from './check-end.ts';
import { drive } from './drive.ts';
import { createHarness, type Harness, type HarnessSettings } from './harness.ts';

export interface FaultRun {
  harness: Harness;
  /** Every call in order, remote or to the ledger, whether it had its effect or not. */
  allCalls: string[];
  /** The rules that the journey broke on its way or at its end. */
  violations: string[];
}

/** One whole journey, from request to end, with these faults on the way, and with a cancel request meanwhile. */
export async function runWithFaults(
  settings: HarnessSettings,
  faults: readonly InjectedFault[],
  cancelRequest: CancelRequest | null = null,
): Promise<FaultRun> {
  const harness = createHarness(settings);
  const allCalls: string[] = [];
  const violations: string[] = [];
  harness.log.faultOf = (name, index) => {
    allCalls.push(name);
    if (index === cancelRequest?.at) make(harness, cancelRequest);
    return faults.find(({ at }) => at === index)?.fault ?? null;
  };
  harness.log.onEffect = (name) => {
    if (!isIntended(name, harness.shipment())) violations.push(`${name} was called without a committed intent`);
  };
  await drive(harness);
  // After an unclear enrollment the operator may still have to confirm the receipt.
  while (actAsOperator(harness)) await drive(harness);
  return {
    harness,
    allCalls,
    violations: [...violations, ...harness.ledger.violations, ...violationsAtTheEnd(harness, faults)],
  };
}

/** Intent before effect: what must be committed before each call that creates or changes something remotely. */
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
      // An attempt that stalled repeats the same mail after another has sent it, or after the credential was revoked.
      if (intents.send === undefined) return false;
      return plan.credential === 'revoked' || (plan.credential === 'active' && isBeingSent(plan));
    default:
      return true;
  }
}

const isBeingSent = ({ pin }: Shipment['plan']): boolean => pin === 'sending' || pin === 'sent';

/**
 * Confirms the receipt that the policy waits for; and where two enrollments appeared after unanswered calls, so that it is
 * unknown which is ours, deletes those that are not needed and retries.
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
