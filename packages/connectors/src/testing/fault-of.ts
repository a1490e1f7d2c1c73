import { inspect } from 'node:util';

import { OutsideError } from '@keycourier/journey/ports/errors';

/** What a call threw. @throws RangeError when it did not throw an OutsideError */
export async function faultOf(call: Promise<unknown>): Promise<OutsideError> {
  const outcome = await call.then(
    () => 'it went through',
    (error: unknown) => error,
  );
  if (outcome instanceof OutsideError) return outcome;
  throw new RangeError(`no OutsideError but ${String(outcome)}`);
}

/** Everything that a log could show of an error. */
export function everythingIn(error: OutsideError): string {
  return inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
}
