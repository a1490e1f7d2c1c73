import { overridableFields, type OverridableField } from '@keycourier/journey/model/profile';
import { purposes } from '@keycourier/journey/model/purpose';
import { z } from 'zod';

// Okta sends product ids as strings, users write them as numbers.
const number = z.union([z.string().regex(/^\d{1,18}$/), z.int().nonnegative().transform(String)]);

const attribute = z.string().min(1).max(512).optional();

/** User, product and purpose: the same in a request for one shipment and in each row of a batch. */
export const requestFields = {
  userId: z
    .string()
    .regex(/^[\w-]{1,100}$/)
    .optional(),
  login: z
    .string()
    .regex(/^[^\s\p{C}](?:[^\p{C}]{0,252}[^\s\p{C}])?$/u)
    .optional(),
  productId: number.optional(),
  inventoryProductId: number.optional(),
  customizationId: z.string().min(1).max(64).optional(),
  purpose: z.enum(purposes).default('primary'),
  note: z.string().max(500).optional(),
};

/** Name, organization, phone and address; never an e-mail address, since PINs go there. */
export const overrides = {
  firstName: attribute,
  lastName: attribute,
  primaryPhone: attribute,
  organization: attribute,
  streetAddress: attribute,
  city: attribute,
  state: attribute,
  zipCode: attribute,
  countryCode: attribute,
} as const satisfies Record<OverridableField, z.ZodType>;

export type Overrides = Readonly<Partial<Record<OverridableField, string>>>;

type Values = Readonly<Partial<Record<OverridableField, string | undefined>>>;

/** The overrides of a request or a row, in either shape. */
export function overridesIn(request: Values & { profile?: Values | undefined }): Overrides {
  const found: Partial<Record<OverridableField, string>> = {};
  for (const field of overridableFields) {
    const value = request[field] ?? request.profile?.[field];
    if (value !== undefined) found[field] = value;
  }
  return found;
}

/** Exactly one of the two. */
const hasOnePerson = ({ userId, login }: { userId?: string | undefined; login?: string | undefined }): boolean =>
  (userId === undefined) !== (login === undefined);

/**
 * A request for one key, alone or as a row of a batch. Overridden attributes are in `profile`, or at the same level as the
 * other fields, as the columns of a CSV file are; one attribute in both places is refused.
 */
export const keyRequest = z
  .strictObject({
    ...requestFields,
    ...overrides,
    profile: z
      .strictObject(overrides)
      .optional()
      .meta({ description: 'Overridden attributes; they may be at the level of the other fields just as well' }),
  })
  .refine(hasOnePerson, { path: ['login'], params: { code: 'user_or_login' } })
  .superRefine((request, context) => {
    for (const field of overridableFields)
      if (request[field] !== undefined && request.profile?.[field] !== undefined)
        context.addIssue({ code: 'custom', path: ['profile', field], params: { code: 'given_twice' } });
  })
  .meta({ id: 'KeyRequest', override: { oneOf: [{ required: ['userId'] }, { required: ['login'] }] } });
