import { z } from 'zod';

import { ProcessError } from './errors.ts';

/**
 * Parses the environment once. An empty variable counts as unset, as in a shell's `${X:-default}`.
 * @throws ProcessError `bad_environment`: one line per problem, each naming the variable, never its value.
 */
export function parseEnvironment<Shape extends z.ZodType>(
  shape: Shape,
  environment: Readonly<Record<string, string | undefined>>,
): z.infer<Shape> {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = shape.safeParse(set);
  if (parsed.success) return parsed.data;
  throw new ProcessError('bad_environment', `The environment is not usable:\n${z.prettifyError(parsed.error)}`);
}
