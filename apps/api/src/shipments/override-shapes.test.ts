import { readFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readShipment } from '@keycourier/ledger/shipments/read-shipment';
import { z } from 'zod';

import { runApi, type RunningApi } from '../testing/running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
});
afterAll(() => api.stop());

const trials = z
  .array(
    z.strictObject({
      n: z.string(),
      fields: z.record(z.string(), z.unknown()),
      overrides: z.record(z.string(), z.string()).nullable(),
      problems: z.array(z.string()).nullable(),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('../../src/testing/trials/override-shapes.json', import.meta.url), 'utf8')));

const refusal = z.object({ problems: z.array(z.object({ field: z.string(), code: z.string(), message: z.string() })) });
const codesOf = (answer: unknown): string[] =>
  refusal.parse(answer).problems.map(({ field, code }) => `${field} ${code}`);

async function overridesOf(shipmentId: unknown): Promise<Record<string, string>> {
  const shipment = await readShipment(api.ledger, 'globex', String(shipmentId));
  const values = Object.entries(shipment?.secrets.overrides?.values ?? {});
  return Object.fromEntries(values.map(([field, { value }]) => [field, value]));
}

let count = 0;
const freshLogin = (): string => `shape-${(count += 1)}@globex.example`;

describe('overrides of one request', () => {
  test.each(trials)('$n', async ({ fields, overrides, problems }) => {
    const answer = await api.call('POST', '/v1/shipments', { body: { login: freshLogin(), ...fields } });
    if (problems === null) {
      expect(answer.status).toBe(202);
      expect(await overridesOf(answer.body['id'])).toEqual(overrides);
    } else {
      expect(answer.status).toBe(400);
      expect(codesOf(answer.body)).toEqual(problems);
    }
  });
});

describe('overrides of a row', () => {
  test.each(trials)('$n', async ({ fields, overrides, problems }) => {
    const body = { rows: [{ login: freshLogin(), ...fields }] };
    const answer = await api.call('POST', '/v1/batches', { body });
    expect(answer).toMatchObject({ status: 202, body: { total: 1, accepted: problems === null ? 1 : 0 } });
    const rows = await api.call('GET', `/v1/batches/${String(answer.body['id'])}/rows`);
    const [row] = z.array(z.looseObject({ shipmentId: z.string().nullable() })).parse(rows.body['items']);
    if (problems === null) expect(await overridesOf(row?.shipmentId)).toEqual(overrides);
    else expect(codesOf(row)).toEqual(problems);
  });
});

test('an attribute in both places is refused with what to do', async () => {
  const body = { login: freshLogin(), city: 'Oslo', profile: { city: 'Bergen' } };
  expect(await api.call('POST', '/v1/shipments', { body })).toMatchObject({
    status: 400,
    body: { detail: '`profile.city` is also set outside of `profile`. Set it in one of the two places.' },
  });
});

test('overrides in either shape need the scope for addresses', async () => {
  const { key } = await api.keyFor('globex', ['write']);
  for (const fields of [{ city: 'Oslo' }, { profile: { city: 'Oslo' } }]) {
    const one = await api.call('POST', '/v1/shipments', { key, body: { login: freshLogin(), ...fields } });
    const batch = await api.call('POST', '/v1/batches', { key, body: { rows: [{ login: freshLogin(), ...fields }] } });
    for (const answer of [one, batch]) expect(answer).toMatchObject({ status: 403, body: { scope: 'addresses' } });
  }
});
