import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { createApiKey } from '../api-keys/api-keys.ts';
import type { Ledger } from '../connect-ledger.ts';
import { createShipment } from '../shipments/create-shipment.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { aRequest, ask, hold } from '../testing/sample-shipments.ts';
import { countBatch, finishBatch, insertBatch, newBatchId, readBatch } from './batches.ts';

let opened: TestLedger;
let ledger: Ledger;
let apiKeyId: string;
beforeAll(async () => {
  opened = await connectTestLedger({ maxConnections: 12 });
  ledger = opened.ledger;
  ({ id: apiKeyId } = await createApiKey(ledger, { tenant: 'acme', name: 'ci', scopes: ['write'] }));
});
afterAll(closeTestLedgers);

interface Person {
  login?: string;
  userId?: string;
}

/** Opens a shipment for each person, in one transaction, as a batch does; answers with the ids of those it opened. */
async function createBatch(people: readonly Person[], { through = ledger, fails = false } = {}): Promise<string[]> {
  const id = newBatchId();
  return through.db.transaction().execute(async (tx) => {
    await insertBatch(through, tx, { id, tenant: 'acme', apiKeyId });
    const ids: string[] = [];
    for (const { login = null, userId = null } of people) {
      const one = await createShipment(through, tx, aRequest({ trigger: 'batch', login, userId, batchId: id }));
      if (one.outcome === 'created') ids.push(one.shipment.id);
    }
    const rejectedTotal = people.length - ids.length;
    await finishBatch(tx, id, { total: people.length, accepted: ids.length, rejected: [], rejectedTotal });
    if (fails) throw new RangeError('the caller fails');
    return ids;
  });
}

const crowd = (name: string): Person[] =>
  Array.from({ length: 40 }, (_, index) => ({ login: `${name}-${index}@x.example` }));

describe('a batch', () => {
  test('is read with its counts, by its own tenant', async () => {
    const id = newBatchId();
    const rejected = Array.from({ length: 1_200 }, (_, row) => ({
      row,
      problems: [{ field: 'login', code: 'missing' }],
    }));
    await ledger.db.transaction().execute(async (tx) => {
      await insertBatch(ledger, tx, { id, tenant: 'acme', apiKeyId });
      await finishBatch(tx, id, { total: 1_201, accepted: 1, rejected, rejectedTotal: 1_200 });
    });
    expect(await readBatch(ledger, 'acme', id)).toEqual({
      id,
      tenant: 'acme',
      dryRun: false,
      total: 1_201,
      accepted: 1,
      rejected: rejected.slice(0, 1_000),
      rejectedTotal: 1_200,
      createdAt: opened.clock.now,
      orderedAs: null,
    });
    expect(await readBatch(ledger, 'globex', id)).toBeNull();
    expect(await readBatch(ledger, 'acme', 'bat_none')).toBeNull();
  });

  test('knows where its shipments are', async () => {
    const ids = await createBatch(crowd('counted').slice(0, 3));
    await hold(ledger, ids[0] ?? '');
    const row = await ledger.db
      .selectFrom('shipments')
      .select('batch_id')
      .where('id', '=', ids[0] ?? '')
      .executeTakeFirst();
    expect(await countBatch(ledger, row?.batch_id ?? '')).toEqual({ requested: 2, held: 1 });
  });

  test('exists whole or not at all', async () => {
    const people = crowd('whole');
    await expect(createBatch(people, { fails: true })).rejects.toThrow('the caller fails');
    expect(await createBatch(people)).toHaveLength(people.length);
  });

  test('creates one shipment for a person whom it names twice', async () => {
    expect(await createBatch([{ login: 'twice@x.example' }, { login: 'TWICE@x.example' }])).toHaveLength(1);
  });
});

test('batches and single requests that name the same people at once, in any order, create each once and never deadlock', async () => {
  const other = opened.openAnother();
  for (let round = 0; round < 4; round += 1) {
    const people = crowd(`round-${round}`).map(({ login = '' }, index) => ({
      login,
      userId: index % 3 === 0 ? `00u-${login}` : undefined,
    }));
    const byIdOnly = people.flatMap(({ userId }) => (userId === undefined ? [] : [{ userId }]));
    const asBatch = people.map(({ login, userId }) => ({ login, ...(userId === undefined ? {} : { userId }) }));
    const batches = [
      createBatch(asBatch),
      createBatch(asBatch.toReversed(), { through: other }),
      createBatch(byIdOnly.toReversed()),
    ];
    const singles = people.map(({ login, userId }, index) =>
      ask(index % 2 === 0 ? ledger : other, { login: login.toUpperCase(), userId: userId ?? null }),
    );
    const ids = [
      ...(await Promise.all(batches)).flat(),
      ...(await Promise.all(singles)).filter(({ outcome }) => outcome === 'created'),
    ];
    expect(ids).toHaveLength(people.length);
  }
});
