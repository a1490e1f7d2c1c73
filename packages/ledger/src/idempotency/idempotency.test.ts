import { createHash } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from '@keycourier/runtime/testing/until';

import { createApiKey } from '../api-keys/api-keys.ts';
import type { Ledger } from '../connect-ledger.ts';
import { createShipment, createShipmentOnce } from '../shipments/create-shipment.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { aRequest } from '../testing/sample-shipments.ts';
import { waitingSessions } from '../testing/waiting-sessions.ts';
import { findStoredAnswer, rememberAnswer, type Remembered } from './idempotency.ts';

let opened: TestLedger;
let ledger: Ledger;
let apiKeyId: string;
let otherKeyId: string;
beforeAll(async () => {
  opened = await connectTestLedger({ maxConnections: 25 });
  ledger = opened.ledger;
  ({ id: apiKeyId } = await createApiKey(ledger, { tenant: 'acme', name: 'one', scopes: ['write'] }));
  ({ id: otherKeyId } = await createApiKey(ledger, { tenant: 'acme', name: 'other', scopes: ['write'] }));
});
afterAll(closeTestLedgers);

/** Opens a shipment once for a key, and answers with its id; notes each time that the work was done. */
async function answerOnce(
  key: string,
  body: string,
  { through = ledger, by = apiKeyId, done = [] }: { through?: Ledger; by?: string; done?: string[] } = {},
): Promise<Remembered> {
  return through.db.transaction().execute(async (tx) => {
    const request = { apiKeyId: by, key, body };
    const remembered = await findStoredAnswer(through, tx, request);
    if (remembered.outcome !== 'first') return remembered;
    const shipment = await createShipment(through, tx, aRequest());
    const id = shipment.outcome === 'created' ? shipment.shipment.id : '';
    done.push(id);
    await rememberAnswer(through, tx, {
      ...request,
      answer: { status: 202, body: { id, login: 'canary@example.com' } },
    });
    return { outcome: 'repeated', answer: { status: 202, body: { id, login: 'canary@example.com' } } };
  });
}

describe('an idempotency key', () => {
  test('gets the first answer again, word for word', async () => {
    const first = await answerOnce('again', 'body');
    expect(await answerOnce('again', 'body')).toEqual(first);
  });

  test('with another body is refused', async () => {
    await answerOnce('reused', 'body');
    expect(await answerOnce('reused', 'other body')).toEqual({ outcome: 'other_body' });
  });

  test('of another API key is another', async () => {
    const done: string[] = [];
    await answerOnce('shared', 'body', { done });
    await answerOnce('shared', 'other body', { done, by: otherKeyId });
    expect(done).toHaveLength(2);
  });

  test('used twenty times at once, in two processes, does the work once', async () => {
    const done: string[] = [];
    const other = opened.openAnother();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        answerOnce('at-once', 'body', { done, through: index % 2 === 0 ? ledger : other }),
      ),
    );
    expect(done).toHaveLength(1);
    for (const answer of answers)
      expect(answer).toMatchObject({ outcome: 'repeated', answer: { body: { id: done[0] } } });
  });

  test('does the work and stores its answer in one statement, which waits for an earlier use that is not committed', async () => {
    const once = { apiKeyId, key: 'one-statement', body: 'body' };
    const answerTo = ({ id }: { id: string }) => ({ status: 202, body: { id } });
    const create = () => createShipmentOnce(ledger, aRequest({ dryRun: true }), { once, answerTo });
    const isWaitedFor = async () => (await waitingSessions(ledger.db)).length > 0;
    const answer = { status: 202, body: { id: 'shp_first' } };
    const second = await ledger.db.transaction().execute(async (tx) => {
      await findStoredAnswer(ledger, tx, once);
      await rememberAnswer(ledger, tx, { ...once, answer });
      const waiting = create();
      waiting.catch(() => undefined);
      await until(isWaitedFor, (waits) => waits);
      return { waiting };
    });
    expect(await second.waiting).toBeNull();
    await ledger.db.deleteFrom('idempotency_keys').execute();
    const made = await create();
    expect(await answerOnce('one-statement', 'body')).toEqual({ outcome: 'repeated', answer: made });
    expect(await answerOnce('one-statement', 'other body')).toEqual({ outcome: 'other_body' });
    expect(await create()).toBeNull();
  });

  test('whose first use was rolled back is free', async () => {
    let tellLocked = (): void => undefined;
    const locked = new Promise<void>((resolve) => {
      tellLocked = resolve;
    });
    const failing = ledger.db.transaction().execute(async (tx) => {
      const request = { apiKeyId, key: 'rolled-back', body: 'body' };
      await findStoredAnswer(ledger, tx, request);
      tellLocked();
      await rememberAnswer(ledger, tx, { ...request, answer: { status: 202, body: null } });
      throw new RangeError('the caller fails');
    });
    // The first one must be the one that fails.
    await Promise.race([locked, failing]);
    const waiting = answerOnce('rolled-back', 'body');
    await expect(failing).rejects.toThrow('the caller fails');
    expect(await waiting).toMatchObject({
      outcome: 'repeated',
      answer: { status: 202, body: { login: 'canary@example.com' } },
    });
  });

  test('is not stored, nor is its body or a hash that could be guessed, and its answer is sealed', async () => {
    await answerOnce('key-for-canary', 'body of canary');
    const rows = await ledger.db.selectFrom('idempotency_keys').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain('canary');
    for (const text of ['key-for-canary', 'body of canary'])
      for (const algorithm of ['sha1', 'sha256', 'sha512', 'md5']) {
        const guess = createHash(algorithm).update(text).digest();
        expect(rows.some(({ key, body_hash: hash }) => hash.equals(guess) || key.includes(guess.toString('hex')))).toBe(
          false,
        );
      }
  });

  test('that 0.1.0 stored in clear still gets its answer, and no second one', async () => {
    const [key, body, context] = ['old-key', 'old body', `idempotency_keys.answer:${apiKeyId}:old-key`];
    await ledger.db
      .insertInto('idempotency_keys')
      .values({
        api_key_id: apiKeyId,
        key,
        body_hash: createHash('sha256').update(body).digest(),
        status: 202,
        answer: ledger.sealing.seal('{"id":"shp_old"}', context),
      })
      .execute();
    const done: string[] = [];
    expect(await answerOnce(key, body, { done })).toEqual({
      outcome: 'repeated',
      answer: { status: 202, body: { id: 'shp_old' } },
    });
    expect(await answerOnce(key, 'another body', { done })).toEqual({ outcome: 'other_body' });
    expect(done).toEqual([]);
  });
});
