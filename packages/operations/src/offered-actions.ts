import type { Problem, Shipment } from '@keycourier/journey/model/shipment';
import type { CheckAddress } from '@keycourier/journey/ports/address';
import { correct } from '@keycourier/journey/requests/correct-address';
import { actionsOf, allActions } from '@keycourier/journey/requests/operator-actions';

export const allOffered = [...allActions, 'correct'] as const;
export type OfferedAction = (typeof allOffered)[number];

/** The actions that would be granted now, of those that an operator may request. */
export const offeredActions = (shipment: Shipment): OfferedAction[] => [
  ...actionsOf(shipment),
  ...(isCorrectable(shipment) ? (['correct'] as const) : []),
];

/** An empty correction is refused as `nothing_suggested` exactly where a correction with values would be considered: nothing is checked. */
function isCorrectable(shipment: Shipment): boolean {
  const result = correct(shipment, { fields: {} }, unchecked);
  return result.outcome === 'refused' && result.code === 'nothing_suggested';
}

/** Why a shipment is held or failed; a failure without problems of its own is one of the whole shipment. */
export function problemsOf({ hold, failure }: Shipment): readonly Problem[] {
  if (hold !== null) return hold.problems;
  if (failure === null) return [];
  return failure.problems.length > 0 ? failure.problems : [{ field: 'shipment', code: failure.code }];
}

/** The real check reads the phone and address data of all countries: who only offers a correction does without them. */
const unchecked: CheckAddress = () => ({ outcome: 'problems', problems: [], suggestion: {} });
