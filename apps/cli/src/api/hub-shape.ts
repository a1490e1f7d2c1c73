import { z } from 'zod';

const check = z.object({ check: z.string(), passed: z.boolean(), message: z.string(), grant: z.string().nullable() });

/** The hub as the API shows it. */
export const hub = z.object({
  tenant: z.string(),
  source: z.string().nullable(),
  orgUrl: z.string().nullable(),
  auth: z.string().nullable(),
  clientId: z.string().nullable(),
  publicKey: z.looseObject({ kid: z.string() }).nullable(),
  test: z
    .object({ state: z.string(), requestedAt: z.string(), endedAt: z.string().nullable(), checks: z.array(check) })
    .nullable(),
});

export type Hub = z.output<typeof hub>;
export type Checked = z.output<typeof check>;
