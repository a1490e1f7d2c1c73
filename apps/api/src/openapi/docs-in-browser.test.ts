import { existsSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';

import { runApi, type RunningApi } from '../testing/running-api.ts';

const executablePath = '/usr/bin/chromium';
const isChromiumThere = existsSync(executablePath);

if (!isChromiumThere) test.skip('the documentation in a browser: there is no /usr/bin/chromium', () => undefined);

const inBrowser = isChromiumThere ? describe : describe.skip;

inBrowser('the documentation in a browser', () => {
  let api: RunningApi;
  let browser: Browser;
  let page: Page;
  /** What the browser refused to do, and what it asked for. */
  const complaints: string[] = [];
  const requests: string[] = [];
  beforeAll(async () => {
    api = await runApi();
    // It refuses its sandbox to root, who tests run as in containers.
    browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
    page = await browser.newPage();
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(`${api.url}/docs`);
  });
  afterAll(async () => {
    await browser.close();
    await api.stop();
  });

  test('sends no further request, and violates no policy', () => {
    expect(requests).toEqual([`${api.url}/docs`]);
    expect(complaints).toEqual([]);
  });

  test('applies its style', async () => {
    const columns = await page
      .locator('body')
      .evaluate((body) => body.ownerDocument.defaultView?.getComputedStyle(body).display);
    expect(columns).toBe('grid');
  });

  test('links from its contents to a route, and from there to a schema', async () => {
    await page.locator('nav').getByRole('link', { name: 'Correct the address of a held shipment' }).click();
    const route = page.locator('#correctShipment');
    expect(await route.innerText()).toMatch(/\/v1\/shipments\/\{id\}\/corrections[^]*correction_unshippable/);
    await route.getByRole('link', { name: 'Shipment' }).first().click();
    expect(page.url()).toMatch(/#schema-Shipment$/);
    expect(await page.locator('#schema-Shipment').innerText()).toMatch(/trackingNumber/);
  });

  test('fits a narrow screen', async () => {
    await page.setViewportSize({ width: 400, height: 800 });
    const overflow = await page.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });
});
