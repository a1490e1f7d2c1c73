import { gzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createApiKey } from '@keycourier/ledger/api-keys/api-keys';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { recordAnswers } from '@keycourier/ledger/outages/record-answers';
import { claimStockReads, finishStockRead, recordStock } from '@keycourier/ledger/overview/stock';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { describeHold } from '@keycourier/messages/holds';
import { remedyFor } from '@keycourier/messages/remedies';
import { describeStockProblem } from '@keycourier/messages/stock';

import { closeAll } from '../testing/close-all.ts';
import { ada, startTestConsole, type TestConsole } from '../testing/running-console.ts';
import {
  addHeldShipment,
  addShipment,
  login,
  connectSampleLedger,
  pause,
  setEventAside,
} from '../testing/sample-ledger.ts';
import { TestClient } from '../testing/test-client.ts';

let database: TemporaryDatabase;
let ledger: Ledger;
let running: TestConsole;
let operator: TestClient;
let nowMs = Date.parse('2026-11-20T08:00:00Z');
const now = (): Date => new Date(nowMs);

beforeAll(async () => {
  database = await temporaryLedgerDatabase();
  ledger = await connectSampleLedger(database.url, now);
  running = await startTestConsole({ databaseUrl: database.url, now });
  operator = new TestClient(running.url);
  await operator.signIn(ada);
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

/** The page's text, with single spaces. */
async function overview(tenant = 'acme'): Promise<string> {
  const html = await (await operator.request(`/t/${tenant}`)).text();
  const [, main = ''] = /<main[^>]*>(.*)<\/main>/s.exec(html) ?? [];
  return main.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
}

describe('the overview', () => {
  test('says that nothing is held, ends soon or is known of the stock', async () => {
    const text = await overview();
    expect(text).toContain('No shipment is held');
    expect(text).toMatch(/Ends soon Okta’s API token ends 30 days after its last use, which is not known here/);
    expect(text).toContain('Not read yet');
    expect(text).toMatch(/HRIS not called yet .*Mail not called yet/);
    expect(text).not.toContain('no problem');
  });

  test('says when a service that steps call answered last', async () => {
    await recordAnswers(ledger, [{ tenant: 'globex', service: 'mail' }]);
    expect(await overview('globex')).toMatch(/Mail no problem answered .* next when needed/);
  });

  test('groups held shipments by cause, most first, each with one remedy', async () => {
    for (let count = 0; count < 3; count += 1)
      await addHeldShipment(ledger, 'profile_problems', [{ field: 'zipCode', code: 'missing' }]);
    await addHeldShipment(ledger, 'parcel_lost');
    nowMs += 60_000;
    const text = await overview();
    expect(text).toMatch(/3 held shipments of this cause .*zipCode: missing.* 1 held shipments of this cause/);
    expect(text).toContain(remedyFor('profile_problems zipCode/missing').happened);
    expect(describeHold('parcel_lost')).toContain(remedyFor('parcel_lost').toDo);
    expect(text).toContain(remedyFor('parcel_lost').toDo);
  });

  test('of another tenant shows none of them', async () => {
    expect(await overview('globex')).toContain('No shipment is held');
  });

  test('counts shipments by status, without dry runs', async () => {
    await addShipment(ledger);
    await addShipment(ledger, undefined, { dryRun: true });
    await addShipment(ledger, () => ({ change: { order: 'cancelled' }, note: { event: 'shipment.cancelled' } }));
    const fresh = await startTestConsole({ databaseUrl: database.url, now });
    const client = new TestClient(fresh.url);
    await client.signIn(ada);
    const html = await (await client.request('/t/acme')).text();
    const counted = [...html.matchAll(/<span class="count">([\d,]+)<\/span><span class="title">([\w ]+)<\/span>/g)];
    expect(Object.fromEntries(counted.map(([, count, title]) => [title, count]))).toMatchObject({
      Requested: '1',
      Held: '4',
      Cancelled: '1',
      Failed: '0',
    });
  });

  test('shows why the System Log cannot be read, and what to grant', async () => {
    expect(await overview()).not.toContain('okta.logs.read');
    await ledger.db
      .insertInto('catch_up')
      .values({ tenant: 'acme', problem: 'missing_scope', problem_detail: 'a detail', problem_since: now() })
      .execute();
    expect(await overview()).toMatch(/Okta .*okta\.logs\.read.* cannot be read/);
    await ledger.db.updateTable('catch_up').set({ problem: null }).execute();
    expect(await overview()).not.toContain('okta.logs.read');
  });

  test('shows a pause until it ends, and leads to the events that are set aside', async () => {
    expect(await overview()).not.toMatch(/paused until|set aside/);
    await pause(ledger, 'acme', new Date(nowMs + 300_000), 'okta answers 401 to ada@acme.example');
    await setEventAside(ledger, 'a');
    await setEventAside(ledger, 'b');
    const text = await overview();
    expect(text).toMatch(/Okta okta answers 401 to \[redacted\] refuses the credentials .*paused until 08:06/);
    expect(text).toContain('2 events are set aside');
    nowMs += 300_001;
    expect(await overview()).not.toContain('paused until');
  });

  test('names what has to be renewed with days left and the remedy, and only lists what ends later', async () => {
    const nowMs0 = now().getTime();
    const inDays = (days: number): Date => new Date(nowMs0 + days * 86_400_000 + 1_000);
    const make = (name: string, days: number) =>
      createApiKey(ledger, { tenant: 'acme', name, scopes: ['read'], expiresAt: inDays(days) });
    await Promise.all([make('soon', 3), make('later', 40), make('much-later', 50)]);
    const text = await overview();
    expect(text).toMatch(
      /3 days left API key soon – ends on 2026-11-23, in 3 days .*keycourier keys create.*secret_ends · api_key/,
    );
    expect(text).toMatch(
      /Ends soon API key soon 3 days left, until .* API key later 40 days left, until .*Okta’s API token/,
    );
    expect(text).not.toMatch(/much-later|API key later –/);
  });

  test('names a stock that is low with the remedy, and says when the use is not known', async () => {
    const item = { inventoryProductId: '106', name: 'Advanced Plus', inventoryType: '', quantity: 400 };
    const record = (quantity: number) =>
      recordStock(ledger, 'acme', { items: [{ ...item, quantity }], limits: { lowDays: 30, lowKeys: 10 } });
    await record(400);
    expect(await overview()).toMatch(/Advanced Plus inventory 106 400 .*less than a week of history/);
    expect(await overview()).not.toContain('Buy keys');
    await record(9);
    expect(await overview()).toMatch(/9 keys left Advanced Plus: 9 keys left Buy keys/);
    expect(await overview('globex')).not.toContain('Advanced Plus');
  });

  test('says why the stock cannot be read', async () => {
    await claimStockReads(ledger, ['globex']);
    await finishStockRead(ledger, 'globex', { problem: 'not_offered', dueInMs: 60_000 });
    expect(await overview('globex')).toContain(describeStockProblem('not_offered'));
  });

  test('shows no sealed value', async () => {
    expect(await overview()).not.toContain(login);
  });

  test('needs less than 40 kB of script and style at the first view, compressed', async () => {
    const html = await (await operator.request('/t/acme')).text();
    const assets = html.matchAll(/<(?:script|link)[^>]*(?:src|href)="([^"]+\.(?:js|css))"/g);
    const waiting = [...assets].map(([, path = '']) => path);
    expect(waiting).toEqual(['/assets/console.css', '/assets/client/main.js']);
    const sizes = new Map<string, number>();
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      if (sizes.has(path)) continue;
      const answer = await operator.request(path);
      const text = await answer.text();
      expect([path, answer.status]).toEqual([path, 200]);
      sizes.set(path, gzipSync(text).length);
      const base = new URL(path, running.url);
      for (const [, imported = ''] of text.matchAll(/(?:from|import)\s*\(?\s*["']([^"']+)["']/g))
        waiting.push(new URL(imported, base).pathname);
    }
    expect([...sizes.keys()]).toContain('/assets/client/idiomorph.js');
    expect([...sizes.values()].reduce((sum, size) => sum + size, 0)).toBeLessThan(40_000);
  });
});
