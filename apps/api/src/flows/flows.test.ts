import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aConnection } from '@keycourier/ledger/testing/sample-directory';

import { runApi, type RunningApi } from '../testing/running-api.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await runApi();
});
afterAll(() => api.stop());

const change = (slug: string, body: unknown) => api.call('PATCH', `/v1/flows/${slug}`, { body });
const warnings = [{ code: 'both_triggers_on', message: expect.any(String) }];

describe('the flows', () => {
  test('are listed with their titles, and with a warning while both triggers are on', async () => {
    expect(await api.call('GET', '/v1/flows')).toMatchObject({
      status: 200,
      body: {
        items: [
          { slug: 'mfa-initiated', title: 'Create shipment trigger - MFA Initiated', enabled: true },
          { slug: 'group-add', title: 'Create shipment trigger - Group Add', enabled: true },
          { slug: 'scim-group-add', title: 'Create shipment trigger - SCIM Group Add', enabled: true },
          { slug: 'process-shipments', enabled: true },
          { slug: 'profile-recheck', enabled: true },
          { slug: 'cancel-leavers', enabled: true },
          { slug: 'revoke-leavers', enabled: true },
        ],
        warnings,
      },
    });
  });

  test('are switched individually, for one tenant', async () => {
    const off = await change('group-add', { enabled: false });
    expect(off).toMatchObject({ status: 200, body: { slug: 'group-add', enabled: false } });
    expect(off.body).not.toHaveProperty('warnings');
    const { body } = await api.call('GET', '/v1/flows');
    expect(body).not.toHaveProperty('warnings');
    const { key } = await api.keyFor('acme');
    expect(await api.call('GET', '/v1/flows', { key })).toMatchObject({ body: { warnings } });
    expect(await change('group-add', { enabled: true })).toMatchObject({ body: { enabled: true, warnings } });
  });

  test('are warned about with a SCIM connection, too', async () => {
    const { key } = await api.keyFor('acme');
    await aConnection(api.ledger);
    for (const [slug, others] of [
      ['group-add', 'mfa-initiated, scim-group-add'],
      ['mfa-initiated', 'scim-group-add'],
    ] as const) {
      const { body } = await api.call('PATCH', `/v1/flows/${slug}`, { key, body: { enabled: false } });
      if (others.includes(','))
        expect(body).toMatchObject({ warnings: [{ message: expect.stringContaining(others) }] });
      else expect(body).not.toHaveProperty('warnings');
    }
  });

  test.each(['unknown', '__proto__', 'toString', '%00'])('do not include %s', async (slug) => {
    expect(await change(slug, { enabled: true })).toMatchObject({ status: 404 });
  });

  test.each([[{}], [{ enabled: 'yes' }], [{ enabled: true, title: 'x' }], [undefined]])(
    'are not changed by %j',
    async (body) => {
      expect(await change('group-add', body)).toMatchObject({ status: 400, body: { code: 'bad_request' } });
    },
  );
});
