import type { Fault } from './call-log.ts';
import type { Harness } from './harness.ts';
import { keyOf, reachableStates } from './journey-moves.ts';
import { ordersThatSurvive } from './provider.ts';
import { profileValues } from './samples.ts';

/** `at`: the running number of the call that fails. */
export interface InjectedFault {
  at: number;
  fault: Fault;
}

type Check = readonly [holds: boolean, violation: string];

const reachable = reachableStates();
const isLate = (faults: readonly InjectedFault[]): boolean =>
  faults.some(({ fault }) => fault === 'late_effect' || fault === 'process_stalls');

/** The rules that a finished journey broke, by how it had to end. */
export function violationsAtTheEnd(harness: Harness, faults: readonly InjectedFault[]): string[] {
  const happened = new Set(harness.ledger.history.map(({ event }) => event));
  const isOffboarded = happened.has('credential.revoke_requested') || harness.org.users[0]?.status === 'deactivated';
  const isCancelled = happened.has('cancel.requested') && !happened.has('cancel.refused');
  const checks = isCancelled
    ? checksOfCancelled(harness, faults)
    : isOffboarded
      ? checksOfRevoked(harness, faults)
      : checksOfClosed(harness, faults);
  return [...checks, ...checksOfAll(harness)].flatMap(([holds, violation]) => (holds ? [] : [violation]));
}

/** One key, one active credential, one PIN. */
function checksOfClosed(harness: Harness, faults: readonly InjectedFault[]): Check[] {
  const { plan, hold, credential } = harness.shipment();
  const orders = ordersThatSurvive(harness.provider);
  const active = harness.keyOrg.enrollments.filter(({ status }) => status === 'active');
  const wasHeld = harness.ledger.history.some(({ event }) => event === 'shipment.held');
  return [
    [plan.order === 'closed' && plan.credential === 'active', `it ended ${plan.order}, hold ${hold?.code ?? 'none'}`],
    [isLate(faults) || !wasHeld, 'it was held'],
    [orders.length === 1, `${orders.length} orders survive`],
    [active.length === 1 && active[0]?.id === credential.enrollmentId, `${active.length} active enrollments`],
    [
      orders[0]?.request.credRequestJwe === `credential request ${active[0]?.keyId}`,
      'the key is made for another enrollment',
    ],
    [
      isLate(faults) || harness.keyOrg.enrollments.length === 1,
      `${harness.keyOrg.enrollments.length} enrollments are left`,
    ],
    ...mailChecks(harness),
  ];
}

/** As if it had never been requested: no order, no enrollment, no PIN. */
function checksOfCancelled(harness: Harness, faults: readonly InjectedFault[]): Check[] {
  const { plan, credential } = harness.shipment();
  const { enrollments, pinMails } = harness.keyOrg;
  const orders = ordersThatSurvive(harness.provider);
  const left = enrollments.map(({ status }) => status);
  return [
    [plan.order === 'cancelled', `it ended ${plan.order}, though it was cancelled`],
    [plan.credential === 'none' && credential.enrollmentId === null, `its credential is ${plan.credential}`],
    [orders.length === 0 || isForgotten(faults), `${orders.length} orders survive`],
    [isNothingLeft(left, faults), `enrollments are left: ${left.join(' ')}`],
    [harness.mails.length === 0 && pinMails.length === 0, 'a PIN was mailed'],
  ];
}

/** No credential of the user is active, nor will be, and no PIN is sent any more. */
function checksOfRevoked(harness: Harness, faults: readonly InjectedFault[]): Check[] {
  const { plan } = harness.shipment();
  const left = harness.keyOrg.enrollments.map(({ status }) => status);
  const orders = ordersThatSurvive(harness.provider);
  const isRevoked = plan.order === 'closed' && plan.credential === 'revoked';
  const isCancelled = plan.order === 'cancelled' && plan.credential === 'none';
  return [
    [isRevoked || isCancelled, `it ended ${plan.order}, its credential ${plan.credential}`],
    [isNothingLeft(left, faults), `enrollments are left: ${left.join(' ')}`],
    [orders.length <= (isRevoked ? 1 : 0) || isForgotten(faults), `${orders.length} orders survive`],
    [plan.pin === 'sent' || harness.mails.length === 0 || wasSending(harness), 'a PIN was mailed'],
  ];
}

/** An enrollment that appears after every clean-up may be left over: pending, and of no use. */
const isNothingLeft = (left: readonly string[], faults: readonly InjectedFault[]): boolean =>
  left.length === 0 || (isLate(faults) && left.every((status) => status === 'pending'));

/** An attempt that stalled, then placed an order, then died, has recorded nothing. */
const isForgotten = (faults: readonly InjectedFault[]): boolean =>
  faults.some(({ fault }) => fault === 'process_stalls') &&
  faults.some(({ fault }) => fault.startsWith('process_dies'));

/** The mail was being sent when the revocation was requested. */
function wasSending({ ledger }: Harness): boolean {
  const requested = ledger.history.findIndex(({ event }) => event === 'credential.revoke_requested');
  return ledger.history[requested]?.after.plan.pin === 'sending';
}

function checksOfAll(harness: Harness): Check[] {
  const { secrets } = harness.shipment();
  const leaked = leakedValues(harness);
  return [
    [secrets.pinCopy === undefined, 'the sealed PIN is kept'],
    [secrets.requestEnvelopes === undefined, 'envelopes for the provider are kept'],
    [secrets.responseEnvelopes === undefined, 'envelopes for Okta are kept'],
    [harness.keyOrg === harness.org || harness.org.enrollments.length === 0, 'enrollments are in the spoke'],
    [leaked.length === 0, `stored or logged: ${leaked.join(', ')}`],
    [
      harness.ledger.history.every(({ after }) => reachable.has(keyOf(after.plan))),
      'a state that the model does not know',
    ],
  ];
}

function mailChecks({ mails, keyOrg, tenant, shipment }: Harness): Check[] {
  if (tenant.pin.channel === 'okta')
    return [[keyOrg.pinMails.length > 0 && mails.length === 0, 'Okta did not mail the PIN']];
  const logical = new Set(mails.map(({ messageId, to, pinCopy }) => `${messageId} ${to} ${pinCopy.jwe}`));
  const expected = tenant.pin.recipient === 'both' ? 2 : 1;
  const copy = `pin copy ${shipment().order.providerId}`;
  return [
    [logical.size === expected, `${logical.size} different PIN mails`],
    [
      mails.every(({ pinCopy, serial }) => pinCopy.jwe === copy && serial === `serial ${shipment().order.providerId}`),
      'the PIN of another key was mailed',
    ],
  ];
}

/** Personal values in what is stored in plain text, shown or logged (invariant 6). */
function leakedValues({ ledger, alarms, shipment }: Harness): string[] {
  const notes = ledger.history.map(({ event, detail }) => ({ event, detail }));
  const { secrets: _, ...row } = shipment();
  const plainText = JSON.stringify([notes, ledger.attempts, alarms, row]);
  const personal = [profileValues.lastName, profileValues.email, profileValues.secondEmail, profileValues.primaryPhone];
  return [...personal, profileValues.streetAddress, ' request key', ' response key'].filter((value) =>
    plainText.includes(value),
  );
}
