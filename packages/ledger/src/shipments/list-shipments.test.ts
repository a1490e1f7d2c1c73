import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { createApiKey } from '../api-keys/api-keys.ts';
import { finishBatch, insertBatch, newBatchId } from '../batches/batches.ts';
import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { change, hold, look, open, steps } from '../testing/sample-shipments.ts';
import { listShipments, type ShipmentQuery } from './list-shipments.ts';
import { readShipment } from './read-shipment.ts';

let ledger: Ledger;
const ids: string[] = [];
beforeAll(async () => {
  ({ ledger } = await connectTestLedger());
  for (let index = 0; index < 7; index += 1)
    ids.unshift(
      (await open(ledger, { tenant: 'listed', userId: `00u-${index}`, login: `Person.${index}@Example.com` })).id,
    );
});
afterAll(closeTestLedgers);

const list = (query: Partial<ShipmentQuery> = {}) =>
  listShipments(ledger, { tenant: 'listed', dryRun: false, limit: 10, ...query });
const idsOf = async (query: Partial<ShipmentQuery>) => (await list(query)).items.map(({ id }) => id);

describe('a list', () => {
  test('has the newest first, whole as each reads alone', async () => {
    const { items, nextCursor } = await list();
    expect(items.map(({ id }) => id)).toEqual(ids);
    expect(nextCursor).toBeNull();
    expect(items[0]).toEqual(await readShipment(ledger, 'listed', ids[0] ?? ''));
  });

  test.each([1, 2, 3, 6, 7, 8])('in pages of %i holds each once', async (limit) => {
    const seen: string[] = [];
    const follow = async (before?: string): Promise<void> => {
      const { items, nextCursor } = await list({ limit, ...(before === undefined ? {} : { before }) });
      seen.push(...items.map(({ id }) => id));
      if (nextCursor === null) return;
      expect(items).toHaveLength(limit);
      await follow(nextCursor);
    };
    await follow();
    expect(seen).toEqual(ids);
  });

  test('is of one tenant', async () => {
    const { id } = await open(ledger, { tenant: 'alone', userId: '00u-0', login: 'person.0@example.com' });
    expect(await idsOf({ tenant: 'alone' })).toEqual([id]);
    expect(await idsOf({ tenant: 'alone', user: '00u-0' })).toEqual([id]);
    expect(await idsOf({ user: '00u-0' })).toEqual([ids[6]]);
    expect(await idsOf({ tenant: 'none' })).toEqual([]);
    expect(await readShipment(ledger, 'listed', id)).toBeNull();
  });

  test('can be of one user, by id or by login in any letter case', async () => {
    for (const user of ['00u-3', 'person.3@example.com', 'PERSON.3@EXAMPLE.COM', 'Person.3@Example.com'])
      expect(await idsOf({ user })).toEqual([ids[3]]);
    for (const user of ['00U-3', '00u', 'person.3', '', '%']) expect(await idsOf({ user })).toEqual([]);
  });

  test('finds a person under the login that Okta has now', async () => {
    const { id } = await open(ledger, { tenant: 'renamed', login: 'before@example.com' });
    await change(ledger, id, { user: { id: '00u-renamed' }, secrets: { login: 'After@example.com' } });
    expect(await idsOf({ tenant: 'renamed', user: 'after@EXAMPLE.com' })).toEqual([id]);
    expect(await idsOf({ tenant: 'renamed', user: 'before@example.com' })).toEqual([]);
    expect(await idsOf({ tenant: 'renamed', user: '00u-renamed' })).toEqual([id]);
  });

  test('can be of one status, and of one batch', async () => {
    const tenant = 'sorted';
    const { id: apiKeyId } = await createApiKey(ledger, { tenant, name: 'ci', scopes: [] });
    const batchId = newBatchId();
    await ledger.db.transaction().execute(async (tx) => {
      await insertBatch(ledger, tx, { id: batchId, tenant, apiKeyId });
      await finishBatch(tx, batchId, { total: 1, accepted: 1, rejected: [], rejectedTotal: 0 });
    });
    const [held, ready, requested] = [
      await open(ledger, { tenant, batchId }),
      await open(ledger, { tenant }),
      await open(ledger, { tenant }),
    ];
    await hold(ledger, held.id);
    await change(ledger, ready.id, steps.ready);
    expect(await idsOf({ tenant, statuses: ['held'] })).toEqual([held.id]);
    expect(await idsOf({ tenant, statuses: ['ready'] })).toEqual([ready.id]);
    expect(await idsOf({ tenant, statuses: ['requested'] })).toEqual([requested.id]);
    expect(await idsOf({ tenant, statuses: ['completed'] })).toEqual([]);
    expect(await idsOf({ tenant, statuses: ['ready', 'held'] })).toEqual([ready.id, held.id]);
    expect(await idsOf({ tenant, batchId })).toEqual([held.id]);
    const { hold: holdOf } = (await list({ tenant, statuses: ['held'] })).items[0] ?? {};
    expect(await idsOf({ tenant, holdCodes: [holdOf?.code ?? 'left_group'] })).toEqual([held.id]);
    expect(await idsOf({ tenant, holdCodes: ['left_group'] })).toEqual([]);
    expect(await idsOf({ tenant, statuses: ['ready'], batchId })).toEqual([]);
  });

  test('does not find a hold by the cause of an earlier one, which a version that stores none has left', async () => {
    const tenant = 'stale-causes';
    const { id } = await open(ledger, { tenant });
    await hold(ledger, id);
    const [cause = '', code = ''] = await ledger.db
      .updateTable('shipments')
      .set({ hold_cause: 'order_refused order/refused' })
      .where('id', '=', id)
      .returning(['hold_cause', 'hold_code'])
      .executeTakeFirstOrThrow()
      .then((row) => [row.hold_cause ?? '', row.hold_code ?? '']);
    expect(code).not.toBe('order_refused');
    expect(await idsOf({ tenant, cause })).toEqual([]);
    await ledger.db.updateTable('shipments').set({ hold_cause: 'order_refused' }).where('id', '=', id).execute();
    expect(await idsOf({ tenant, cause: 'order_refused' })).toEqual([]);
  });

  test('shows dry runs apart', async () => {
    const tenant = 'dry-runs';
    const [real, dryRun] = [await open(ledger, { tenant }), await open(ledger, { tenant, dryRun: true })];
    expect(await idsOf({ tenant })).toEqual([real.id]);
    expect(await idsOf({ tenant, dryRun: true })).toEqual([dryRun.id]);
  });

  test('returns notes and logins in plain text to the product', async () => {
    const tenant = 'noted';
    const { id } = await open(ledger, { tenant, note: 'for Noor', login: 'Noor@example.com' });
    expect((await list({ tenant })).items).toEqual([await look(ledger, id)]);
    expect((await list({ tenant })).items[0]).toMatchObject({
      note: 'for Noor',
      secrets: { login: 'Noor@example.com' },
    });
  });
});
