import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { describeHold } from '@keycourier/messages/holds';

import { closeAll } from '../testing/close-all.ts';
import { ada, startTestConsole } from '../testing/running-console.ts';
import { addHeldShipment, addShipment, connectSampleLedger } from '../testing/sample-ledger.ts';
import { TestClient } from '../testing/test-client.ts';

let database: TemporaryDatabase;
let ledger: Ledger;
let client: TestClient;
let held: string;

beforeAll(async () => {
  database = await temporaryLedgerDatabase();
  ledger = await connectSampleLedger(database.url);
  client = new TestClient((await startTestConsole({ databaseUrl: database.url })).url);
  await client.signIn(ada);
  for (let count = 0; count < 60; count += 1) await addShipment(ledger);
  held = await addHeldShipment(ledger, 'profile_problems', [{ field: 'zipCode', code: 'missing' }]);
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

async function html(path: string): Promise<string> {
  return (await client.request(path)).text();
}

const rowsIn = (page: string): string[] => [...page.matchAll(/<tr id="(shp_\w+)"/g)].map(([, id = '']) => id);

describe('the list of shipments', () => {
  test('has pages that the address names, newest first, and none twice', async () => {
    const first = await html('/t/acme/shipments');
    const [, next = ''] = /rel="next" href="([^"]+)"/.exec(first) ?? [];
    const second = await html(next.replaceAll('&amp;', '&'));
    expect(rowsIn(first)).toHaveLength(50);
    expect(rowsIn(second)).toHaveLength(11);
    expect(new Set([...rowsIn(first), ...rowsIn(second)]).size).toBe(61);
    expect(second).not.toContain('rel="next"');
  });

  test('is filtered by the address, which also names the command', async () => {
    const page = await html('/t/acme/shipments?status=held,failed&hold=profile_problems');
    expect(rowsIn(page)).toEqual([held]);
    expect(page).toContain('keycourier list --status held failed --hold profile_problems');
  });

  test('names what it does not understand of a filter, and leaves it out', async () => {
    const page = await html('/t/acme/shipments?status=hold&since=yesterday&user=00u0');
    expect(page).toContain('Not understood, and left out: status, since.');
    expect(rowsIn(page)).toEqual([]);
  });

  test('of another tenant has none of these', async () => {
    expect(rowsIn(await html('/t/globex/shipments'))).toEqual([]);
    expect((await client.request(`/t/globex/shipments/${held}`)).status).toBe(404);
    expect((await client.request('/t/initech/shipments')).status).toBe(404);
  });
});

describe('the page of a shipment', () => {
  test('says why it is held and what to do', async () => {
    const page = await html(`/t/acme/shipments/${held}`);
    expect(page).toContain(describeHold('profile_problems'));
    expect(page).toContain('zipCode: missing');
    expect(page).toContain(`data-live-id="${held}"`);
  });

  test.each(['shp_01kab3v6d2m8zq4w0xrt5y7n9c', 'x', '%00', '__proto__'])('does not exist for %s', async (id) => {
    expect((await client.request(`/t/acme/shipments/${id}`)).status).toBe(404);
  });
});
