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

/**
 * What a tenant's deliveries take at once, from reading to commit: 64 of one event, eight of those with many events, and two of those
 * beyond `largeBytes`, which take some 20 MiB of memory each. While others have deliveries too, and fewer, an eighth of that, and two
 * of one event while more of this tenant's wait. A share has as many `bytes` as two events.
 */
export const deliveryShares = {
  bytes: 8 * 1_024,
  most: 8,
  largeBytes: 1_048_576,
  mostLarge: 32,
  maxConcurrent: 64,
  maxConcurrentContended: 8,
  maxConcurrentCrowded: 2,
} as const;

/**
 * What one statement commits of a tenant: as many events as one delivery may have, and as many bytes; fewer while other
 * tenants have deliveries. Deliveries wait for the statement under way, but no longer than `patienceMs` where the tenant has
 * another connection.
 */
export const groupLimits = {
  events: 500,
  eventsContended: 100,
  bytes: deliveryLimits.bytes,
  patienceMs: 25,
} as const;
