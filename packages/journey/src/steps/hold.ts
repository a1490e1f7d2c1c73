import type { Change, Decision } from '../model/change.ts';
import type { HoldCode } from '../model/holds.ts';
import type { Hold, Problem, Shipment } from '../model/shipment.ts';
import { isTransient, ConnectorError } from '../ports/errors.ts';

/** The decision to ask a person, with whatever else changes at the same moment. A hold that stands is not replaced. */
export function holdFor(
  shipment: Shipment,
  code: HoldCode,
  at: { now: Date; problems?: readonly Problem[]; change?: Change },
): Decision {
  const hold: Hold = shipment.hold ?? { code, problems: at.problems ?? [], since: at.now };
  return { change: { ...at.change, hold }, note: { event: 'shipment.held', detail: { code } } };
}

/** What a service refused, as problems of the shipment. A refusal that names nothing is a problem of the whole. */
export function problemsFrom(error: ConnectorError): readonly Problem[] {
  if (error.refusals.length > 0) return error.refusals.map(({ field, code }) => ({ field, code }));
  return [{ field: error.service, code: error.status === null ? error.fault : `http_${error.status}` }];
}

/** Runs a call whose definite refusal is an answer to be dealt with; everything else stays thrown. */
export async function orRefusal<Value>(call: () => Promise<Value>): Promise<Value | ConnectorError> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ConnectorError && !isTransient(error) && error.fault !== 'unauthorized') return error;
    throw error;
  }
}

/** The effect may have happened though no answer came: only a look at the other side can tell. */
export function isUndecided(error: unknown): boolean {
  return !(error instanceof ConnectorError) || error.fault === 'outcome_unknown';
}
