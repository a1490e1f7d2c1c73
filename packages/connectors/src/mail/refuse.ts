import { ConnectorError } from '@keycourier/journey/ports/errors';

/** A mail that cannot be sent as it is, found before anything left. `field` and `code` hold no value. */
export function refuse(field: string, code: string): ConnectorError {
  return new ConnectorError({ service: 'mail', fault: 'refused' }, `${field} is ${code}`, {
    refusals: [{ field, code }],
  });
}
