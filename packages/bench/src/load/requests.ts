import { z } from 'zod';

const target = { url: z.string(), authorization: z.string() };

const flood = z.strictObject({
  kind: z.literal('flood'),
  ...target,
  connections: z.int(),
  seconds: z.number(),
  /** Of each delivery. */
  events: z.int(),
});

const deliveries = z.strictObject({
  kind: z.literal('deliveries'),
  ...target,
  users: z.array(z.string()),
  perDelivery: z.int(),
  /** From the start of a delivery to that of the next; at once where it is 0 or has passed. */
  everyMs: z.number(),
});

/** What the process that makes the load is asked for. */
export const loadRequest = z.discriminatedUnion('kind', [flood, deliveries]);

export type Flood = z.infer<typeof flood>;
export type Deliveries = z.infer<typeof deliveries>;

export const floodResult = z.strictObject({
  perSecond: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  answered: z.int(),
  failed: z.int(),
  cpuMs: z.number(),
});

export type FloodResult = z.infer<typeof floodResult>;

/** A name and a time in milliseconds since 1970. */
export const times = z.array(z.tuple([z.string(), z.number()]));
