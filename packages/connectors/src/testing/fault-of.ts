import { inspect } from 'node:util';

import { ConnectorError } from '@keycourier/journey/ports/errors';

/** What a call threw. @throws RangeError when it did not throw an ConnectorError */
export async function faultOf(call: Promise<unknown>): Promise<ConnectorError> {
  const outcome = await call.then(
    () => 'it went through',
    (error: unknown) => error,
  );
  if (outcome instanceof ConnectorError) return outcome;
  throw new RangeError(`no ConnectorError but ${String(outcome)}`);
}

/** Everything that a log could show of an error. */
export function everythingIn(error: ConnectorError): string {
  return inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
}
