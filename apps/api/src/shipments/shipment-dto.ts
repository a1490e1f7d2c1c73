import { actionsOf, type OperatorAction } from '@keycourier/journey/operator-actions';
import {
  statusOf,
  type CredentialState,
  type OrderState,
  type ParcelState,
  type PinState,
  type Status,
} from '@keycourier/journey/plan';
import type { HoldCode, Problem, Purpose, Shipment, Trigger } from '@keycourier/journey/shipment';

import { describeProblem, type DescribedProblem } from '../words/describe-problem.ts';
import { holdWords } from '../words/hold-words.ts';

/** A shipment as the API shows it (design, section 4). Times are ISO 8601 in UTC. */
export interface ShipmentDto {
  id: string;
  tenant: string;
  status: Status;
  trigger: Trigger;
  purpose: Purpose;
  user: { id: string | null; login: string | null };
  order: { state: OrderState; providerId: string | null };
  parcel: { state: ParcelState; carrier: string | null; trackingNumber: string | null; trackingUrl: string | null };
  credential: { state: CredentialState; enrollmentId: string | null; serial: string | null; firmware: string | null };
  /** `sentTo` is masked. */
  pin: { state: PinState; sentTo: string | null; sentAt: string | null };
  hold: { code: HoldCode; message: string; problems: readonly DescribedProblem[]; since: string } | null;
  /** What holds it or made it fail. */
  problems: readonly DescribedProblem[];
  actions: readonly OperatorAction[];
  dryRun: boolean;
  duplicateOf: string | null;
  createdAt: string;
  updatedAt: string;
}

/** Shows a shipment. Nothing of its profile is in it but the login, which whoever asks knows already. */
export function toDto(shipment: Shipment): ShipmentDto {
  const { plan, parcel, credential, pin, hold } = shipment;
  const problems = problemsOf(shipment).map(describeProblem);
  return {
    id: shipment.id,
    tenant: shipment.tenant,
    status: statusOf(plan),
    trigger: shipment.trigger,
    purpose: shipment.purpose,
    user: { id: shipment.user.id, login: shipment.secrets.login ?? null },
    order: { state: plan.order, providerId: shipment.order.providerId },
    parcel: {
      state: plan.parcel,
      carrier: parcel.carrier,
      trackingNumber: parcel.trackingNumber,
      trackingUrl: parcel.trackingUrl,
    },
    credential: {
      state: plan.credential,
      enrollmentId: credential.enrollmentId,
      serial: credential.serial,
      firmware: credential.firmware,
    },
    // It was masked before it was stored.
    pin: { state: plan.pin, sentTo: pin.sentTo, sentAt: pin.sentAt?.toISOString() ?? null },
    hold:
      hold === null
        ? null
        : { code: hold.code, message: holdWords[hold.code], problems, since: hold.since.toISOString() },
    problems,
    actions: actionsOf(shipment),
    dryRun: plan.dryRun,
    duplicateOf: shipment.duplicateOf,
    createdAt: shipment.createdAt.toISOString(),
    updatedAt: shipment.updatedAt.toISOString(),
  };
}

function problemsOf({ hold, failure }: Shipment): readonly Problem[] {
  if (hold !== null) return hold.problems;
  if (failure === null) return [];
  return failure.problems.length > 0 ? failure.problems : [{ field: 'shipment', code: failure.code }];
}
