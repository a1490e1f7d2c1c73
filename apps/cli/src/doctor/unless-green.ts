import { ConnectorError } from '@keycourier/journey/ports/errors';
import { ProcessError } from '@keycourier/runtime/errors';

import { red, skipped, type Finding } from './finding.ts';

/** What a failed call says to a check that is not about the call: something else must be put right first. */
export function skipFor(error: unknown): Finding {
  if (error instanceof ProcessError) return skipped('its credentials cannot be read: see secrets');
  if (!(error instanceof ConnectorError)) throw error;
  if (error.fault === 'unauthorized') return skipped('the credentials are not accepted');
  return skipped(`${error.service} ${error.message}`);
}

/** What is thrown by a check for which nothing better is known. */
export function redFor(error: unknown): Finding {
  const message = error instanceof Error ? firstLine(error.message) : 'it failed for an unknown reason';
  return red(message, 'see what the message names');
}

export const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';
