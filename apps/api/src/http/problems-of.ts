import type { Problem } from '@keycourier/journey/model/shipment';
import { z } from 'zod';

/** Codes that a schema of ours gives by `params: { code }`; every other fault is `invalid`. */
const given = z.object({ code: z.string() });

/** Addresses that Okta alone may give, since PINs go there. */
const addressesOfOkta = new Set(['email', 'secondEmail']);

/** A name that can be shown and stored. Anything else as a name may well be a value in the wrong place. */
const plainName = /^\w{1,64}$/;

const mostProblems = 20;

/** What is wrong with a name that the route does not know; `whole` is what it is a name in. */
export function problemOfName(name: string, whole: string): Problem {
  if (!plainName.test(name)) return { field: whole, code: 'unknown_names' };
  return { field: name, code: addressesOfOkta.has(name) ? 'comes_from_okta' : 'unknown_field' };
}

/** Faults that zod found, as field and code; `whole` names the part when the fault is not in a field of it. */
export function problemsOf(error: z.ZodError, whole: string): Problem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue, whole)).slice(0, mostProblems);
}

function problemsOfIssue(issue: z.core.$ZodIssue, whole: string): Problem[] {
  const field = z.core.toDotPath(issue.path) || whole;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const { field: name, code } = problemOfName(key, field);
      return { field: code === 'unknown_names' ? field : z.core.toDotPath([...issue.path, name]), code };
    });
  const own = issue.code === 'custom' ? given.safeParse(issue.params) : undefined;
  return [{ field, code: own?.data?.code ?? 'invalid' }];
}
