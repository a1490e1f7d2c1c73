import { nearest } from '@keycourier/runtime/nearest';
import type { z } from 'zod';

import type { Problem } from '../refusals/urls.ts';
import { knownKeys } from './known-keys.ts';

type Issue = z.core.$ZodIssue;

/** A tenant's problems, one for each key; of an alternative, those of the form that was probably meant. */
export const problemsOf = (issues: readonly Issue[], known: Known = knownKeys): Problem[] =>
  issues.flatMap((issue) => problemsOfIssue(issue, { above: [], known }));

/** The keys that a part may have. */
type Known = (path: readonly PropertyKey[]) => string[];

function problemsOfIssue(issue: Issue, { above, known }: { above: readonly PropertyKey[]; known: Known }): Problem[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], message: `is not a known key${hint(key, known(path))}` }));
  // A sentence of our own says more than its alternatives.
  if (issue.code === 'invalid_union' && issue.message === 'Invalid input') {
    const [meant] = issue.errors.toSorted((one, other) => weight(one) - weight(other));
    if (meant !== undefined && meant.length > 0)
      return meant.flatMap((inner) => problemsOfIssue(inner, { above: path, known }));
  }
  const isMissing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return [{ path, message: isMissing ? 'is missing' : issue.message }];
}

const weight = (issues: readonly Issue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);

/** What to write instead: the nearest known key, else all of them. */
export function hint(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  if (meant !== null) return `: did you mean ${meant}?`;
  return known.length === 0 ? '' : `; known here: ${known.join(', ')}`;
}
