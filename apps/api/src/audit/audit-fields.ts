import { z } from 'zod';

import { documentedAs } from '../shipments/query-fields.ts';

/** A number of an entry, in a URL. */
export const seq = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
  .meta({ override: documentedAs({ type: 'integer', minimum: 0 }) });

/** Of an entry, in hex. */
export const hash = z.string().regex(/^[0-9a-f]{64}$/);
