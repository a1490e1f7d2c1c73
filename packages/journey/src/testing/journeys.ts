import type { Fate } from './call-log.ts';
import type { Mishap } from './check-end.ts';
import type { HarnessSettings } from './harness.ts';
import type { FaultRun } from './run-with-faults.ts';
import { sampleTenant } from './samples.ts';

const { pin } = sampleTenant;

export const journeys: readonly (readonly [string, HarnessSettings])[] = [
  ['an existing user, mailed on activation', {}],
  [
    'a new user, both addresses, mailed on delivery',
    { user: { status: 'new' }, tenant: { pin: { ...pin, recipient: 'both', release: 'on_delivery' } } },
  ],
  ['mailed by Okta on receipt', { tenant: { pin: { ...pin, channel: 'okta', release: 'on_receipt' } } }],
  ['a member of a group, asked for by login', { shipment: { user: { id: null } } }],
];

/** Those after which nobody knows whether it happened. */
export const undecided: readonly Fate[] = ['dies_before', 'dies_after', 'lost_before', 'lost_after', 'late'];
export const everyFate: readonly Fate[] = [...undecided, 'stalls', 'unreachable', 'rate_limited', 'unauthorized'];
/** Of the ledger, whoever asked it survives only an answer. */
const ofTheLedger: readonly Fate[] = ['dies_before', 'dies_after', 'stalls'];

/** Calls that change something. */
export const changing = [
  'ledger.move',
  'okta.enroll',
  'okta.deleteEnrollment',
  'provider.placeOrder',
  'provider.deleteOrder',
  'okta.activate',
  'mail.sendPinMail',
];

/** Every single way in which a rehearsal that went so far could have gone wrong from a call on. */
export function mishapsIn(
  { made }: FaultRun,
  from: number,
  fates: readonly Fate[],
  only?: readonly string[],
): Mishap[] {
  return made.flatMap((name, at) => {
    if (at < from || only?.includes(name) === false) return [];
    const possible = name.startsWith('ledger.') ? fates.filter((fate) => ofTheLedger.includes(fate)) : fates;
    return possible.map((fate) => ({ at, fate }));
  });
}

export const describeMishaps = ({ made, faults }: FaultRun, mishaps: readonly Mishap[]): string =>
  `${mishaps.map(({ at, fate }) => `${fate} at ${at} (${made[at]})`).join(', ')}: ${faults.join('; ')}`;
