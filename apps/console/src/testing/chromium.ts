import { chromiumPath } from '@keycourier/runtime/testing/find-chromium';
import { chromium, type Browser } from 'playwright-core';

import { closeAtEnd } from './close-all.ts';

export const hasChromium = chromiumPath !== '';

/** The system's Chromium. Its sandbox does not work for root, which containers run tests as. */
export async function startChromium(): Promise<Browser> {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath: chromiumPath, args });
  closeAtEnd(() => browser.close());
  return browser;
}
