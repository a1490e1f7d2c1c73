import { z } from 'zod';

import { fail, type Rule } from '../reading.ts';

/** ASCII without quoting, as browsers take it, and with a dotted domain and no stray dots. */
const schema = z.string().regex(z.regexes.html5Email).regex(z.regexes.rfc5322Email);

/** An address that mail can be sent to as it stands: it is never changed but for trimming, since a PIN goes to it. */
export const emailAddress: Rule = (reading) =>
  schema.safeParse(reading.value).success ? reading : fail(reading, 'not_an_email_address');
