import type { Fate } from './call-log.ts';
import type { Harness } from './harness.ts';
import { keyOf, reachableStates } from './journey-moves.ts';
import { ordersThatSurvive } from './provider.ts';
import { profileValues } from './samples.ts';

/** Where something goes wrong: the running number of a call, and how that call ends. */
export interface Mishap {
  at: number;
  fate: Fate;
}

type Check = readonly [holds: boolean, fault: string];

const reachable = reachableStates();
const isLate = (mishaps: readonly Mishap[]): boolean =>
  mishaps.some(({ fate }) => fate === 'late' || fate === 'stalls');

/** What is not as it must be when a journey is over, by how it had to end. */
export function faultsAtTheEnd(harness: Harness, mishaps: readonly Mishap[]): string[] {
  const happened = new Set(harness.ledger.history.map(({ event }) => event));
  const isOffboarded = happened.has('credential.revoke_requested') || harness.org.users[0]?.status === 'deactivated';
  const isCancelled = happened.has('cancel.requested') && !happened.has('cancel.refused');
  const checks = isCancelled
    ? checksOfCancelled(harness, mishaps)
    : isOffboarded
      ? checksOfRevoked(harness, mishaps)
      : checksOfClosed(harness, mishaps);
  return [...checks, ...checksOfAll(harness)].flatMap(([holds, fault]) => (holds ? [] : [fault]));
}

/** As it was meant: one key, one active credential, one PIN. */
function checksOfClosed(harness: Harness, mishaps: readonly Mishap[]): Check[] {
  const { plan, hold, credential } = harness.shipment();
  const orders = ordersThatSurvive(harness.provider);
  const active = harness.org.enrollments.filter(({ status }) => status === 'active');
  const wasAsked = harness.ledger.history.some(({ event }) => event === 'shipment.held');
  return [
    [plan.order === 'closed' && plan.credential === 'active', `it ended ${plan.order}, hold ${hold?.code ?? 'none'}`],
    [isLate(mishaps) || !wasAsked, 'a person was asked'],
    [orders.length === 1, `${orders.length} orders survive`],
    [active.length === 1 && active[0]?.id === credential.enrollmentId, `${active.length} active enrollments`],
    [
      orders[0]?.request.credRequestJwe === `credential request ${active[0]?.keyId}`,
      'the key is made for another enrollment',
    ],
    [isLate(mishaps) || harness.org.enrollments.length === 1, `${harness.org.enrollments.length} enrollments are left`],
    ...mailChecks(harness),
  ];
}

/** As if it had never been asked for: no order, no enrollment, no PIN. */
function checksOfCancelled(harness: Harness, mishaps: readonly Mishap[]): Check[] {
  const { plan, credential } = harness.shipment();
  const { enrollments, pinMails } = harness.org;
  const orders = ordersThatSurvive(harness.provider);
  const left = enrollments.map(({ status }) => status);
  return [
    [plan.order === 'cancelled', `it ended ${plan.order}, though it was cancelled`],
    [plan.credential === 'none' && credential.enrollmentId === null, `its credential is ${plan.credential}`],
    [orders.length === 0 || isForgotten(mishaps), `${orders.length} orders survive`],
    [isNothingLeft(left, mishaps), `enrollments are left: ${left.join(' ')}`],
    [harness.mails.length === 0 && pinMails.length === 0, 'a PIN was mailed'],
  ];
}

/** The key opens nothing: no credential of the person's is active, nor will be, and no PIN leaves any more. */
function checksOfRevoked(harness: Harness, mishaps: readonly Mishap[]): Check[] {
  const { plan } = harness.shipment();
  const left = harness.org.enrollments.map(({ status }) => status);
  const orders = ordersThatSurvive(harness.provider);
  const isRevoked = plan.order === 'closed' && plan.credential === 'revoked';
  const isCancelled = plan.order === 'cancelled' && plan.credential === 'none';
  return [
    [isRevoked || isCancelled, `it ended ${plan.order}, its credential ${plan.credential}`],
    [isNothingLeft(left, mishaps), `enrollments are left: ${left.join(' ')}`],
    [orders.length <= (isRevoked ? 1 : 0) || isForgotten(mishaps), `${orders.length} orders survive`],
    [plan.pin === 'sent' || harness.mails.length === 0 || wasSending(harness), 'a PIN was mailed'],
  ];
}

/** What a call makes that is answered by nobody may be left, after everybody has looked: pending, of use to nobody. */
const isNothingLeft = (left: readonly string[], mishaps: readonly Mishap[]): boolean =>
  left.length === 0 || (isLate(mishaps) && left.every((status) => status === 'pending'));

/** Whoever made an order after standing still for longer than anybody waits, and died with it, has told nobody. */
const isForgotten = (mishaps: readonly Mishap[]): boolean =>
  mishaps.some(({ fate }) => fate === 'stalls') && mishaps.some(({ fate }) => fate.startsWith('dies'));

/** The mail was on its way already when somebody asked. */
function wasSending({ ledger }: Harness): boolean {
  const asked = ledger.history.findIndex(({ event }) => event === 'credential.revoke_requested');
  return ledger.history[asked]?.after.plan.pin === 'sending';
}

function checksOfAll(harness: Harness): Check[] {
  const { secrets } = harness.shipment();
  const told = toldValues(harness);
  return [
    [secrets.pinCopy === undefined, 'the sealed PIN is kept'],
    [secrets.requestEnvelopes === undefined, 'envelopes for the provider are kept'],
    [secrets.responseEnvelopes === undefined, 'envelopes for Okta are kept'],
    [told.length === 0, `told outside: ${told.join(', ')}`],
    [
      harness.ledger.history.every(({ after }) => reachable.has(keyOf(after.plan))),
      'a state that the model does not know',
    ],
  ];
}

function mailChecks({ mails, org, tenant, shipment }: Harness): Check[] {
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
function toldValues({ ledger, alarms, shipment }: Harness): string[] {
  const notes = ledger.history.map(({ event, detail }) => ({ event, detail }));
  const { secrets: _, ...row } = shipment();
  const told = JSON.stringify([notes, ledger.attempts, alarms, row]);
  const personal = [profileValues.lastName, profileValues.email, profileValues.secondEmail, profileValues.primaryPhone];
  return [...personal, profileValues.streetAddress, ' request key', ' response key'].filter((value) =>
    told.includes(value),
  );
}
