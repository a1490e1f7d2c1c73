import { z } from 'zod';

import { refuse } from './faults.ts';

/** One address of plain characters, without line break, comma, quote, comment or display name. */
const address = z.email({ pattern: z.regexes.html5Email }).max(254);

/** Letters, as in people's names. A name with digits, or that looks like a web address, is not shown. */
const showableName = /^\p{L}[\p{L}\p{M}'’ -]{0,49}$/u;

export interface Recipient {
  address: string;
  /** Empty when the name must not be shown: digits could pass for the PIN, other characters for a link. */
  name: string;
}

/** @throws ConnectorError `refused` for anything but exactly one address. */
export function recipientOf(to: string, firstName: string): Recipient {
  const parsed = address.safeParse(to);
  if (!parsed.success) throw refuse('to', 'not_an_address');
  const name = firstName.trim();
  return { address: parsed.data, name: showableName.test(name) ? name : '' };
}
