import { describe, test } from '@jest/globals';

import { chromiumPath } from './find-chromium.ts';

const hasChromium = chromiumPath !== '';
const titleOf = (title: string): string => (hasChromium ? title : `${title} (there is no Chromium in /usr/bin)`);

/** Tests that need a browser: skipped, and counted as skipped, with the reason, where there is no Chromium. */
export const describeInBrowser = (title: string, tests: () => void): void =>
  (hasChromium ? describe : describe.skip)(titleOf(title), tests);

/** The same for one test. */
export const testInBrowser = (title: string, run: () => Promise<void>): void =>
  (hasChromium ? test : test.skip)(titleOf(title), run);
