import { readFileSync } from 'node:fs';

import { z } from 'zod';

/** The version of this command line, the same as that of all of keycourier. */
export function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
