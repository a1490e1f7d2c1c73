import { overridableFields } from '@keycourier/journey/model/profile';
import { overrides } from '@keycourier/operations/batches/request-fields';
import { z } from 'zod';

const userName = z.string().regex(/^[^\s\p{C}](?:[^\p{C}]{0,252}[^\s\p{C}])?$/u);
const displayName = z.string().min(1).max(512);
const email = z.email().max(254).meta({
  description: 'Shown, and for the enrollment mail; never an address that a PIN goes to',
});
const active = z.boolean();

/** A person as an operator enters them, by the names that the rest of the API uses. */
export const newPersonBody = z.strictObject({
  userName,
  active: active.optional(),
  displayName: displayName.optional(),
  email: email.optional(),
  ...overrides,
});

const nullable = <Schema extends z.ZodType>(schema: Schema) => schema.nullish();

export const changedPersonBody = z.strictObject({
  userName: userName.optional(),
  active: active.optional(),
  displayName: nullable(displayName),
  email: nullable(email),
  firstName: nullable(overrides.firstName),
  lastName: nullable(overrides.lastName),
  primaryPhone: nullable(overrides.primaryPhone),
  organization: nullable(overrides.organization),
  streetAddress: nullable(overrides.streetAddress),
  city: nullable(overrides.city),
  state: nullable(overrides.state),
  zipCode: nullable(overrides.zipCode),
  countryCode: nullable(overrides.countryCode),
});

export type PersonFields = z.output<typeof changedPersonBody>;

/** Whether it says where a key goes, if the tenant's sources name the directory. */
export const namesAddress = (fields: PersonFields): boolean =>
  overridableFields.some((field) => fields[field] !== undefined);
