import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { callOk } from '@keycourier/local/clients/call';
import { inventPerson } from '@keycourier/local/clients/people';
import { waitUntil } from '@keycourier/local/clients/wait-until';
import { z } from 'zod';

import {
  csvOf,
  rejectedRows,
  startUpload,
  unknownRows,
  uploadUntilWritten,
  writers,
  writtenRows,
} from '../world/batch-uploads.ts';
import { queryLedger } from '../world/ledger.ts';
import type { World } from '../world/world.ts';

const tenant = 'batches';
const total = 200;
const heldRows = 15;
/** The rows that get no key. */
const otherRows = heldRows + unknownRows + rejectedRows;
const readyRows = total - otherRows;

const accepted = z.looseObject({
  id: z.string(),
  total: z.number(),
  accepted: z.number(),
  rejectedTotal: z.number(),
  rejected: z.array(z.looseObject({ row: z.number(), problems: z.array(z.looseObject({ code: z.string() })) })),
});
const batch = z.looseObject({ statuses: z.record(z.string(), z.number()) });
const rows = z.looseObject({
  items: z.array(
    z.looseObject({ row: z.number(), status: z.string(), problems: z.array(z.looseObject({ code: z.string() })) }),
  ),
});

export function batchesHaveManyRows(world: () => World): void {
  const api = () => world().api(tenant);
  const statusesOf = async (id: string): Promise<Record<string, number>> =>
    batch.parse(await api().sendOk('GET', `/v1/batches/${id}`)).statuses;
  const rowsOf = async (id: string, status: string): Promise<z.infer<typeof rows>['items']> =>
    rows.parse(await api().sendOk('GET', `/v1/batches/${id}/rows?status=${status}&limit=100`)).items;
  const limitRate = (limitPerMinute: number): Promise<unknown> =>
    callOk('PUT', `${world().stack.local.oktaSimulator}/sim/rate-limit`, { body: { limitPerMinute } });
  const untilChecked = (id: string, ready: number): Promise<unknown> =>
    waitUntil('every row to be checked', async () => {
      const statuses = await statusesOf(id);
      return statuses['ready'] === ready && (statuses['requested'] ?? 0) === 0 ? statuses : null;
    });

  describe(`a batch of ${total.toLocaleString('en')} rows, ${otherRows} of which get no key`, () => {
    let staff: string[];
    let moved: string[];
    let batchId: string;
    let file: string;

    beforeAll(async () => {
      // No orders: this story is about the rows.
      await api().switchFlow('process-shipments', false);
      // The simulator's default is 600 calls a minute, less than a real org of this size has.
      await limitRate(60_000);
      staff = await createEmployees(world(), readyRows, {});
      moved = await createEmployees(world(), heldRows, { zipCode: '' });
      file = csvOf(staff, moved);
    });
    // The flow stays off: that many orders would delay the other stories.
    afterAll(() => limitRate(600));

    test('can be a dry run: every row is checked and no shipment is created', async () => {
      const { status, body } = await api().upload(
        '/v1/batches?dryRun=true',
        csvOf(staff.slice(0, 20), moved.slice(0, 2)),
      );
      expect(status).toBe(202);
      const { id } = accepted.parse(body);
      await untilChecked(id, 20);
      expect(await statusesOf(id)).toMatchObject({ ready: 20, held: 2, failed: unknownRows });
      expect(await api().shipmentsOf(staff[0] ?? '')).toEqual([]);
    });

    test('is answered with the rejected rows and their problems', async () => {
      const { status, body } = await api().upload('/v1/batches', file, { 'idempotency-key': 'the-batch' });
      expect(status).toBe(202);
      const answer = accepted.parse(body);
      batchId = answer.id;
      expect(answer).toMatchObject({
        total,
        accepted: total - rejectedRows,
        rejectedTotal: rejectedRows,
      });
      expect(new Set(answer.rejected.flatMap(({ problems }) => problems.map(({ code }) => code)))).toEqual(
        new Set(['duplicate_row', 'invalid', 'user_or_login', 'product_not_listed']),
      );
    });

    test('continues after the worker is killed, and every row is processed once', async () => {
      await waitUntil('some rows to be checked', async () => (await statusesOf(batchId))['ready'] !== undefined);
      await world().stack.children.get('worker')?.kill();
      await world().stack.restart('worker');
      await untilChecked(batchId, readyRows);
      expect(await statusesOf(batchId)).toEqual({ ready: readyRows, held: heldRows, failed: unknownRows });
      expect(await rowsOf(batchId, 'rejected')).toHaveLength(rejectedRows);
      const held = await rowsOf(batchId, 'held');
      expect(held).toHaveLength(heldRows);
      for (const { problems } of held) expect(problems).toMatchObject([{ field: 'zipCode', code: 'missing' }]);
      for (const { problems } of await rowsOf(batchId, 'failed'))
        expect(problems).toMatchObject([{ code: 'user_not_found' }]);
    });

    test('that is repeated has the same response with its idempotency key, and rejects users with an open shipment without it', async () => {
      const again = await api().upload('/v1/batches', file, { 'idempotency-key': 'the-batch' });
      expect(accepted.parse(again.body).id).toBe(batchId);
      const other = await api().upload('/v1/batches', file.replace('note', 'note '), {
        'idempotency-key': 'the-batch',
      });
      expect(other.status).toBe(422);
      const fresh = accepted.parse((await api().upload('/v1/batches', file)).body);
      // The requests for unknown users have failed, so they are accepted again.
      expect(fresh).toMatchObject({ total, accepted: unknownRows });
    });

    test.each([
      ['in the middle of the upload', startUpload, { batches: 0, shipments: 0 }],
      // Its transaction may be committed before the API is killed.
      ['while its rows are written', uploadUntilWritten, { batches: 1, shipments: writtenRows }],
    ])('is stored completely or not at all if the API is killed %s', async (_name, begin, complete) => {
      const before = await countRows(world());
      const upload = await begin(world(), tenant);
      await world().stack.children.get('api')?.kill();
      upload.destroy();
      await world().stack.restart('api');
      await waitUntil('the end of its transaction', async () => (await writers(world())) === 0);
      const { batches, shipments } = await countRows(world());
      expect([{ batches: 0, shipments: 0 }, complete]).toContainEqual({
        batches: batches - before.batches,
        shipments: shipments - before.shipments,
      });
    });
  });
}

async function createEmployees(
  world: World,
  count: number,
  profile: Readonly<Record<string, string>>,
): Promise<string[]> {
  const people = Array.from({ length: count }, () => inventPerson(profile));
  for (let from = 0; from < people.length; from += 50)
    await Promise.all(
      people.slice(from, from + 50).map((one) => world.org().createUser(one.profile, { staged: true })),
    );
  return people.map(({ login }) => login);
}

const counts = z.object({ batches: z.int(), shipments: z.int() });

async function countRows(world: World): Promise<z.infer<typeof counts>> {
  const [row] = await queryLedger(
    world,
    'select (select count(*)::int from batches) as batches, (select count(*)::int from shipments where tenant = $1) as shipments',
    [tenant],
  );
  return counts.parse(row);
}
