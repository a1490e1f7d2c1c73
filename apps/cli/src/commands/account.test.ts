import { stripVTControlCharacters } from 'node:util';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { startFakeApi, type FakeApi } from '../testing/fake-api.ts';
import { run } from '../testing/run.ts';

let api: FakeApi;
beforeEach(async () => {
  api = await startFakeApi();
});
afterEach(() => api.close());

async function cli(...argv: string[]): Promise<{ code: number; lines: string[] }> {
  const { code, out } = await run(argv, { environment: api.environment, columns: 200 });
  return { code, lines: stripVTControlCharacters(out).trimEnd().split('\n') };
}

test('whoami says whose key it is, what it may do, and until when', async () => {
  const apiKey = { id: 'key_1', name: 'portal', scopes: ['read', 'write'], requestsPerMinute: null };
  api.on('GET /v1/me', {
    body: { tenant: 'acme', apiKey: { ...apiKey, expiresAt: '2027-01-02T03:04:05.000Z' }, mode: 'production' },
  });
  expect((await cli('whoami')).lines).toEqual([
    'Tenant   acme',
    'API key  portal (key_1)',
    'Scopes   read, write',
    'Expires  2027-01-02 03:04',
    'Mode     production',
  ]);
});

test('roles says which role a sign-in with groups would have, and why', async () => {
  const groups = [
    { name: 'kc admins', role: 'admin', almost: null, message: 'a rule has exactly this name' },
    { name: 'all', role: null, almost: null, message: 'no rule of acme has this name' },
  ];
  api.on('POST /v1/roles/check', { body: { role: 'admin', isAdmitted: true, message: 'It would be admin.', groups } });
  const { lines } = await cli('roles', 'kc admins', 'all');
  expect(api.requests[0]?.json()).toEqual({ groups: ['kc admins', 'all'] });
  expect([lines[0], ...lines.slice(3)]).toEqual([
    'It would be admin.',
    expect.stringMatching(/^kc admins +admin +a rule has exactly this name$/),
    expect.stringMatching(/^all +none +no rule of acme has this name$/),
  ]);
});

test('products lists what the tenant may order', async () => {
  const items = [{ productId: '1', inventoryProductId: '106', customizationId: 'RXJN83' }];
  api.on('GET /v1/products', { body: { items } });
  const { lines } = await cli('products');
  expect(lines[0]).toMatch(/PRODUCT +INVENTORY PRODUCT +CUSTOMIZATION/);
  expect(lines[1]).toMatch(/^1 +106 +RXJN83$/);
});

describe('stock', () => {
  const item = { inventoryProductId: '106', name: 'Advanced Plus', quantity: 90, underWay: 2, lowSince: null };

  test('lists what is left and how long it lasts', async () => {
    const low = { ...item, usedPerDay: 8, daysLeft: 11, lowSince: '2027-01-02T03:04:05.000Z' };
    const items = [low, { ...item, inventoryProductId: '107', usedPerDay: null, daysLeft: null }];
    api.on('GET /v1/stock', { body: { items, lastReadAt: '2027-01-02T03:04:05.000Z', problem: null } });
    const { lines } = await cli('stock');
    expect(lines[1]).toMatch(/^106 +Advanced Plus +90 +2 +8\.0 +11 days +low$/);
    expect(lines[2]).toMatch(/^107 +Advanced Plus +90 +2 +- +-$/);
    expect(lines[3]).toBe('Read at 2027-01-02 03:04.');
  });

  test('says why it cannot be read', async () => {
    const problem = { code: 'not_offered', message: 'Look at the portal.' };
    api.on('GET /v1/stock', { body: { items: [], lastReadAt: null, problem } });
    expect((await cli('stock')).lines).toEqual(['Not read yet. Look at the portal.']);
  });
});

describe('batch', () => {
  const id = 'bat_01kab3v6d2m8zq4w0xrt5y7n9c';
  const counts = { id, total: 3, accepted: 2, rejectedTotal: 1, dryRun: false, createdAt: '2026-03-02T09:00:01.000Z' };
  const row = { row: 2, status: 'rejected', user: { id: null, login: 'bob@acme.example' }, shipmentId: null };

  const serveBatch = (statuses: Record<string, number>[]): void => {
    let looks = 0;
    api.on(`GET /v1/batches/${id}`, () => {
      looks += 1;
      return { body: { ...counts, rejected: [], statuses: statuses[Math.min(looks, statuses.length) - 1] } };
    });
    api.on(`GET /v1/batches/${id}/rows`, ({ query }) => ({
      body: { items: query['status'] === 'rejected' ? [{ ...row, problems: [] }] : [], nextCursor: null },
    }));
  };

  test('list shows the newest batches with their counts', async () => {
    api.on('GET /v1/batches', { body: { items: [counts], nextCursor: 'more' } });
    const { lines } = await cli('batch', 'list', '--dry-run', '--limit', '1');
    expect(lines[0]).toMatch(/SENT +ID +ROWS +ACCEPTED +REJECTED +KIND/);
    expect(lines[1]).toMatch(/2026-03-02 09:00 +bat_\w+ +3 +2 +1 +order/);
    expect(lines[2]).toBe('Older batches exist.');
    expect(api.requests[0]?.query).toEqual({ limit: '1', dryRun: 'true' });
  });

  test('show lists the rows that need attention, and says so by its exit code', async () => {
    serveBatch([{ ordered: 2 }]);
    const { code, lines } = await cli('batch', 'show', id);
    expect(code).toBe(5);
    expect(lines.join('\n')).toMatch(/3 rows, 2 accepted, 1 rejected\nNow: 2 ordered/);
    expect(lines.join('\n')).toMatch(/2 +bob@acme.example +rejected/);
  });

  test('watch waits until every shipment has reached the stage', async () => {
    serveBatch([{ requested: 2 }, { requested: 1, ordered: 1 }, { ordered: 2 }]);
    const { lines } = await cli('batch', 'watch', id);
    expect(lines.join('\n')).toMatch(/Now: 2 ordered/);
  });
});
