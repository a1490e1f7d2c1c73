import { readFileSync } from 'node:fs';

import { z } from 'zod';

/** Events of hooks from the wild, as data, with what is right for each. */
const folder = new URL('../../src/testing/trials/hooks/', import.meta.url);
const read = <Shape extends z.ZodType>(file: string, shape: Shape): z.infer<Shape> =>
  shape.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));

const detail = z.record(z.string(), z.unknown());
const wantedIds = z.strictObject({
  productId: z.string().nullable(),
  inventoryProductId: z.string().nullable(),
  customizationId: z.string().nullable(),
});

/** Details with ids of other types than text: the ids that count, or that the event is set aside, and why. */
export const idTrials = read(
  'ids-of-other-types.json',
  z.array(
    z.strictObject({
      n: z.string(),
      userId: z.unknown().optional(),
      detail,
      expected: z.union([wantedIds, z.literal('set-aside')]),
      reason: z.string().optional(),
    }),
  ),
);

/** Initiations for several keys: what becomes of each. Stock 106 has primary keys, stock 107 backup keys. */
export const severalKeysTrials = read(
  'several-keys.json',
  z.array(
    z.strictObject({
      n: z.string(),
      keys: z.array(
        z.strictObject({
          provider: z.string().default('yubico'),
          p: z.unknown().optional(),
          i: z.unknown().optional(),
        }),
      ),
      expected: z.array(z.enum(['primary', 'backup', 'ignored', 'set_aside'])),
    }),
  ),
);

/** The envelope whose ids came as numbers, with placeholders for its uuid and its user. */
export const numbersInDetail = read(
  'numbers-in-detail.json',
  z.object({
    data: z.object({ events: z.tuple([z.looseObject({ target: z.array(z.looseObject({ id: z.string() })) })]) }),
  }),
);
