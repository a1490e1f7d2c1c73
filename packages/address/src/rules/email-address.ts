import { z } from 'zod';

import { fail, type Rule } from '../field-state.ts';

/** ASCII without quoting, as browsers accept it, with a dotted domain and no stray dots. */
const schema = z.string().regex(z.regexes.html5Email).regex(z.regexes.rfc5322Email);

/** Never changed except by trimming, since a PIN is mailed to it. */
export const emailAddress: Rule = (field) =>
  schema.safeParse(field.value).success ? field : fail(field, 'not_an_email_address');
