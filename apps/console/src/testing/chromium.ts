import { chromiumPath } from '@keycourier/runtime/testing/find-chromium';
import { untilTimeoutMs } from '@keycourier/runtime/testing/until';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';

import { closeAtEnd } from './close-all.ts';
import { ada } from './running-console.ts';

/** The system's Chromium. Its sandbox does not work for root, which containers run tests as. */
export async function startChromium(): Promise<Browser> {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath: chromiumPath, args, timeout: untilTimeoutMs });
  closeAtEnd(() => browser.close());
  return browser;
}

/** A context whose waits end as late as those of `until`: on a busy machine pages come late. */
export async function openContext(browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(untilTimeoutMs);
  return context;
}

/** A page of ada, who has signed in with her password, in a context of its own. */
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
