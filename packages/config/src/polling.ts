import { z } from 'zod';

import { duration } from './duration.ts';

/** How often the worker reads an order at the provider, and for how long a parcel may be in transit. */
export const pollingSchema = z.strictObject({
  /** From placing the order to the first read. */
  firstAfter: duration.default(15 * 60_000),
  every: duration.default(6 * 3_600_000),
  /** How often the profile is compared with an order that can still be changed, besides at events about it. */
  profileEvery: duration.default(12 * 3_600_000),
  maxTransitDays: z.int().min(1).max(365).default(30),
});

/** How often the worker reads the stock at the provider, and from where on it is low. The provider counts once a day. */
export const stockSchema = z.strictObject({
  every: duration.default(6 * 3_600_000),
  /** Fewer days at the usual use are low. */
  lowDays: z.int().min(0).max(365).default(30),
  /** Fewer keys are low, however few are used. */
  lowKeys: z.int().min(0).max(1_000_000).default(10),
});
