import { chromiumPath } from '@keycourier/runtime/testing/find-chromium';
import { untilTimeoutMs } from '@keycourier/runtime/testing/until';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';

import { closeAtEnd } from './close-all.ts';
import { ada } from './running-console.ts';

export const hasChromium = chromiumPath !== '';

/** The system's Chromium. Its sandbox does not work for root, which containers run tests as. */
export async function startChromium(): Promise<Browser> {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath: chromiumPath, args });
  closeAtEnd(() => browser.close());
  return browser;
}

/** A context in which a page that is slow on a busy machine is waited for as long as any other condition of a test. */
export async function openContext(browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(untilTimeoutMs);
  return context;
}

/** The first page of ada, who has signed in with her password, in a context of its own. */
export async function openSignedIn(
  browser: Browser,
  { url }: { url: string },
  options: BrowserContextOptions = {},
): Promise<Page> {
  const page = await (await openContext(browser, options)).newPage();
  await page.goto(`${url}/sign-in`);
  await page.fill('#user', ada.user);
  await page.fill('#password', ada.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL(/\/t\/acme$/);
  return page;
}
