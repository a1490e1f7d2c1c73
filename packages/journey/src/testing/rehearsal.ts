import { recheck } from '../recheck.ts';
import type { Shipment } from '../shipment.ts';
import { drive } from './drive.ts';
import { openHouse, type House, type HouseSettings } from './house.ts';
import { keyOf, reachableStates } from './journey-moves.ts';
import type { Fate } from './line.ts';
import { ordersThatSurvive } from './provider.ts';
import { profileValues } from './samples.ts';

/** Where something goes wrong: the running number of a call, and how that call ends. */
export interface Mishap {
  at: number;
  fate: Fate;
}

export interface Rehearsal {
  house: House;
  /** Every call in order, to the outside and to the ledger, whether it had its effect or not. */
  made: string[];
  /** What is not as it must be at the end, or was not on the way. */
  faults: string[];
}

const reachable = reachableStates();

/** One whole journey, from request to closed, with these mishaps on the way. */
export async function rehearse(settings: HouseSettings, mishaps: readonly Mishap[]): Promise<Rehearsal> {
  const house = openHouse(settings);
  const made: string[] = [];
  const faults: string[] = [];
  house.line.fateOf = (name, index) => {
    made.push(name);
    return mishaps.find(({ at }) => at === index)?.fate ?? null;
  };
  house.line.onEffect = (name) => {
    if (!isIntended(name, house.shipment())) faults.push(`${name} was called though nothing was committed before`);
  };
  await drive(house);
  // Asked about an enrollment first, a person may still have to confirm the receipt afterwards.
  while (actAsOperator(house)) await drive(house);
  return { house, made, faults: [...faults, ...house.ledger.violations, ...faultsOf(house, mishaps)] };
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
      // Whoever stalled before the mail repeats it after another has sent it: the same mail.
      return (
        intents.send !== undefined && (plan.pin === 'sending' || plan.pin === 'sent') && plan.credential === 'active'
      );
    default:
      return true;
  }
}

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

function faultsOf(house: House, mishaps: readonly Mishap[]): string[] {
  const { plan, credential, secrets } = house.shipment();
  const orders = ordersThatSurvive(house.provider);
  const active = house.org.enrollments.filter(({ status }) => status === 'ACTIVE');
  const isLate = mishaps.some(({ fate }) => fate === 'late' || fate === 'stalls');
  const wasAsked = house.ledger.history.some(({ event }) => event === 'shipment.held');
  const checks: readonly (readonly [boolean, string])[] = [
    [plan.order === 'closed', `it ended ${plan.order}, hold ${house.shipment().hold?.code ?? 'none'}`],
    [isLate || !wasAsked, 'a person was asked'],
    [orders.length === 1, `${orders.length} orders survive`],
    [active.length === 1 && active[0]?.id === credential.enrollmentId, `${active.length} active enrollments`],
    [
      orders[0]?.request.credRequestJwe === `credential request ${active[0]?.keyId}`,
      'the key is made for another enrollment',
    ],
    [isLate || house.org.enrollments.length === 1, `${house.org.enrollments.length} enrollments are left`],
    [secrets.pinCopy === undefined, 'the sealed PIN is kept'],
    [secrets.requestEnvelopes === undefined && secrets.responseEnvelopes === undefined, 'envelopes are kept'],
    ...mailChecks(house),
    [toldValues(house).length === 0, `told outside: ${toldValues(house).join(', ')}`],
    [
      house.ledger.history.every(({ after }) => reachable.has(keyOf(after.plan))),
      'a state that the model does not know',
    ],
  ];
  return checks.flatMap(([holds, fault]) => (holds ? [] : [fault]));
}

function mailChecks({ mails, org, tenant, shipment }: House): (readonly [boolean, string])[] {
  if (tenant.pin.channel === 'okta')
    return [[org.pinMails.length > 0 && mails.length === 0, 'Okta did not mail the PIN']];
  const logical = new Set(mails.map(({ messageId, to, pinCopyJwe }) => `${messageId} ${to} ${pinCopyJwe}`));
  const expected = tenant.pin.recipient === 'both' ? 2 : 1;
  const copy = `pin copy ${shipment().order.providerId}`;
  return [
    [logical.size === expected, `${logical.size} different PIN mails`],
    [mails.every(({ pinCopyJwe }) => pinCopyJwe === copy), 'the PIN of another key was mailed'],
  ];
}

/** Personal values in what is written down, shown or logged (invariant 6). */
function toldValues({ ledger, alarms, shipment }: House): string[] {
  const notes = ledger.history.map(({ event, detail }) => ({ event, detail }));
  const { secrets: _, ...row } = shipment();
  const told = JSON.stringify([notes, ledger.cards, alarms, row]);
  const personal = [profileValues.lastName, profileValues.email, profileValues.secondEmail, profileValues.primaryPhone];
  return [...personal, profileValues.streetAddress, ' request key', ' response key'].filter((value) =>
    told.includes(value),
  );
}
