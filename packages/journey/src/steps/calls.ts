import type { StepName } from '../model/plan.ts';
import type { Service } from '../ports/errors.ts';
import type { ComparisonStepName } from '../ports/hub-comparisons.ts';
import type { GroupStepName } from '../ports/hub-groups.ts';
import type { StepAttempt } from '../ports/ledger.ts';
import { findStep, type EventStepName, type MirrorStepName, type RegistrationStepName } from './steps.ts';

/** Okta's rate limits that our calls count in, by the path that their calls begin with. */
export const oktaLimits = ['/api/v1/users', '/api/v1/groups', '/webauthn-registration'] as const;

export type OktaLimit = (typeof oktaLimits)[number];

/** What one attempt at a step may ask of services. */
export interface StepCalls {
  /** Every service that it may call. It makes its calls one after the other. */
  services: readonly Service[];
  /** Limits that it waits for, with the calls that it usually makes. What it really makes is counted when it has ended. */
  okta: readonly { limit: OktaLimit; calls: number }[];
}

const users = '/api/v1/users';
const groups = '/api/v1/groups';
const preregistration = '/webauthn-registration';

const calls: Readonly<
  Record<
    StepName | EventStepName | RegistrationStepName | MirrorStepName | GroupStepName | ComparisonStepName,
    StepCalls
  >
> = {
  // Most events ask for nothing, and an org may send thousands: they wait for no call of the others that ask.
  'accept-event': { services: [], okta: [{ limit: users, calls: 0 }] },
  'expand-members': { services: [], okta: [] },
  'check-profile': { services: ['okta', 'hub', 'fulfillment', 'hris'], okta: [{ limit: users, calls: 1 }] },
  'enroll-credential': { services: ['okta', 'hub', 'fulfillment'], okta: [{ limit: preregistration, calls: 2 }] },
  'place-order': { services: ['fulfillment'], okta: [] },
  'edit-order': { services: ['fulfillment'], okta: [] },
  'cancel-order': { services: ['fulfillment'], okta: [] },
  'track-parcel': { services: ['fulfillment', 'okta', 'hris'], okta: [] },
  'delete-enrollment': { services: ['okta', 'hub', 'fulfillment'], okta: [{ limit: preregistration, calls: 1 }] },
  'activate-credential': { services: ['okta', 'hub', 'fulfillment'], okta: [{ limit: preregistration, calls: 1 }] },
  'revoke-credential': { services: ['okta', 'hub'], okta: [{ limit: preregistration, calls: 1 }] },
  'release-pin': { services: ['okta', 'hub', 'fulfillment', 'hris'], okta: [{ limit: users, calls: 1 }] },
  'send-pin': { services: ['okta', 'hub', 'fulfillment', 'hris', 'mail'], okta: [{ limit: users, calls: 1 }] },
  'write-registration': { services: ['okta'], okta: [{ limit: users, calls: 2 }] },
  // Of the hub, whose limits are counted under its own name; one that is as required is read once.
  'push-person': { services: ['okta'], okta: [{ limit: users, calls: 3 }] },
  'push-group': { services: ['okta'], okta: [{ limit: groups, calls: 2 }] },
  'push-members': { services: ['okta'], okta: [{ limit: groups, calls: 2 }] },
  'compare-page': { services: ['okta'], okta: [{ limit: users, calls: 1 }] },
  'import-page': { services: ['okta'], okta: [{ limit: users, calls: 2 }] },
};

/** Steps whose calls only read. */
export const mayOnlyRead = (step: StepName): boolean => step === 'check-profile' || step === 'track-parcel';

/** Whether this attempt's calls only read: of an order that was intended more than once, orphan orders are deleted. */
export const onlyReads = ({ step, shipment }: Pick<StepAttempt, 'step' | 'shipment'>): boolean =>
  step === 'check-profile' || (step === 'track-parcel' && (shipment.intents.order?.attempt ?? 1) === 1);

const none: StepCalls = { services: [], okta: [] };

/** Of a step that only another version knows, nothing is known. */
export function callsOf(step: string): StepCalls {
  const known = findStep(step);
  return known === null ? none : calls[known.name];
}

/** The limit that a call to this path of Okta's API counts in; null for one that no step is counted by. */
export const oktaLimitOf = (path: string): OktaLimit | null =>
  oktaLimits.find((limit) => path === limit || path.startsWith(`${limit}/`) || path.startsWith(`${limit}?`)) ?? null;
