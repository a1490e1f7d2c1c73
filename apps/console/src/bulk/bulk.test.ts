import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readAudit } from '@keycourier/ledger/audit/read-audit';
import { listBulkActions, readBulkAction } from '@keycourier/ledger/bulk/bulk-actions';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { readShipment } from '@keycourier/ledger/shipments/read-shipment';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { bulkTexts, describeOut } from '@keycourier/messages/bulk';
import { runSomeInBulk } from '@keycourier/operations/bulk/run-some';

import { closeAll } from '../testing/close-all.ts';
import { ada, grace, startTestConsole } from '../testing/running-console.ts';
import { addHeldShipment, addShipment, connectSampleLedger } from '../testing/sample-ledger.ts';
import { TestClient } from '../testing/test-client.ts';

let database: TemporaryDatabase;
let ledger: Ledger;
let client: TestClient;
let viewer: TestClient;
let stranger: TestClient;
const held: string[] = [];
const globex = { user: 'gus', password: 'only of globex, and long' };
const now = { ms: 0 };

const cause = 'profile_problems zipCode/missing';
const chosen = `/t/acme/bulk/new?cause=${encodeURIComponent(cause)}`;

beforeAll(async () => {
  database = await temporaryLedgerDatabase();
  ledger = await connectSampleLedger(database.url);
  const operators = [
    { ...ada, role: 'operator' } as const,
    { ...grace, role: 'viewer' } as const,
    { ...globex, role: 'operator' as const, tenants: ['globex'] },
  ];
  const { url } = await startTestConsole({
    databaseUrl: database.url,
    operators,
    now: () => new Date(Date.now() + now.ms),
  });
  [client, viewer, stranger] = [new TestClient(url), new TestClient(url), new TestClient(url)];
  await client.signIn(ada);
  await viewer.signIn(grace);
  await stranger.signIn(globex);
  for (let count = 0; count < 3; count += 1)
    held.push(await addHeldShipment(ledger, 'profile_problems', [{ field: 'zipCode', code: 'missing' }]));
  await addShipment(ledger);
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

const html = async (path: string, as = client): Promise<string> => (await as.request(path)).text();

const tokenIn = (page: string): string => /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
async function post(page: string, fields: Record<string, string>, as = client): Promise<Response> {
  const body = new URLSearchParams({ _csrf: tokenIn(await html(page, as)), ...fields }).toString();
  return as.request(page, {
    method: 'POST',
    headers: { origin: as.origin, 'content-type': 'application/x-www-form-urlencoded' },
    body,
  });
}

const faults: unknown[] = [];
async function work(): Promise<void> {
  const worker = {
    ledger,
    permitsCorrections: () => true,
    onRecorded: () => undefined,
    onFault: (error: unknown) => faults.push(error),
  };
  while (await runSomeInBulk(worker));
}

async function dryRunOf(action: string, page = chosen): Promise<string> {
  const answer = await post(page, { action });
  expect(answer.status).toBe(303);
  await work();
  return answer.headers.get('location') ?? '';
}

test('a list leads to the actions on all that its filter selects, and a viewer sees none of it', async () => {
  expect(await html(`/t/acme/held?cause=${encodeURIComponent(cause)}`)).toContain('/t/acme/bulk/new?cause=');
  expect(await html('/t/acme/shipments?status=held')).toContain('/t/acme/bulk/new?status=held');
  expect(await html('/t/acme/shipments')).toContain('href="/t/acme/bulk"');
  for (const path of ['/t/acme/shipments?status=held', `/t/acme/held?cause=${encodeURIComponent(cause)}`])
    expect(await html(path, viewer)).not.toContain('/bulk');
  for (const path of ['/t/acme/bulk', chosen]) expect((await viewer.request(path)).status).toBe(403);
  for (const path of ['/t/acme/bulk', chosen]) expect((await stranger.request(path)).status).toBe(404);
});

describe('the choice', () => {
  test('names the filter and its count, and does nothing', async () => {
    const page = await html(chosen);
    expect(page).toContain('Act on 3 shipments');
    expect(page).toContain(cause);
    expect(page).toContain(bulkTexts.retry.title('3'));
    expect(page).not.toContain('release-pin');
    expect((await listBulkActions(ledger, { tenant: 'acme', limit: 10 })).items).toEqual([]);
  });

  test.each(['/t/acme/bulk/new', '/t/acme/bulk/new?status=wrong', '/t/acme/bulk/new?dry=yes'])(
    'of %s selects nothing, and is refused',
    async (path) => {
      expect(await html(path)).not.toContain('name="action"');
      const body = new URLSearchParams({ _csrf: tokenIn(await html(path)), action: 'cancel' }).toString();
      const answer = await client.request(path, {
        method: 'POST',
        headers: { origin: client.origin, 'content-type': 'application/x-www-form-urlencoded' },
        body,
      });
      expect(answer.status).toBe(422);
      expect((await listBulkActions(ledger, { tenant: 'acme', limit: 10 })).items).toEqual([]);
    },
  );
});

test('a dry run shows who is in, and who is out and why; the run needs a reason, and its results are a file', async () => {
  const page = await dryRunOf('retry', '/t/acme/bulk/new?status=held,requested');
  const checked = await html(page);
  expect(checked).toContain('4 of 4 looked at');
  expect(checked).toContain(describeOut('not_held'));
  expect(checked).toContain(bulkTexts.retry.title('3'));
  expect(await html(`${page}?show=out&code=not_held`)).toMatch(/id="item-\d+"/);
  expect((await stranger.request(page)).status).toBe(404);
  expect((await stranger.request(page.replace('acme', 'globex'))).status).toBe(404);

  expect((await post(page, { do: 'run', reason: ' x ' })).status).toBe(422);
  expect((await post(page, { do: 'run', reason: 'Zip codes are in Okta' })).status).toBe(303);
  // A second click.
  expect((await post(page, { do: 'run', reason: 'Zip codes are in Okta' })).status).toBe(303);
  expect(await html(page)).toContain('value="stop"');
  await work();
  expect(await html(page)).toContain('3 done, 0 not, 0 left');
  for (const id of held) expect((await readShipment(ledger, 'acme', id))?.hold).toBeNull();
  const entries = await readAudit(ledger, { tenant: 'acme' }, { limit: 20 });
  expect(entries.filter(({ action }) => action === 'bulk.started')).toMatchObject([
    { actor: { id: 'ada' }, reason: 'Zip codes are in Okta', detail: { action: 'retry', selected: 4 } },
  ]);
  expect(entries.filter(({ action }) => action === 'shipment.retry')).toHaveLength(3);

  expect((await client.request(`${page}/result`)).headers.get('location')).toContain('/step-up?');
  await client.submit('/step-up', '/step-up', { password: ada.password });
  expect((await post(`${page}/result`, { reason: ' x ' })).status).toBe(409);
  const file = await post(`${page}/result`, { reason: 'For the help desk' });
  expect(file.headers.get('content-type')).toContain('text/csv');
  const lines = (await file.text()).trim().split('\r\n');
  expect(lines).toHaveLength(5);
  expect(lines.filter((line) => line.includes(',done,'))).toHaveLength(3);
  expect((await readAudit(ledger, { tenant: 'acme', actions: ['export'] }, { limit: 1 }))[0]).toMatchObject({
    subject: { kind: 'bulk_action' },
    reason: 'For the help desk',
  });
  expect(faults).toEqual([]);
});

test('one that runs is stopped by its page, with an audit entry', async () => {
  held.length = 0;
  for (let count = 0; count < 30; count += 1)
    held.push(await addHeldShipment(ledger, 'profile_problems', [{ field: 'zipCode', code: 'missing' }]));
  const page = await dryRunOf('cancel');
  await post(page, { do: 'run', reason: 'They left' });
  await runSomeInBulk({
    ledger,
    permitsCorrections: () => true,
    onRecorded: () => undefined,
    onFault: () => undefined,
  });
  expect((await post(page, { do: 'stop' })).status).toBe(303);
  await work();
  expect(await html(page)).toContain('25 done, 0 not, 5 left');
  expect(await readAudit(ledger, { tenant: 'acme', actions: ['bulk.stopped'] }, { limit: 5 })).toHaveLength(1);
});

test('what sends PINs, and the result file, need a fresh sign-in', async () => {
  const page = await dryRunOf('resend-pin', '/t/acme/bulk/new?status=requested');
  const id = page.split('/').at(-1) ?? '';
  now.ms = 6 * 60_000;
  expect((await post(page, { do: 'run', reason: 'The relay lost them' })).status).toBe(403);
  expect(await readBulkAction(ledger, 'acme', id)).toMatchObject({ state: 'checked' });
  const answer = await client.request(`${page}/result`);
  expect(answer.status).toBe(302);
  expect(answer.headers.get('location')).toContain('/step-up?');
  now.ms = 0;
});
