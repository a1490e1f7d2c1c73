import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Overrides } from '@keycourier/journey/model/profile';
import { sql } from 'kysely';

import { claimStep } from '../attempts/claim-step.ts';
import type { Ledger } from '../connect-ledger.ts';
import { closeTestLedgers, connectTestLedger, type TestLedger } from '../testing/connect-test-ledger.ts';
import { ask, bring, change, hold, look, open, profile, steps } from '../testing/sample-shipments.ts';
import { move, moveAll } from './move.ts';
import { decided, undecided, writingDecision } from './write-decision.ts';

let opened: TestLedger;
let ledger: Ledger;
beforeAll(async () => {
  opened = await connectTestLedger({ maxConnections: 20, maxRequestsInFlight: () => 100 });
  ledger = opened.ledger;
});
afterAll(closeTestLedgers);

const historyOf = (id: string) =>
  ledger.db.selectFrom('history').select(['event', 'detail']).where('shipment_id', '=', id).orderBy('id').execute();
const messagesOf = async (id: string) =>
  (await ledger.db.selectFrom('outbox').select('step').where('subject_id', '=', id).orderBy('step').execute()).map(
    ({ step }) => step,
  );
const secretsOf = async (id: string) =>
  (await ledger.db.selectFrom('secrets').select('name').where('shipment_id', '=', id).orderBy('name').execute()).map(
    ({ name }) => name,
  );
const everythingOf = async (id: string) => ({
  row: await ledger.db.selectFrom('shipments').selectAll().where('id', '=', id).executeTakeFirst(),
  history: await historyOf(id),
  messages: await ledger.db.selectFrom('outbox').selectAll().where('subject_id', '=', id).execute(),
  secrets: await ledger.db.selectFrom('secrets').selectAll().where('shipment_id', '=', id).orderBy('name').execute(),
});

const cityOf = (value: string): Overrides => ({ values: { city: { value, source: 'override' } }, replaced: {} });

describe('a move', () => {
  test('writes state, history, secrets and messages, and returns the shipment as it reads from then on', async () => {
    const { id } = await open(ledger);
    const moved = await change(ledger, id, steps.ready, 'profile.checked');
    expect(moved).toMatchObject({ outcome: 'moved', shipment: { plan: { order: 'ready', profileChecked: true } } });
    expect(await look(ledger, id)).toEqual({ ...moved.shipment, plan: { ...moved.shipment.plan, inSlot: true } });
    expect(await secretsOf(id)).toEqual(['login', 'profile']);
    expect(await historyOf(id)).toMatchObject([
      { event: 'shipment.requested' },
      { event: 'profile.checked', detail: { order: 'requested → ready' } },
    ]);
    expect(await messagesOf(id)).toEqual(['enroll-credential']);
  });

  test('has one statement, in the millisecond of the move before it and after that', async () => {
    const before = await look(ledger, (await open(ledger)).id);
    const [same, later] = [0, 1].map((ms) => {
      const now = new Date(before.updatedAt.getTime() + ms);
      const decision = { change: steps.ready, note: { event: 'profile.checked' } };
      return writingDecision(ledger, { decided: decided(undecided(before), decision, now) }).compile(ledger.db).sql;
    });
    expect(later).toBe(same);
  });

  test('keeps what every step of a journey wrote, to the last', async () => {
    const { id } = await open(ledger, { note: 'for Noor' });
    opened.clock.now = new Date(opened.clock.now.getTime() + 1_000);
    await bring(ledger, id, 'delivered');
    expect(await look(ledger, id)).toMatchObject({
      note: 'for Noor',
      plan: { order: 'closed', parcel: 'delivered', credential: 'active', pin: 'sent', inSlot: false },
      credential: { enrollmentId: 'enr-1', keyId: 'kid-1' },
      intents: { enroll: { at: '2030-01-01T00:00:00.000Z', knownEnrollmentIds: [] } },
      updatedAt: opened.clock.now,
      secrets: { profile },
    });
    expect(await secretsOf(id)).toEqual(['login', 'profile']);
    expect(await messagesOf(id)).toEqual([]);
    const row = await ledger.db.selectFrom('shipments').select('status').where('id', '=', id).executeTakeFirst();
    expect(row).toEqual({ status: 'completed' });
  });

  test('keeps a hold with its problems, a failure, a changed product and an order, each as it was written', async () => {
    const { id } = await open(ledger);
    const problems = [{ field: 'city', code: 'missing' }];
    const change1 = {
      hold: { code: 'profile_problems' as const, problems, since: new Date('2030-01-02T03:04:05.678Z') },
      liftedHold: { code: 'order_refused' as const, problems, since: new Date('2030-01-01T00:00:00Z') },
      failure: { code: 'user_not_found', problems },
      product: { productId: '29', inventoryProductId: '107', customizationId: 'X' },
      orderDetails: { providerId: `ord-${id}`, providerState: 3, placedAt: new Date('2030-01-03T00:00:00Z') },
      parcelDetails: {
        carrier: 'DHL',
        trackingNumber: 't',
        trackingUrl: 'u',
        inTransitSince: new Date('2030-01-04T00:00:00Z'),
      },
      pinMail: { sentTo: 'n…@example.com', sentAt: new Date('2030-01-05T00:00:00Z') },
      receiptConfirmed: true,
      releaseOverridden: true,
    };
    const { shipment } = await change(ledger, id, change1);
    expect(shipment).toMatchObject({ hold: change1.hold, failure: change1.failure, pin: change1.pinMail });
    expect(await look(ledger, id)).toEqual(shipment);
  });

  test('that is declined writes nothing', async () => {
    const { id } = await open(ledger);
    const before = await everythingOf(id);
    expect(await move(ledger, id, () => null)).toMatchObject({ outcome: 'declined', shipment: { id } });
    expect(await everythingOf(id)).toEqual(before);
  });

  test('that the plan does not allow throws and writes nothing', async () => {
    const { id } = await open(ledger);
    const before = await everythingOf(id);
    const illegal = change(ledger, id, { order: 'placed', secrets: { profile }, user: { id: '00u-illegal' } });
    await expect(illegal).rejects.toMatchObject({ name: 'JourneyError', code: 'illegal_move' });
    expect(await everythingOf(id)).toEqual(before);
  });

  test('of a shipment that is not there throws', async () => {
    await expect(move(ledger, 'shp_none', () => null)).rejects.toMatchObject({ code: 'shipment_missing' });
  });

  test('whose decision throws writes nothing and unlocks the row', async () => {
    const { id } = await open(ledger);
    const failing = move(ledger, id, () => {
      throw new RangeError('a bug');
    });
    await expect(failing).rejects.toThrow('a bug');
    expect(await change(ledger, id, steps.ready)).toMatchObject({ outcome: 'moved' });
  });
});

describe('moves at the same moment', () => {
  test('each sees what the one before it wrote', async () => {
    const { id } = await open(ledger);
    const other = opened.openAnother({ maxConnections: 10 });
    const count = 30;
    await Promise.all(
      Array.from({ length: count }, (_, index) =>
        move(index % 2 === 0 ? ledger : other, id, (shipment) => {
          const seen = Number(shipment.parcel.trackingNumber ?? 0);
          const secret = Number(shipment.secrets.overrides?.values.city?.value ?? 0);
          return {
            change: {
              parcelDetails: { trackingNumber: String(seen + 1) },
              secrets: { overrides: cityOf(String(secret + 1)) },
            },
            note: { event: 'test.counted', detail: { seen, secret } },
          };
        }),
      ),
    );
    const counted = (await historyOf(id)).slice(1).map(({ detail }) => [detail?.['seen'], detail?.['secret']]);
    expect(counted).toEqual(Array.from({ length: count }, (_, index) => [index, index]));
    expect(await look(ledger, id)).toMatchObject({
      parcel: { trackingNumber: '30' },
      secrets: { overrides: cityOf('30') },
    });
  });

  test('one makes the only transition, and the others decline', async () => {
    const { id } = await open(ledger);
    await bring(ledger, id, 'enrolled');
    const moved = await Promise.all(
      Array.from({ length: 10 }, () =>
        move(ledger, id, ({ plan }) =>
          plan.order === 'enrolled' ? { change: steps.placing, note: { event: 'order.intended' } } : null,
        ),
      ),
    );
    expect(moved.filter(({ outcome }) => outcome === 'moved')).toHaveLength(1);
    expect((await historyOf(id)).filter(({ event }) => event === 'order.intended')).toHaveLength(1);
  });
});

describe('a secret', () => {
  test('set to null is gone from the table in the commit that says so', async () => {
    const { id } = await open(ledger);
    await bring(ledger, id, 'enrolled');
    expect(await secretsOf(id)).toContain('requestEnvelopes');
    const other = opened.openAnother();
    const tx = await ledger.db.startTransaction().execute();
    await moveAll(ledger, tx, {
      ids: [id],
      decide: () => ({
        change: { order: 'placing', secrets: { requestEnvelopes: null } },
        note: { event: 'order.intended' },
      }),
    });
    const seen = () =>
      other.db.selectFrom('secrets').select('name').where('shipment_id', '=', id).orderBy('name').execute();
    expect(await seen()).toContainEqual({ name: 'requestEnvelopes' });
    await tx.commit().execute();
    expect(await seen()).toEqual([{ name: 'login' }, { name: 'profile' }]);
    expect((await look(other, id)).secrets.requestEnvelopes).toBeUndefined();
  });

  test('that a move does not name stays, and one that it names is replaced', async () => {
    const { id } = await open(ledger, { login: 'old@example.com', overrides: { city: 'Paris' } });
    await change(ledger, id, { secrets: { login: 'new@example.com' } });
    expect((await look(ledger, id)).secrets).toEqual({
      login: 'new@example.com',
      overrides: cityOf('Paris'),
    });
  });
});

describe('a failure in the middle of a move', () => {
  test.each(['shipments', 'history', 'secrets', 'outbox'])('when %s is written leaves nothing of it', async (table) => {
    const { id } = await open(ledger);
    await change(ledger, id, { secrets: { overrides: cityOf('Paris') } });
    const before = await everythingOf(id);
    const { db } = ledger;
    await sql`create or replace function fail() returns trigger language plpgsql as $$ begin raise 'the disk is full'; end $$`.execute(
      db,
    );
    await sql`create trigger fail before insert or update or delete on ${sql.table(table)} for each row execute function fail()`.execute(
      db,
    );
    const moving = change(ledger, id, { ...steps.ready, secrets: { profile, overrides: null } });
    await expect(moving).rejects.toThrow('the disk is full');
    await sql`drop trigger fail on ${sql.table(table)}`.execute(db);
    expect(await everythingOf(id)).toEqual(before);
    await change(ledger, id, steps.ready);
    expect(await look(ledger, id)).toMatchObject({ plan: { order: 'ready' } });
  });

  test('after it, in the transaction of the caller, rolls it back', async () => {
    const { id } = await open(ledger);
    const before = await everythingOf(id);
    const failing = ledger.db.transaction().execute(async (tx) => {
      await moveAll(ledger, tx, {
        ids: [id],
        decide: () => ({ change: steps.ready, note: { event: 'profile.checked' } }),
      });
      throw new RangeError('the caller fails');
    });
    await expect(failing).rejects.toThrow('the caller fails');
    expect(await everythingOf(id)).toEqual(before);
  });
});

describe('a person who turns out to have an open shipment', () => {
  const resolve = (id: string, userId: string) =>
    change(ledger, id, { user: { id: userId }, secrets: { login: 'r@x.example' } });

  test('is a duplicate, and the shipment stays as it was', async () => {
    const first = await open(ledger, { userId: '00u-dup', login: null });
    const second = await open(ledger, { login: 'alias-of-dup@example.com' });
    const before = await everythingOf(second.id);
    expect(await resolve(second.id, '00u-dup')).toMatchObject({
      outcome: 'duplicate',
      of: first.id,
      shipment: { id: second.id, user: { id: null } },
    });
    expect(await everythingOf(second.id)).toEqual(before);
  });

  test('is none for the other purpose, in another tenant, or when either is a dry run', async () => {
    await open(ledger, { userId: '00u-apart', login: null });
    for (const difference of [{ purpose: 'backup' as const }, { tenant: 'globex' }, { dryRun: true }]) {
      const { id } = await open(ledger, difference);
      expect(await resolve(id, '00u-apart')).toMatchObject({
        outcome: 'moved',
        shipment: { user: { id: '00u-apart' } },
      });
    }
  });

  test('found out of twenty shipments at once leaves one of them, and returns it to the others', async () => {
    const shipments = await Promise.all(Array.from({ length: 20 }, () => open(ledger)));
    const moved = await Promise.all(shipments.map(({ id }) => resolve(id, '00u-twenty')));
    const winner = moved.find(({ outcome }) => outcome === 'moved')?.shipment.id;
    expect(moved.filter(({ outcome }) => outcome === 'moved')).toHaveLength(1);
    for (const one of moved) expect(one.outcome === 'duplicate' ? one.of : one.shipment.id).toBe(winner);
  });

  test('inside a transaction of the caller is returned there too, and the transaction goes on', async () => {
    const first = await open(ledger, { userId: '00u-inside', login: null });
    const second = await open(ledger);
    const third = await open(ledger);
    const moves = await ledger.db.transaction().execute(async (tx) => {
      const { moved } = await moveAll(ledger, tx, {
        ids: [second.id],
        decide: () => ({ change: { user: { id: '00u-inside' } }, note: { event: 'user.resolved' } }),
      });
      await moveAll(ledger, tx, {
        ids: [third.id],
        decide: () => ({ change: steps.ready, note: { event: 'profile.checked' } }),
      });
      return moved;
    });
    expect(moves).toMatchObject([{ outcome: 'duplicate', of: first.id }]);
    expect(await look(ledger, third.id)).toMatchObject({ plan: { order: 'ready' } });
  });

  test('that ended at the same moment does not prevent the move', async () => {
    const rounds = Array.from({ length: 40 }, async (_, round) => {
      const userId = `00u-ended-${round}`;
      const first = await open(ledger, { userId, login: null });
      const second = await open(ledger);
      const [moved] = await Promise.all([resolve(second.id, userId), change(ledger, first.id, { order: 'cancelled' })]);
      expect(moved.outcome).toMatch(/moved|duplicate/);
    });
    await Promise.all(rounds);
  });
});

describe('a failed shipment that is tried again', () => {
  const failure = { code: 'user_not_found', problems: [] };
  const retry = (id: string) => change(ledger, id, { order: 'requested', failure: null, moveToBack: true });

  test('goes back to the check, at the last position', async () => {
    const { id } = await open(ledger);
    const later = await open(ledger);
    await change(ledger, id, { order: 'failed', failure });
    expect(await messagesOf(id)).toEqual([]);
    expect(await retry(id)).toMatchObject({ outcome: 'moved' });
    expect(await messagesOf(id)).toEqual(['check-profile']);
    const positions = await ledger.db
      .selectFrom('shipments')
      .select('id')
      .where('id', 'in', [id, later.id])
      .orderBy('position')
      .execute();
    expect(positions).toEqual([{ id: later.id }, { id }]);
  });

  test('is a duplicate while the person has an open one, though its login is erased', async () => {
    const who = { login: 'erased@example.com' };
    const { id } = await open(ledger, who);
    await change(ledger, id, { order: 'failed', failure, secrets: { login: null } });
    const next = await open(ledger, who);
    expect(await retry(id)).toMatchObject({ outcome: 'duplicate', of: next.id });
  });

  test('is a duplicate while the person has an open one', async () => {
    const who = { login: 'Again@example.com' };
    const { id } = await open(ledger, who);
    await change(ledger, id, { order: 'failed', failure });
    const next = await ask(ledger, who);
    expect(next).toMatchObject({ outcome: 'created' });
    expect(await retry(id)).toMatchObject({ outcome: 'duplicate', shipment: { plan: { order: 'failed' } } });
    expect(await historyOf(id)).toHaveLength(2);
  });
});

describe('a hold', () => {
  test('removes every message but that for the parcel, and its end restores those of the next steps', async () => {
    const { id } = await open(ledger);
    await bring(ledger, id, 'programmed');
    expect(await messagesOf(id)).toEqual(['activate-credential', 'track-parcel']);
    await hold(ledger, id);
    expect(await messagesOf(id)).toEqual(['track-parcel']);
    await change(ledger, id, { hold: null });
    expect(await messagesOf(id)).toEqual(['activate-credential', 'track-parcel']);
    expect((await historyOf(id)).slice(-2).map(({ detail }) => detail)).toMatchObject([
      { hold: 'profile_problems' },
      { hold: 'cleared' },
    ]);
  });
});

describe('a retry', () => {
  test('makes the next steps due now under a new dispatch id', async () => {
    const { id } = await open(ledger);
    const message = () =>
      ledger.db
        .selectFrom('outbox')
        .select(['dispatch_id', 'published_at'])
        .where('subject_id', '=', id)
        .executeTakeFirst();
    await sql`update outbox set published_at = now(), due_at = now() + interval '1 hour' where subject_id = ${id}`.execute(
      ledger.db,
    );
    const before = await message();
    await change(ledger, id, { retryNow: true });
    const after = await message();
    expect(after).toMatchObject({ published_at: null });
    expect(Number(after?.dispatch_id)).toBeGreaterThan(Number(before?.dispatch_id));
  });

  test('leaves alone a step that is running', async () => {
    const { id } = await open(ledger);
    await claimStep(ledger, { step: 'check-profile', shipmentId: id, dispatchId: null, leaseMs: 60_000 });
    const before = await everythingOf(id);
    await change(ledger, id, { retryNow: true });
    expect((await everythingOf(id)).messages).toEqual(before.messages);
  });
});
