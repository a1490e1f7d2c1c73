import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { claimStep } from '../attempts/claim-step.ts';
import { finishAttempt } from '../attempts/finish-attempt.ts';
import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { change, open, steps } from '../testing/sample-shipments.ts';
import { readHistory } from './read-history.ts';

let opened: TestLedger;
let ledger: Ledger;
beforeAll(async () => {
  opened = await connectTestLedger();
  ledger = opened.ledger;
});
afterAll(closeTestLedgers);

test('a history has attempts and changes in the order in which they began', async () => {
  const begin = opened.clock.now.getTime();
  const at = (seconds: number): Date => {
    opened.clock.now = new Date(begin + seconds * 1_000);
    return opened.clock.now;
  };
  at(0);
  const { id } = await open(ledger);
  at(1);
  const claim = await claimStep(ledger, { step: 'check-profile', shipmentId: id, dispatchId: null, leaseMs: 60_000 });
  at(2);
  await change(ledger, id, steps.ready, 'profile.checked');
  at(3);
  if (claim.outcome === 'claimed') await finishAttempt(ledger, claim.attempt, { outcome: 'done', why: null });
  expect(await readHistory(ledger, id)).toEqual([
    { kind: 'change', event: 'shipment.requested', at: at(0), detail: { trigger: 'api' } },
    {
      kind: 'attempt',
      step: 'check-profile',
      attempt: 1,
      startedAt: at(1),
      endedAt: at(3),
      outcome: 'done',
      why: null,
    },
    { kind: 'change', event: 'profile.checked', at: at(2), detail: { order: 'requested → ready' } },
  ]);
});

test('a shipment that is not there has none', async () => {
  expect(await readHistory(ledger, 'shp_none')).toEqual([]);
});
