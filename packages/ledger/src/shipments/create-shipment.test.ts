import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { aRequest, ask, bring, change, hold, look, open } from '../testing/sample-shipments.ts';
import { createShipment, createShipmentAlone, type CreateResult } from './create-shipment.ts';
import type { CreateRequest } from './new-shipment.ts';

let opened1: TestLedger;
let ledger: Ledger;
beforeAll(async () => {
  opened1 = await connectTestLedger({ maxConnections: 20 });
  ledger = opened1.ledger;
});
afterAll(closeTestLedgers);

const outcomes = (results: readonly CreateResult[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
};

const fifty = <Value>(make: (index: number) => Promise<Value>): Promise<Value[]> =>
  Promise.all(Array.from({ length: 50 }, (_, index) => make(index)));

describe('a request', () => {
  test('creates a shipment, with its first history entry and its first message', async () => {
    const shipment = await open(ledger, { userId: '00u-first', note: 'for Noor', overrides: { city: 'London' } });
    expect(await look(ledger, shipment.id)).toEqual(shipment);
    const of = (table: 'history' | 'outbox') =>
      table === 'history'
        ? ledger.db.selectFrom('history').select('event').where('shipment_id', '=', shipment.id).execute()
        : ledger.db.selectFrom('outbox').select(['step', 'tenant']).where('subject_id', '=', shipment.id).execute();
    expect(await of('history')).toEqual([{ event: 'shipment.requested' }]);
    expect(await of('outbox')).toEqual([{ step: 'check-profile', tenant: 'acme' }]);
  });

  test('leaves nothing when its transaction is rolled back', async () => {
    const request = aRequest();
    const failing = ledger.db.transaction().execute(async (tx) => {
      await createShipment(ledger, tx, request);
      throw new RangeError('the caller fails');
    });
    await expect(failing).rejects.toThrow('the caller fails');
    expect(await ask(ledger, request)).toMatchObject({ outcome: 'created' });
  });

  test.each<[string, (index: number) => Partial<CreateRequest>]>([
    ['by id', () => ({ userId: '00u-a', login: null })],
    ['by login in any letter case', (n) => ({ login: n % 2 === 0 ? 'Same@Example.COM' : 'same@example.com' })],
    [
      'by id and by login',
      (n) => ({ userId: n % 2 === 0 ? '00u-b' : null, login: n % 3 === 0 ? 'B@x.example' : 'b@x.example' }),
    ],
  ])('made fifty times at once %s creates one shipment', async (_how, requestOf) => {
    const opened = await fifty((index) => ask(ledger, requestOf(index)));
    expect(outcomes(opened)).toEqual({ created: 1, already_open: 49 });
    const ids = opened.map((one) => (one.outcome === 'created' ? one.shipment.id : one.shipmentId));
    expect(new Set(ids).size).toBe(1);
  });

  test('made fifty times at once, half of them as transactions of their own, creates one shipment', async () => {
    const opened = await fifty((index) => {
      const userId = index % 4 < 2 ? '00u-alone' : null;
      const request = { userId, login: index % 3 === 0 ? 'Alone@x.example' : 'alone@x.example' };
      return index % 2 === 0 ? ask(ledger, request) : createShipmentAlone(ledger, aRequest(request));
    });
    expect(outcomes(opened)).toEqual({ created: 1, already_open: 49 });
  });

  test('made at once of several tenants, for both purposes, creates one for each', async () => {
    const opened = await fifty((index) =>
      ask(ledger, {
        tenant: index % 2 === 0 ? 'acme' : 'globex',
        purpose: index % 4 < 2 ? 'primary' : 'backup',
        userId: '00u-c',
        login: 'c@example.com',
      }),
    );
    expect(outcomes(opened)).toEqual({ created: 4, already_open: 46 });
  });

  test('by login finds the shipment of a request by id, once that login is known', async () => {
    const { id } = await open(ledger, { userId: '00u-d', login: 'd@example.com' });
    expect(await ask(ledger, { login: 'D@EXAMPLE.com' })).toMatchObject({ outcome: 'already_open', shipmentId: id });
  });

  test('by id is for another person than an open one of another id, though Okta had the login for both', async () => {
    await open(ledger, { userId: '00u-e1', login: 'e@example.com' });
    expect(await ask(ledger, { userId: '00u-e2', login: 'e@example.com' })).toMatchObject({ outcome: 'created' });
  });
});

describe('after a shipment has ended, the next one is created', () => {
  test.each([
    ['cancelled', (id: string) => change(ledger, id, { order: 'cancelled' })],
    [
      'failed',
      (id: string) => change(ledger, id, { order: 'failed', failure: { code: 'user_not_found', problems: [] } }),
    ],
    ['closed', (id: string) => bring(ledger, id, 'delivered')],
  ])('when it is %s', async (state, end) => {
    const who = { userId: `00u-${state}`, login: null };
    const { id } = await open(ledger, who);
    expect(await ask(ledger, who)).toMatchObject({ outcome: 'already_open', shipmentId: id });
    await hold(ledger, id);
    expect(await ask(ledger, who)).toMatchObject({ outcome: 'already_open', shipmentId: id });
    await change(ledger, id, { hold: null });
    await end(id);
    expect(await look(ledger, id)).toMatchObject({ plan: { order: state } });
    expect(await ask(ledger, who)).toMatchObject({ outcome: 'created' });
  });
});

describe('a request of group-add', () => {
  test('returns the active key that the person has from us for the purpose; the other triggers are deliberate', async () => {
    const who = { userId: '00u-active', login: null };
    const { id } = await open(ledger, who);
    await bring(ledger, id, 'delivered');
    const byGroup = { ...who, trigger: 'group-add' as const };
    expect(await ask(ledger, byGroup)).toEqual({ outcome: 'has_active_key', shipmentId: id });
    expect(await ask(ledger, { ...byGroup, purpose: 'backup' })).toMatchObject({ outcome: 'created' });
    expect(await ask(ledger, { ...byGroup, tenant: 'globex' })).toMatchObject({ outcome: 'created' });
    expect(await ask(ledger, { ...who, trigger: 'mfa-initiated' })).toMatchObject({ outcome: 'created' });
  });

  test('returns the open shipment first, and no key once it was revoked', async () => {
    const who = { userId: '00u-revoked', login: null, trigger: 'group-add' as const };
    const { id } = await open(ledger, who);
    await bring(ledger, id, 'active');
    expect(await ask(ledger, who)).toMatchObject({ outcome: 'already_open', shipmentId: id });
    await change(ledger, id, { credential: 'revoked', order: 'failed' });
    expect(await ask(ledger, who)).toMatchObject({ outcome: 'created' });
  });
});

describe('a dry run', () => {
  test('neither conflicts with a request nor with a dry run', async () => {
    const who = { userId: '00u-dry', login: 'dry@example.com' };
    const dryRun = () => ask(ledger, { ...who, dryRun: true });
    expect(outcomes([await dryRun(), await dryRun()])).toEqual({ created: 2 });
    expect(await ask(ledger, who)).toMatchObject({ outcome: 'created' });
    expect(await dryRun()).toMatchObject({ outcome: 'created' });
    expect(await ask(ledger, { login: 'dry@example.com' })).toMatchObject({ outcome: 'already_open' });
  });

  test('of a person with an active key is created for group-add too', async () => {
    const { id } = await open(ledger, { userId: '00u-dry-active' });
    await bring(ledger, id, 'delivered');
    expect(await ask(ledger, { userId: '00u-dry-active', trigger: 'group-add', dryRun: true })).toMatchObject({
      outcome: 'created',
    });
  });
});

test('a request is answered though the open shipment ends at the same moment', async () => {
  const rounds = Array.from({ length: 25 }, async (_, round) => {
    const who = { userId: `00u-race-${round}`, login: null };
    const { id } = await open(ledger, who);
    const [created] = await Promise.all([
      Promise.all([ask(ledger, who), ask(ledger, who), ask(ledger, who)]),
      change(ledger, id, { order: 'cancelled' }),
    ]);
    for (const one of created) expect(one.outcome === 'created' ? one.shipment.id : one.shipmentId).toMatch(/^shp_/);
  });
  await Promise.all(rounds);
});
