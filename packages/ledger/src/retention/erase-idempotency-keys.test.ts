import { afterAll, expect, test } from '@jest/globals';

import { createApiKey } from '../api-keys/api-keys.ts';
import { findStoredAnswer, rememberAnswer } from '../idempotency/idempotency.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { eraseIdempotencyKeys } from './erase-idempotency-keys.ts';

afterAll(closeTestLedgers);

test('an Idempotency-Key is forgotten with its answer once it is old, and is free again', async () => {
  const { ledger, clock } = await connectTestLedger();
  const { id: apiKeyId } = await createApiKey(ledger, { tenant: 'acme', name: 'one', scopes: ['write'] });
  const use = (key: string): Promise<string> =>
    ledger.db.transaction().execute(async (tx) => {
      const request = { apiKeyId, key, body: 'body' };
      const { outcome } = await findStoredAnswer(ledger, tx, request);
      if (outcome === 'first') await rememberAnswer(ledger, tx, { ...request, answer: { status: 202, body: null } });
      return outcome;
    });
  for (const key of ['a', 'b', 'c']) await use(key);
  const from = clock.now;
  clock.now = new Date(from.getTime() + 1_000);
  await use('later');
  expect(await eraseIdempotencyKeys(ledger, from, 2)).toBe(0);
  const before = new Date(from.getTime() + 1);
  expect(await eraseIdempotencyKeys(ledger, before, 2)).toBe(2);
  expect(await eraseIdempotencyKeys(ledger, before, 2)).toBe(1);
  expect(await eraseIdempotencyKeys(ledger, before, 2)).toBe(0);
  expect(await use('later')).toBe('repeated');
  expect(await use('a')).toBe('first');
});
