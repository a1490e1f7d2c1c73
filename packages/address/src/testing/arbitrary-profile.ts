import { overridableFields, profileFields } from '@keycourier/journey/model/shipment';
import fc from 'fast-check';

import type { Given } from './address-row.ts';
import { addresses } from './addresses.ts';

/** Any text at all: half characters, controls, other scripts, and the stuff that real addresses are made of. */
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
export const word = fc.constantFrom(
  ...'Maximilian Käthe Szczepan Ευαγγελία Щербаков Мар’яна スズキ 真一 Gesellschaft Beispielstraße Avenue'.split(' '),
  ...'Corporation GmbH von Freiherr Gebäude 12345 PO-Box APO AE ＡＰＯ თბილისი اسم 02108'.split(' '),
);
const separator = fc.constantFrom(' ', ' ', ', ', '-', '\n', '\t', ' & ');
const overlongWords = fc
  .array(fc.tuple(word, separator), { minLength: 1, maxLength: 14 })
  .map((parts) => parts.flat().join(''));

export const givens = addresses.map(([, given]): Given => ({ secondEmail: 'ada@home.example', ...given }));
const row = fc.constantFrom(...givens);
/** An address of the table with some attributes changed to anything, taken away, or swapped with another row's. */
export const profile: fc.Arbitrary<Given> = fc
  .tuple(
    row,
    row,
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
export const user = fc.record({
  isNewUser: fc.boolean(),
  enabledCountries: fc.constantFrom(null, ['US'], ['DE', 'FR', 'GB', 'JP', 'US']),
});
/** What becomes of a value that is too long, in another script, or badly written: more of these than `profile` makes. */
export const mendable: fc.Arbitrary<Given> = fc
  .tuple(profile, fc.subarray([...overridableFields], { minLength: 1 }), fc.infiniteStream(overlongWords))
  .map(([base, fields, values]) => ({
    ...base,
    ...Object.fromEntries(fields.map((field) => [field, values.next().value])),
  }));
