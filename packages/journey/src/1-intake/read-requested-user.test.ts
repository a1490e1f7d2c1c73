import { expect, test } from '@jest/globals';

import { runEventStep } from '../steps/run-step.ts';
import { createHarness, type Harness } from '../testing/harness.ts';
import { groupAdd, groupTarget, mfaInitiated, userTarget } from '../testing/okta-events.ts';

function receiving(body: unknown): Harness {
  const harness = createHarness({ shipment: null });
  harness.ledger.events.set('evt_1', {
    id: 'evt_1',
    tenant: 'acme',
    body,
    state: 'received',
    source: 'hook',
    failures: 0,
  });
  return harness;
}

test.each([
  ['group add', groupAdd()],
  ['MFA initiation', mfaInitiated()],
])('a %s of a user whom our credentials may not read gets a shipment, which its check holds', async (_, body) => {
  const harness = receiving(body);
  harness.fail('okta.readUser', 'forbidden', 'forbidden');
  await expect(runEventStep(harness.context, { step: 'accept-event', eventId: 'evt_1' })).resolves.toMatchObject({
    result: { outcome: 'done', why: 'created shp_1' },
  });
  expect(harness.shipment().secrets.login).toBeUndefined();
  await expect(harness.run('check-profile')).resolves.toMatchObject({ held: { code: 'okta_forbidden' } });
  expect(harness.ledger.pausedUntilMs).toBe(0);
});

test('an event of a group that our credentials may not read waits by itself', async () => {
  const harness = receiving(groupAdd(userTarget, groupTarget('00g2')));
  harness.fail('okta.readGroup', 'forbidden');
  await expect(runEventStep(harness.context, { step: 'accept-event', eventId: 'evt_1' })).resolves.toMatchObject({
    result: { outcome: 'later' },
  });
  expect(harness.alarms).toMatchObject([{ code: 'event_waits', detail: { status: 403 } }]);
  expect(harness.ledger.pausedUntilMs).toBe(0);
});

test('a late group add whose membership our credentials may not read gets a shipment, which its check holds', async () => {
  const harness = receiving({ ...groupAdd(), published: new Date(0).toISOString() });
  harness.fail('okta.isMember', 'forbidden');
  await expect(runEventStep(harness.context, { step: 'accept-event', eventId: 'evt_1' })).resolves.toMatchObject({
    result: { outcome: 'done', why: 'created shp_1' },
  });
  harness.fail('okta.isMember', 'forbidden');
  await expect(harness.run('check-profile')).resolves.toMatchObject({ held: { code: 'okta_forbidden' } });
});
