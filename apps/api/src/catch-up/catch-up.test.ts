import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { claimPoll, releasePoll } from '@keycourier/ledger/catch-up/claim-poll';
import { recordLogPage } from '@keycourier/ledger/catch-up/record-log-page';
import { recordHookStatus } from '@keycourier/ledger/catch-up/watch-hook';
import { recordDelivery } from '@keycourier/ledger/events/record-delivery';
import { sql } from 'kysely';

import { runApi, type RunningApi } from '../testing/running-api.ts';

let api: RunningApi;
// It counts by days, and none ends during a test.
const now = new Date();
beforeAll(async () => {
  api = await runApi({ now: () => now });
});
afterAll(() => api.stop());

const event = (uuid: string) => ({
  uuid,
  eventType: 'group.user_membership.add',
  published: new Date(Date.now() - 60_000),
  body: {},
  setAside: null,
});
const poller = { tenant: 'globex', worker: 'w1', leaseMs: 30_000 };

test('catch-up that has not begun says so', async () => {
  expect(await api.call('GET', '/v1/catch-up')).toMatchObject({
    status: 200,
    body: {
      tenant: 'globex',
      enabled: true,
      lagSeconds: null,
      lastPollAt: null,
      foundOnlyByCatchUp: { today: 0, total: 0 },
      problem: null,
      hook: { status: 'unknown', checkedAt: null, lastDeliveryAt: null },
      dailyCap: { delivered: 0, cap: 400_000, share: 0, isNear: false },
    },
  });
});

test('catch-up is answered for the tenant of the key: its lag, what only it found, its problem, and its hook', async () => {
  await recordDelivery(api.ledger, { tenant: 'globex', envelopeEventId: null, events: [event('u-1')] });
  await claimPoll(api.ledger, poller, { atOnce: true });
  const page = { part: 'log', nextLink: 'https://org.example/next', filter: 'f', window: null } as const;
  const startedFrom = new Date(Date.now() - 3_600_000);
  await recordLogPage(api.ledger, poller, {
    ...page,
    events: [event('u-1'), event('u-2')],
    isEnd: false,
    startedFrom,
    readTo: startedFrom,
  });
  await recordLogPage(api.ledger, poller, { ...page, events: [], isEnd: true, startedFrom, readTo: new Date() });
  await recordHookStatus(api.ledger, 'globex', { status: 'unverified', problem: null });
  const problem = { code: 'missing_scope', detail: 'okta readLog: answered 403' } as const;
  await releasePoll(api.ledger, poller, { dueInMs: 60_000, blockedMs: 0, problem });
  await sql`update inbound_events set received_at = received_at - interval '1 hour'`.execute(api.ledger.db);
  const answer = await api.call('GET', '/v1/catch-up');
  expect(answer).toMatchObject({
    status: 200,
    body: {
      lagSeconds: expect.any(Number),
      eventsReadToday: 2,
      foundOnlyByCatchUp: { total: 1 },
      problem: { code: 'missing_scope', message: expect.stringMatching(/okta\.logs\.read/) },
      hook: { status: 'unverified', lastDeliveryAt: expect.any(String) },
      dailyCap: { delivered: 1 },
    },
  });
  expect(Number(answer.body['lagSeconds'])).toBeLessThan(60);
  // A position in the org's log is nothing for an answer.
  expect(answer.text).not.toContain('org.example');
  const { key } = await api.keyFor('acme', ['read']);
  expect(await api.call('GET', '/v1/catch-up', { key })).toMatchObject({
    body: { tenant: 'acme', enabled: false, nextPollAt: null, foundOnlyByCatchUp: { total: 0 } },
  });
});

test('catch-up needs the scope read', async () => {
  const { key } = await api.keyFor('globex', ['write']);
  expect(await api.call('GET', '/v1/catch-up', { key })).toMatchObject({ status: 403 });
});
