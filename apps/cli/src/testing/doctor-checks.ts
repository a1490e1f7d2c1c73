import { z } from 'zod';

import type { Ran } from './run.ts';

export const findings = z.object({
  ok: z.boolean(),
  checks: z.array(
    z.object({
      tenant: z.string().nullable(),
      check: z.string(),
      status: z.enum(['green', 'yellow', 'red', 'skipped']),
      message: z.string(),
      fix: z.string().nullable(),
    }),
  ),
});

/** The checks of a status that `doctor --json` found, each with its message. */
export const checksThatAre = (status: string, ran: Ran): Record<string, string> =>
  Object.fromEntries(
    findings
      .parse(ran.json())
      .checks.filter((one) => one.status === status)
      .map(({ check, message }) => [check, message]),
  );
