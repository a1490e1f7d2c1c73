import { afterAll, expect, test } from '@jest/globals';

import { claimStep } from '../attempts/claim-step.ts';
import { finishAttempt } from '../attempts/finish-attempt.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { open } from '../testing/sample-shipments.ts';
import { readRetries } from './read-retries.ts';

afterAll(closeTestLedgers);

test('a step whose attempts fail is a retry with its reason, until one succeeds', async () => {
  const { ledger, clock } = await connectTestLedger();
  const [{ id }, { id: other }] = [await open(ledger), await open(ledger)];
  const attempt = async (why: string | null): Promise<void> => {
    clock.now = new Date(clock.now.getTime() + 1_000);
    const claim = await claimStep(ledger, { step: 'check-profile', shipmentId: id, dispatchId: null, leaseMs: 60_000 });
    if (claim.outcome !== 'claimed') throw new RangeError(claim.outcome);
    const failure = why === null ? {} : { failure: { waitsFor: null, isCounted: true } };
    await finishAttempt(ledger, claim.attempt, { outcome: 'later', why, afterMs: 3_600_000, ...failure });
  };
  expect(await readRetries(ledger.db, [id, other])).toEqual(new Map());
  await attempt('mail sendPinMail: answered 452');
  await attempt('mail sendPinMail: answered 450');
  expect(await readRetries(ledger.db, [id, other])).toEqual(
    new Map([
      [
        id,
        [{ step: 'check-profile', failures: 2, reason: 'mail sendPinMail: answered 450', nextAt: expect.any(Date) }],
      ],
    ]),
  );
  await attempt(null);
  expect(await readRetries(ledger.db, [id, other])).toEqual(new Map());
  expect(await readRetries(ledger.db, [])).toEqual(new Map());
});
