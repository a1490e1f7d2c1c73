import { inspect } from 'node:util';

import { ConnectorError } from '@keycourier/journey/ports/errors';

/** The error of a call. @throws RangeError when it is not a ConnectorError */
export async function faultOf(call: Promise<unknown>): Promise<ConnectorError> {
  const outcome = await call.then(
    () => 'it went through',
    (error: unknown) => error,
  );
  if (outcome instanceof ConnectorError) return outcome;
  throw new RangeError(`no ConnectorError but ${String(outcome)}`);
}

/** All that a log could contain of an error. */
export function everythingIn(error: ConnectorError): string {
  return inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
}
