import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { knownSteps } from '@keycourier/journey/steps/steps';
import { sql } from 'kysely';

import { claimStep } from '../attempts/claim-step.ts';
import { finishAttempt } from '../attempts/finish-attempt.ts';
import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { bring, open } from '../testing/sample-shipments.ts';
import { isAtRest } from './is-at-rest.ts';
import { publishDue } from './publish-due.ts';

afterAll(closeTestLedgers);

let ledger: Ledger;
beforeEach(async () => {
  ({ ledger } = await connectTestLedger({ maxRequestsInFlight: () => 1 }));
});

test('a ledger is at rest until a message is published, and again when its step has ended', async () => {
  expect(await isAtRest(ledger)).toBe(true);
  const { id } = await open(ledger);
  expect(await isAtRest(ledger)).toBe(true);
  await publishDue(ledger, { knownSteps, limit: 10 }, async () => undefined);
  expect(await isAtRest(ledger)).toBe(false);
  const claim = await claimStep(ledger, { step: 'check-profile', shipmentId: id, dispatchId: null, leaseMs: 60_000 });
  if (claim.outcome !== 'claimed') throw new RangeError(claim.outcome);
  expect(await isAtRest(ledger)).toBe(false);
  await finishAttempt(ledger, claim.attempt, { outcome: 'later', why: null, afterMs: 3_600_000 });
  expect(await isAtRest(ledger)).toBe(true);
});

test('nor is it while a service is away, or a shipment waits for a slot', async () => {
  await sql`insert into outages (tenant, service, probe_every_ms, probe_at) values ('acme', 'okta', 5000, now())`.execute(
    ledger.db,
  );
  expect(await isAtRest(ledger)).toBe(false);
  await sql`delete from outages`.execute(ledger.db);
  expect(await isAtRest(ledger)).toBe(true);
  for (let count = 0; count < 2; count += 1) await bring(ledger, (await open(ledger)).id, 'ready');
  expect(await isAtRest(ledger)).toBe(false);
});
