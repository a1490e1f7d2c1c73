import { z } from 'zod';

import { whyNoShipping } from './countries.ts';
import { optionalText, requiredText } from './field-text.ts';

/** Countries that require the two-letter USPS code; US military bases abroad (AA, AE, AP) count as US. */
const countriesWithRegions: ReadonlySet<string> = new Set(['US', 'CA']);

/** Lengths in bytes, as Yubico documents them; the limit of the postal code is invented. The two street lines share 120. */
export const mailingAddress = z.preprocess(
  (value) => value ?? {},
  z
    .object({
      street_line1: requiredText(60),
      street_line2: optionalText(60),
      city: requiredText(60),
      region: optionalText(50),
      postal_code: requiredText(20),
      country_code_2: requiredText(2),
    })
    .superRefine(({ country_code_2: country, region }, check) => {
      const refusal = country === '' ? null : whyNoShipping(country);
      if (refusal !== null) check.addIssue({ code: 'custom', path: ['country_code_2'], message: refusal });
      if (countriesWithRegions.has(country) && !/^[A-Z]{2}$/.test(region))
        check.addIssue({ code: 'custom', path: ['region'], message: `must be a two-letter USPS code for ${country}` });
    }),
);

export type MailingAddress = z.infer<typeof mailingAddress>;
