import type { ProblemOfChoice } from '@keycourier/messages/describe-problem';
import { nearest } from '@keycourier/runtime/nearest';
import { z } from 'zod';

import { namesAt } from './names-at.ts';

/** Codes that our schemas set by `params: { code }`; every other issue is `invalid`. */
const codeParams = z.object({ code: z.string() });

/** Addresses that come from Okta only, since PINs go there. */
const addressesOfOkta = new Set(['email', 'secondEmail']);

/** A name that is safe to show and to store. Any other name may well be a value in the wrong place. */
export const isPlainName = (name: string): boolean => /^\w{1,64}$/.test(name);

const maxProblems = 20;

/** The problem with a name that is not among the `known` ones; `whole` is the part of the request that contains it. */
export function problemOfName(name: string, whole: string, known: readonly string[] = []): ProblemOfChoice {
  const choice = known.length === 0 ? {} : { allowed: known };
  if (!isPlainName(name)) return { field: whole, code: 'unknown_names', ...choice };
  if (addressesOfOkta.has(name)) return { field: name, code: 'comes_from_okta' };
  const meant = nearest(name, known);
  return { field: name, code: 'unknown_field', ...choice, ...(meant === null ? {} : { suggestion: meant }) };
}

/**
 * The issues that zod found, as field and code, with what is allowed instead; `whole` is the field of an issue that belongs
 * to no field.
 */
export function problemsOf(error: z.ZodError, whole: string, schema?: z.ZodType): ProblemOfChoice[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue, whole, schema)).slice(0, maxProblems);
}

function problemsOfIssue(issue: z.core.$ZodIssue, whole: string, schema: z.ZodType | undefined): ProblemOfChoice[] {
  const field = z.core.toDotPath(issue.path) || whole;
  if (issue.code === 'unrecognized_keys') {
    const known = schema === undefined ? [] : namesAt(schema, issue.path);
    return issue.keys.map((key) => {
      const problem = problemOfName(key, field, known);
      return problem.field === key ? { ...problem, field: z.core.toDotPath([...issue.path, key]) } : problem;
    });
  }
  if (issue.code === 'invalid_value' && issue.values.length > 1)
    return [{ field, code: 'invalid', allowed: issue.values.map(String) }];
  const ownCode = issue.code === 'custom' ? codeParams.safeParse(issue.params).data?.code : undefined;
  return [{ field, code: ownCode ?? 'invalid' }];
}
