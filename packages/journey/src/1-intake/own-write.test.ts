import { readFileSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';

import type { RegistrationTarget } from '../model/registration.ts';
import type { Verdict } from '../ports/ledger.ts';
import { runEventStep } from '../steps/run-step.ts';
import { createHarness, type Harness } from '../testing/harness.ts';
import { eventOf, groupTarget, userTarget } from '../testing/okta-events.ts';
import { sampleHold } from '../testing/samples.ts';

const trial = z.strictObject({
  name: z.string(),
  changed: z.unknown(),
  mark: z.string().nullable(),
  isOwn: z.boolean(),
});
const trials = z
  .array(trial)
  .parse(JSON.parse(readFileSync(new URL('../../src/testing/trials/own-writes.json', import.meta.url), 'utf8')));

const registration: RegistrationTarget = {
  attribute: { name: 'keycourierRegistered', ready: true, notReady: false },
  group: { id: '00gReady' },
  verifyEveryMs: 60_000,
};

const fieldsOf = ({ changed, mark }: Pick<z.output<typeof trial>, 'changed' | 'mark'>) => ({
  client: { userAgent: { rawUserAgent: mark } },
  debugContext: { debugData: changed === null ? {} : { changedAttributes: changed } },
});

/** A held shipment of the user whose registration is reg_1. */
async function receive(body: unknown, isRunning = false): Promise<{ harness: Harness; verdict: Verdict | undefined }> {
  const harness = createHarness({
    tenant: { registration },
    shipment: { user: { id: '00u1' }, hold: sampleHold('profile_problems') },
  });
  const attempt = { id: 'reg_1', org: 'acme', userId: '00u1', wanted: true, version: '1', leaseId: '', failures: 0 };
  harness.registrations.set('reg_1', { attempt, isLeased: isRunning, results: [], requestIds: ['req-1'] });
  harness.ledger.events.set('evt_1', {
    id: 'evt_1',
    tenant: 'acme',
    body,
    state: 'received',
    source: 'hook',
    failures: 0,
  });
  await runEventStep(harness.context, { step: 'accept-event', eventId: 'evt_1' });
  return { harness, verdict: harness.ledger.events.get('evt_1')?.verdict };
}

const ownWrite = { verdict: 'ignored', reason: 'our own write of a registration' };

describe('an event about a changed profile', () => {
  test.each(trials)('is our own write or not: $name', async (one) => {
    const { harness, verdict } = await receive(eventOf('user.account.update_profile', [userTarget], fieldsOf(one)));
    if (one.isOwn) expect(verdict).toEqual(ownWrite);
    else expect(verdict).toMatchObject({ verdict: 'recheck' });
    expect(harness.calls.filter((call) => call.startsWith('okta.'))).toEqual([]);
  });

  test('of a tenant without registrations starts what it always starts', async () => {
    const harness = createHarness({ shipment: { user: { id: '00u1' }, hold: sampleHold('profile_problems') } });
    const body = eventOf(
      'user.account.update_profile',
      [userTarget],
      fieldsOf({ changed: 'keycourierRegistered', mark: null }),
    );
    harness.ledger.events.set('evt_1', {
      id: 'evt_1',
      tenant: 'acme',
      body,
      state: 'received',
      source: 'hook',
      failures: 0,
    });
    await runEventStep(harness.context, { step: 'accept-event', eventId: 'evt_1' });
    expect(harness.ledger.events.get('evt_1')?.verdict).toMatchObject({ verdict: 'recheck' });
  });
});

describe.each(['group.user_membership.add', 'group.user_membership.remove'])('an event %s', (type) => {
  const event = (mark: string | null) =>
    eventOf(type, [userTarget, groupTarget('00gReady')], fieldsOf({ changed: null, mark }));

  test('of our own write starts nothing and calls nothing', async () => {
    const { harness, verdict } = await receive(event('keycourier registration reg_1'));
    expect(verdict).toEqual(ownWrite);
    expect(harness.calls.filter((call) => call.startsWith('okta.'))).toEqual([]);
  });

  test('of an administrator is decided as ever', async () => {
    const { verdict } = await receive(event(null));
    expect(verdict).not.toEqual(ownWrite);
  });
});

describe('an event that says neither what changed nor by which client', () => {
  const event = (fields: Record<string, unknown>) => eventOf('user.account.update_profile', [userTarget], fields);

  test.each([
    ['the request of our write', { debugContext: { debugData: { requestId: 'req-1' } } }],
    ['its transaction', { transaction: { type: 'WEB', id: 'req-1' } }],
  ])('is our own by %s', async (_, fields) => {
    expect((await receive(event(fields))).verdict).toEqual(ownWrite);
  });

  test('is not by another request', async () => {
    const fields = { debugContext: { debugData: { requestId: 'req-2' } }, transaction: { id: 'req-2' } };
    expect((await receive(event(fields))).verdict).toMatchObject({ verdict: 'recheck' });
  });

  test('waits while a write runs whose request may not be recorded yet', async () => {
    const { harness, verdict } = await receive(event({ transaction: { id: 'req-2' } }), true);
    expect(verdict).toBeUndefined();
    harness.registrations.get('reg_1')?.requestIds.push('req-2');
    await runEventStep(harness.context, { step: 'accept-event', eventId: 'evt_1' });
    expect(harness.ledger.events.get('evt_1')?.verdict).toEqual(ownWrite);
  });
});
