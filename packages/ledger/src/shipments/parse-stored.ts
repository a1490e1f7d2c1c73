import { holdCodes } from '@keycourier/journey/model/holds';
import { hubDrifts, type HubDrift } from '@keycourier/journey/model/hub-user';
import {
  overridableFields,
  profileFields,
  profilePartNames,
  profileSources,
  type CheckedProfile,
  type Overrides,
} from '@keycourier/journey/model/profile';
import type { Hold, Intents, Secrets, Shipment } from '@keycourier/journey/model/shipment';
import { z } from 'zod';

import { LedgerError } from '../errors.ts';

/** JSON that the ledger wrote and reads again: strict, so that a row from elsewhere is noticed. */
const problems = z.array(z.strictObject({ field: z.string(), code: z.string() }));

const hold: z.ZodType<Hold> = z.strictObject({
  code: z.enum(holdCodes),
  problems,
  since: z.union([z.date(), z.iso.datetime().transform((text) => new Date(text))]),
});

const failure: z.ZodType<NonNullable<Shipment['failure']>> = z.strictObject({ code: z.string(), problems });

const intents: z.ZodType<Intents> = z.strictObject({
  enroll: z.strictObject({ at: z.string(), knownEnrollmentIds: z.array(z.string()) }).optional(),
  order: z
    .strictObject({
      at: z.string(),
      reference: z.string(),
      attempt: z.number(),
      expectsSignedPinCopy: z.boolean().optional(),
    })
    .optional(),
  activate: z.strictObject({ at: z.string() }).optional(),
  release: z.strictObject({ at: z.string() }).optional(),
  send: z.strictObject({ at: z.string() }).optional(),
} satisfies { [Name in keyof Intents]-?: z.ZodType<Intents[Name]> });

const drift = z.array(z.enum(hubDrifts));

const source = z.enum(profileSources);

const profile: z.ZodType<CheckedProfile> = z.strictObject({
  firstName: z.string(),
  lastName: z.string(),
  email: z.string(),
  secondEmail: z.string().nullable(),
  primaryPhone: z.string(),
  organization: z.string(),
  streetLine1: z.string(),
  streetLine2: z.string().nullable(),
  city: z.string(),
  state: z.string().nullable(),
  zipCode: z.string(),
  countryCode: z.string(),
  isNewUser: z.boolean(),
  sources: z.partialRecord(z.enum(profileFields), source),
  normalisations: z.array(z.strictObject({ field: z.enum(profileFields), rule: z.string() })),
});

const texts = z.partialRecord(z.enum(overridableFields), z.string());
const replaced = z.partialRecord(z.enum(profilePartNames), z.string());

const former = z.looseObject({ instead: z.unknown() });

/** Before migration 0003 `replaced` was written as `instead`; sealed values cannot be renamed by a migration. */
function replacedByItsFormerName(stored: unknown): unknown {
  const parsed = former.safeParse(stored);
  if (!parsed.success || 'replaced' in parsed.data) return stored;
  const { instead, ...rest } = parsed.data;
  return instead === undefined ? stored : { ...rest, replaced: instead };
}

const overrides: z.ZodType<Overrides> = z.union([
  z.preprocess(
    replacedByItsFormerName,
    z.strictObject({
      values: z.partialRecord(
        z.enum(overridableFields),
        z.strictObject({ value: z.string(), source: source.extract(['override', 'correction', 'confirmed']) }),
      ),
      replaced,
    }),
  ),
  // Written by 0.1: the request's own values alone.
  texts.transform((values) => ({ values: mapValues(values), replaced: {} })),
]);

const mapValues = (values: z.output<typeof texts>): Overrides['values'] =>
  Object.fromEntries(Object.entries(values).map(([field, value]) => [field, { value, source: 'override' as const }]));

const signingKeys = z.array(z.record(z.string(), z.unknown())).optional();

const secrets = {
  login: z.string(),
  overrides,
  profile,
  sourced: z.strictObject({
    profile: z.partialRecord(z.enum(profileFields), z.strictObject({ value: z.string(), source })),
    isNewUser: z.boolean(),
    enabledCountries: z.array(z.string()).nullable(),
  }),
  suggestion: z.preprocess(replacedByItsFormerName, z.strictObject({ values: texts, replaced })),
  known: replaced,
  edit: z.discriminatedUnion('decision', [
    z.strictObject({ decision: z.literal('accept'), profile }),
    z.strictObject({ decision: z.literal('reject') }),
  ]),
  requestEnvelopes: z.strictObject({ pinRequestJwe: z.string(), credRequestJwe: z.string() }),
  responseEnvelopes: z.strictObject({ pinResponseJwe: z.string(), credResponseJwe: z.string(), signingKeys }),
  pinCopy: z.strictObject({ jwe: z.string(), signingKeys }),
} as const satisfies { [Name in keyof Secrets]: z.ZodType<Secrets[Name]> };

const secretsSchema: z.ZodType<Shipment['secrets']> = z.strictObject(secrets).partial();

export const readHold = (stored: unknown): Hold => parse(hold, stored, 'hold');
export const readFailure = (stored: unknown): NonNullable<Shipment['failure']> => parse(failure, stored, 'failure');
export const readIntents = (stored: unknown): Intents => parse(intents, stored, 'intents');
export const readDrift = (stored: unknown): readonly HubDrift[] => parse(drift, stored, 'drift');
export const readSecrets = (stored: unknown): Shipment['secrets'] => parse(secretsSchema, stored, 'secrets');

/** An error may name the fields of a bad row, but never show their values, so zod's messages are left out. */
function parse<Value>(schema: z.ZodType<Value>, stored: unknown, what: string): Value {
  const parsed = schema.safeParse(stored);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map(({ path, code }) => `${path.join('.')}: ${code}`).join(', ');
  throw new LedgerError('bad_row', `A stored ${what} is not as written (${where})`);
}
