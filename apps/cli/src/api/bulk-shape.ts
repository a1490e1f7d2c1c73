import { z } from 'zod';

const time = z.string().nullable();

const bulk = z.looseObject({
  id: z.string(),
  action: z.string(),
  state: z.string(),
  total: z.number(),
  isCutOff: z.boolean(),
  filter: z.record(z.string(), z.unknown()),
  by: z.looseObject({ kind: z.string(), id: z.string() }),
  reason: z.string().nullable(),
  createdAt: z.string(),
  startedAt: time,
  endedAt: time,
  stopped: z.string().nullable(),
});

/** An action on a filter as the API lists it. */
export type ListedBulk = z.output<typeof bulk>;

export const bulkPage = z.looseObject({ items: z.array(bulk), nextCursor: z.string().nullable() });

export const bulkAction = bulk.extend({
  counts: z.record(z.string(), z.number()),
  reasons: z.array(z.looseObject({ outcome: z.string(), code: z.string(), message: z.string(), count: z.number() })),
});

export type BulkAction = z.output<typeof bulkAction>;
