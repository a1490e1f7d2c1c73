import { existsSync } from 'node:fs';

import { chromium, type Browser } from 'playwright-core';

import { closeAtEnd } from './close-all.ts';

const executablePath = '/usr/bin/chromium';

export const hasChromium = existsSync(executablePath);

/** The system's Chromium. Its sandbox does not work for root, which containers run tests as. */
export async function startChromium(): Promise<Browser> {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath, args });
  closeAtEnd(() => browser.close());
  return browser;
}
