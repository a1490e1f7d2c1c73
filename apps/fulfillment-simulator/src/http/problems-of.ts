import { z } from 'zod';

import type { Problem } from './answer.ts';

/** Every issue that zod found as a problem of the provider; `below` is the path of the parsed part in the body. */
export function problemsOf(error: z.ZodError, below: readonly (string | number)[] = []): Problem[] {
  return error.issues.map(({ path, message }) => ({ field: z.core.toDotPath([...below, ...path]) || 'body', message }));
}
