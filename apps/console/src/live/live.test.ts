import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { until } from '@keycourier/runtime/testing/until';

import { closeAll } from '../testing/close-all.ts';
import { query } from '../testing/query.ts';
import { ada, startTestConsole, type TestConsole } from '../testing/running-console.ts';
import { addShipment, connectSampleLedger } from '../testing/sample-ledger.ts';
import { TestClient } from '../testing/test-client.ts';
import { createLiveHub } from './live-hub.ts';

let database: TemporaryDatabase;
let ledger: Ledger;
let running: TestConsole;
let client: TestClient;

beforeAll(async () => {
  database = await temporaryLedgerDatabase();
  ledger = await connectSampleLedger(database.url);
  running = await startTestConsole({ databaseUrl: database.url });
  client = new TestClient(running.url);
  await client.signIn(ada);
});

afterAll(async () => {
  await closeAll();
  await database.drop();
});

interface OpenStream {
  response: Response;
  /** What it has sent so far. */
  text: () => string;
}

async function openStream(tenant: string): Promise<OpenStream> {
  const response = await client.request(`/t/${tenant}/live`, { headers: { accept: 'text/event-stream' } });
  let text = '';
  const read = async (): Promise<void> => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
  };
  // It ends with the console.
  void read().catch(() => undefined);
  return { response, text: () => text };
}

describe('the live stream of a tenant', () => {
  test('names the shipments that changed, of this tenant alone', async () => {
    const [acme, globex] = [await openStream('acme'), await openStream('globex')];
    expect(acme.response.headers.get('content-type')).toBe('text/event-stream');
    expect(acme.response.headers.get('cache-control')).toBe('no-store');
    const ids: string[] = [];
    // A stream begins with one change of any shipment: what happened before it was open.
    const addOne = async (): Promise<string> => {
      ids.push(await addShipment(ledger));
      return acme.text();
    };
    await until(addOne, (text) => ids.some((id) => text.includes(id)));
    // Comments keep proxies from closing a stream that is silent.
    expect(acme.text().replaceAll(':\n\n', '')).toMatch(
      /^retry: 3000\n\nevent: changed\ndata: \*\n\nevent: changed\ndata: shp_\w{26}/,
    );
    expect(globex.text()).not.toContain('shp_');
  });

  test('does not prolong the session', async () => {
    const expiry = async () => (await query(database.url, 'select max(expire) as at from console.session')).rows;
    const before = await expiry();
    await openStream('acme');
    await client.request('/t/acme', { headers: { 'x-live': '1' } });
    expect(await expiry()).toEqual(before);
    await client.request('/t/acme');
    expect(await expiry()).not.toEqual(before);
  });

  test('of a tenant in which the operator has no role does not exist', async () => {
    expect((await client.request('/t/initech/live')).status).toBe(404);
  });

  test('costs the database as much for a thousand open pages as for one', async () => {
    let statements = 0;
    const counted = ledger.db.withPlugin({
      transformQuery: ({ node }) => {
        statements += 1;
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    const hub = createLiveHub(counted, {
      onError: () => undefined,
      openSessions: async (ids) => {
        statements += 1;
        return new Set(ids);
      },
    });
    const unread = new Set<number>();
    let id = '';
    for (let nth = 0; nth < 1_000; nth += 1) {
      unread.add(nth);
      const changed = (ids: readonly string[] | null) => void (ids?.includes(id) === true && unread.delete(nth));
      expect(hub.add({ tenant: 'acme', session: `s${nth}`, changed, end: () => undefined })).not.toBeNull();
    }
    // The first change after the reader's first look is the first that it names.
    const addOne = async (): Promise<number> => {
      if (unread.size === 1_000) id = await addShipment(ledger);
      return unread.size;
    };
    await until(addOne, (left) => left === 0);
    hub.close();
    // Two a second, and one in five seconds: far from one for each page, however long the machine took.
    expect(statements).toBeLessThan(1_000);
  });

  test('of a thousand open pages takes no connection to the database', async () => {
    const streams: OpenStream[] = [];
    // A hundred at once: more connections than the system keeps waiting for a busy process are lost.
    while (streams.length < 1_000)
      streams.push(...(await Promise.all(Array.from({ length: 100 }, () => openStream('acme')))));
    expect(new Set(streams.map(({ response }) => response.status))).toEqual(new Set([200]));
    // A stream names what changed after the first look that it was open at: changes go on until the last one has.
    const addOne = async (): Promise<number> => {
      await addShipment(ledger);
      return streams.filter(({ text }) => text().includes('shp_')).length;
    };
    await until(addOne, (reached) => reached === 1_000);
    const { rows } = await query(
      database.url,
      "select count(*)::int as count from pg_stat_activity where datname = current_database() and query ilike '%listen%' and pid <> pg_backend_pid()",
    );
    expect(rows).toEqual([{ count: 0 }]);
    const held = await query(
      database.url,
      'select count(*)::int as count from pg_stat_activity where datname = current_database()',
    );
    // The pools of this test and of the console, however many pages are open.
    expect(held.rows[0]?.['count']).toBeLessThan(30);
  });

  test('ends when the console stops', async () => {
    const other = await startTestConsole({ databaseUrl: database.url });
    const otherClient = new TestClient(other.url);
    await otherClient.signIn(ada);
    const response = await otherClient.request('/t/acme/live', { headers: { accept: 'text/event-stream' } });
    const ended = response.text();
    await other.close();
    await expect(ended).resolves.toContain('retry:');
  });
});
