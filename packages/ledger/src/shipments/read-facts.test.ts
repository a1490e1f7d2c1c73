import { afterAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import { createApiKey } from '../api-keys/api-keys.ts';
import { claimStep } from '../attempts/claim-step.ts';
import { finishAttempt } from '../attempts/finish-attempt.ts';
import { closeTestLedgers, connectTestLedger } from '../testing/connect-test-ledger.ts';
import { open } from '../testing/sample-shipments.ts';
import { listShipmentsWithFacts } from './list-shipments.ts';
import { noFacts, readFacts } from './read-facts.ts';

afterAll(closeTestLedgers);

test('a step whose attempts fail is a retry with its reason, until one succeeds', async () => {
  const { ledger, clock } = await connectTestLedger();
  const [one, other] = [await open(ledger), await open(ledger)];
  const attempt = async (why: string | null): Promise<void> => {
    clock.now = new Date(clock.now.getTime() + 1_000);
    const wanted = { step: 'check-profile', shipmentId: one.id, dispatchId: null, leaseMs: 60_000 } as const;
    const claim = await claimStep(ledger, wanted);
    if (claim.outcome !== 'claimed') throw new RangeError(claim.outcome);
    const failure = why === null ? {} : { failure: { waitsFor: null, isCounted: true } };
    await finishAttempt(ledger, claim.attempt, { outcome: 'later', why, afterMs: 3_600_000, ...failure });
  };
  const retries = async () => (await readFacts(ledger.db, [other, one])).map((facts) => facts.retries);
  expect(await retries()).toEqual([[], []]);
  await attempt('mail sendPinMail: answered 452');
  await attempt('mail sendPinMail: answered 450');
  const retry = {
    step: 'check-profile',
    failures: 2,
    reason: 'mail sendPinMail: answered 450',
    nextAt: expect.any(Date),
  };
  expect(await retries()).toEqual([[], [retry]]);
  await attempt(null);
  expect(await retries()).toEqual([[], []]);
  expect(await readFacts(ledger.db, [])).toEqual([]);
});

test('each shipment has who asked for it, and whether Okta shows its key', async () => {
  const { ledger } = await connectTestLedger();
  const { id: keyId } = await createApiKey(ledger, { tenant: 'acme', name: 'HR', scopes: ['write'] });
  const ofKey = await open(ledger, { requestedBy: keyId });
  const ofEvent = await open(ledger, { trigger: 'mfa-initiated', userId: '00uEvent' });
  const other = await open(ledger);
  await sql`
    insert into inbound_events (id, tenant, uuid, event_type, state, shipment_id)
    values ('evt_1', 'acme', 'uuid-1/2', 'test', 'accepted', ${ofEvent.id})`.execute(ledger.db);
  await sql`
    insert into registrations (id, tenant, okta_user_id, wanted, written, written_at)
    values ('reg_1', 'acme', '00uEvent', true, true, '2030-01-01T00:00:00Z'), ('reg_2', 'globex', '00uEvent', true, false, null)`.execute(
    ledger.db,
  );
  const known = [
    { ...noFacts, registration: undefined },
    {
      requester: { apiKey: null, event: { id: 'evt_1', uuid: 'uuid-1' } },
      retries: [],
      registration: { state: 'ready', writtenAt: new Date('2030-01-01T00:00:00Z'), problem: null },
    },
    { ...noFacts, requester: { apiKey: { id: keyId, name: 'HR' }, event: null }, registration: undefined },
  ];
  expect(await readFacts(ledger.db, [other, ofEvent, ofKey])).toEqual(known);
  const query = { tenant: 'acme', dryRun: false, limit: 2 };
  const page = await listShipmentsWithFacts(ledger, query);
  expect(page.items).toEqual([
    { shipment: other, facts: known[0] },
    { shipment: ofEvent, facts: known[1] },
  ]);
  const last = await listShipmentsWithFacts(ledger, { ...query, before: page.nextCursor ?? '' });
  expect(last).toEqual({ items: [{ shipment: ofKey, facts: known[2] }], nextCursor: null });
});
