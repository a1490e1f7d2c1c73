import { z } from 'zod';

const nullable = z
  .string()
  .nullish()
  .transform((value) => value ?? null);

/** The parts of the API's answer about catch-up that the CLI reads. */
export const catchUp = z.looseObject({
  tenant: z.string(),
  enabled: z.boolean(),
  lagSeconds: z.number().nullable(),
  lastPollAt: nullable,
  nextPollAt: nullable,
  eventsReadToday: z.number(),
  foundOnlyByCatchUp: z.looseObject({ today: z.number(), total: z.number() }),
  problem: z.looseObject({ code: z.string(), message: z.string() }).nullable(),
  hook: z.looseObject({ status: z.string(), lastDeliveryAt: nullable }),
  dailyCap: z.looseObject({ delivered: z.number(), cap: z.number(), share: z.number(), isNear: z.boolean() }),
});

export type CatchUp = z.output<typeof catchUp>;
