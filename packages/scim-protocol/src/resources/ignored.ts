import { badRequest } from '../scim-error.ts';
import { valueLimits } from './value-limits.ts';

/** Names in a request that no schema has. They are counted and returned, never stored: a name can be anything. */
export interface Ignored {
  /** @throws ScimError for a name of JavaScript's own, and for one too many */
  add: (name: string) => void;
  names: readonly string[];
}

const reserved = /(?:^|[.:])(?:__proto__|constructor|prototype)(?:$|[.:[])/i;

export function collectIgnored(): Ignored {
  const names: string[] = [];
  return {
    names,
    add: (name) => {
      if (reserved.test(name))
        throw badRequest(
          'invalidSyntax',
          'The request names an attribute __proto__, constructor or prototype, which no schema has: remove it from the attribute mapping.',
        );
      names.push(name);
      if (names.length > valueLimits.ignored)
        throw badRequest(
          'invalidSyntax',
          `The request has more than ${valueLimits.ignored} attributes that no schema has: map only those that /Schemas lists.`,
        );
    },
  };
}
