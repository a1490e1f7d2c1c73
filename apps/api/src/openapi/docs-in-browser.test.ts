import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { chromiumPath } from '@keycourier/runtime/testing/find-chromium';
import { describeInBrowser } from '@keycourier/runtime/testing/in-browser';
import { until, untilTimeoutMs } from '@keycourier/runtime/testing/until';
import { chromium, type Browser, type Page } from 'playwright-core';

import { runApi, type RunningApi } from '../testing/running-api.ts';

describeInBrowser('the documentation in a browser', () => {
  let api: RunningApi;
  let browser: Browser;
  let page: Page;
  /** What the browser refused to do, and what it asked for. */
  const complaints: string[] = [];
  const requests: string[] = [];
  beforeAll(async () => {
    api = await runApi();
    // It refuses its sandbox to root, who tests run as in containers.
    browser = await chromium.launch({
      executablePath: chromiumPath,
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
      timeout: untilTimeoutMs,
    });
    page = await browser.newPage();
    page.setDefaultTimeout(untilTimeoutMs);
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(`${api.url}/docs`);
    await page.locator('.opblock').first().waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await api.stop();
  });

  test('is loaded from the API alone, and violates no policy', () => {
    const foreign = requests.filter((url) => !url.startsWith(api.url) && !url.startsWith('data:'));
    expect(foreign).toEqual([]);
    expect(requests).toContain(`${api.url}/docs/swagger-ui-bundle.js`);
    expect(complaints).toEqual([]);
  });

  test('opens the operation that its contents lead to, with its parameters and its fields described', async () => {
    await page.locator('nav').getByRole('link', { name: 'List shipments' }).click();
    const operation = page.locator('#operations-shipments-listShipments');
    await operation.getByText('Held for exactly this cause').waitFor();
    expect(page.url()).toMatch(/#\/shipments\/listShipments$/);
    expect(await operation.isVisible()).toBe(true);
  });

  test('sends a request with the key that is entered, and shows it for curl', async () => {
    const { key } = await api.keyFor('acme', ['read']);
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    const dialog = page.locator('.dialog-ux');
    await dialog.getByRole('textbox').fill(key);
    await dialog.getByRole('button', { name: 'Apply credentials' }).click();
    await dialog.locator('.btn-done').click();
    await page.locator('nav').getByRole('link', { name: 'Show the API key in use' }).click();
    const operation = page.locator('#operations-me-showCaller');
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    const answer = operation.locator('.live-responses-table');
    await answer.getByText('"acme"').waitFor();
    expect(await operation.locator('.request-snippets, .curl-command').first().innerText()).toContain('/v1/me');
    expect(complaints).toEqual([]);
  });

  test.each(['light', 'dark'] as const)('has a %s ground where the reader prefers it', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    const isDark = async (): Promise<boolean> => {
      const ground = await page
        .locator('body')
        .evaluate((body) => body.ownerDocument.defaultView?.getComputedStyle(body).backgroundColor ?? '');
      const [red = 0] = [...ground.matchAll(/\d+/g)].map(([digits]) => Number(digits));
      return red <= 128;
    };
    // The page follows by a script.
    const marked = page.locator('html.dark-mode');
    await marked.waitFor({ state: colorScheme === 'dark' ? 'attached' : 'detached' });
    await until(isDark, (dark) => dark === (colorScheme === 'dark'));
  });

  test('fits a narrow screen, with its contents folded', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    await page.locator('nav').waitFor({ state: 'hidden' });
    const overflow = await page.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });
});
