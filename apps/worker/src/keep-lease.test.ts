import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Context, Visit } from '@keycourier/journey/ports/context';
import { openHouse, type House } from '@keycourier/journey/testing/harness';
import { enterDoor } from '@keycourier/ledger/attempts/claim-step';
import { renewLease } from '@keycourier/ledger/attempts/finish-attempt';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { closeTestLedgers, openTestLedger } from '@keycourier/ledger/testing/connect-test-ledger';
import { look, open } from '@keycourier/ledger/testing/sample-shipments';
import { sql } from 'kysely';

import { keepLease } from './keep-lease.ts';
import { LeaseLostError } from './lease.ts';
import { createLedgerPort } from './ledger-port.ts';
import { freeze } from './testing/freeze.ts';
import { until } from './testing/until.ts';

const leaseMs = 400;

let ledger: Ledger;
beforeAll(async () => {
  ({ ledger } = await openTestLedger());
});
afterAll(closeTestLedgers);

/** One job's view of a house whose ledger is the real one. */
function openJob(house: House = openHouse({ shipment: null })): { context: Context; renewed: boolean[]; house: House } {
  const renewed: boolean[] = [];
  const port = createLedgerPort(ledger, { leaseMs, tenant: house.context.tenant });
  const context = keepLease(
    { ...house.context, ledger: port },
    {
      leaseMs,
      renew: async (visit) => {
        const isRenewed = await renewLease(ledger, visit, leaseMs);
        renewed.push(isRenewed);
        return isRenewed;
      },
      onError: () => undefined,
    },
  );
  return { context, renewed, house };
}

async function enter(context: Context, shipmentId: string): Promise<Visit> {
  const entry = await context.ledger.enter('check-profile', shipmentId, null);
  if (entry.outcome !== 'entered') throw new RangeError(`the test's visit was ${entry.outcome}`);
  return entry.visit;
}

/** Another worker enters, to whom this visit looks lost. */
async function takeOver(shipmentId: string): Promise<void> {
  await sql`update card_executions set leased_until = now() - interval '1 ms' where shipment_id = ${shipmentId}`.execute(
    ledger.db,
  );
  const entry = await enterDoor(ledger, { door: 'check-profile', shipmentId, turn: null, leaseMs: 60_000 });
  expect(entry.outcome).toBe('entered');
}

const moveIt = (context: Context, id: string) =>
  context.ledger.move(id, () => ({ change: { order: 'cancelled' }, note: { event: 'test.moved' } }));

describe('a visit', () => {
  test('outlasts its lease many times while it is renewed, and keeps others out', async () => {
    const { context, renewed, house } = openJob();
    const { id } = await open(ledger);
    const visit = await enter(context, id);
    await until(
      () => renewed.length,
      (count) => count > 9,
    );
    const other = await enterDoor(ledger, { door: 'check-profile', shipmentId: id, turn: null, leaseMs });
    expect(other.outcome).toBe('occupied');
    expect(await context.okta.readUser('acme', house.org.users[0]?.id ?? '')).not.toBeNull();
    expect((await moveIt(context, id)).outcome).toBe('moved');
    await context.ledger.leave(visit, { outcome: 'done', why: null });
  });

  test('that is told of its loss moves nothing and calls nobody', async () => {
    const { context, renewed, house } = openJob();
    const { id } = await open(ledger);
    await enter(context, id);
    await takeOver(id);
    await until(
      () => renewed.includes(false),
      (isTold) => isTold,
    );
    await expect(moveIt(context, id)).rejects.toThrow(LeaseLostError);
    await expect(context.okta.readUser('acme', '00u1')).rejects.toThrow(LeaseLostError);
    await expect(context.okta.sendPin('acme', '00u1', 'enr-1')).rejects.toThrow(LeaseLostError);
    await expect(context.fulfillment.signingKeys('acme')).rejects.toThrow(LeaseLostError);
    const mail = { to: '', firstName: '', messageId: '', pinCopyJwe: '', serial: null };
    await expect(context.mail.sendPinMail('acme', mail)).rejects.toThrow(LeaseLostError);
    expect(house.calls).toEqual([]);
    expect((await look(ledger, id)).plan.order).toBe('requested');
  });

  test('of a process that was frozen meanwhile is not even begun again', async () => {
    const { context, house } = openJob();
    const { id } = await open(ledger);
    await enter(context, id);
    await takeOver(id);
    freeze(leaseMs + 1);
    await expect(context.okta.readUser('acme', '00u1')).rejects.toThrow(LeaseLostError);
    await expect(moveIt(context, id)).rejects.toThrow(LeaseLostError);
    expect(house.calls).toEqual([]);
  });

  test('that is over leaves the job free to look', async () => {
    const { context } = openJob();
    const { id } = await open(ledger);
    const visit = await enter(context, id);
    await takeOver(id);
    freeze(leaseMs + 1);
    await context.ledger.leave(visit, { outcome: 'threw', why: 'LeaseLostError' });
    expect((await context.ledger.move(id, () => null)).outcome).toBe('declined');
  });

  test('does not hold another job back that lost nothing', async () => {
    const [one, other] = [openJob(), openJob()];
    const [lost, kept] = [await open(ledger), await open(ledger)];
    await enter(one.context, lost.id);
    const keptVisit = await enter(other.context, kept.id);
    await takeOver(lost.id);
    freeze(leaseMs + 1);
    await expect(moveIt(one.context, lost.id)).rejects.toThrow(LeaseLostError);
    expect((await moveIt(other.context, kept.id)).outcome).toBe('moved');
    await other.context.ledger.leave(keptVisit, { outcome: 'done', why: null });
  });
});
