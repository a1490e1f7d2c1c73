import { request as httpRequest, type ClientRequest } from 'node:http';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { callOk } from '@keycourier/local/clients/call';
import { inventPerson } from '@keycourier/local/clients/people';
import { waitUntil } from '@keycourier/local/clients/wait-until';
import { z } from 'zod';

import { queryLedger } from '../world/ledger.ts';
import { product } from '../world/people.ts';
import type { World } from '../world/world.ts';

const tenant = 'by-the-thousand';
const good = 963;
const rejectedRows = 12;
const heldRows = 15;
const unknownRows = 10;

const taken = z.looseObject({
  id: z.string(),
  total: z.number(),
  accepted: z.number(),
  rejectedTotal: z.number(),
  rejected: z.array(z.looseObject({ row: z.number(), problems: z.array(z.looseObject({ code: z.string() })) })),
});
const shown = z.looseObject({ statuses: z.record(z.string(), z.number()) });
const rows = z.looseObject({
  items: z.array(
    z.looseObject({ row: z.number(), status: z.string(), problems: z.array(z.looseObject({ code: z.string() })) }),
  ),
});

export function requestsComeByTheThousand(world: () => World): void {
  const api = () => world().api(tenant);
  const statusesOf = async (id: string): Promise<Record<string, number>> =>
    shown.parse(await api().sendOk('GET', `/v1/batches/${id}`)).statuses;
  const rowsOf = async (id: string, status: string): Promise<z.infer<typeof rows>['items']> =>
    rows.parse(await api().sendOk('GET', `/v1/batches/${id}/rows?status=${status}&limit=100`)).items;
  const limitRate = (limitPerMinute: number): Promise<unknown> =>
    callOk('PUT', `${world().stack.local.oktaSimulator}/sim/rate-limit`, { body: { limitPerMinute } });
  const untilChecked = (id: string, ready: number): Promise<unknown> =>
    waitUntil(
      'every row to be checked',
      async () => {
        const statuses = await statusesOf(id);
        return statuses['ready'] === ready && (statuses['requested'] ?? 0) === 0 ? statuses : null;
      },
      { timeoutMs: 120_000, everyMs: 250 },
    );

  describe('a file of a thousand people, 37 of whom get no key', () => {
    let staff: string[];
    let moved: string[];
    let batchId: string;
    let file: string;

    beforeAll(async () => {
      // Nothing is ordered here: what counts is what becomes of the rows.
      await api().switchFlow('process-shipments', false);
      // An org of this size has more than the 600 calls a minute that the simulated one allows.
      await limitRate(60_000);
      staff = await hireMany(world(), good, {});
      moved = await hireMany(world(), heldRows, { zipCode: '' });
      file = csvOf(staff, moved);
    });
    // The flow stays off: a thousand orders would be in the way of the other stories.
    afterAll(() => limitRate(600));

    test('is rehearsed without a trace: every row is checked, nothing is opened', async () => {
      const { status, body } = await api().upload(
        '/v1/batches?dryRun=true',
        csvOf(staff.slice(0, 20), moved.slice(0, 2)),
      );
      expect(status).toBe(202);
      const { id } = taken.parse(body);
      await untilChecked(id, 20);
      expect(await statusesOf(id)).toMatchObject({ ready: 20, held: 2, failed: unknownRows });
      expect(await api().shipmentsOf(staff[0] ?? '')).toEqual([]);
    });

    test('is answered with what each row by itself tells', async () => {
      const { status, body } = await api().upload('/v1/batches', file, { 'idempotency-key': 'the-thousand' });
      expect(status).toBe(202);
      const answer = taken.parse(body);
      batchId = answer.id;
      expect(answer).toMatchObject({
        total: 1_000,
        accepted: 1_000 - rejectedRows,
        rejectedTotal: rejectedRows,
      });
      expect(new Set(answer.rejected.flatMap(({ problems }) => problems.map(({ code }) => code)))).toEqual(
        new Set(['duplicate_row', 'invalid', 'user_or_login', 'product_not_listed']),
      );
    });

    test('goes on when the worker is killed in the middle, and every row comes to its end once', async () => {
      await waitUntil('some rows to be checked', async () => (await statusesOf(batchId))['ready'] !== undefined);
      await world().stack.children.get('worker')?.kill();
      await world().stack.restart('worker');
      await untilChecked(batchId, good);
      expect(await statusesOf(batchId)).toEqual({ ready: good, held: heldRows, failed: unknownRows });
      expect(await rowsOf(batchId, 'rejected')).toHaveLength(rejectedRows);
      const held = await rowsOf(batchId, 'held');
      expect(held).toHaveLength(heldRows);
      for (const { problems } of held) expect(problems).toMatchObject([{ field: 'zipCode', code: 'missing' }]);
      for (const { problems } of await rowsOf(batchId, 'failed'))
        expect(problems).toMatchObject([{ code: 'user_not_found' }]);
    }, 180_000);

    test('sent again under its key is answered as before, and without it row by row: everybody has an open shipment', async () => {
      const again = await api().upload('/v1/batches', file, { 'idempotency-key': 'the-thousand' });
      expect(taken.parse(again.body).id).toBe(batchId);
      const other = await api().upload('/v1/batches', file.replace('note', 'note '), {
        'idempotency-key': 'the-thousand',
      });
      expect(other.status).toBe(422);
      const fresh = taken.parse((await api().upload('/v1/batches', file)).body);
      // Those whom Okta does not know are asked for anew: their requests had ended.
      expect(fresh).toMatchObject({ total: 1_000, accepted: unknownRows });
    });

    test.each([
      ['in the middle of the upload', startUpload],
      ['while its rows are written', uploadUntilWritten],
    ])(
      'is there whole or not at all when the API dies %s',
      async (_name, begin) => {
        const before = await counts(world());
        const upload = await begin(world());
        await world().stack.children.get('api')?.kill();
        upload.destroy();
        await world().stack.restart('api');
        await waitUntil('its transaction to be over', async () => (await writers(world())) === 0);
        expect(await counts(world())).toEqual(before);
      },
      60_000,
    );
  });
}

async function hireMany(world: World, count: number, profile: Readonly<Record<string, string>>): Promise<string[]> {
  const people = Array.from({ length: count }, () => inventPerson(profile));
  for (let from = 0; from < people.length; from += 50)
    await Promise.all(
      people.slice(from, from + 50).map((one) => world.org().createUser(one.profile, { staged: true })),
    );
  return people.map(({ login }) => login);
}

/** Twelve rows that tell by themselves that they are wrong, ten for people whom Okta does not know, and the rest. */
function csvOf(staff: readonly string[], moved: readonly string[]): string {
  const { productId, inventoryProductId, customizationId } = product;
  const line = (login: string, more: { productId?: string; purpose?: string } = {}): string =>
    [
      login,
      more.productId ?? productId,
      inventoryProductId,
      customizationId,
      more.purpose ?? '',
      'a "new" desk; 2nd floor',
    ]
      .map((cell) => `"${cell.replaceAll('"', '""')}"`)
      .join(',');
  const wrong = [
    ...staff.slice(0, 6).map((login) => line(login.toUpperCase())),
    ...staff.slice(0, 2).map((login) => line(login, { purpose: 'spare' })),
    line(''),
    line(''),
    line('x@acme.example', { productId: '999' }),
    line('y@acme.example', { productId: '998' }),
  ];
  const unknown = Array.from({ length: unknownRows }, (_, index) => line(`nobody-${index}@acme.example`));
  const header = 'login,productId,inventoryProductId,customizationId,purpose,note';
  return `\uFEFF${[header, ...staff.map((login) => line(login)), ...moved.map((login) => line(login)), ...unknown, ...wrong].join('\r\n')}\r\n`;
}

const strangers = (count: number): string =>
  [
    ['login', ...Object.keys(product)].join(),
    ...Array.from({ length: count }, (_, index) =>
      [`stranger-${index}@acme.example`, ...Object.values(product)].join(),
    ),
  ].join('\n');

/** Sends a part of a file that is said to be longer, and keeps the connection open. */
async function startUpload(world: World): Promise<{ destroy: () => void }> {
  const part = strangers(1_000);
  const upload = post(world, Buffer.byteLength(part) + 10_000);
  await new Promise<void>((resolve) => upload.write(part, () => resolve()));
  return upload;
}

/** Sends a whole file, and stops when some of its rows are in the open transaction. */
async function uploadUntilWritten(world: World): Promise<{ destroy: () => void }> {
  const file = strangers(20_000);
  const upload = post(world, Buffer.byteLength(file));
  upload.end(file);
  await waitUntil('rows to be written', async () => (await writers(world)) > 0, { everyMs: 5 });
  return upload;
}

function post(world: World, lengthBytes: number): ClientRequest {
  const upload = httpRequest(`${world.stack.children.get('api')?.url}/v1/batches`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${world.stack.keys.tenantTokens(tenant).apiKey}`,
      'content-type': 'text/csv',
      'content-length': lengthBytes,
    },
  });
  return upload.on('error', () => undefined);
}

/** How many are writing shipments of a batch at this moment. */
async function writers(world: World): Promise<number> {
  const writing = await queryLedger(
    world,
    "select 1 from pg_locks where relation = 'batch_rejections'::regclass or relation = 'batches'::regclass and mode = 'RowExclusiveLock'",
  );
  return writing.length;
}

async function counts(world: World): Promise<unknown> {
  const [row] = await queryLedger(
    world,
    'select (select count(*) from batches) as batches, (select count(*) from shipments where tenant = $1) as shipments',
    [tenant],
  );
  return row;
}
