import { describe, expect, test } from '@jest/globals';

import { initialPlan } from '../testing/samples.ts';
import { arrows, isCompleted, isLegal, isOpen, isWaitingForSlot, derive, type Facet, type PlanState } from './plan.ts';
import { statusOf, type Status } from './status.ts';

const plan = (fields: Partial<PlanState> = {}): PlanState => ({ ...initialPlan, ...fields });
const placed = (fields: Partial<PlanState> = {}): PlanState =>
  plan({ order: 'placed', parcel: 'preparing', credential: 'pending', profileChecked: true, ...fields });
const active = (fields: Partial<PlanState> = {}): PlanState =>
  placed({ parcel: 'in_transit', credential: 'active', pin: 'sealed', programmed: true, ...fields });

/** Said again, by hand: the ways from each state, per facet. */
const ways: Record<Facet, Readonly<Record<string, string>>> = {
  order: {
    requested: 'ready cancelled failed',
    ready: 'enrolling cancelled failed',
    enrolling: 'enrolled ready cancelled failed',
    enrolled: 'placing ready cancelled failed',
    placing: 'placed enrolled ready failed',
    placed: 'closed cancelling failed',
    cancelling: 'cancelled placed failed',
    failed: 'requested',
  },
  parcel: {
    none: 'preparing',
    preparing: 'in_transit delivered exception lost returned',
    in_transit: 'delivered exception lost returned',
    exception: 'preparing in_transit delivered lost returned',
    lost: 'in_transit delivered exception returned',
    returned: 'in_transit delivered',
    delivered: 'returned',
  },
  credential: { none: 'pending', pending: 'active errored none revoked', active: 'revoked' },
  pin: {
    none: 'sealed discarded',
    sealed: 'released discarded sent',
    released: 'sending discarded',
    sending: 'sent sealed discarded',
    sent: 'sealed',
  },
};

const facets = ['order', 'parcel', 'credential', 'pin'] as const;
const statesOf = (facet: Facet): string[] => Object.keys(arrows[facet]);
const firstOf = { order: 'requested', parcel: 'none', credential: 'none', pin: 'none' } as const;

describe('the arrows', () => {
  const pairs = facets.flatMap((facet) =>
    statesOf(facet).flatMap((from) => statesOf(facet).map((to) => [facet, from, to] as const)),
  );

  test.each(pairs)('%s: %s → %s', (facet, from, to) => {
    expect(isLegal(facet, from, to)).toBe(from === to || (ways[facet][from] ?? '').split(' ').includes(to));
  });

  test.each(facets)('of %s lead to known states only, and reach every state from the first', (facet) => {
    const rows: Readonly<Record<string, readonly string[]>> = arrows[facet];
    const reached = new Set<string>([firstOf[facet]]);
    for (const state of reached) for (const to of rows[state] ?? ['unknown']) reached.add(to);
    expect([...reached].sort()).toEqual(statesOf(facet).sort());
  });

  test('lead from no state that the plan does not know', () => {
    expect(isLegal('order', 'imagined', 'ready')).toBe(false);
  });
});

test.each<[string, PlanState, boolean]>([
  ['checked, free to go', plan({ order: 'ready', profileChecked: true }), true],
  ['enrolled, back from a hold', plan({ order: 'enrolled', profileChecked: true }), true],
  ['not checked', plan({ order: 'ready' }), false],
  ['held', plan({ order: 'ready', profileChecked: true, held: true }), false],
  ['has a place', plan({ order: 'ready', profileChecked: true, inSlot: true }), false],
  ['a dry run', plan({ order: 'ready', profileChecked: true, dryRun: true }), false],
  ['requested', plan({ profileChecked: true }), false],
  ['placed', placed(), false],
])('waiting for a slot: %s', (_, state, waits) => {
  expect(isWaitingForSlot(state)).toBe(waits);
});

describe('derive()', () => {
  test('closes a placed order that is completed', () => {
    expect(derive(active({ pin: 'sent', parcel: 'delivered' })).order).toBe('closed');
    expect(derive(active({ pin: 'sent', receiptConfirmed: true })).order).toBe('closed');
  });

  test.each<[string, PlanState]>([
    ['held', active({ pin: 'sent', parcel: 'delivered', held: true })],
    ['not delivered', active({ pin: 'sent' })],
    ['PIN not sent', active({ parcel: 'delivered' })],
    ['not active', placed({ pin: 'sent', parcel: 'delivered' })],
    ['being cancelled', active({ pin: 'sent', parcel: 'delivered', order: 'cancelling' })],
  ])('leaves open a shipment that is %s', (_, state) => {
    expect(derive(state).order).toBe(state.order);
  });

  test.each(['requested', 'ready', 'enrolling', 'enrolled'] as const)(
    'cancels at once a shipment that is %s, when that is requested',
    (order) => {
      expect(derive(plan({ order, cancelRequested: true })).order).toBe('cancelled');
    },
  );

  test('waits with a cancel for the response to an order, which the provider decides', () => {
    expect(derive(plan({ order: 'placing', credential: 'pending', cancelRequested: true })).order).toBe('placing');
    expect(derive(placed({ cancelRequested: true })).order).toBe('cancelling');
    expect(derive(active({ cancelRequested: true })).order).toBe('placed');
  });

  test('cancels an order that was not placed after all, for a user whose credential is to be revoked', () => {
    expect(derive(plan({ order: 'enrolled', credential: 'pending', revokeRequested: true })).order).toBe('cancelled');
    expect(derive(plan({ order: 'placing', credential: 'pending', revokeRequested: true })).order).toBe('placing');
  });

  test('treats an unanswered enrollment as an existing one', () => {
    expect(derive(plan({ order: 'enrolling', cancelRequested: true }))).toMatchObject({ credential: 'pending' });
    expect(derive(plan({ order: 'ready', cancelRequested: true }))).toMatchObject({ credential: 'none' });
  });

  test('closes a shipment whose credential is revoked, with any parcel state, held or not', () => {
    expect(derive(placed({ credential: 'revoked' })).order).toBe('closed');
    expect(derive(active({ credential: 'revoked', held: true }))).toMatchObject({ order: 'closed', held: false });
  });

  test.each<[string, PlanState, boolean]>([
    ['cancelled by a refusal', plan({ order: 'enrolled', credential: 'pending', cancelRequested: true }), false],
    ['being cancelled', placed({ cancelRequested: true }), false],
    ['to be revoked', active({ revokeRequested: true }), false],
    ['to be revoked, when the order is known', plan({ order: 'placing', revokeRequested: true }), true],
    ['to be cancelled, when the order is known', plan({ order: 'placing', cancelRequested: true }), true],
    ['placed', placed(), true],
  ])('holds a shipment that is %s: %#', (_, state, isAsked) => {
    expect(derive({ ...state, held: true }).held).toBe(isAsked);
  });

  test('keeps a slot only before the order, and only without a hold', () => {
    const counter = ['ready', 'enrolling', 'enrolled', 'placing'] as const;
    for (const order of ['requested', ...counter, 'placed', 'cancelling', 'closed', 'cancelled', 'failed'] as const) {
      expect(derive(plan({ order, inSlot: true })).inSlot).toBe(counter.some((one) => one === order));
      expect(derive(plan({ order, inSlot: true, held: true })).inSlot).toBe(false);
      expect(derive(plan({ order })).inSlot).toBe(false);
    }
  });
});

test.each<[PlanState, boolean]>([
  [plan(), true],
  [plan({ order: 'placing' }), true],
  [plan({ order: 'cancelling' }), true],
  [plan({ dryRun: true }), false],
  [plan({ order: 'closed' }), false],
  [plan({ order: 'cancelled' }), false],
  [plan({ order: 'failed' }), false],
])('open: %j is %s', (state, open) => {
  expect(isOpen(state)).toBe(open);
});

describe('the status', () => {
  test.each<[Status, PlanState]>([
    ['requested', plan()],
    ['ready', plan({ order: 'ready' })],
    ['ready', plan({ order: 'placing', credential: 'pending' })],
    ['ordered', placed()],
    ['ordered', placed({ order: 'cancelling' })],
    ['in_transit', placed({ parcel: 'in_transit' })],
    ['in_transit', placed({ parcel: 'exception' })],
    ['in_transit', placed({ parcel: 'delivered' })],
    ['activated', active()],
    ['activated', active({ parcel: 'delivered' })],
    ['pin_sent', active({ pin: 'sent' })],
    ['completed', active({ pin: 'sent', parcel: 'delivered' })],
    ['completed', active({ pin: 'sent', receiptConfirmed: true, order: 'closed' })],
    ['held', active({ pin: 'sent', parcel: 'delivered', held: true })],
    ['held', plan({ held: true })],
    ['cancelled', plan({ order: 'cancelled', held: true })],
    ['cancelled', active({ order: 'closed', credential: 'revoked', pin: 'sent', parcel: 'delivered' })],
    ['completed', active({ order: 'closed', pin: 'sealed', parcel: 'delivered' })],
    ['ordered', placed({ order: 'cancelling', cancelRequested: true })],
    ['failed', plan({ order: 'failed', held: true })],
    ['failed', placed({ credential: 'errored', order: 'cancelled' })],
  ])('is %s for %j', (status, state) => {
    expect(statusOf(state)).toBe(status);
  });

  test('isCompleted() agrees with the status completed', () => {
    expect(isCompleted(active({ pin: 'sent', parcel: 'delivered' }))).toBe(true);
    expect(isCompleted(active({ pin: 'sent', parcel: 'lost' }))).toBe(false);
  });
});
