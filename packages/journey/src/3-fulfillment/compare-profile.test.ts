import { describe, expect, test } from '@jest/globals';

import { overridableFields, type ProfileField } from '../model/profile.ts';
import type { CheckAddress } from '../ports/address.ts';
import { replacedBy } from '../profile/override-profile.ts';
import { consequenceOf } from '../requests/consequences.ts';
import { correct, type Correction } from '../requests/correct-address.ts';
import { operatorActions } from '../requests/operator-actions.ts';
import { createHarness, type Harness } from '../testing/harness.ts';
import { checkedProfile, checkSampleAddress, sampleTenant, sourced } from '../testing/samples.ts';
import { stages } from '../testing/stages.ts';

const { everyMs } = sampleTenant.polling;
const known = replacedBy(sourced(), overridableFields);
const moved = { streetAddress: '2 Harbour Lane', zipCode: '97201', city: 'Portland' };

const checkTrimmed: CheckAddress = (profile, about) =>
  checkSampleAddress(
    Object.fromEntries(
      Object.entries(profile).map(([field, { value, source }]) => [field, { value: value.trim(), source }]),
    ),
    about,
  );

interface Ordered {
  sources?: Partial<Record<ProfileField, 'override' | 'correction'>>;
  checkAddress?: CheckAddress;
}

async function ordered({ sources = {}, checkAddress = checkSampleAddress }: Ordered = {}): Promise<Harness> {
  const profile = { ...checkedProfile(), sources: { ...checkedProfile().sources, ...sources } };
  const harness = createHarness({
    shipment: { ...stages.enrolled, plan: { ...stages.enrolled.plan, inSlot: true } },
    checkAddress,
  });
  harness.ledger.move('shp_1', () => ({ change: { secrets: { profile, known } }, note: { event: 'test.frozen' } }));
  await harness.run('place-order');
  harness.provider.route = [3];
  return harness;
}

/** A placed order of which the first polls are done, and nothing changed. */
async function placed(options?: Ordered): Promise<Harness> {
  const harness = await ordered(options);
  await poll(harness);
  await poll(harness);
  harness.calls.length = 0;
  return harness;
}

async function poll(harness: Harness): Promise<void> {
  harness.log.advanceTo(harness.log.nowMs() + everyMs);
  await harness.run('track-parcel');
}

function moveUser({ org }: Harness, values: Partial<Record<ProfileField, string | null>> = moved): void {
  org.users = org.users.map((user) => ({ ...user, profile: sourced(values) }));
}

function reportChange({ ledger, shipment }: Harness): void {
  const consequence = consequenceOf({ verdict: 'recheck', userId: '00u1', login: null });
  const decision = consequence.kind === 'move' ? consequence.decide(shipment()) : null;
  ledger.move('shp_1', () => decision);
}

function decide({ ledger, shipment }: Harness, correction: Correction): void {
  const result = correct(shipment(), correction, checkSampleAddress);
  expect(result.outcome).toBe('granted');
  ledger.move('shp_1', () => (result.outcome === 'granted' ? result.decision : null));
}

const heldForMove = {
  hold: {
    code: 'address_changed',
    problems: [
      { field: 'streetAddress', code: 'changed_in_profile' },
      { field: 'city', code: 'changed_in_profile' },
      { field: 'zipCode', code: 'changed_in_profile' },
    ],
  },
  secrets: { suggestion: { values: moved } },
};
const notHeld = { hold: null, plan: { order: 'placed' } };
const events = ({ ledger }: Harness): string[] => ledger.history.map(({ event }) => event);

describe('a profile that changed after the order', () => {
  test('is held at the poll after its event, with the new values to accept, while polling continues', async () => {
    const harness = await placed();
    moveUser(harness);
    reportChange(harness);
    await poll(harness);
    expect(harness.shipment()).toMatchObject({ ...heldForMove, order: { profileChanged: false } });
    const result = await harness.run('track-parcel');
    expect(result).toMatchObject({ result: { outcome: 'later' }, held: { code: 'address_changed' } });
    expect(harness.shipment()).toMatchObject(heldForMove);
  });

  test('is noticed without an event, at every second poll by default', async () => {
    const harness = await placed();
    await poll(harness);
    await poll(harness);
    await poll(harness);
    await poll(harness);
    expect(harness.calls.filter((call) => call === 'okta.readUser')).toHaveLength(2);
    moveUser(harness);
    await poll(harness);
    await poll(harness);
    expect(harness.shipment()).toMatchObject(heldForMove);
  });

  test('is noticed at the first poll when it changed between the check and the order', async () => {
    const harness = await ordered();
    moveUser(harness);
    await poll(harness);
    expect(harness.shipment()).toMatchObject(heldForMove);
  });

  test('with other e-mail addresses alone is not held: no label has them', async () => {
    const harness = await placed();
    moveUser(harness, { email: 'other@work.example', secondEmail: 'other@home.example' });
    reportChange(harness);
    await poll(harness);
    expect(harness.shipment()).toMatchObject({ ...notHeld, order: { profileChanged: false } });
  });

  test('that ships as before is not held: values are compared as the check leaves them', async () => {
    const harness = await placed({ checkAddress: checkTrimmed });
    moveUser(harness, { streetAddress: ' 1 Lighthouse Road ', city: 'Astoria ' });
    reportChange(harness);
    await poll(harness);
    expect(harness.shipment()).toMatchObject({ ...notHeld, order: { profileChanged: false } });
  });

  test('in a part that the request overrides is not held', async () => {
    const harness = await placed({ sources: { city: 'override' } });
    moveUser(harness);
    reportChange(harness);
    await poll(harness);
    expect(harness.shipment()).toMatchObject(notHeld);
  });

  test('after a correction of the old address is held', async () => {
    const harness = await placed({ sources: { zipCode: 'correction' } });
    moveUser(harness);
    reportChange(harness);
    await poll(harness);
    expect(harness.shipment()).toMatchObject(heldForMove);
  });

  test('that is reported while the profile is read is compared once more', async () => {
    const harness = await placed();
    const { users } = harness.org;
    const answer = { configurable: true, get: () => (reportChange(harness), users) };
    Object.defineProperty(harness.org, 'users', answer);
    await poll(harness);
    await poll(harness);
    expect(harness.shipment()).toMatchObject({ ...notHeld, order: { profileChanged: true } });
    Object.defineProperty(harness.org, 'users', { value: users, writable: true });
    moveUser(harness);
    await poll(harness);
    expect(harness.shipment()).toMatchObject(heldForMove);
  });

  test('to an address that cannot be delivered to is held with what is wrong', async () => {
    const harness = await placed();
    moveUser(harness, { streetAddress: '2 Harbour Lane', city: null });
    reportChange(harness);
    await poll(harness);
    expect(harness.shipment().hold?.problems).toContainEqual({ field: 'city', code: 'missing' });
    expect(correct(harness.shipment(), { decision: 'accept' }, checkSampleAddress)).toMatchObject({
      outcome: 'granted',
    });
  });

  test('is not looked for where the flow is off', async () => {
    const harness = await placed();
    harness.ledger.flowsOff.add('profile-recheck');
    moveUser(harness);
    for (let times = 0; times < 4; times += 1) await poll(harness);
    expect(harness.shipment()).toMatchObject(notHeld);
    expect(harness.calls).not.toContain('okta.readUser');
  });
});

describe('an operator', () => {
  async function held(): Promise<Harness> {
    const harness = await placed();
    moveUser(harness);
    reportChange(harness);
    await poll(harness);
    expect(harness.shipment()).toMatchObject(heldForMove);
    return harness;
  }

  test('who accepts has the order changed at the provider, once', async () => {
    const harness = await held();
    decide(harness, { decision: 'accept' });
    await harness.run('edit-order');
    expect(harness.provider.orders.map(({ request }) => request.profile)).toMatchObject([
      { streetLine1: '2 Harbour Lane', city: 'Portland', zipCode: '97201' },
    ]);
    for (let times = 0; times < 3; times += 1) await poll(harness);
    reportChange(harness);
    await poll(harness);
    expect(harness.shipment()).toMatchObject(notHeld);
    expect(harness.calls.filter((call) => call === 'provider.editOrder')).toHaveLength(1);
  });

  test('who rejects has the order as it was, without a call, and is not asked again', async () => {
    const harness = await held();
    decide(harness, { decision: 'reject' });
    expect(harness.shipment()).toMatchObject({
      ...notHeld,
      secrets: { profile: { streetLine1: '1 Lighthouse Road' } },
    });
    expect(harness.shipment().secrets.suggestion).toBeUndefined();
    reportChange(harness);
    for (let times = 0; times < 3; times += 1) await poll(harness);
    expect(harness.shipment()).toMatchObject(notHeld);
    expect(harness.calls).not.toContain('provider.editOrder');
  });

  test('who accepted is asked again when the person moves once more', async () => {
    const harness = await held();
    decide(harness, { decision: 'accept' });
    await harness.run('edit-order');
    moveUser(harness, { ...moved, streetAddress: '3 Hill Road' });
    reportChange(harness);
    await poll(harness);
    expect(harness.shipment().hold?.problems).toEqual([{ field: 'streetAddress', code: 'changed_in_profile' }]);
  });

  test('who retries has the profile compared again: one that is as ordered lifts the hold for good', async () => {
    const harness = await held();
    moveUser(harness, {});
    harness.ledger.move('shp_1', (current) => {
      const result = operatorActions.retry(current);
      return result.outcome === 'granted' ? result.decision : null;
    });
    await poll(harness);
    expect(harness.shipment()).toMatchObject(notHeld);
  });

  test('who decides after the event of a change that a poll has seen already finds it held', async () => {
    const harness = await placed();
    moveUser(harness);
    await poll(harness);
    await poll(harness);
    const { hold } = harness.shipment();
    expect(harness.shipment()).toMatchObject(heldForMove);
    reportChange(harness);
    expect(harness.shipment()).toMatchObject({ ...heldForMove, order: { profileChanged: true } });
    await poll(harness);
    expect(harness.shipment()).toMatchObject({ ...heldForMove, order: { profileChanged: false } });
    expect(harness.shipment().hold).toEqual(hold);
    expect(events(harness).filter((event) => event === 'shipment.held')).toHaveLength(1);
    decide(harness, { decision: 'accept' });
  });

  test('is shown the latest move of a person who moves twice', async () => {
    const harness = await held();
    moveUser(harness, { ...moved, streetAddress: '3 Hill Road' });
    reportChange(harness);
    await poll(harness);
    expect(harness.shipment()).toMatchObject({
      hold: heldForMove.hold,
      secrets: { suggestion: { values: { ...moved, streetAddress: '3 Hill Road' } } },
    });
  });

  test('has nothing to decide once the person has moved back', async () => {
    const harness = await held();
    moveUser(harness, {});
    reportChange(harness);
    await poll(harness);
    expect(harness.shipment()).toMatchObject({ ...notHeld, order: { profileChanged: false } });
    expect(harness.shipment().secrets.suggestion).toBeUndefined();
    for (let times = 0; times < 3; times += 1) await poll(harness);
    expect(harness.shipment()).toMatchObject(notHeld);
  });

  test('who waits until the provider locks the order finds it shipped as ordered, and why', async () => {
    const harness = await held();
    harness.provider.route = [12];
    harness.calls.length = 0;
    await poll(harness);
    expect(harness.shipment()).toMatchObject(notHeld);
    expect(events(harness)).toContain('profile.changed_too_late');
    expect(correct(harness.shipment(), { decision: 'accept' }, checkSampleAddress)).toMatchObject({
      code: 'order_locked',
    });
  });
});

describe('a profile that changed too late', () => {
  test('is in the history once, by the names of its attributes, and is not held', async () => {
    const harness = await placed();
    harness.provider.route = [12];
    await poll(harness);
    moveUser(harness);
    reportChange(harness);
    await poll(harness);
    reportChange(harness);
    await poll(harness);
    expect(harness.shipment()).toMatchObject(notHeld);
    expect(events(harness).filter((event) => event === 'profile.changed_too_late')).toHaveLength(1);
    const recorded = harness.ledger.history.map(({ event, detail }) => [event, detail]);
    expect(recorded).toContainEqual(['profile.changed_too_late', { fields: 'streetAddress city zipCode' }]);
    expect(JSON.stringify(recorded)).not.toContain('Harbour');
  });

  test('is seen without an event when the provider has just locked the order', async () => {
    const harness = await placed();
    moveUser(harness);
    harness.provider.route = [12];
    await poll(harness);
    expect(events(harness)).toContain('profile.changed_too_late');
  });
});

test('a profile that changed before the order is read and checked again, and ordered as it is then', async () => {
  const harness = createHarness({ shipment: { ...stages.enrolled, plan: { ...stages.enrolled.plan, inSlot: true } } });
  moveUser(harness);
  reportChange(harness);
  await harness.run('check-profile');
  await harness.run('place-order');
  expect(harness.provider.orders.map(({ request }) => request.profile.streetLine1)).toEqual(['2 Harbour Lane']);
});

test('Okta’s failure delays no poll for longer than a retry, and its refusal of one user none', async () => {
  const harness = await placed();
  moveUser(harness);
  reportChange(harness);
  harness.fail('okta.readUser', 'refused', 'unreachable');
  await poll(harness);
  expect(harness.shipment()).toMatchObject({ ...notHeld, order: { profileChanged: true } });
  await expect(harness.run('track-parcel')).resolves.toMatchObject({ result: { outcome: 'later' } });
  await poll(harness);
  expect(harness.shipment()).toMatchObject(heldForMove);
});
