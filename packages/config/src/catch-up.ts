import { z } from 'zod';

import { duration } from './duration.ts';

const minuteMs = 60_000;

/** How the worker reads Okta's System Log for events that the hook did not deliver. */
export const catchUpSchema = z.strictObject({
  enabled: z.boolean().default(true),
  every: duration.refine((ms) => !(ms < 1_000), 'must be at least 1s').default(minuteMs),
  /** How far back the first poll reads; 0s means from now on. */
  lookBack: duration.default(24 * 60 * minuteMs),
  /** What is read again for events that reach the log late, and where a cursor is refused. */
  overlap: duration.default(10 * minuteMs),
  /** For how long an event that a poll found may still come by the hook before it counts as missed by it. */
  hookGrace: duration.default(5 * minuteMs),
});

export type CatchUpSettings = z.output<typeof catchUpSchema>;
