import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';

import { runApi, type RunningApi } from '../testing/running-api.ts';
import { advance, held, profile } from '../testing/shipments.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
});
afterAll(() => api.stop());

/** A dry run whose first row is without a problem, and whose second one is held. */
async function checked(rows: readonly object[]): Promise<string> {
  const { body } = await api.call('POST', '/v1/batches?dryRun=true', { body: { rows } });
  const id = String(body['id']);
  const found = await api.ledger.db
    .selectFrom('shipments')
    .select('id')
    .where('batch_id', '=', id)
    .orderBy('batch_row')
    .execute();
  const [first, ...others] = found;
  await advance(api, first?.id ?? '', { order: 'ready', profileChecked: true, secrets: { profile } });
  for (const one of others) await advance(api, one.id, held);
  return id;
}

const order = (id: string, options: object = {}) => api.call('POST', `/v1/batches/${id}/order`, options);

let people = 0;
const person = (): { login: string } => ({ login: `ordered-${(people += 1)}@globex.example` });

test('the rows of a dry run that had no problem are ordered once, without the file', async () => {
  const id = await checked([person(), person()]);
  const ordered = await order(id);
  expect(ordered).toMatchObject({ status: 202, body: { total: 1, accepted: 1, rejectedTotal: 0 } });
  expect(await order(id, { body: { rows: 'all' } })).toMatchObject({ status: 202, body: { id: ordered.body['id'] } });
  expect((await api.call('GET', `/v1/batches/${id}`)).body).toMatchObject({ orderedAs: ordered.body['id'] });
  const found = await api.call('GET', `/v1/batches/${String(ordered.body['id'])}`);
  expect(found.body).toMatchObject({ dryRun: false, statuses: { requested: 1 }, orderedAs: null });
});

test('the held ones are ordered, too, where that is what was asked for', async () => {
  const id = await checked([person(), person()]);
  expect(await order(id, { body: { rows: 'all' } })).toMatchObject({ status: 202, body: { accepted: 2 } });
});

test('what is no dry run, is still being checked, is too old or another tenant’s is refused', async () => {
  const real = await api.call('POST', '/v1/batches', { body: { rows: [person()] } });
  expect(await order(String(real.body['id']))).toMatchObject({ status: 409, body: { code: 'not_a_dry_run' } });
  const fresh = await api.call('POST', '/v1/batches?dryRun=true', { body: { rows: [person()] } });
  expect(await order(String(fresh.body['id']))).toMatchObject({ status: 409, body: { code: 'check_not_ended' } });
  const id = await checked([person()]);
  const { key } = await api.keyFor('acme');
  expect(await order(id, { key })).toMatchObject({ status: 404 });
  await sql`update batches set created_at = created_at - interval '25 hours' where id = ${id}`.execute(api.ledger.db);
  expect(await order(id)).toMatchObject({ status: 409, body: { code: 'check_too_old' } });
});

test('rows with addresses of their own need the scope addresses of who orders them, and nothing is ordered without', async () => {
  const id = await checked([{ ...person(), city: 'Galway', streetAddress: '2 Harbour Lane' }]);
  const { key } = await api.keyFor('globex', ['read', 'write']);
  expect(await order(id, { key })).toMatchObject({ status: 403, body: { scope: 'addresses' } });
  expect((await api.call('GET', `/v1/batches/${id}`)).body).toMatchObject({ orderedAs: null });
  expect(await order(id)).toMatchObject({ status: 202, body: { accepted: 1 } });
});
