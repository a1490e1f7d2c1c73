import { afterAll, expect, test } from '@jest/globals';
import { createBulkAction, readBulkAction, startBulkAction } from '@keycourier/ledger/bulk/bulk-actions';
import { closeTestLedgers, connectTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { change, look, open } from '@keycourier/ledger/testing/sample-shipments';
import { until } from '@keycourier/runtime/testing/until';

import { startBulkActions } from './bulk.ts';
import { startRelay } from './relay.ts';

afterAll(closeTestLedgers);

test('a worker at rest is notified of an action on a filter, and does not wait until it looks of itself', async () => {
  const { ledger, url } = await connectTestLedger();
  const { id } = await open(ledger);
  const problems = [{ field: 'primaryPhone', code: 'missing' }] as const;
  await change(ledger, id, { hold: { code: 'profile_problems', problems: [...problems], since: ledger.now() } });
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const bulk = startBulkActions({
    ledger,
    lookEveryMs: 3_600_000,
    onError,
    onFault: onError,
    permitsCorrections: () => true,
    onRecorded: () => undefined,
  });
  let wakes = 0;
  const relay = startRelay({
    ledger,
    databaseUrl: url,
    queues: new Map(),
    knownSteps: [],
    onLook: () => undefined,
    onBulk: () => {
      wakes += 1;
      bulk.wake();
    },
    onError,
  });
  // It looks once more when the relay listens.
  await until(
    () => wakes,
    (count) => count > 0,
  );
  const by = { actor: { kind: 'operator', id: 'grace', role: 'operator' }, hand: null } as const;
  const made = await createBulkAction(ledger, { tenant: 'acme', action: 'retry', filter: {}, by, access: 'session-1' });
  const read = () => readBulkAction(ledger, 'acme', made?.id ?? '');
  const checked = await until(read, (found) => found?.state === 'checked');
  if (checked === null) throw new RangeError('no such action');
  const start = { by, access: 'session-1', reason: 'The phones are in Okta now', requestId: null };
  expect(await startBulkAction(ledger, checked, start)).toBe('started');
  await until(read, (found) => found?.state === 'ended');
  expect((await look(ledger, id)).hold).toBeNull();
  await Promise.all([relay.close(), bulk.close()]);
  expect(errors).toEqual([]);
});
