import type { Change, Decision } from '../model/change.ts';
import type { HoldCode } from '../model/holds.ts';
import type { Hold, Problem, Shipment } from '../model/shipment.ts';
import { ConnectorError } from '../ports/errors.ts';

/** The decision to hold the shipment for an operator, with any other change of the same move. An existing hold stays. */
export function holdFor(
  shipment: Shipment,
  code: HoldCode,
  at: { now: Date; problems?: readonly Problem[]; change?: Change },
): Decision {
  const hold: Hold = shipment.hold ?? { code, problems: at.problems ?? [], since: at.now };
  return { change: { ...at.change, hold }, note: { event: 'shipment.held', detail: { code } } };
}

/** What a service refused, as problems of the shipment. A refusal without details is a problem of the whole request. */
export function problemsFrom(error: ConnectorError): readonly Problem[] {
  if (error.refusals.length > 0) return error.refusals.map(({ field, code }) => ({ field, code }));
  return [{ field: error.service, code: error.status === null ? error.fault : `http_${error.status}` }];
}

/**
 * Runs a call whose definite refusal is a result that the caller handles. Any other error is rethrown, also that the
 * credentials are not accepted, at all or for this object: that says nothing about the object.
 */
export async function orRefusal<Value>(call: () => Promise<Value>): Promise<Value | ConnectorError> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ConnectorError && (error.fault === 'refused' || error.fault === 'not_found')) return error;
    throw error;
  }
}

/** The call may have had its effect although no answer came: only reading the remote state decides it. */
export function isUndecided(error: unknown): boolean {
  return !(error instanceof ConnectorError) || error.fault === 'outcome_unknown';
}
