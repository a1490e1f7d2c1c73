import { expect, test } from '@jest/globals';

import { initialPlan } from '../testing/samples.ts';
import { nextSteps, type StepName, type PlanState } from './plan.ts';

const plan = (fields: Partial<PlanState> = {}): PlanState => ({ ...initialPlan, ...fields });
const checked = (fields: Partial<PlanState> = {}): PlanState =>
  plan({ order: 'ready', profileChecked: true, ...fields });
const enrolled = (fields: Partial<PlanState> = {}): PlanState =>
  checked({ order: 'enrolled', credential: 'pending', ...fields });
const placed = (fields: Partial<PlanState> = {}): PlanState =>
  enrolled({ order: 'placed', parcel: 'preparing', ...fields });
const active = (fields: Partial<PlanState> = {}): PlanState =>
  placed({ parcel: 'in_transit', credential: 'active', pin: 'sealed', programmed: true, ...fields });
const closed = (fields: Partial<PlanState> = {}): PlanState =>
  active({ order: 'closed', parcel: 'delivered', pin: 'sent', ...fields });
const placing = (fields: Partial<PlanState> = {}): PlanState => enrolled({ order: 'placing', inSlot: true, ...fields });

const rows: readonly (readonly [string, PlanState, readonly StepName[]])[] = [
  ['a new request: the check', plan(), ['check-profile']],
  ['a dry run: the check', plan({ dryRun: true }), ['check-profile']],
  [
    'a dry run that was checked: nothing, not even with a slot',
    plan({ dryRun: true, order: 'ready', profileChecked: true, inSlot: true }),
    [],
  ],
  ['a held request: nothing', plan({ held: true }), []],
  ['checked, no place yet: nothing', checked(), []],
  ['checked, with a place: the enrollment', checked({ inSlot: true }), ['enroll-credential']],
  ['to be checked again, with a place: the check alone', plan({ order: 'ready', inSlot: true }), ['check-profile']],
  ['an unanswered enrollment: the enrollment', checked({ order: 'enrolling', inSlot: true }), ['enroll-credential']],
  ['enrolled: the order', enrolled({ inSlot: true }), ['place-order']],
  ['enrolled, without a place: nothing', enrolled(), []],
  ['enrolled, to be checked again: the check', plan({ order: 'enrolled', credential: 'pending' }), ['check-profile']],
  ['an unanswered order: the order', enrolled({ order: 'placing', inSlot: true }), ['place-order']],
  ['placed: polling', placed(), ['track-parcel']],
  ['placed and held: polling', placed({ held: true }), ['track-parcel']],
  ['lost and held: polling, for parcels turn up again', placed({ parcel: 'lost', held: true }), ['track-parcel']],
  [
    'programmed: polling and the activation',
    placed({ programmed: true, pin: 'sealed' }),
    ['track-parcel', 'activate-credential'],
  ],
  ['programmed and held: polling', placed({ programmed: true, pin: 'sealed', held: true }), ['track-parcel']],
  ['delivered before the answer came: polling', placed({ parcel: 'delivered' }), ['track-parcel']],
  [
    'delivered before the key was programmed, and held: polling',
    placed({ parcel: 'delivered', held: true }),
    ['track-parcel'],
  ],
  [
    'receipt confirmed before the key was programmed: polling',
    placed({ parcel: 'in_transit', receiptConfirmed: true }),
    ['track-parcel'],
  ],
  ['active, on_activation: polling and the release', active(), ['track-parcel', 'release-pin']],
  ['active, on_delivery, in transit: polling', active({ release: 'on_delivery' }), ['track-parcel']],
  [
    'active, on_delivery, delivered: the release',
    active({ release: 'on_delivery', parcel: 'delivered' }),
    ['release-pin'],
  ],
  ['active, on_receipt, delivered: nothing', active({ release: 'on_receipt', parcel: 'delivered' }), []],
  [
    'active, on_receipt, confirmed: the release',
    active({ release: 'on_receipt', receiptConfirmed: true }),
    ['release-pin'],
  ],
  [
    'active, on_delivery, confirmed: the release',
    active({ release: 'on_delivery', receiptConfirmed: true }),
    ['release-pin'],
  ],
  [
    'active, on_receipt, released by an operator: polling and the release',
    active({ release: 'on_receipt', releaseOverridden: true }),
    ['track-parcel', 'release-pin'],
  ],
  [
    'released by an operator, but not active: no release',
    placed({ programmed: true, pin: 'sealed', releaseOverridden: true }),
    ['track-parcel', 'activate-credential'],
  ],
  ['released: polling and the mail', active({ pin: 'released' }), ['track-parcel', 'send-pin']],
  ['an unconfirmed mail: polling and the mail', active({ pin: 'sending' }), ['track-parcel', 'send-pin']],
  ['an unconfirmed mail, held: polling', active({ pin: 'sending', held: true }), ['track-parcel']],
  ['sent, in transit: polling', active({ pin: 'sent' }), ['track-parcel']],
  ['closed: nothing', active({ order: 'closed', pin: 'sent', parcel: 'delivered' }), []],
  ['cancelled: nothing', plan({ order: 'cancelled' }), []],
  ['failed: nothing', plan({ order: 'failed' }), []],
  ['being cancelled: the order back', placed({ order: 'cancelling', cancelRequested: true }), ['cancel-order']],
  ['an unanswered order, not wanted any more: the order', placing({ cancelRequested: true }), ['place-order']],
  [
    'cancelled with an enrollment: its deletion',
    enrolled({ order: 'cancelled', cancelRequested: true }),
    ['delete-enrollment'],
  ],
  ['another address: polling and the edit', placed({ editRequested: true }), ['track-parcel', 'edit-order']],
  ['another address, held: polling', placed({ editRequested: true, held: true }), ['track-parcel']],
  ['another address, too late: nothing', active({ order: 'closed', pin: 'sent', editRequested: true }), []],
  [
    'to be revoked before the key is programmed: polling and the revocation',
    placed({ revokeRequested: true }),
    ['track-parcel', 'revoke-credential'],
  ],
  [
    'to be revoked before it is active: the revocation, not the activation',
    placed({ revokeRequested: true, programmed: true, pin: 'sealed' }),
    ['track-parcel', 'revoke-credential'],
  ],
  [
    'to be revoked while the PIN is being sent: the revocation, not the PIN',
    active({ revokeRequested: true, pin: 'released' }),
    ['track-parcel', 'revoke-credential'],
  ],
  ['to be revoked after the end: that', closed({ revokeRequested: true }), ['revoke-credential']],
  ['revoked: nothing', closed({ revokeRequested: true, credential: 'revoked' }), []],
  ['over, and the PIN once more: the release', closed({ pin: 'sealed', releaseOverridden: true }), ['release-pin']],
  ['over, and the PIN on its way again: the mail', closed({ pin: 'sending', releaseOverridden: true }), ['send-pin']],
];

test.each(rows)('%s', (_, state, stepNames) => {
  expect(nextSteps(state)).toEqual(stepNames);
});
