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

/** The overrides among the fields of a row. */
export function overridesIn(row: Readonly<Partial<Record<OverridableField, string | undefined>>>): Overrides {
  const entries = overridableFields.flatMap((field) =>
    row[field] === undefined ? [] : [[field, row[field]] as const],
  );
  return Object.fromEntries(entries);
}

/** Exactly one of the two, for schemas with {@link requestFields}. */
export const hasOnePerson = ({ userId, login }: { userId?: string | undefined; login?: string | undefined }): boolean =>
  (userId === undefined) !== (login === undefined);

export const onePerson = { path: ['login'], params: { code: 'user_or_login' } };

/** The same rule in the OpenAPI document. */
export const asOnePerson = { override: { oneOf: [{ required: ['userId'] }, { required: ['login'] }] } };
