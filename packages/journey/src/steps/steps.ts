import { acceptEvent } from '../1-intake/accept-event.ts';
import { expandMembers } from '../1-intake/expand-members.ts';
import { checkProfile } from '../2-shipments/check-profile.ts';
import { cancelOrder } from '../3-fulfillment/cancel-order.ts';
import { deleteEnrollment } from '../3-fulfillment/delete-enrollment.ts';
import { editOrder } from '../3-fulfillment/edit-order.ts';
import { enrollCredential } from '../3-fulfillment/enroll-credential.ts';
import { intendOrder, placeOrder } from '../3-fulfillment/place-order.ts';
import { trackParcel } from '../3-fulfillment/track-parcel.ts';
import { activateCredential, intendActivation } from '../4-activation/activate-credential.ts';
import { revokeCredential } from '../4-activation/revoke-credential.ts';
import { releasePin, releaseToSeen } from '../5-pin-delivery/release-pin.ts';
import { intendSending, sendPin } from '../5-pin-delivery/send-pin.ts';
import { writeRegistration } from '../6-registration/write-registration.ts';
import { comparePage } from '../7-hub/compare-page.ts';
import { importPage } from '../7-hub/import-page.ts';
import { pushGroup } from '../7-hub/push-group.ts';
import { pushMembers } from '../7-hub/push-members.ts';
import { pushPerson } from '../7-hub/push-person.ts';
import type { Decision } from '../model/change.ts';
import { stepNames, type StepName } from '../model/plan.ts';
import type { Shipment } from '../model/shipment.ts';
import type { Context } from '../ports/context.ts';
import type { ComparisonAttempt, ComparisonStepName } from '../ports/hub-comparisons.ts';
import type { GroupAttempt, GroupStepName } from '../ports/hub-groups.ts';
import type { MirrorAttempt } from '../ports/hub.ts';
import type { Chain, LastMoves, StepAttempt } from '../ports/ledger.ts';
import type { RegistrationAttempt } from '../ports/registration.ts';
import type { EventEnd, Outcome, StepEnd } from './outcome.ts';

/** The queues: one per stage. */
export const queueNames = [
  'intake',
  'shipments',
  'fulfillment',
  'activation',
  'pin-delivery',
  'registration',
  'hub',
] as const;

export type QueueName = (typeof queueNames)[number];

interface StepDefinition<Handler> {
  queue: QueueName;
  title: string;
  run: Handler;
}

/** A step of an event: no shipment to lock exists yet, so it has neither a lease nor recorded attempts. */
type EventStep = StepDefinition<(context: Context, eventId: string, chain: Chain) => Promise<EventEnd>>;

/** A step of a shipment: it runs while its attempt holds the lease. */
type ShipmentStep = StepDefinition<(context: Context, attempt: StepAttempt) => Promise<StepEnd>>;

/** A step of a person's registration, which has a lease of its own: a person may have several shipments, and none that is open. */
type RegistrationStep = StepDefinition<(context: Context, attempt: RegistrationAttempt) => Promise<Outcome>>;

/** A step of a person's mirror in the hub of their tenant, under a lease of its own. */
type MirrorStep = StepDefinition<(context: Context, attempt: MirrorAttempt) => Promise<Outcome>>;

export const eventSteps = {
  'accept-event': { queue: 'intake', title: 'Decide what an Okta event asks for', run: acceptEvent },
  'expand-members': { queue: 'intake', title: 'Record an event for each member of a group', run: expandMembers },
} as const satisfies Record<string, EventStep>;

export type EventStepName = keyof typeof eventSteps;

export const shipmentSteps = {
  'check-profile': { queue: 'shipments', title: 'Check the shipping profile', run: checkProfile },
  'enroll-credential': { queue: 'fulfillment', title: 'Enroll the credential at Okta', run: enrollCredential },
  'place-order': { queue: 'fulfillment', title: 'Order the key from the provider', run: placeOrder },
  'edit-order': { queue: 'fulfillment', title: 'Change the address of the order', run: editOrder },
  'cancel-order': { queue: 'fulfillment', title: 'Cancel the order at the provider', run: cancelOrder },
  'track-parcel': { queue: 'fulfillment', title: 'Track the parcel', run: trackParcel },
  'delete-enrollment': { queue: 'fulfillment', title: 'Delete the enrollment at Okta', run: deleteEnrollment },
  'activate-credential': { queue: 'activation', title: 'Activate the credential in Okta', run: activateCredential },
  'revoke-credential': { queue: 'activation', title: 'Revoke the credential in Okta', run: revokeCredential },
  'release-pin': { queue: 'pin-delivery', title: 'Release the PIN', run: releasePin },
  'send-pin': { queue: 'pin-delivery', title: 'Send the PIN to its owner', run: sendPin },
} as const satisfies Record<StepName, ShipmentStep>;

/** The intents that are committed with the claim of their step, which reads nothing before. */
const intents: Partial<Record<StepName, (shipment: Shipment, now: Date) => Decision | null>> = {
  'place-order': intendOrder,
  'activate-credential': intendActivation,
  'send-pin': intendSending,
};

export const intentOf =
  (now: () => Date): Chain['intentOf'] =>
  (step, shipment) =>
    intents[step]?.(shipment, now()) ?? null;

/** Steps that are done without a call where the steps before them have read all that they need. */
const withoutCalls: Partial<
  Record<StepName, (context: Context, before: StepAttempt, shipment: Shipment) => Decision | null>
> = {
  'release-pin': releaseToSeen,
};

/** What is done of the steps after `before` with its end. */
export const doneWith =
  (context: Context, before: StepAttempt): NonNullable<LastMoves['doneWith']> =>
  (step, shipment) =>
    withoutCalls[step]?.(context, before, shipment) ?? null;

export const registrationSteps = {
  'write-registration': {
    queue: 'registration',
    title: 'Tell Okta whether the user has a key that works',
    run: writeRegistration,
  },
} as const satisfies Record<string, RegistrationStep>;

export type RegistrationStepName = keyof typeof registrationSteps;

export const mirrorSteps = {
  'push-person': { queue: 'hub', title: 'Push a user to the hub', run: pushPerson },
} as const satisfies Record<string, MirrorStep>;

export type MirrorStepName = keyof typeof mirrorSteps;

/** A step of a group that is pushed to a hub, under the lease of the group. */
type GroupStep = StepDefinition<(context: Context, attempt: GroupAttempt) => Promise<Outcome>>;

export const groupSteps = {
  'push-group': { queue: 'hub', title: 'Make the hub have a group of the spoke', run: pushGroup },
  'push-members': { queue: 'hub', title: 'Write memberships of a group in the hub', run: pushMembers },
} as const satisfies Record<GroupStepName, GroupStep>;

/** A step of a run that reads both sides of a link page by page, under the lease of the run. */
type PageStep = StepDefinition<(context: Context, attempt: ComparisonAttempt) => Promise<Outcome>>;

export const pageSteps = {
  'compare-page': { queue: 'hub', title: 'Compare a page of people with the hub', run: comparePage },
  'import-page': { queue: 'hub', title: 'Import a page of people from the hub', run: importPage },
} as const satisfies Record<ComparisonStepName, PageStep>;

/** Every step: its name is the name of its job. Routing to queues and dispatch in the worker read this one table. */
export const steps = {
  ...eventSteps,
  ...shipmentSteps,
  ...registrationSteps,
  ...mirrorSteps,
  ...groupSteps,
  ...pageSteps,
};

/** The names of all steps of this version. */
export const knownSteps: readonly string[] = Object.keys(steps);

export type Step =
  | { subject: 'event'; name: EventStepName; queue: QueueName }
  | { subject: 'shipment'; name: StepName; queue: QueueName }
  | { subject: 'registration'; name: RegistrationStepName; queue: QueueName }
  | { subject: 'mirror'; name: MirrorStepName; queue: QueueName }
  | { subject: 'hub_group'; name: GroupStepName; queue: QueueName }
  | { subject: 'comparison'; name: ComparisonStepName; queue: QueueName };

/** The step of a job or an outbox message; null for one that only another version of keycourier knows. */
export function findStep(name: string): Step | null {
  if (isStepName(name)) return { subject: 'shipment', name, queue: shipmentSteps[name].queue };
  if (isEventStepName(name)) return { subject: 'event', name, queue: eventSteps[name].queue };
  if (isRegistrationStepName(name)) return { subject: 'registration', name, queue: registrationSteps[name].queue };
  if (isMirrorStepName(name)) return { subject: 'mirror', name, queue: mirrorSteps[name].queue };
  if (isGroupStepName(name)) return { subject: 'hub_group', name, queue: groupSteps[name].queue };
  if (isPageStepName(name)) return { subject: 'comparison', name, queue: pageSteps[name].queue };
  return null;
}

export const isStepName = (name: string): name is StepName => stepNames.some((step) => step === name);

const isEventStepName = (name: string): name is EventStepName => Object.hasOwn(eventSteps, name);

const isRegistrationStepName = (name: string): name is RegistrationStepName => Object.hasOwn(registrationSteps, name);

const isMirrorStepName = (name: string): name is MirrorStepName => Object.hasOwn(mirrorSteps, name);

const isPageStepName = (name: string): name is ComparisonStepName => Object.hasOwn(pageSteps, name);

const isGroupStepName = (name: string): name is GroupStepName => Object.hasOwn(groupSteps, name);
