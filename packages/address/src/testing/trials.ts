import { readdirSync, readFileSync } from 'node:fs';

import { profileFields, type ProfileField } from '@keycourier/journey/model/profile';
import { z } from 'zod';

const field = z.enum(profileFields);
const values = z.partialRecord(field, z.string());

const trial = z.strictObject({
  /** What the case is. */
  n: z.string(),
  /** The address; the person's other attributes are the same for all. */
  p: values,
  want: z.enum(['accept', 'hold']),
  /** The attribute that has the problem. */
  field: field.optional(),
  /** Values after a lossless change. */
  normal: values.optional(),
  /** The suggestion for `field`; null where there is none, and an attribute's name where there is one for that attribute. */
  suggest: z.string().nullable().optional(),
});

export type Trial = z.infer<typeof trial>;

// The compiler copies no data: it is read from the sources.
const folder = new URL('../../src/testing/trials/', import.meta.url);

/** Addresses as people and programs really write them, by file, each with what becomes of it. */
export const trialsByFile: readonly { file: string; trials: readonly Trial[] }[] = readdirSync(folder).map((file) => ({
  file,
  trials: z.array(trial).parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))),
}));

export const isField = (name: string): name is ProfileField => profileFields.some((known) => known === name);
