import type { ProfileField } from '@keycourier/journey/model/profile';

/**
 * How many bytes of UTF-8 the provider accepts for each attribute; the street's limit is for one of its two lines.
 * Source: YubiEnterprise delivery API, "special characters count more than one". No limit is published for postal codes.
 */
export const byteLimits = {
  firstName: 15,
  lastName: 20,
  email: 80,
  secondEmail: 80,
  primaryPhone: 40,
  organization: 20,
  streetAddress: 60,
  city: 60,
  state: 50,
  countryCode: 2,
} as const satisfies Partial<Record<ProfileField, number>>;

export type LimitedField = keyof typeof byteLimits;

export const isWithin = (field: LimitedField, value: string): boolean => Buffer.byteLength(value) <= byteLimits[field];
