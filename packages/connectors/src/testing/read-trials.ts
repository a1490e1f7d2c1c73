import { readFileSync } from 'node:fs';

import { z } from 'zod';

/** Cases kept as data: each has a name `n` and the fields of its kind. */
export function readTrials<Fields extends z.core.$ZodLooseShape>(
  file: string,
  fields: Fields,
): z.output<z.ZodObject<Fields & { n: z.ZodString }, z.core.$strict>>[] {
  const url = new URL(`../../src/testing/trials/${file}`, import.meta.url);
  return z.array(z.strictObject({ ...fields, n: z.string() })).parse(JSON.parse(readFileSync(url, 'utf8')));
}
