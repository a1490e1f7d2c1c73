import { existsSync } from 'node:fs';

/** Debian's packages. The shell draws no window, and takes two thirds of the processor time. */
const places = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

/** The system's Chromium; empty where there is none: then tests in a browser are skipped. */
export const chromiumPath = places.find((place) => existsSync(place)) ?? '';
