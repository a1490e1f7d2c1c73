import { afterAll, beforeEach, expect, test } from '@jest/globals';

import type { Ledger } from '../connect-ledger.ts';
import { readEvent } from '../events/read-event.ts';
import { recordDelivery } from '../events/record-delivery.ts';
import { recordVerdict } from '../events/record-verdict.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { eventUuid } from '../testing/event-uuid.ts';
import { eraseEventBodies } from './erase-event-bodies.ts';
import { cutOffs } from './policy.ts';

afterAll(closeTestLedgers);

let opened: TestLedger;
let ledger: Ledger;
beforeEach(async () => {
  opened = await connectTestLedger();
  ledger = opened.ledger;
});

const aboutAPerson = {
  uuid: 'x',
  eventType: 'user.lifecycle.deactivate',
  target: [{ id: '00u1', type: 'User', alternateId: 'person@example.com' }],
};
const labelOf = (uuid: string) => ['u-1', 'u-2', 'u-3'].find((label) => eventUuid(label) === uuid);
const events = ['u-1', 'u-2', 'u-3'].map((label) => ({
  uuid: eventUuid(label),
  eventType: 'e',
  published: null,
  body: aboutAPerson,
  setAside: label === 'u-3' ? 'it cannot be read' : null,
}));
const deliver = () => recordDelivery(ledger, { tenant: 'acme', envelopeEventId: null, events });
const rows = () =>
  ledger.db.selectFrom('inbound_events').select(['id', 'uuid', 'body', 'state']).orderBy('id').execute();
const pass = (days: number): void =>
  void (opened.clock.now = new Date(opened.clock.now.getTime() + days * 24 * 3_600_000));
const retentions = { acme: { personalDataDays: 1, eventBodyDays: 5, auditDays: 365 } };
const eraseBehind = (after: string, limit: number) =>
  eraseEventBodies(ledger, cutOffs(retentions, 'eventBodyDays', opened.clock.now), { after, limit });
const erase = async (limit = 100) => (await eraseBehind('', limit)).length;

async function derive(uuid: string): Promise<string> {
  const event = (await rows()).find((row) => row.uuid === eventUuid(uuid));
  const pinPolicy = { recipient: 'auto', channel: 'smtp', release: 'on_activation' } as const;
  await recordVerdict(ledger, {
    eventId: event?.id ?? '',
    verdict: { verdict: 'ignored', reason: 'not for us' },
    pinPolicyOf: () => pinPolicy,
  });
  return event?.id ?? '';
}

test('an event loses its body some days after it was processed or set aside, never before', async () => {
  await deliver();
  pass(4);
  const processed = await derive('u-1');
  expect(await erase()).toBe(0);
  pass(2);
  expect(await erase()).toBe(1);
  expect((await rows()).map(({ uuid, body }) => [labelOf(uuid), body === null])).toEqual([
    ['u-1', false],
    ['u-2', false],
    ['u-3', true],
  ]);
  pass(4);
  expect(await erase()).toBe(1);
  expect(await readEvent(ledger, processed)).toBeNull();
  pass(1_000);
  expect(await erase()).toBe(0);
  expect((await rows()).map(({ uuid, body }) => [labelOf(uuid), body === null])).toEqual([
    ['u-1', true],
    ['u-2', false],
    ['u-3', true],
  ]);
});

test('an event without its body is still known when it comes again', async () => {
  await deliver();
  await derive('u-1');
  await derive('u-2');
  pass(6);
  expect([await erase(2), await erase(2), await erase(2)]).toEqual([2, 1, 0]);
  const before = await rows();
  expect(before.every(({ body }) => body === null)).toBe(true);
  expect(await deliver()).toMatchObject({ recorded: 0 });
  expect(await rows()).toEqual(before);
});

test('events are erased behind an id, in order', async () => {
  await deliver();
  await derive('u-1');
  await derive('u-2');
  pass(6);
  const [first = '', ...others] = (await rows()).map(({ id }) => id);
  expect(await eraseBehind(first, 100)).toEqual(others);
  expect(await eraseBehind('', 100)).toEqual([first]);
});
