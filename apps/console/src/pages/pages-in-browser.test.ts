import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readRows } from '@keycourier/ledger/batches/read-rows';
import { createBulkAction, readBulkAction, startBulkAction } from '@keycourier/ledger/bulk/bulk-actions';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { move } from '@keycourier/ledger/shipments/move';
import { readShipment } from '@keycourier/ledger/shipments/read-shipment';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { runSomeInBulk } from '@keycourier/operations/bulk/run-some';
import { describeInBrowser } from '@keycourier/runtime/testing/in-browser';
import { until } from '@keycourier/runtime/testing/until';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { z } from 'zod';

import { openSignedIn, startChromium } from '../testing/chromium.ts';
import { closeAll } from '../testing/close-all.ts';
import { startTestConsole, type TestConsole } from '../testing/running-console.ts';
import { addHub } from '../testing/sample-hub.ts';
import { addHeldShipment, addShipment, connectSampleLedger, setEventAside } from '../testing/sample-ledger.ts';

const axeSource = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
/** Of what passes, axe describes one node of each rule: the rest is not read. */
const axeRun = 'axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations)';
const violations = z.array(z.object({ id: z.string(), impact: z.string().nullable(), nodes: z.array(z.unknown()) }));

describeInBrowser('the pages in a browser', () => {
  let database: TemporaryDatabase;
  let ledger: Ledger;
  let running: TestConsole;
  let browser: Browser;
  let held: string;
  /** Of a batch from a file, and of actions on a filter: checked, running and ended. */
  const made: string[] = [];

  beforeAll(async () => {
    database = await temporaryLedgerDatabase();
    ledger = await connectSampleLedger(database.url);
    running = await startTestConsole({ databaseUrl: database.url });
    browser = await startChromium();
    for (let count = 0; count < 12; count += 1) await addShipment(ledger);
    held = await addHeldShipment(ledger, 'profile_problems', [{ field: 'zipCode', code: 'missing' }]);
    await setEventAside(ledger, 'an-event');
    await makePages();
    made.push(...(await addHub(ledger)));
  });

  afterAll(async () => {
    await closeAll();
    await database.drop();
  });

  async function makePages(): Promise<void> {
    const page = await signedIn();
    await page.goto(`${running.url}/t/acme/batches/new`);
    const buffer = Buffer.from('login,note\na@x.example,\na@x.example,again\n');
    await page.setInputFiles('input[type=file]', { name: 'people.csv', mimeType: 'text/csv', buffer });
    await page.getByRole('button', { name: 'Start a dry run' }).click();
    await page.waitForURL(/\/batches\/bat_/);
    made.push(new URL(page.url()).pathname);
    await page.context().close();
    const by = { actor: { kind: 'operator', id: 'ada', role: 'operator' }, hand: null } as const;
    const worker = { ledger, permitsCorrections: () => true, onRecorded: () => undefined, onFault: () => undefined };
    for (const last of ['checked', 'ended', 'running', 'checking']) {
      const wanted = {
        tenant: 'acme',
        action: last === 'running' ? 'resend-pin' : 'claim',
        by,
        access: 'session',
      } as const;
      // Those that are not held are out, with a reason.
      const bulk = await createBulkAction(ledger, { ...wanted, filter: { statuses: ['held', 'requested'] } });
      made.push(`/t/acme/bulk/${bulk?.id ?? ''}`);
      if (last === 'checking') continue;
      while (await runSomeInBulk(worker));
      const checked = await readBulkAction(ledger, 'acme', bulk?.id ?? '');
      if (last !== 'checked' && checked !== null)
        await startBulkAction(ledger, checked, { by, access: 'session', reason: 'Mine', requestId: null });
      if (last === 'ended') while (await runSomeInBulk(worker));
    }
  }

  const paths = (): string[] => [
    ...made,
    '/t/acme/batches/new',
    '/t/acme/bulk',
    '/t/acme/bulk/new?status=held',
    '/t/acme/bulk/new',
    '/t/acme',
    '/t/acme/shipments',
    `/t/acme/shipments/${held}`,
    `/t/acme/shipments/${held}/address`,
    `/t/acme/shipments/${held}/actions/retry`,
    '/t/acme/held',
    '/t/acme/batches',
    '/t/acme/events',
    '/t/acme/flows',
    '/t/acme/connections',
    '/t/acme/audit',
    '/t/acme/preferences',
    '/sessions',
    '/t/acme/settings',
    '/t/acme/search?q=noor',
    '/t/acme/people?user=x',
    // Nothing is there yet.
    '/t/globex',
    '/t/globex/shipments',
  ];

  const signedIn = (options: BrowserContextOptions = {}): Promise<Page> => openSignedIn(browser, running, options);

  const looks = [
    ['light', 1_280],
    ['dark', 390],
  ] as const;

  test('have no serious fault that axe finds, light or dark, wide or narrow, and do not scroll sideways', async () => {
    const page = await signedIn({ bypassCSP: true, reducedMotion: 'reduce' });
    for (const path of paths()) {
      await page.goto(running.url + path);
      await page.evaluate(axeSource);
      for (const [colorScheme, width] of looks) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 844 });
        expect([path, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([path, width]);
        const found = violations.parse(await page.evaluate(axeRun));
        const serious = found.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        expect([path, width, serious.map(({ id, nodes }) => [id, JSON.stringify(nodes[0])])]).toEqual([
          path,
          width,
          [],
        ]);
      }
    }
    await page.context().close();
  });

  /** What the worker does with bulk actions, until `isDone`. */
  async function workUntil(isDone: () => Promise<boolean>): Promise<void> {
    const faults: unknown[] = [];
    const onFault = (error: unknown) => faults.push(error);
    const worker = { ledger, permitsCorrections: () => true, onRecorded: () => undefined, onFault };
    const check = async (): Promise<boolean> => {
      while (await runSomeInBulk(worker));
      return isDone();
    };
    await until(check, (done) => done);
    expect(faults).toEqual([]);
  }

  test('lead from a cause to its remedy for all: 300 holds are tried in a dry run, retried, and gone', async () => {
    const problems = [{ field: 'city', code: 'missing' }] as const;
    // As many at a time as there are connections: one is awaited for some seconds only.
    for (let added = 0; added < 300; added += 2)
      await Promise.all([1, 2].map(() => addHeldShipment(ledger, 'profile_problems', problems)));
    const page = await signedIn();
    const seen = (text: string) => async (): Promise<boolean> => (await page.getByText(text).count()) > 0;
    const cause = page.locator('.causes > li', { hasText: 'city: missing' });
    await cause.getByRole('link', { name: '300' }).click();
    await page.getByRole('link', { name: 'Act on all of them' }).click();
    await page.getByRole('button', { name: /Retry 300/ }).click();
    // The page follows the worker by itself.
    await workUntil(seen('300 of 300 looked at'));
    await page.getByLabel('Reason').fill('The cities are in Okta now');
    await page.getByRole('button', { name: 'Retry 300 shipments' }).click();
    await workUntil(seen('300 done, 0 not, 0 left'));
    await page.getByRole('link', { name: 'Held', exact: true }).first().click();
    await page.locator('.causes').waitFor();
    expect(await cause.count()).toBe(0);
    await page.context().close();
  });

  test('take a file, show its dry run, and order its rows', async () => {
    const page = await signedIn();
    await page.goto(`${running.url}/t/acme/batches`);
    await page.getByRole('link', { name: 'Upload a file' }).click();
    const buffer = Buffer.from('login,note\nbea@acme.example,first\nbob@acme.example,\n,no login\n');
    await page.getByLabel('File').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer });
    await page.getByRole('button', { name: 'Start a dry run' }).click();
    await page.getByText('0 of 2 checked').waitFor();
    const dryRun = page.url().split('/').at(-1) ?? '';
    const { items } = await readRows(ledger, { batchId: dryRun, after: 0, limit: 10 });
    for (const item of items)
      if (item.outcome === 'accepted')
        await move(ledger, item.shipment.id, () => ({
          change: { order: 'ready', profileChecked: true },
          note: { event: 'profile.checked' },
        }));
    await page.getByText('2 of 2 checked').waitFor();
    await page.getByLabel('Reason').fill('New hires of May');
    await page.getByRole('button', { name: 'Order 2 keys' }).click();
    await page.waitForURL((url) => !url.href.endsWith(dryRun));
    const ordered = await readRows(ledger, { batchId: page.url().split('/').at(-1) ?? '', after: 0, limit: 10 });
    expect(ordered.items).toMatchObject([
      { outcome: 'accepted', shipment: { note: 'first' } },
      { outcome: 'accepted' },
    ]);
    await page.getByText('dry run', { exact: true }).waitFor({ state: 'detached' });
    await page.context().close();
  });

  test('are enough for a whole task by the keyboard alone: find a held shipment, go back, retry it', async () => {
    const cause = 'profile_problems';
    const ids = [
      await addHeldShipment(ledger, cause, [{ field: 'lastName', code: 'missing' }]),
      await addHeldShipment(ledger, cause, [{ field: 'lastName', code: 'missing' }]),
    ];
    const page = await signedIn();
    const { keyboard } = page;
    const focused = () => page.evaluate('document.activeElement.textContent.trim()');
    await keyboard.press('/');
    await keyboard.type('half a thought');
    await keyboard.press('Escape');
    expect(await page.evaluate('document.activeElement.id')).not.toBe('find');
    await page.goto(`${running.url}/t/acme/held?${new URLSearchParams({ cause: `${cause} lastName/missing` })}`);
    for (const key of ['j', 'j', 'j', 'k']) await keyboard.press(key);
    await keyboard.press('Enter');
    await page.waitForURL(new RegExp(`/shipments/${ids[1]}$`));
    const tabTo = async (text: string): Promise<void> => {
      for (let count = 0; count < 60 && (await focused()) !== text; count += 1) await keyboard.press('Tab');
      expect(await focused()).toBe(text);
    };
    await tabTo('Retry');
    await keyboard.press('Enter');
    await page.waitForURL(/\/actions\/retry$/);
    await tabTo('Retry');
    await keyboard.press('Enter');
    await page.getByText('Done: retry a shipment').waitFor();
    expect((await readShipment(ledger, 'acme', ids[1] ?? ''))?.hold).toBeNull();
    expect((await readShipment(ledger, 'acme', ids[0] ?? ''))?.hold).not.toBeNull();
    await page.context().close();
  });

  test('are operated by the keyboard alone', async () => {
    const page = await signedIn();
    await page.goto(`${running.url}/t/acme/held`);
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement.id')).toBe('find');
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/shipments\/shp_/);
    await page.context().close();
  });
});
