import { OutsideError } from '@keycourier/journey/ports/errors';

/** A mail that cannot be sent as it is, found before anything left. `field` and `code` hold no value. */
export function refuse(field: string, code: string): OutsideError {
  return new OutsideError('mail', 'refused', `${field} is ${code}`, { refusals: [{ field, code }] });
}
