import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { sql } from 'kysely';
import { z } from 'zod';

import { runApi, type RunningApi } from '../testing/running-api.ts';
import { advance, held } from '../testing/shipments.ts';

let api: RunningApi;
let id: string;
/** Four rows: one waits, one is held with a suggestion, two were not accepted. */
beforeAll(async () => {
  api = await runApi();
  const { body } = await api.call('POST', '/v1/batches', {
    body: {
      rows: [
        { login: '=cmd|A1@x.example' },
        { userId: '-impossible id-' },
        { userId: '00u-held' },
        { login: '=CMD|a1@x.example' },
      ],
    },
  });
  id = String(body['id']);
  const { items } = (await api.call('GET', '/v1/shipments?user=00u-held')).body;
  const [shipment] = z.array(z.looseObject({ id: z.string() })).parse(items);
  const suggestion = { values: { zipCode: 'E14 5AB', city: '=London' }, replaced: {} };
  await advance(api, shipment?.id ?? '', { ...held, secrets: { suggestion } });
});
afterAll(() => api.stop());

const rows = (query = '') => api.call('GET', `/v1/batches/${id}/rows${query}`);

describe('the rows of a batch', () => {
  test('are in the order of the file, each with its result', async () => {
    expect(await rows()).toMatchObject({
      status: 200,
      body: {
        nextCursor: null,
        items: [
          {
            row: 1,
            status: 'requested',
            user: { id: null, login: '=cmd|A1@x.example' },
            problems: [],
            suggestion: null,
          },
          {
            row: 2,
            status: 'rejected',
            shipmentId: null,
            user: { id: '-impossible id-', login: null },
            problems: [{ field: 'userId', code: 'invalid', message: expect.stringMatching(/Okta user id/) }],
          },
          {
            row: 3,
            status: 'held',
            shipmentId: expect.stringMatching(/^shp_/),
            user: { id: '00u-held', login: null },
            problems: [
              { field: 'zipCode', code: 'not_a_postal_code', message: expect.any(String), suggestion: 'E14 5AB' },
              { field: 'streetAddress', code: 'po_box' },
            ],
            suggestion: { zipCode: 'E14 5AB', city: '=London' },
          },
          { row: 4, status: 'rejected', problems: [{ field: 'login', code: 'duplicate_row' }] },
        ],
      },
    });
  });

  test('can be read by status and page by page', async () => {
    const numbers = async (query: string) => {
      const { body } = await rows(query);
      const { items, nextCursor } = z
        .object({ items: z.array(z.object({ row: z.number() })), nextCursor: z.string().nullable() })
        .parse(body);
      return { numbers: items.map(({ row }) => row), nextCursor };
    };
    expect(await numbers('?status=rejected')).toEqual({ numbers: [2, 4], nextCursor: null });
    expect(await numbers('?status=held')).toEqual({ numbers: [3], nextCursor: null });
    const first = await numbers('?limit=3');
    expect(first.numbers).toEqual([1, 2, 3]);
    expect(await numbers(`?limit=3&cursor=${first.nextCursor}`)).toEqual({ numbers: [4], nextCursor: null });
  });

  test.each(['?status=missing', '?cursor=%00', '?cursor=eA', '?limit=0', '?limit=101', '?page=2'])(
    'with %s are refused',
    async (query) => {
      expect(await rows(query)).toMatchObject({ status: 400, body: { code: 'bad_request' } });
    },
  );
});

describe('the result of a batch', () => {
  test('is a CSV file in the order of the rows, in which no cell is a formula', async () => {
    const { status, headers, text } = await api.call('GET', `/v1/batches/${id}/result.csv`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/csv/);
    expect(headers.get('content-disposition')).toBe(`attachment; filename="${id}.csv"`);
    const lines: Record<string, string>[] = parse(text, { columns: true });
    expect(lines).toMatchObject([
      { row: '1', status: 'requested', login: "'=cmd|A1@x.example", userId: '', problems: '' },
      { row: '2', status: 'rejected', userId: "'-impossible id-", shipmentId: '', problems: 'userId:invalid' },
      {
        row: '3',
        status: 'held',
        problems: 'zipCode:not_a_postal_code streetAddress:po_box',
        suggestion: 'zipCode: E14 5AB; city: =London',
      },
      { row: '4', status: 'rejected', problems: 'login:duplicate_row' },
    ]);
    const cells = lines.flatMap((line) => Object.values(line));
    expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
  });

  test('has every row of a batch of many pages', async () => {
    const many = Array.from({ length: 450 }, (_, index) =>
      index % 7 === 0 ? {} : { login: `many-${index}@x.example` },
    );
    const { body } = await api.call('POST', '/v1/batches', { body: { rows: many } });
    const { text } = await api.call('GET', `/v1/batches/${String(body['id'])}/result.csv`);
    const lines: Record<string, string>[] = parse(text, { columns: true });
    expect(lines.map(({ row }) => Number(row))).toEqual(many.map((_, index) => index + 1));
  });
});

describe('a dry run of a batch', () => {
  test('reports the same as the batch, and its dry runs conflict with no shipment', async () => {
    const rows = [
      { login: 'try@x.example' },
      { login: 'TRY@x.example' },
      { login: '=cmd|A1@x.example' },
      { purpose: 'x' },
    ];
    const dryRun = await api.call('POST', '/v1/batches?dryRun=true', { body: { rows } });
    const real = await api.call('POST', '/v1/batches', { body: { rows } });
    expect(dryRun).toMatchObject({ status: 202, body: { total: 4, accepted: 1, rejectedTotal: 3 } });
    expect(dryRun.body).toEqual({ ...real.body, id: dryRun.body['id'] });
    const answer = await api.call('GET', `/v1/batches/${String(dryRun.body['id'])}`);
    expect(answer.body).toMatchObject({ dryRun: true, statuses: { requested: 1 }, done: false });
    const shipments = await sql`select dry_run from shipments where batch_id = ${dryRun.body['id']}`.execute(
      api.ledger.db,
    );
    expect(shipments.rows).toEqual([{ dry_run: true }]);
    expect((await api.call('GET', '/v1/shipments?user=try@x.example')).body['items']).toMatchObject([
      { dryRun: false },
    ]);
  });

  test('is set by true or false', async () => {
    const answer = await api.call('POST', '/v1/batches?dryRun=yes', { body: { rows: [{ login: 'yes@x.example' }] } });
    expect(answer).toMatchObject({ status: 400 });
  });
});
