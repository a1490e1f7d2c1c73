import type { Fault } from './call-log.ts';
import type { InjectedFault } from './check-end.ts';
import { mfaInitiated } from './okta-events.ts';
import type { FaultRun, JourneySettings } from './run-with-faults.ts';
import { sampleTenant } from './samples.ts';

const { pin } = sampleTenant;

export const journeys: readonly (readonly [string, JourneySettings])[] = [
  ['an existing user, mailed on activation', {}],
  [
    'a new user, both addresses, mailed on delivery',
    { user: { status: 'new' }, tenant: { pin: { ...pin, recipient: 'both', release: 'on_delivery' } } },
  ],
  ['mailed by Okta on receipt', { tenant: { pin: { ...pin, channel: 'okta', release: 'on_receipt' } } }],
  ['a person whose key is in the hub', { tenant: { keysIn: 'hub' }, shipment: { user: { id: null } } }],
  ['a member of a group, requested by login', { shipment: { user: { id: null } } }],
  ['with steps that follow at once', { isChained: true, shipment: { user: { id: null } } }],
  ['by an event, whose steps follow at once', { isChained: true, shipment: null, event: mfaInitiated() }],
];

/** Faults after which it is unknown whether the call had its effect. */
export const undecided: readonly Fault[] = [
  'process_dies_before',
  'process_dies_after',
  'no_response_before',
  'no_response_after',
  'late_effect',
];
export const everyFault: readonly Fault[] = [
  ...undecided,
  'process_stalls',
  'unreachable',
  'rate_limited',
  'unauthorized',
];
/** The ledger itself does not fail: only its caller does. */
const ofTheLedger: readonly Fault[] = ['process_dies_before', 'process_dies_after', 'process_stalls'];

/** Calls that change something. */
export const changing = [
  'ledger.move',
  'ledger.finishWithMove',
  'okta.enroll',
  'okta.deleteEnrollment',
  'provider.placeOrder',
  'provider.deleteOrder',
  'okta.activate',
  'mail.sendPinMail',
];

/** Every single fault that the calls of a run could have had, from one call on. */
export function possibleFaults(
  { allCalls }: FaultRun,
  faults: readonly Fault[],
  { from = 0, only }: { from?: number; only?: readonly string[] } = {},
): InjectedFault[] {
  return allCalls.flatMap((name, at) => {
    if (at < from || only?.includes(name) === false) return [];
    const possible = name.startsWith('ledger.') ? faults.filter((fault) => ofTheLedger.includes(fault)) : faults;
    return possible.map((fault) => ({ at, fault }));
  });
}

export const describeFaults = ({ allCalls, violations }: FaultRun, faults: readonly InjectedFault[]): string =>
  `${faults.map(({ at, fault }) => `${fault} at ${at} (${allCalls[at]})`).join(', ')}: ${violations.join('; ')}`;
