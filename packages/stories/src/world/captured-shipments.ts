import { call } from '@keycourier/local/clients/call';
import type { Profile } from '@keycourier/local/clients/okta-org';
import { inventPerson } from '@keycourier/local/clients/people';

import type { CapturedShipment } from './captured-data.ts';
import { StoryError } from './people.ts';
import type { World } from './world.ts';

type Action = (world: World, shipment: CapturedShipment) => Promise<unknown>;

/** The actions on a captured shipment after the upgrade, and the expected result. */
export interface Expectation {
  actions: readonly Action[];
  status: string;
  /** The number of its orders at the provider. */
  orders: 0 | 1;
  /** The user's enrollments that are left. */
  enrollments: readonly 'ACTIVE'[];
  /** PIN mails since the upgrade. */
  pinMails: 0 | 1 | 2;
}

const expectation = (status: string, rest: Partial<Expectation> = {}): Expectation => ({
  actions: [],
  status,
  orders: 0,
  enrollments: [],
  pinMails: 0,
  ...rest,
});
/** Completed, with a PIN mail after the upgrade. */
const completes = (...actions: readonly Action[]): Expectation =>
  expectation('completed', { actions, orders: 1, enrollments: ['ACTIVE'], pinMails: 1 });
const completesWithTwoMails: Expectation = { ...completes(), pinMails: 2 };
/** Completed without a PIN mail: it was mailed before the capture. */
const completesWithoutMail = (...actions: readonly Action[]): Expectation => ({
  ...completes(...actions),
  pinMails: 0,
});
/** Cancelled without an order and an enrollment. */
const isCancelled = (...actions: readonly Action[]): Expectation => expectation('cancelled', { actions });
/** Cancelled after the order, with the credential revoked. */
const isRevoked = (...actions: readonly Action[]): Expectation => expectation('cancelled', { actions, orders: 1 });

const act =
  (action: string): Action =>
  async (world, { tenant, id, label }) => {
    const { status, body } = await world.api(tenant).act(id, action);
    if (status >= 300) throw new StoryError(`${action} of ${label} is refused: ${status} ${JSON.stringify(body)}`);
  };
const correct =
  (correction: unknown): Action =>
  (world, { tenant, id }) =>
    world.api(tenant).correct(id, correction);
const acceptSuggestion = correct({ decision: 'accept' });
const inOkta =
  (change: Profile): Action =>
  (world, { userId }) =>
    world.org().updateUser(userId ?? '', change);
const lifecycle =
  (operation: 'deactivate' | 'unsuspend'): Action =>
  (world, { userId }) =>
    world.org().lifecycle(userId ?? '', operation);
const createUser: Action = (world, { login, secondEmail }) =>
  world.org().createUser(inventPerson({ login, email: login, secondEmail }).profile, { staged: false });
const switchOn =
  (flow: string): Action =>
  (world, { tenant }) =>
    world.api(tenant).switchFlow(flow, true);
const deleteEnrollments: Action = async (world, { userId }) => {
  for (const { id } of await world.org().enrollments(userId ?? '')) {
    const { oktaSimulator, oktaToken } = world.stack.local;
    const path = `/webauthn-registration/api/v1/users/${userId}/enrollments/${id}`;
    await call('DELETE', `${oktaSimulator}${path}`, { headers: { authorization: `SSWS ${oktaToken}` } });
  }
};

/** The expectation for each captured shipment by its label; `captured/README.md` lists their states. */
export const expectations: Readonly<Record<string, Expectation>> = {
  // Ended.
  completed: completesWithoutMail(),
  cancelled: isCancelled(),
  'cancelled-while-waiting': isCancelled(),
  duplicate: { ...completes(), status: 'cancelled', orders: 0 },
  failed: expectation('failed'),
  'dry-run': expectation('ready'),
  'dry-run-held': expectation('held'),
  revoked: isRevoked(),
  'revoked-unsent': isRevoked(),

  // Before the profile check.
  requested: completes(),
  'requested-with-values': completes(),
  'requested-once': completes(),
  'untouched-row-1': completes(),
  'untouched-row-2': completes(),
  'being-checked': completes(),
  paused: completes(),
  'corrected-while-stopped': completes(),
  'retried-while-stopped': completes(inOkta({ city: 'Portland' })),
  'failed-then-created': completes(createUser, act('retry')),

  // Held before the order.
  'profile-problems': completes(correct({ fields: { lastName: 'Wolfe' } })),
  'suggested-profile': completes(acceptSuggestion),
  'corrected-in-part': completes(correct({ fields: { city: 'Portland' } })),
  'profile-corrected-in-okta': completes(),
  'batch-row-2': completes(inOkta({ city: 'Portland' })),
  suspended: completes(lifecycle('unsuspend'), act('retry')),
  'product-gone': completes(act('retry')),
  'enrollment-refused': completes(act('retry')),
  'enrollment-unclear': completes(deleteEnrollments, act('retry')),
  'order-refused': completes(inOkta({ streetAddress: '8 Another Road' })),
  'refused-then-corrected': completes(),
  'left-group': isCancelled(act('cancel')),

  // Between the check and the order.
  'flow-switched-off': completes(switchOn('process-shipments')),
  'first-of-tenant': completes(),
  'second-of-tenant': completes(),
  enrolling: completes(),
  'enrolling-to-be-cancelled': isCancelled(),
  placing: completes(),
  'placing-to-be-cancelled': isCancelled(),
  'given-up': completes(),

  // Ordered.
  preparing: completes(),
  locked: completes(),
  'by-group': completes(),
  'of-two': completes(),
  'batch-row-1': completes(),
  'order-incomplete': completes(),
  'provider-error': completes(),
  'denied-party': completes(),
  'order-missing': completes(),
  'suggestion-to-accept': completes(acceptSuggestion),
  'suggestion-to-reject': completes(correct({ decision: 'reject' })),
  'edit-requested': completes(),
  'edit-refused': completes(correct({ fields: { streetAddress: '12 Harbour Street' } })),
  undeliverable: completes(correct({ fields: { streetAddress: '14 Harbour Street' } })),
  'to-be-cancelled': isCancelled(),
  'enrollment-left': isCancelled(),
  leaver: isCancelled(),

  // The key is programmed.
  'to-be-programmed': completesWithTwoMails,
  'key-unmatched': isRevoked(lifecycle('deactivate')),
  'activation-refused': isRevoked(lifecycle('deactivate')),
  'pin-waits-for-delivery': completes(),
  'pin-waits-for-receipt': completes(act('confirm-receipt')),
  'receipt-confirmed': completes(),
  'release-overridden': completes(),
  'address-changed': completes(act('release-pin')),
  'mail-refused': completes(act('retry')),
  'to-be-sent': completes(),
  'okta-mails-again': completes(),

  // The PIN was mailed.
  'in-transit': completesWithoutMail(),
  'backup-key': completesWithoutMail(),
  'by-mfa': completesWithoutMail(),
  'delivery-exception': completesWithoutMail(),
  'lost-then-received': completesWithoutMail(act('confirm-receipt')),
  'lost-then-found': completesWithoutMail(),
  'transit-too-long': completesWithoutMail(),
  'to-be-revoked': isRevoked(),
  'closed-to-revoke': isRevoked(),

  // Stopped after a call to Okta or the provider, before the result was stored.
  'cut-order-ready': completes(),
  'cut-order-enrolling': completes(),
  'cut-order-enrolled': completes(),
  'cut-order-placing': completes(),
  'cut-order-placed': completes(),
  'cut-order-cancelled': isCancelled(),
  'cut-credential-none': isCancelled(),
  'cut-credential-active': completes(),
  'cut-pin-sealed': completes(),
  'cut-pin-released': completes(),
  'cut-pin-sending': completes(),
  'cut-pin-sent': completesWithTwoMails,
};
