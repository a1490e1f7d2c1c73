import { z } from 'zod';

import type { Problem } from './answer.ts';

/** Every fault that zod found, in the provider's words; `below` is where the parsed part sits in the body. */
export function problemsOf(error: z.ZodError, below: readonly (string | number)[] = []): Problem[] {
  return error.issues.map(({ path, message }) => ({ field: z.core.toDotPath([...below, ...path]) || 'body', message }));
}
