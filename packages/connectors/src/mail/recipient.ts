import { z } from 'zod';

import { refuse } from './refuse.ts';

/** One address of plain characters: no line break, comma, quote, comment or display name can be part of it. */
const address = z.email({ pattern: z.regexes.html5Email }).max(254);

/** Letters, as people write their names. What holds digits or looks like a web address is not shown at all. */
const showableName = /^\p{L}[\p{L}\p{M}'’ -]{0,49}$/u;

export interface Recipient {
  address: string;
  /** Empty when the name is not one to be repeated: digits could pass for the PIN, other signs for a link. */
  name: string;
}

/** @throws ConnectorError `refused` for anything but exactly one address. */
export function recipientOf(to: string, firstName: string): Recipient {
  const parsed = address.safeParse(to);
  if (!parsed.success) throw refuse('to', 'not_an_address');
  const name = firstName.trim();
  return { address: parsed.data, name: showableName.test(name) ? name : '' };
}
