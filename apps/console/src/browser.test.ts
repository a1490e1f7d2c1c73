import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Ledger } from '@keycourier/ledger/connect-ledger';
import { temporaryLedgerDatabase, type TemporaryDatabase } from '@keycourier/ledger/testing/temporary-database';
import { describeInBrowser } from '@keycourier/runtime/testing/in-browser';
import { until } from '@keycourier/runtime/testing/until';
import { UnrecoverableError } from 'bullmq';
import type { Browser, BrowserContext, Page } from 'playwright-core';

import { openContext, startChromium } from './testing/chromium.ts';
import { closeAll } from './testing/close-all.ts';
import { query } from './testing/query.ts';
import { ada, startTestConsole, type TestConsole } from './testing/running-console.ts';
import { addHeldShipment, connectSampleLedger } from './testing/sample-ledger.ts';
import { sampleQueuesOnPostgres, type SampleQueues } from './testing/sample-queues.ts';

describeInBrowser('the console in a browser', () => {
  let database: TemporaryDatabase;
  let ledger: Ledger;
  let queues: SampleQueues;
  let running: TestConsole;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let shipment: string;
  /** Policy violations and script errors that the browser reported. */
  let refusals: string[];

  beforeAll(async () => {
    database = await temporaryLedgerDatabase();
    [ledger, queues] = await Promise.all([connectSampleLedger(database.url), sampleQueuesOnPostgres(database.url)]);
    shipment = await addHeldShipment(ledger, 'profile_problems', [{ field: 'zipCode', code: 'missing' }]);
    for (const name of ['shipments', 'pin-delivery']) {
      await queues
        .queue(name)
        .add('check-profile', { subjectId: shipment, dispatchId: '1' }, { jobId: `job.${shipment}.1` });
      const worker = queues.work(name, async (job) => {
        const held = {
          shipmentId: shipment,
          code: 'profile_problems',
          problems: [{ field: 'zipCode', code: 'missing' }],
        };
        await job.updateProgress({ held });
        throw new UnrecoverableError('held: profile_problems');
      });
      await until(
        () => queues.queue(name).getJobCounts(),
        ({ failed }) => failed === 1,
      );
      await worker.close();
    }
    running = await startTestConsole({ databaseUrl: database.url });
    browser = await startChromium();
  });

  afterAll(async () => {
    await closeAll();
    await database.drop();
  });

  beforeEach(async () => {
    context = await openContext(browser);
    page = await context.newPage();
    refusals = [];
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) refusals.push(message.text());
    });
    page.on('pageerror', (error) => refusals.push(error.message));
  });

  afterEach(async () => {
    await context.close();
    expect(refusals).toEqual([]);
  });

  async function signIn(at = '/t/acme'): Promise<void> {
    await page.goto(running.url + at);
    await page.fill('#user', ada.user);
    await page.fill('#password', ada.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(running.url + at);
  }

  test('an operator signs in with scripts disabled, sees a held shipment, and signs out', async () => {
    await context.close();
    context = await openContext(browser, { javaScriptEnabled: false });
    page = await context.newPage();
    await signIn('/t/acme/held');
    expect(await page.locator(`#${shipment}`).textContent()).toContain('profile_problems');
    await page.locator('summary', { hasText: 'ada' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${running.url}/sign-in`);
    await page.goto(`${running.url}/queues`);
    expect(new URL(page.url()).pathname).toBe('/sign-in');
  });

  test('the board runs under its policy, and loads nothing from other hosts', async () => {
    const otherHosts: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(running.url)) otherHosts.push(request.url());
    });
    await signIn('/queues');
    await page.getByRole('link', { name: 'pin-delivery' }).first().waitFor();
    await page.goto(`${running.url}/queues/queue/shipments/job.${shipment}.1`);
    await page.getByText('Progress', { exact: true }).click();
    await page.getByText('Correct the listed attributes in Okta').waitFor();
    expect(otherHosts).toEqual([]);
  });

  test("the board's own button for a retry sends the token", async () => {
    await signIn(`/queues/queue/shipments/job.${shipment}.1`);
    const answer = page.waitForResponse((response) => response.url().endsWith(`/job.${shipment}.1/retry`));
    await page.locator('button:has(> .lucide-refresh-cw)').click();
    await page.getByRole('button', { name: 'Confirm' }).click();
    expect((await answer).status()).toBe(204);
    const job = await queues.queue('shipments').getJob(`job.${shipment}.1`);
    expect(await job?.getState()).toBe('waiting');
  });

  test('no button adds, copies or edits a job, and the queue pin-delivery has none', async () => {
    await signIn('/queues/queue/shipments');
    await page.getByText(`job.${shipment}.1`).first().waitFor();
    for (const icon of ['files', 'pencil'])
      expect(await page.locator(`.lucide-${icon}`).first().isVisible()).toBe(false);
    await page.locator('button:has(> .lucide-ellipsis-vertical)').click();
    await page.getByRole('menuitem', { name: 'Pause' }).waitFor();
    for (const name of ['Add job', 'Empty', 'Obliterate', 'Set concurrency', 'Set rate limit'])
      expect([name, await page.getByRole('menuitem', { name }).isVisible()]).toEqual([name, false]);
    await page.goto(`${running.url}/queues/queue/pin-delivery?status=failed`);
    await page.getByText(`job.${shipment}.1`).first().waitFor();
    for (const icon of ['refresh-cw', 'files', 'pencil', 'trash-2', 'ellipsis-vertical'])
      expect([icon, await page.locator(`.lucide-${icon}`).count()]).toEqual([icon, 0]);
  });

  test('an open board shows that its session has ended', async () => {
    await signIn('/queues');
    // The board has all of its scripts once the queues are shown, not yet when they are in its menu.
    await page.getByRole('main').getByRole('link', { name: 'intake' }).first().waitFor();
    await query(database.url, 'delete from console.session');
    await page.getByText('You are signed out. Reload the page to sign in.').waitFor();
  });

  test('a form on another site changes nothing', async () => {
    await signIn();
    const attacker = await context.newPage();
    await attacker.setContent(`<form method="post" action="${running.url}/sign-out"><button>Win</button></form>`);
    await attacker.getByRole('button').click();
    // The form came without the cookie; the page that it leads to is opened with it, so the session is still there.
    await attacker.waitForURL(`${running.url}/t/acme`);
    await page.goto(`${running.url}/t/acme/held`);
    expect(await page.locator(`#${shipment}`).textContent()).toContain('profile_problems');
  });
});
