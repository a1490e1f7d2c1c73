import { domainToASCII } from 'node:url';

import addressparser from 'nodemailer/lib/addressparser';
import { z } from 'zod';

import { refusals } from '../refusals.ts';

const mailbox = z.email({ pattern: z.regexes.html5Email }).max(254);

/**
 * Exactly one address, alone or as `Name <address>`, read as nodemailer reads it when it sends. A group, a list, a second
 * address in the name or a line break would send mail from another address or from none.
 */
export const mailFrom = z.string().refine(isOneAddress, refusals.oneAddress());

function isOneAddress(text: string): boolean {
  if (/[\p{Cc}\u2028\u2029]/u.test(text)) return false;
  const [only, ...others] = addressparser(text);
  if (only === undefined || others.length > 0 || only.group !== undefined) return false;
  const at = only.address.lastIndexOf('@');
  const ascii = `${only.address.slice(0, at)}@${domainToASCII(only.address.slice(at + 1))}`;
  return at > 0 && mailbox.safeParse(ascii).success && !/[@<>;]/.test(only.name);
}
