import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readAudit } from '@keycourier/ledger/audit/read-audit';
import { open, change } from '@keycourier/ledger/testing/sample-shipments';
import { runSomeInBulk } from '@keycourier/operations/bulk/run-some';
import { sql } from 'kysely';

import { runApi, type Call, type RunningApi } from '../testing/running-api.ts';

let api: RunningApi;
let other: string;
beforeAll(async () => {
  api = await runApi();
  other = (await api.keyFor('acme')).key;
});
afterAll(() => api.stop());

const work = async (): Promise<void> => {
  const faults: unknown[] = [];
  const worker = { ledger: api.ledger, permitsCorrections: () => true, onRecorded: () => undefined };
  while (await runSomeInBulk({ ...worker, onFault: (error) => faults.push(error) }));
  expect(faults).toEqual([]);
};

/** Held shipments of globex, with a cause of their own. */
async function held(field: string, count: number): Promise<{ ids: string[]; cause: string }> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const { id } = await open(api.ledger, { tenant: 'globex' });
    await change(api.ledger, id, {
      hold: { code: 'profile_problems', problems: [{ field, code: 'missing' }], since: new Date() },
    });
    ids.push(id);
  }
  return { ids, cause: `profile_problems ${field}/missing` };
}

const create = (body: object, options: object = {}): Promise<Call> =>
  api.call('POST', '/v1/bulk-actions', { body, ...options });
const show = async (id: unknown): Promise<Record<string, unknown>> =>
  (await api.call('GET', `/v1/bulk-actions/${String(id)}`)).body;
const start = (id: unknown, options: object = {}): Promise<Call> =>
  api.call('POST', `/v1/bulk-actions/${String(id)}/start`, {
    body: { reason: 'The phones are in Okta now' },
    ...options,
  });

test('an action is checked first, then started with a reason, and each shipment has its result', async () => {
  const { ids, cause } = await held('city', 3);
  const made = await create({ action: 'retry', filter: { status: 'held', cause } });
  const { id } = made.body;
  expect(made).toMatchObject({
    status: 201,
    body: { state: 'checking', total: 3, filter: { status: ['held'], cause }, counts: { unchecked: 3 } },
  });
  expect(made.headers.get('location')).toBe(`/v1/bulk-actions/${String(id)}`);
  expect(await start(id)).toMatchObject({ status: 409, body: { code: 'check_not_ended' } });
  await work();
  expect(await show(id)).toMatchObject({ state: 'checked', counts: { in: 3, done: 0 }, reasons: [] });
  expect(await start(id)).toMatchObject({
    status: 200,
    body: { state: 'running', reason: 'The phones are in Okta now' },
  });
  expect(await start(id)).toMatchObject({ status: 200, body: { state: 'running' } });
  await work();
  expect(await show(id)).toMatchObject({ state: 'ended', counts: { in: 0, done: 3 }, stopped: null });

  const page = await api.call('GET', `/v1/bulk-actions/${String(id)}/items?limit=2&outcome=done`);
  expect(page.body).toMatchObject({ items: [{ number: 1, outcome: 'done' }, { number: 2 }] });
  const rest = await api.call('GET', `/v1/bulk-actions/${String(id)}/items?cursor=${String(page.body['nextCursor'])}`);
  expect(rest.body).toMatchObject({ items: [{ number: 3 }], nextCursor: null });
  const csv = (await api.call('GET', `/v1/bulk-actions/${String(id)}/result.csv`)).text.split('\r\n');
  expect(csv[0]).toBe('number,shipmentId,login,oktaUserId,outcome,code,message,at');
  for (const one of ids) expect(csv.filter((line) => line.includes(one) && line.includes(',done,'))).toHaveLength(1);

  const entries = await readAudit(
    api.ledger,
    { tenant: 'globex', actions: ['bulk.started', 'shipment.retry'] },
    { limit: 10 },
  );
  expect(entries.map(({ action, reason, actor }) => [action, reason, actor.kind])).toEqual([
    ...ids.map(() => ['shipment.retry', 'The phones are in Okta now', 'api_key']),
    ['bulk.started', 'The phones are in Okta now', 'api_key'],
  ]);
});

test('what is out has its reason, in the counts and in each item', async () => {
  const { cause } = await held('state', 1);
  const made = await create({ action: 'resend-pin', filter: { cause } });
  await work();
  const { reasons } = await show(made.body['id']);
  expect(reasons).toMatchObject([{ outcome: 'out', code: 'credential_not_active', count: 1 }]);
  const url = `/v1/bulk-actions/${String(made.body['id'])}/items?code=credential_not_active`;
  expect((await api.call('GET', url)).body).toMatchObject({
    items: [{ outcome: 'out', message: 'The credential is not active in Okta.' }],
  });
});

test('a request that is sent again under its key makes one action, and the list has it first', async () => {
  const { cause } = await held('zipCode', 1);
  const again = () =>
    create({ action: 'cancel', filter: { cause } }, { headers: { 'idempotency-key': 'cancel-these' } });
  const [first, second] = [await again(), await again()];
  expect(second.body['id']).toBe(first.body['id']);
  expect(second.headers.get('idempotency-replayed')).toBe('true');
  const listed = await api.call('GET', '/v1/bulk-actions?limit=1');
  expect(listed.body).toMatchObject({ items: [{ id: first.body['id'] }] });
  const next = await api.call('GET', `/v1/bulk-actions?limit=1&cursor=${String(listed.body['nextCursor'])}`);
  expect(next.body).not.toMatchObject({ items: [{ id: first.body['id'] }] });
  await work();
});

describe('refused', () => {
  test.each([
    ['no filter', { action: 'retry', filter: {} }],
    ['what only the console does', { action: 'claim', filter: { status: 'held' } }],
    ['a field that no filter has', { action: 'retry', filter: { status: 'held', dryRun: true } }],
  ])('is %s', async (_what, body) => {
    expect(await create(body)).toMatchObject({ status: 400, body: { code: 'bad_request' } });
  });

  test('are corrections without the scope addresses, and of a tenant that permits none', async () => {
    const correct = { action: 'accept-correction', filter: { status: 'held' } };
    const { key } = await api.keyFor('globex', ['operator']);
    expect(await create(correct, { key })).toMatchObject({ status: 403, body: { scope: 'addresses' } });
    const umbrella = (await api.keyFor('umbrella')).key;
    expect(await create(correct, { key: umbrella })).toMatchObject({
      status: 403,
      body: { code: 'overrides_forbidden' },
    });
    const made = await create(correct);
    await work();
    expect(await start(made.body['id'], { key })).toMatchObject({ status: 403, body: { scope: 'addresses' } });
  });

  test('is a start without a reason, after an hour, and beside another of the same filter', async () => {
    const { cause } = await held('countryCode', 1);
    const [one, two] = [
      await create({ action: 'retry', filter: { cause } }),
      await create({ action: 'retry', filter: { cause } }),
    ];
    await work();
    expect(await start(one.body['id'], { body: { reason: 'x' } })).toMatchObject({ status: 400 });
    expect(await start(one.body['id'])).toMatchObject({ status: 200 });
    expect(await start(two.body['id'])).toMatchObject({ status: 409, body: { code: 'another_runs' } });
    const stopped = await api.call('POST', `/v1/bulk-actions/${String(one.body['id'])}/stop`);
    expect(stopped).toMatchObject({ status: 200, body: { stopped: 'operator' } });
    await work();
    expect(await show(one.body['id'])).toMatchObject({ state: 'ended', counts: { in: 1, done: 0 } });
    await sql`update bulk_actions set checked_at = now() - interval '61 minutes'`.execute(api.ledger.db);
    expect(await start(two.body['id'])).toMatchObject({ status: 409, body: { code: 'check_too_old' } });
  });

  test('is another tenant’s action, as one that does not exist', async () => {
    const { cause } = await held('organization', 1);
    const made = await create({ action: 'retry', filter: { cause } });
    await work();
    const id = String(made.body['id']);
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/items'],
      ['GET', '/result.csv'],
      ['POST', '/stop'],
    ] as const)
      expect(await api.call(method, `/v1/bulk-actions/${id}${path}`, { key: other })).toMatchObject({
        status: 404,
        body: { code: 'not_found' },
      });
    expect(await start(id, { key: other })).toMatchObject({ status: 404 });
    expect((await api.call('GET', '/v1/bulk-actions', { key: other })).body).toMatchObject({ items: [] });
    expect(await show(id)).toMatchObject({ state: 'checked', stopped: null });
  });
});
