import type { JsonLimits } from '@keycourier/runtime/json/json-limits';

/**
 * A JSON body of a route. No route's body comes near, but for lists: those of people have 1,000 ids. The largest other one has
 * two levels, 40 members and 12,000 characters.
 */
export const jsonBodyLimits = {
  bytes: 1_048_576,
  depth: 16,
  values: 2_000,
  members: 200,
  elements: 1_000,
  characters: 65_536,
  isTolerant: false,
} as const satisfies JsonLimits & { bytes: number };
