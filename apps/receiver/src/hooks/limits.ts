import type { JsonLimits } from '@keycourier/runtime/json/json-limits';

/**
 * One delivery. Okta sends events one by one or a few together, of some 4 kB and 100 values each; `depth` is that of a
 * document, while an event nested more than 32 deep is set aside alone.
 */
export const deliveryLimits = {
  bytes: 5 * 1_048_576,
  depth: 1_000,
  values: 200_000,
  members: 2_000,
  elements: 10_000,
  characters: 5 * 1_048_576,
  lists: { 'data.events': 500 },
  isTolerant: true,
} as const satisfies JsonLimits & { bytes: number };
