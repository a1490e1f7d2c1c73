import type { Shipment } from '../model/shipment.ts';
import { recheck } from '../requests/recheck.ts';
import { stallMs } from './call-log.ts';
import { make, type CancelRequest } from './cancel-request.ts';
import { violationsAtTheEnd, type InjectedFault } from './check-end.ts';
import { drive, driveEvent } from './drive.ts';
import { createHarness, type Harness, type HarnessSettings } from './harness.ts';

export interface FaultRun {
  harness: Harness;
  /** Every call in order, remote or to the ledger, whether it had its effect or not. */
  allCalls: string[];
  /** The rules that the journey broke on its way or at its end. */
  violations: string[];
}

export interface JourneySettings extends HarnessSettings {
  /** The journey begins with this event of Okta. */
  event?: unknown;
}

/** One whole journey, from request or event to end, with these faults on the way, and with a cancel request meanwhile. */
export async function runWithFaults(...run: Parameters<typeof runJourney>): Promise<FaultRun> {
  const { random } = Math;
  // The jitter of retries: with another in each run, a journey that fails could not be run again.
  let state = 1;
  Math.random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  try {
    return await runJourney(...run);
  } finally {
    Math.random = random;
  }
}

async function runJourney(
  settings: JourneySettings,
  faults: readonly InjectedFault[],
  cancelRequest: CancelRequest | null = null,
): Promise<FaultRun> {
  const harness = createHarness(settings);
  const allCalls: string[] = [];
  const violations: string[] = [];
  let waiting = cancelRequest;
  harness.log.faultOf = (name, index) => {
    allCalls.push(name);
    // Before the verdict of its event there is no shipment to cancel.
    if (waiting !== null && index >= waiting.at && harness.ledger.shipments.has('shp_1')) {
      make(harness, waiting);
      waiting = null;
    }
    return faults.find(({ at }) => at === index)?.fault ?? null;
  };
  harness.log.onEffect = (name) => {
    const shipment = harness.ledger.shipments.get('shp_1');
    if (shipment !== undefined && !isIntended(name, shipment))
      violations.push(`${name} was called without a committed intent`);
  };
  if (settings.event !== undefined) await runEvent(harness, settings.event);
  await drive(harness);
  // After an unclear enrollment the operator may still have to confirm the receipt.
  while (actAsOperator(harness)) await drive(harness);
  return {
    harness,
    allCalls,
    violations: [...violations, ...harness.ledger.violations, ...violationsAtTheEnd(harness, faults)],
  };
}

async function runEvent(harness: Harness, body: unknown): Promise<void> {
  const event = { id: 'evt_1', tenant: 'acme', body, state: 'received', source: 'hook', failures: 0 } as const;
  harness.ledger.events.set('evt_1', event);
  const stalled = await driveEvent(harness, 'evt_1');
  if (stalled.length === 0) return;
  await drive(harness);
  harness.log.advanceTo(harness.log.nowMs() + stallMs);
  await Promise.all(stalled);
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
function actAsOperator({ ledger, keyOrg, shipment }: Harness): boolean {
  const { plan, hold, credential } = shipment();
  if (hold?.code === 'enrollment_unclear') {
    keyOrg.enrollments = keyOrg.enrollments.filter(({ id }) => id === credential.enrollmentId);
    ledger.move('shp_1', (current) => recheck(current, 'operator'));
    return true;
  }
  if (plan.release !== 'on_receipt' || plan.credential !== 'active' || plan.receiptConfirmed) return false;
  ledger.move('shp_1', () => ({ change: { receiptConfirmed: true }, note: { event: 'receipt.confirmed' } }));
  return true;
}
