import type { MailingAddress } from './mailing-address.ts';

export interface Suggestion {
  suggest_street_line1: string;
  suggest_street_line2: string;
  suggest_city: string;
  suggest_region: string;
  suggest_postal_code: string;
}

/** `foundBy`: found by `/validate-address` (`quick_check`) or only by the validation after the order (`full_check`). */
export type Verdict =
  | { kind: 'deliverable' }
  | { kind: 'undeliverable'; foundBy: 'quick_check' | 'full_check' }
  | { kind: 'suggestion'; suggestion: Suggestion };

/**
 * The simulator's own rules, by words in the street lines (letter case ignored): "undeliverable", or the postal code
 * 00000, is undeliverable; "doubtful" passes `/validate-address` and becomes undeliverable after the order; "suggest…"
 * returns a suggestion in which "Main" replaces that word. Everything else is deliverable.
 */
export function judgeAddress(address: MailingAddress): Verdict {
  const street = `${address.street_line1}\n${address.street_line2}`.toLowerCase();
  if (street.includes('undeliverable') || address.postal_code === '00000')
    return { kind: 'undeliverable', foundBy: 'quick_check' };
  if (street.includes('doubtful')) return { kind: 'undeliverable', foundBy: 'full_check' };
  if (street.includes('suggest')) return { kind: 'suggestion', suggestion: suggest(address) };
  return { kind: 'deliverable' };
}

const better = (line: string): string => line.replace(/suggest\p{L}*/giu, 'Main');

const suggest = (address: MailingAddress): Suggestion => ({
  suggest_street_line1: better(address.street_line1),
  suggest_street_line2: better(address.street_line2),
  suggest_city: address.city,
  suggest_region: address.region,
  suggest_postal_code: address.postal_code,
});
