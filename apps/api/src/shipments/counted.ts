import { z } from 'zod';

import { flag } from './query-fields.ts';

/** What is beyond is not counted: a page costs the same with any number of rows. */
const mostCounted = 1_000;

const description = 'Count what the filter selects, up to 1,000: `count`, and whether it is `atLeast` so many';

export const countQuery = flag.meta({ description });

export const countInBody = z.boolean().default(false).meta({ description });

/** Of a page, where it was asked to count. */
export const countFields = {
  count: z
    .int()
    .optional()
    .meta({ description: 'With `count=true`: how many the filter selects on all pages, 1,000 at most' }),
  atLeast: z.boolean().optional().meta({
    description: 'With `count=true`: whether there are more than `count`, so that it is to be shown as 1,000+',
  }),
};

/** @param countUpTo counts no more than its argument */
export async function countOf(
  isWanted: boolean,
  countUpTo: (atMost: number) => Promise<number>,
): Promise<{ count?: number; atLeast?: boolean }> {
  if (!isWanted) return {};
  const found = await countUpTo(mostCounted + 1);
  return { count: Math.min(found, mostCounted), atLeast: found > mostCounted };
}
