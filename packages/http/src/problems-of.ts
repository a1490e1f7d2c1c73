import type { Problem } from '@keycourier/journey/model/shipment';
import { z } from 'zod';

/** Codes that our schemas set by `params: { code }`; every other issue is `invalid`. */
const codeParams = z.object({ code: z.string() });

/** Addresses that come from Okta only, since PINs go there. */
const addressesOfOkta = new Set(['email', 'secondEmail']);

/** A name that is safe to show and to store. Any other name may well be a value in the wrong place. */
export const isPlainName = (name: string): boolean => /^\w{1,64}$/.test(name);

const maxProblems = 20;

/** The problem with a name that the route does not know; `whole` is the part of the request that contains it. */
export function problemOfName(name: string, whole: string): Problem {
  if (!isPlainName(name)) return { field: whole, code: 'unknown_names' };
  return { field: name, code: addressesOfOkta.has(name) ? 'comes_from_okta' : 'unknown_field' };
}

/** The issues that zod found, as field and code; `whole` is the field of an issue that belongs to no field. */
export function problemsOf(error: z.ZodError, whole: string): Problem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue, whole)).slice(0, maxProblems);
}

function problemsOfIssue(issue: z.core.$ZodIssue, whole: string): Problem[] {
  const field = z.core.toDotPath(issue.path) || whole;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const { field: name, code } = problemOfName(key, field);
      return { field: code === 'unknown_names' ? field : z.core.toDotPath([...issue.path, name]), code };
    });
  const ownCode = issue.code === 'custom' ? codeParams.safeParse(issue.params).data?.code : undefined;
  return [{ field, code: ownCode ?? 'invalid' }];
}
