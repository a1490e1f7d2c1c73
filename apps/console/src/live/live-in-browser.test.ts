import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { describeInBrowser } from '@keycourier/runtime/testing/in-browser';
import type { Browser, BrowserContextOptions, Page, Request } from 'playwright-core';

import { openSignedIn, startChromium } from '../testing/chromium.ts';
import { closeAll } from '../testing/close-all.ts';
import { startTestConsole, type TestConsole } from '../testing/running-console.ts';
import { addHeldShipment, addShipment, connectSampleLedger } from '../testing/sample-ledger.ts';

describeInBrowser('open pages', () => {
  let database: TemporaryDatabase;
  let ledger: Ledger;
  let running: TestConsole;
  let browser: Browser;

  beforeAll(async () => {
    database = await temporaryLedgerDatabase();
    ledger = await connectSampleLedger(database.url);
    running = await startTestConsole({ databaseUrl: database.url });
    browser = await startChromium();
    for (let count = 0; count < 3; count += 1) await addShipment(ledger);
  });

  afterAll(async () => {
    await closeAll();
    await database.drop();
  });

  const signedIn = (options: BrowserContextOptions = {}): Promise<Page> => openSignedIn(browser, running, options);

  test('follow a change without losing the focus, what was typed, an open dialog or the place on the page', async () => {
    const page = await signedIn({ viewport: { width: 900, height: 500 } });
    const refusals: string[] = [];
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to|TrustedHTML/.test(message.text())) refusals.push(message.text());
    });
    const id = await addHeldShipment(ledger, 'parcel_lost');
    await page.goto(`${running.url}/t/acme/shipments/${id}`);
    await page.getByText('History, 2 changes').waitFor();
    await page.locator('summary', { hasText: 'History' }).click();
    const comment = page.getByLabel('Add a comment');
    await comment.fill('half a sentence');
    await comment.scrollIntoViewIfNeeded();
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.locator('dialog[open]').waitFor();
    const other = await signedIn();
    await other.goto(`${running.url}/t/acme/shipments/${id}/actions/retry`);
    await other.getByRole('button', { name: 'Retry' }).click();
    await other.getByText('Done: retry a shipment').waitFor();
    await page.getByText('History, 3 changes').waitFor();
    expect(await page.locator('.status').first().textContent()).not.toBe('Held');
    expect(await page.locator('dialog[open]').count()).toBe(1);
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await comment.inputValue()).toBe('half a sentence');
    expect(await page.locator('details[open] summary', { hasText: 'History' }).count()).toBe(1);
    // The page became shorter above it: it is still in view.
    const box = await comment.boundingBox();
    expect(box?.y).toBeGreaterThan(0);
    expect(box?.y).toBeLessThan(500);
    expect(refusals).toEqual([]);
    await other.context().close();
    await page.context().close();
  });

  test('keep the rows of a list where they are, and count those that are new', async () => {
    const page = await signedIn();
    await page.goto(`${running.url}/t/acme/shipments`);
    const rows = () => page.locator('tbody tr').evaluateAll((all) => all.map(({ id }) => id));
    const before = await rows();
    await page.locator('[data-row]').nth(1).focus();
    const added = await addShipment(ledger);
    await page.getByRole('link', { name: '1 new', exact: true }).waitFor();
    expect(await rows()).toEqual(before);
    expect(await page.evaluate('document.activeElement.closest("tr").id')).toBe(before[1]);
    await page.getByRole('link', { name: '1 new', exact: true }).click();
    await page.locator(`#${added}`).waitFor();
    await page.context().close();
  });

  test('keep a form with a change in a part of the page that is removed, and no other part', async () => {
    const page = await signedIn();
    const left = await page.evaluate(`import('/assets/client/morph.js').then(({ morphMain }) => {
      const make = (name, parent) => parent.appendChild(document.createElement(name));
      const main = make('main', document.body);
      for (const text of ['typed', '']) make('input', make('form', make('section', main))).value = text;
      morphMain(main, document.createElement('main'));
      return [...main.querySelectorAll('section input')].map(({ value }) => value);
    })`);
    expect(left).toEqual(['typed']);
    await page.context().close();
  });

  test('are read again after an answer of 503, with no further change', async () => {
    const page = await signedIn();
    // A page reads itself once when its stream begins: while that is under way it would not be refused below.
    const address = `${running.url}/t/acme/shipments`;
    const isOwnRead = (request: Request): boolean => request.url() === address && request.headers()['x-live'] === '1';
    const firstRead = page.waitForEvent('requestfinished', isOwnRead);
    await page.goto(address);
    await firstRead;
    let failures = 0;
    await page.route(page.url(), async (route) => {
      failures += 1;
      await (failures > 2 ? route.continue() : route.fulfill({ status: 503 }));
    });
    const added = await addShipment(ledger);
    await page.getByRole('link', { name: '1 new', exact: true }).click();
    await page.locator(`#${added}`).waitFor();
    expect(failures).toBeGreaterThan(2);
    await page.context().close();
  });
});
