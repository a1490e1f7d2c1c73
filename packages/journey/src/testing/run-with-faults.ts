import { recheck } from '../requests/recheck.ts';
import type { Shipment } from '../model/shipment.ts';
import { drive } from './drive.ts';
import { openHouse, type House, type HouseSettings } from './harness.ts';
import { faultsAtTheEnd, type Mishap } from './check-end.ts';
import { make, type Wish } from './cancel-request.ts';

export interface Rehearsal {
  house: House;
  /** Every call in order, to the outside and to the ledger, whether it had its effect or not. */
  made: string[];
  /** What is not as it must be at the end, or was not on the way. */
  faults: string[];
}

/** One whole journey, from request to its end, with these mishaps on the way, and what somebody asked for meanwhile. */
export async function rehearse(
  settings: HouseSettings,
  mishaps: readonly Mishap[],
  wish: Wish | null = null,
): Promise<Rehearsal> {
  const house = openHouse(settings);
  const made: string[] = [];
  const faults: string[] = [];
  house.line.fateOf = (name, index) => {
    made.push(name);
    if (index === wish?.at) make(house, wish);
    return mishaps.find(({ at }) => at === index)?.fate ?? null;
  };
  house.line.onEffect = (name) => {
    if (!isIntended(name, house.shipment())) faults.push(`${name} was called though nothing was committed before`);
  };
  await drive(house);
  // Asked about an enrollment first, a person may still have to confirm the receipt afterwards.
  while (actAsOperator(house)) await drive(house);
  return { house, made, faults: [...faults, ...house.ledger.violations, ...faultsAtTheEnd(house, mishaps)] };
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
function actAsOperator({ ledger, org, shipment }: House): boolean {
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
