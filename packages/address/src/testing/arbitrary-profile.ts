import { overridableFields, profileFields } from '@keycourier/journey/model/profile';
import type { AddressContext } from '@keycourier/journey/ports/address';
import fc from 'fast-check';

import type { ProfileValues } from './address-row.ts';
import { addresses } from './addresses.ts';

/** Any text at all: halves of surrogate pairs, controls, other scripts, and parts of real addresses. */
const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(' ', ',', '\n', '\r\n', '-', '.', '\u0301', '\u3000', '\ud800', 'é', 'Wörter', '12', 'PO Box'),
      { maxLength: 40 },
    )
    .map((parts) => parts.join('')),
  fc.constantFrom('US', 'ca', 'Deutschland', 'APO', 'AE', 'QAT', 'constructor', '__proto__', '0'.repeat(5000)),
);

/** Words of the kinds that suggestions are made from. */
const word = fc.constantFrom(
  ...'Maximilian Käthe Szczepan Ευαγγελία Щербаков Мар’яна スズキ 真一 Gesellschaft Beispielstraße Avenue'.split(' '),
  ...'Corporation GmbH von Freiherr Gebäude 12345 PO-Box APO AE ＡＰＯ თბილისი اسم 02108'.split(' '),
);
const separator = fc.constantFrom(' ', ' ', ', ', '-', '\n', '\t', ' & ');
const overlongWords = fc
  .array(fc.tuple(word, separator), { minLength: 1, maxLength: 14 })
  .map((parts) => parts.flat().join(''));

const secondEmail = 'ada@home.example';
const rows = addresses.map(([, values]): ProfileValues => ({ secondEmail, ...values }));
const shippableRows = addresses.flatMap(([, values, verdict]) =>
  verdict.outcome === 'ships' ? [{ secondEmail, ...values }] : [],
);

export const user: fc.Arbitrary<AddressContext> = fc.record({
  isNewUser: fc.boolean(),
  enabledCountries: fc.constantFrom(null, ['US'], ['DE', 'FR', 'GB', 'JP', 'US']),
});

/** A user of a tenant that may ship to every country. */
export const userAnywhere: fc.Arbitrary<AddressContext> = fc.record({
  isNewUser: fc.boolean(),
  enabledCountries: fc.constant(null),
});

/** An address of the table with some attributes replaced by anything, removed, or swapped with another row's. */
export const profile: fc.Arbitrary<ProfileValues> = fc
  .tuple(
    fc.constantFrom(...rows),
    fc.constantFrom(...rows),
    fc.subarray([...profileFields], { maxLength: 3 }),
    fc.subarray([...profileFields], { maxLength: 2 }),
    fc.infiniteStream(fc.option(anything, { nil: undefined })),
  )
  .map(([base, other, changed, swapped, values]) => {
    const swaps = swapped.map((field) => [field, other[field]]);
    const changes = changed.map((field) => [field, values.next().value]);
    const entries = Object.entries({ ...base, ...Object.fromEntries(swaps), ...Object.fromEntries(changes) });
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  });

/** White space and Unicode forms that rules change without loss. */
const losslessChange = fc.constantFrom(
  (value: string) => value,
  (value: string) => ` ${value}\u00a0`,
  (value: string) => value.replaceAll(' ', '\u3000 '),
  (value: string) => value.normalize('NFD'),
);
const unplacedFields = ['firstName', 'lastName', 'email', 'secondEmail', 'organization', 'city'] as const;

/** A shippable address of the table, with a person or city of another one, written less tidily. Most of them ship. */
export const shippableProfile: fc.Arbitrary<ProfileValues> = fc
  .tuple(
    fc.constantFrom(...shippableRows),
    fc.constantFrom(...shippableRows),
    fc.subarray([...unplacedFields], { maxLength: 3 }),
    fc.infiniteStream(losslessChange),
  )
  .map(([base, other, swapped, changes]) => {
    const isMilitary = base.city?.length === 3;
    const swaps = swapped.filter((field) => !(isMilitary && field === 'city')).map((field) => [field, other[field]]);
    const entries = Object.entries<string | undefined>({ ...base, ...Object.fromEntries(swaps) });
    return Object.fromEntries(
      entries.flatMap(([field, value]) =>
        value === undefined ? [] : [[field, /email/i.test(field) ? value : changes.next().value(value)]],
      ),
    );
  });

/** Values that are overlong, in another script, or badly written, far more of them than in `profile`. */
export const brokenProfile: fc.Arbitrary<ProfileValues> = fc
  .tuple(profile, fc.subarray([...overridableFields], { minLength: 1 }), fc.infiniteStream(overlongWords))
  .map(([base, fields, values]) => ({
    ...base,
    ...Object.fromEntries(fields.map((field) => [field, values.next().value])),
  }));

const longFirstName = fc
  .array(fc.constantFrom('Maximilian', 'Käthe', 'Szczepan', 'Alexander', 'Мар’яна'), { minLength: 3, maxLength: 5 })
  .map((names) => names.join(' '));
const foreignName = fc.constantFrom('Щербаков', 'Ευαγγελία', 'スズキ', 'თბილისი', 'Ada\u200b', 'Ｌｏｖｅｌａｃｅ 🔑');
const longOrganization = fc
  .tuple(foreignName, fc.constantFrom(' Corporation', ' Gesellschaft mit beschränkter Haftung', ' Aktiengesellschaft'))
  .map((parts) => parts.join(''));
const longStreet = fc
  .tuple(fc.integer({ min: 1, max: 9999 }), fc.constantFrom('Boulevard', 'Avenue', 'Expressway'))
  .map(
    ([number, kind]) => `${number} ${`${kind} `.repeat(7)}, Apartment 12, Building 4, Department 7, Floor 3, Suite 5`,
  );

const repairable = fc.record(
  {
    firstName: longFirstName,
    lastName: foreignName,
    organization: longOrganization,
    streetAddress: longStreet,
    city: foreignName,
  },
  { requiredKeys: [] },
);

/** A shippable address of the table with values whose problems a suggestion repairs. */
export const repairableProfile: fc.Arbitrary<ProfileValues> = fc
  .tuple(fc.constantFrom(...shippableRows.filter(({ city }) => city?.length !== 3)), repairable)
  .map(([base, values]) => ({ ...base, ...values }));
